/** Signed requests as values: what they cost, how urgent they are, what a lost answer means, how the answer is read. Nothing is sent here. */
import type { EpochUs } from '#core';
import type { VenueRejectCode } from '#domain';
import type { HttpAnswer, HttpRequest } from '#net';

/** What a request gets when it is sent. Building it again for another try gives another signature over another stamp. */
export interface EntryStamp {
  /** The venue's clock as this program estimates it. */
  readonly venueUs: EpochUs;
  /** Larger than that of every request before, also of earlier runs with the same key. */
  readonly nonce: bigint;
  /** 16 bytes, for venues whose signatures want randomness. */
  readonly random: Uint8Array;
}

/** A request that can be sent as it is. */
export type SignedRequest = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>;

/** Lower numbers go first when a budget is short: cancels and kill switch, then protective orders, then orders, then questions. */
export const ENTRY_PRIORITIES = ['cancel', 'protect', 'order', 'query'] as const;

/** Urgency of a request. */
export type EntryPriority = (typeof ENTRY_PRIORITIES)[number];

/** What a request costs of one budget. */
export interface EntryCost {
  /** Name of a `LimitRule`. */
  readonly limit: string;
  readonly amount: number;
}

/** A budget that the venue publishes. */
export interface LimitRule {
  readonly name: string;
  /** What may be spent in `windowUs`. */
  readonly amount: number;
  readonly windowUs: number;
}

/** What the venue's headers say of a budget. */
export interface LimitUsage {
  readonly name: string;
  readonly used: number;
}

/** One request. */
export interface EntryCall<T> {
  /** A word for logs and metrics, such as `place` or `open-orders`. */
  readonly name: string;
  readonly priority: EntryPriority;
  /** `change`: a lost answer leaves it unknown whether the venue did it, and it must be asked, never sent again. */
  readonly effect: 'read' | 'change';
  readonly costs: readonly EntryCost[];
  /** Builds and signs it. The URL holds no secret but the signature; messages never show its query. */
  request(stamp: EntryStamp): SignedRequest;
  /** Reads the body of an answer that was judged good. @throws XY_VENUE_REPLY when it is not as documented */
  parse(body: Uint8Array): T;
}

/** What an answer means before its body is used. */
export type EntryVerdict =
  | { readonly kind: 'good' }
  /** The venue did not do it, and will not; `nothing-to-do` counts as done (margin type is as wanted already). */
  | {
      readonly kind: 'refused';
      readonly code: VenueRejectCode;
      readonly venueCode: string;
      readonly message: string;
    }
  | { readonly kind: 'nothing-to-do'; readonly message: string }
  /** Not done; nothing may be sent before `untilUs`. `isBan`: it follows from going on after earlier warnings. */
  | {
      readonly kind: 'limited';
      readonly untilUs: EpochUs;
      readonly isBan: boolean;
      readonly message: string;
    }
  /** Not done, another try may help (busy, maintenance). */
  | { readonly kind: 'unavailable'; readonly message: string }
  /** The venue's clock and ours differ too much: ask for its time, then try again. */
  | { readonly kind: 'clock'; readonly message: string }
  /** It may have been done or not. */
  | { readonly kind: 'unknown'; readonly message: string };

/** Judges an answer to a call. */
export type EntryJudge = (call: EntryCall<unknown>, answer: HttpAnswer, nowUs: EpochUs) => EntryVerdict;
