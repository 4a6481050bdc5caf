/** How long recorded data are kept, as data: which tier a partition is in, and what becomes of it. Pure. */
import { type EpochUs, US_PER_DAY } from '#core';
import type { HistoryKind } from './history-port.ts';

/** How long recorded data are kept and what happens then; ages count from the end of a partition. */
export interface RetentionPolicy {
  /** As they are; the newest may still lie in parts. */
  readonly hotUs: number;
  /** Behind the hot ones: whole files, read like them. */
  readonly warmUs: number;
  /** What becomes of what is older than both: it stays, goes to a folder of the same layout, or goes. */
  readonly cold: 'keep' | 'move' | 'delete';
  /** Where `move` takes them. */
  readonly coldFolder: string | null;
  /** Life of raw frames, which are much larger than what is made of them; then they are deleted. `null` = as everything else. */
  readonly rawUs: number | null;
}

/** Seven days hot, three months warm, then kept; raw frames for a week. */
export const RETENTION_DEFAULT: RetentionPolicy = {
  hotUs: 7 * US_PER_DAY,
  warmUs: 92 * US_PER_DAY,
  cold: 'keep',
  coldFolder: null,
  rawUs: 7 * US_PER_DAY,
};

/** Where a partition stands. */
export type RetentionTier = 'hot' | 'warm' | 'cold';

/** Kinds that tell what the others are worth; they are small and stay. */
const KEPT_KINDS: readonly HistoryKind[] = ['ledger', 'feed-hours'];

/** Returns the tier of a partition that ended at a moment. */
export function tierOf(endUs: EpochUs, nowUs: EpochUs, policy: RetentionPolicy): RetentionTier {
  const ageUs = nowUs - endUs;
  if (ageUs <= policy.hotUs) return 'hot';
  return ageUs <= policy.hotUs + policy.warmUs ? 'warm' : 'cold';
}

/** Returns what becomes of a recorded partition of a kind now. */
export function fateOf(
  kind: HistoryKind,
  endUs: EpochUs,
  nowUs: EpochUs,
  policy: RetentionPolicy,
): RetentionPolicy['cold'] {
  if (KEPT_KINDS.includes(kind)) return 'keep';
  if (kind === 'raw' && policy.rawUs !== null && nowUs - endUs > policy.rawUs) return 'delete';
  return tierOf(endUs, nowUs, policy) === 'cold' ? policy.cold : 'keep';
}
