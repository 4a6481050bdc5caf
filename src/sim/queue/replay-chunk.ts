/** Recorded market events in columns, as a replay takes them. What it is not: a reader of files (`app`). */

/** What an event of a chunk is. */
export const REPLAY_EVENT = { bid: 0, ask: 1, boughtTrade: 2, soldTrade: 3 } as const;

/** Market events in columns, in the order of the source; entries [0, count) are valid. */
export interface ReplayChunk {
  count: number;
  /** Values of `REPLAY_EVENT`. */
  readonly kind: Uint8Array;
  /** Time at the exchange, never falling. */
  readonly exchUs: Float64Array;
  readonly priceTicks: Float64Array;
  /** New size of the level, or size of the trade. */
  readonly qtyLots: Float64Array;
}

/** The same with the time at which the trader sees each event: not before its time at the exchange, nor before the event in front of it. */
export interface DepthChunk extends ReplayChunk {
  readonly localUs: Float64Array;
}
