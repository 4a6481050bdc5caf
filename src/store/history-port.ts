/**
 * The history port: recorded market data as columns, whether they lie in the archive or in files given on the command line.
 * All numbers are integers of the instrument's decimals; times strictly increase within candles, mark and funding. Trades and book are
 * ordered and selected by `tsLocalUs`, which never decreases.
 */
import type { EpochUs } from '#core';
import type {
  BookEvent,
  CandleColumns,
  FeedHour,
  FundingRateEvent,
  InstrumentSpec,
  LedgerEntry,
  LiquidationEvent,
  MarkPriceEvent,
  OpenInterestEvent,
  VenueId,
} from '#domain';

/** Kinds of data that runs are fed with. */
export const IMPORT_KINDS = ['candles', 'mark', 'funding', 'trades', 'book'] as const;

/** A kind that runs are fed with. */
export type ImportKind = (typeof IMPORT_KINDS)[number];

/** Kinds of data that come from files; the others are only ever recorded. */
export const FILE_KINDS = [...IMPORT_KINDS, 'open-interest', 'book-depth'] as const;

/** What a file to import holds. */
export type FileKind = (typeof FILE_KINDS)[number];

/** All kinds of data sets. */
export const HISTORY_KINDS = [
  ...FILE_KINDS,
  'quotes',
  'mark-price',
  'funding-rate',
  'liquidations',
  'orders',
  'ledger',
  'feed-hours',
  'raw',
] as const;

/** What a data set holds. */
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** Kinds of what a derivatives venue tells besides trades. */
export const FACT_KINDS = ['mark-price', 'funding-rate', 'open-interest', 'liquidations'] as const;

/** A kind of facts. */
export type FactKind = (typeof FACT_KINDS)[number];

/** A recorded fact. */
export type FactEvent = MarkPriceEvent | FundingRateEvent | OpenInterestEvent | LiquidationEvent;

/** One data set: what it is, what it covers, what its numbers mean. */
export interface HistoryInfo {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly kind: HistoryKind;
  /** Bar length of candles and mark; `null` for the others. */
  readonly timeframeUs: number | null;
  /** First moment covered (open of the first bar, time of the first event). */
  readonly fromUs: EpochUs;
  /** First moment no longer covered (close of the last bar; last event + 1 us). */
  readonly toUs: EpochUs;
  /** Rows; of a book the number of events. */
  readonly rowCount: number;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** File or archive folder, for messages. */
  readonly source: string;
}

/** Selects rows of one data set with time in [`fromUs`, `toUs`) (open time for bars). */
export interface HistoryQuery {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly timeframeUs?: number;
  readonly fromUs?: EpochUs;
  readonly toUs?: EpochUs;
}

/** Mark-price bars: the close counts at `openTsUs` + `timeframeUs`. Prices in units of 10^-`priceDecimals`. */
export interface MarkColumns {
  readonly timeframeUs: number;
  readonly rowCount: number;
  readonly priceDecimals: number;
  readonly openTsUs: Float64Array;
  readonly closeUnits: Float64Array;
}

/** Funding settlements. */
export interface FundingColumns {
  readonly rowCount: number;
  readonly tsUs: Float64Array;
  readonly rateE12: Float64Array;
}

/** Trade prints; `takerSign` +1 = the taker bought, -1 = sold. */
export interface TradeColumns {
  readonly rowCount: number;
  readonly tsVenueUs: Float64Array;
  readonly tsLocalUs: Float64Array;
  readonly tradeId: Float64Array;
  readonly priceTicks: Float64Array;
  readonly qtyLots: Float64Array;
  readonly takerSign: Int8Array;
}

/** Recorded market data, read in chunks so that memory does not grow with the range. */
export interface MarketHistory {
  readonly infos: readonly HistoryInfo[];
  /** Trading rules for an instrument of this history: from config or venue where known, else inferred from the data's decimals. */
  instrumentSpec(venue: VenueId, symbol: string): InstrumentSpec;
  candles(query: HistoryQuery): AsyncIterable<CandleColumns>;
  marks(query: HistoryQuery): AsyncIterable<MarkColumns>;
  funding(query: HistoryQuery): AsyncIterable<FundingColumns>;
  trades(query: HistoryQuery): AsyncIterable<TradeColumns>;
  /** `instrumentIx` of the events is 0; the caller re-labels. */
  book(query: HistoryQuery): AsyncIterable<readonly BookEvent[]>;
  /** Facts of one kind, in the order of `tsLocalUs`; `instrumentIx` as for `book`. */
  facts(query: HistoryQuery & { readonly kind: FactKind }): AsyncIterable<readonly FactEvent[]>;
  /** The losses of the ledger that overlap [`fromUs`, `toUs`), in the order in which they ended; none where there is no ledger. */
  losses(query: HistoryQuery): Promise<readonly LedgerEntry[]>;
  /**
   * Hours of the recorded streams of a symbol that overlap [`fromUs`, `toUs`), by stream and time: what the recorder counted, and the hours that the
   * ledger of losses speaks of. Hours that nobody recorded (imported data) are not in it.
   */
  hoursOf(query: HistoryQuery): Promise<readonly FeedHour[]>;
  /** SHA-256 over the normalised content (not the file bytes) of the data sets of these symbols in the range; the `dataHash` of a manifest. */
  contentHash(queries: readonly (HistoryQuery & { readonly kind: HistoryKind })[]): Promise<string>;
  close(): Promise<void>;
}
