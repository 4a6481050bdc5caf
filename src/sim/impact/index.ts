/** Impact: what own trading leaves behind in a recorded market. */
export type { ImpactModel } from './impact-model.ts';
export {
  checkImpactRule,
  IMPACT_DEFAULT,
  IMPACT_MODELS,
  type ImpactName,
  type ImpactRule,
  impactAssumption,
  impactOf,
} from './impact-models.ts';
