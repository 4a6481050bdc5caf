/** Requests of a venue's public REST interface as values: what to send, what it costs, how the answer is read. Nothing is sent here. */

import type { BookUpdate } from '#book';
import type { EpochUs } from '#core';
import type { InstrumentSpec, StreamKind } from '#domain';
import type { HttpAnswer } from '#net';
import type { DecodedSink } from './decoded.ts';
import type { FeedInstrument } from './feed-instrument.ts';

/** One request and the reader of its answer. */
export interface RestCall<T> {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Cost in the venue's own unit of rate limiting. */
  readonly weight: number;
  /** For a page of history: where it ends. An empty answer says that nothing happened up to there, not that there is no more. */
  readonly coversToUs?: EpochUs;
  /** Reads the body of an answer that `judge` found good. @throws XY_VENUE_REPLY when it is not as the venue documents it. */
  parse(body: Uint8Array): T;
}

/** What an answer means before its body is used. */
export type RestVerdict =
  | { readonly kind: 'good' }
  /** Nothing may be sent before `untilUs` (429, 418, `Retry-After`, a body that says so). */
  | { readonly kind: 'limited'; readonly untilUs: EpochUs; readonly message: string }
  /** Another try may help (5xx, maintenance). */
  | { readonly kind: 'unavailable'; readonly message: string }
  /** Another try cannot help: the request is wrong. */
  | { readonly kind: 'refused'; readonly message: string };

/** An instrument as the venue lists it. */
export interface ListedInstrument {
  readonly spec: InstrumentSpec;
  readonly wireSymbol: string;
  /** Name in REST requests where it differs from the one on the wire (Kraken). */
  readonly restSymbol: string;
  readonly status: 'trading' | 'halted' | 'closed';
  /** Lots in one contract where the wire counts contracts, as in `FeedInstrument`; sizes of `spec` are in base units all the same. */
  readonly lotsPerContract?: number | undefined;
  /** Why it can be recorded, but must not be traded: price times quantity is not its value. Absent = it can be traded. */
  readonly untradable?: string | undefined;
}

/** A finished candle of the venue's history, in the instrument's decimals. */
export interface HistoryCandle {
  readonly openTsUs: EpochUs;
  readonly openTicks: number;
  readonly highTicks: number;
  readonly lowTicks: number;
  readonly closeTicks: number;
  readonly volumeLots: number;
}

/** A settled funding rate. */
export interface HistoryFunding {
  readonly tsUs: EpochUs;
  readonly rateE12: number;
}

/** Open interest at a moment. */
export interface HistoryOpenInterest {
  readonly tsUs: EpochUs;
  readonly openInterestLots: number;
}

/** A stretch of history; a call covers at most what one page holds, from its start. */
export interface HistoryRange {
  readonly instrument: FeedInstrument;
  readonly restSymbol: string;
  readonly fromUs: EpochUs;
  /** Exclusive. */
  readonly toUs: EpochUs;
}

/** A stream that the venue has only as an answer: asked for again and again. */
export interface PollPlan {
  readonly stream: StreamKind;
  readonly everyUs: number;
  readonly call: RestCall<void>;
  /** Reads the body into events. */
  decode(body: Uint8Array, tsLocalUs: EpochUs, sink: DecodedSink): void;
}

/** The public REST interface of a venue. `null` = the venue has no such thing. */
export interface MarketRest {
  /** Weight a minute that may be spent: 80 % of what the venue publishes. */
  readonly weightPerMinuteMax: number;
  /** Header in which the venue says what was spent in this minute, in lower case; `null` = none. */
  readonly usedWeightHeader: string | null;
  judge(answer: HttpAnswer, nowUs: EpochUs): RestVerdict;
  serverTime(): RestCall<EpochUs> | null;
  instruments(): RestCall<readonly ListedInstrument[]>;
  /** The book by request, read into `into`; `null` where snapshots come by stream. */
  /** `isHurried`: many books wait, so fewer levels at less cost will do where the venue offers that. */
  bookSnapshot(
    instrument: FeedInstrument,
    restSymbol: string,
    into: BookUpdate,
    isHurried?: boolean,
  ): RestCall<BookUpdate> | null;
  candles(range: HistoryRange, timeframeUs: number): RestCall<readonly HistoryCandle[]> | null;
  fundingHistory(range: HistoryRange): RestCall<readonly HistoryFunding[]> | null;
  openInterestHistory(range: HistoryRange): RestCall<readonly HistoryOpenInterest[]> | null;
  /** How far back the venue answers for open interest, and refuses what is older; absent where it states nothing. */
  readonly openInterestAgeUsMax?: number;
  polls(stream: StreamKind, instruments: readonly ListedFeedInstrument[]): readonly PollPlan[];
}

/** A feed's instrument with its name in requests. */
export interface ListedFeedInstrument {
  readonly instrument: FeedInstrument;
  readonly restSymbol: string;
}
