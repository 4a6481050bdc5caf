/** How long messages travel between a trader and the exchange: one role, asked once a message. What it is not: the latency of market data, which is recorded. */
import { assert, type EpochUs } from '#core';

/** Travelling times in microseconds, each at least 0. Messages of one direction never overtake each other, whatever it answers. */
export interface OrderLatency {
  /** For the assumption card. */
  readonly name: string;
  /** Of a request given at `nowUs`. */
  entryUs(nowUs: EpochUs): number;
  /** Of an answer sent at `nowUs`. */
  responseUs(nowUs: EpochUs): number;
}

/** Returns the same two times for every message. */
export function constantLatency(entryUs: number, responseUs: number): OrderLatency {
  assert(Number.isSafeInteger(entryUs) && entryUs >= 0, 'requests travel whole microseconds');
  assert(Number.isSafeInteger(responseUs) && responseUs >= 0, 'answers travel whole microseconds');
  return {
    name: `constant ${entryUs} us, ${responseUs} us`,
    entryUs: () => entryUs,
    responseUs: () => responseUs,
  };
}
