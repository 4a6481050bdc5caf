/** Adverse selection: how the market moved after own fills. */
export { FillStudy, type JoinedPlace, type StudiedMarket } from './fill-study.ts';
export {
  MARKOUT_GROUPS,
  MARKOUT_HORIZONS_US,
  type MarkoutGroup,
  type MarkoutRow,
  Markouts,
  type StudiedFill,
  TOXIC_QUEUE_ABOVE,
} from './markouts.ts';
