/** What a hostile venue can do to its clients, and what of it a client can know. */

/** Faults of a message stream; `symbol` is the name in Xylen. */
export type StreamFault =
  /** The next change of the book is never sent. */
  | { readonly kind: 'drop'; readonly symbol: string }
  /** The next change is sent twice. */
  | { readonly kind: 'duplicate'; readonly symbol: string }
  /** The next two changes change places. */
  | { readonly kind: 'swap'; readonly symbol: string }
  /** The next change bears a checksum that is not the book's; only where the venue sends one. */
  | { readonly kind: 'bad-checksum'; readonly symbol: string }
  /** A message that is no JSON, or JSON cut off. */
  | { readonly kind: 'garbage'; readonly symbol: string }
  /** A message of that size, larger than the client takes. */
  | { readonly kind: 'huge'; readonly bytes: number };

/** Faults of connections. */
export type ConnectionFault =
  | { readonly kind: 'disconnect' }
  /** Closed politely, as before maintenance. */
  | { readonly kind: 'close' }
  /** Listen keys and tokens are worth nothing any more, and connections that need one are told, or closed. */
  | { readonly kind: 'expire' }
  /** Half-open: the socket lives and says nothing, not even pongs. */
  | { readonly kind: 'stall' }
  /** The next subscriptions are confirmed and bring nothing. */
  | { readonly kind: 'silent'; readonly forUs: number }
  /** The next subscriptions are refused. */
  | { readonly kind: 'refuse'; readonly forUs: number };

/** Faults of requests; they last for a while. */
export type RequestFault =
  | { readonly kind: 'limit'; readonly status: 429 | 418; readonly retryAfterS: number }
  | { readonly kind: 'unavailable'; readonly forUs: number }
  | { readonly kind: 'slow'; readonly delayUs: number; readonly forUs: number }
  /** Snapshots are as the book was some changes ago. */
  | { readonly kind: 'old'; readonly forUs: number }
  | { readonly kind: 'no-answer'; readonly forUs: number };

/** Anything wrong with the venue's clock: its stamps are so much off from then on. */
export interface ClockFault {
  readonly kind: 'skew';
  readonly byUs: number;
}

/** A fault. */
export type Fault = StreamFault | ConnectionFault | RequestFault | ClockFault;

/** A fault that took effect: what it could cost, so that the ledger can be held against it. */
export interface DoneFault {
  readonly fault: Fault;
  readonly atUs: number;
  /** Symbols whose streams it hit; empty = none, or it costs nothing. */
  readonly symbols: readonly string[];
  /** True when the venue's protocol lets a client know: then the ledger must have it. */
  readonly isRevealed: boolean;
}
