/** Fees of one account: flat, zero, with rebates, or tiered by the volume of 30 days. */
export type { FeeModel } from './fee-model.ts';
export { feeModelName, feeModelOf, type VolumeTier, type VolumeTierTable } from './fee-models.ts';
