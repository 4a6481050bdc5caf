/** Door of `core`: units, time, seeded randomness, assertions, errors, containers. Imports nothing of the house. */
export { AssertionError, assert, assertSafeInteger, unreachable } from './assert.ts';
export { absBig, divCeil, divFloor, divRound, maxBig, minBig } from './bigmath.ts';
export { type Checkpointable, stateRecord } from './checkpoint.ts';
export { decimalsOf, formatDecimal, POW10, parseDecimal, plainDecimal } from './decimal.ts';
export { ERROR_CODES, type ErrorCode, type ErrorFields, messageOf, XylenError } from './errors.ts';
export { canonicalJson, Sha256, sha256Hex } from './hash.ts';
export { TimedHeap, type TimedHeapState } from './heap.ts';
export { normalCdf, normalDensity, normalQuantile } from './normal.ts';
export { Prng, type PrngState } from './prng.ts';
export {
  REORDER_RANKS_MAX,
  type ReorderCounts,
  type ReorderOptions,
  ReorderWindow,
} from './reorder-window.ts';
export { Ring, type RingState } from './ring.ts';
export {
  type EpochUs,
  floorToTimeframe,
  formatDay,
  formatDurationUs,
  formatIso,
  parseDurationUs,
  parseMomentUs,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
  utcDay,
} from './time.ts';
