/** What can go wrong around a trader. One list; each kind has its own switch in the story, and a count of how often it took effect. */
import type { Prng } from '#core';

/** Faults of the next request that fits. */
export const REQUEST_FAULTS = [
  /** It never arrives. */
  'request-lost',
  /** It arrives after the trader has given up. */
  'request-late',
  /** A proxy sends it twice. */
  'request-twice',
  /** It is done, and nobody hears. */
  'answer-lost',
  'answer-late',
  'answer-garbage',
  /** 500, not done and done. */
  'error-before',
  'error-after',
  'unavailable',
  'limited',
  'banned',
] as const;

/** Faults of the next message of the private stream. */
export const STREAM_FAULTS = [
  'message-lost',
  'message-late',
  'message-twice',
  'messages-swapped',
  'message-garbage',
] as const;

/** Faults of the way. */
export const NETWORK_FAULTS = [
  'half-open',
  'broken-off',
  'nothing-arrives',
  'connection-refused',
  'slow',
] as const;

/** What the venue does, or what becomes of it. */
export const VENUE_FAULTS = [
  'venue-restart',
  'tickets-expire',
  'venue-clock-jump',
  'rejects',
  'price-gap',
  'liquidation',
  'adl',
] as const;

/** What becomes of the trader. */
export const TRADER_FAULTS = [
  'crash',
  'crash-before-intent',
  'crash-in-intent',
  'crash-after-intent',
  'crash-before-record',
  'crash-in-record',
  'crash-after-record',
  'disk-full',
  'clock-jump-ahead',
  'clock-jump-back',
] as const;

/** All kinds. */
export const FAULT_KINDS = [
  ...REQUEST_FAULTS,
  ...STREAM_FAULTS,
  ...NETWORK_FAULTS,
  ...VENUE_FAULTS,
  ...TRADER_FAULTS,
] as const;

export type RequestFault = (typeof REQUEST_FAULTS)[number];
export type StreamFault = (typeof STREAM_FAULTS)[number];
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Draws a kind, each as likely as another, but for the ends of a trader: after each of them a story begins anew. */
export function drawFault(prng: Prng, kinds: readonly FaultKind[]): FaultKind {
  let kind = kinds[prng.integer(0, kinds.length)];
  if (kind !== undefined && isOneOf(TRADER_FAULTS, kind) && prng.uniform() < 0.6)
    kind = kinds[prng.integer(0, kinds.length)];
  if (kind === undefined) throw new RangeError('there is a kind to draw');
  return kind;
}

/** True for a kind of that list. */
export function isOneOf<K extends FaultKind>(kinds: readonly K[], kind: FaultKind): kind is K {
  return (kinds as readonly FaultKind[]).includes(kind);
}
