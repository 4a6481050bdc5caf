/**
 * What a feed says, as market events of a run: books and prints as they came, marks rounded to ticks, settled funding, candles as summaries. The
 * feed's word on its books becomes the instrument's feed state, and candles that the feed has missed are asked for.
 */
import type { BookUpdate, LevelBuffer } from '#book';
import { assert, type EpochUs, POW10 } from '#core';
import type { CandleEvent, InstrumentIx, InstrumentTable, LedgerEntry, MarketEvent } from '#domain';
import type { FeedListener, FeedNotice } from '#venues/feed';
import type { FundingPrint, MarkPrint, TradePrint, VenueCandle } from '#venues/market';

/** What is done with what the feed says. */
export interface LiveEventsParts {
  readonly instruments: InstrumentTable;
  /** Length of the candles that the run decides on. */
  readonly timeframeUs: number;
  /** Open time of the last candle that is known, by instrument: history comes first. */
  readonly lastOpenUs: readonly EpochUs[];
  /** When the feed begins: no book is usable yet. */
  readonly startUs: EpochUs;
  push(event: MarketEvent): void;
  /** Bars are missing in [`fromUs`, `toUs`): they are asked for by request. */
  onMissing(instrumentIx: InstrumentIx, fromUs: EpochUs, toUs: EpochUs): void;
  onNotice(notice: FeedNotice): void;
  onLedger(entry: LedgerEntry): void;
}

const MARK_DECIMALS = 8;

/** A feed's listener that makes market events. */
export class LiveEvents implements FeedListener {
  readonly #parts: LiveEventsParts;
  readonly #lastOpenUs: Float64Array;
  /** The funding that is announced for the next settlement, by instrument. */
  readonly #announced = new Map<InstrumentIx, { readonly rateE12: number; readonly atUs: EpochUs }>();
  /** Time of the newest event: states of a feed have no time of their own. */
  #nowUs: EpochUs;

  constructor(parts: LiveEventsParts) {
    assert(parts.lastOpenUs.length === parts.instruments.count, 'every instrument has its history');
    this.#parts = parts;
    this.#lastOpenUs = Float64Array.from(parts.lastOpenUs);
    this.#nowUs = parts.startUs;
    for (const { ix } of parts.instruments.all) this.onBookState(ix, false);
  }

  onRaw(): void {
    // A run keeps events; messages are kept by a recorder.
  }

  onBook(update: BookUpdate): void {
    const { asks, bids, firstId, instrumentIx, isSnapshot, lastId, previousId, tsLocalUs, tsVenueUs } =
      update;
    this.#push({
      kind: 'book',
      instrumentIx,
      tsVenueUs,
      tsLocalUs,
      isSnapshot,
      firstUpdateId: firstId,
      lastUpdateId: lastId,
      previousUpdateId: previousId,
      bids: pairsOf(bids),
      asks: pairsOf(asks),
    });
  }

  onTrade(trade: TradePrint, tsLocalUs: EpochUs): void {
    this.#push({ kind: 'trade', ...trade, tsLocalUs });
  }

  onCandle(candle: VenueCandle, tsLocalUs: EpochUs): void {
    if (candle.timeframeUs !== this.#parts.timeframeUs) return;
    const { instrumentIx, openTsUs, timeframeUs } = candle;
    const expectedUs = this.#lastOpenUs[instrumentIx]! + timeframeUs;
    if (openTsUs < expectedUs) return;
    if (openTsUs > expectedUs) {
      // What is missing must come first; this one comes again with it.
      this.#parts.onMissing(instrumentIx, expectedUs, openTsUs + timeframeUs);
      return;
    }
    const { closeTicks, highTicks, lowTicks, openTicks, volumeLots } = candle;
    const prices = { openTicks, highTicks, lowTicks, closeTicks, volumeLots };
    this.pushCandle({ instrumentIx, openTsUs, timeframeUs, ...prices }, tsLocalUs);
  }

  onQuote(): void {
    // The book says it already.
  }

  onMark({ instrumentIx, markE8, tsVenueUs }: MarkPrint, tsLocalUs: EpochUs): void {
    const { priceDecimals } = this.#parts.instruments.at(instrumentIx);
    const shift = MARK_DECIMALS - priceDecimals;
    const markTicks = shift >= 0 ? Math.round(markE8 / POW10[shift]!) : markE8 * POW10[-shift]!;
    if (markTicks > 0) this.#push({ kind: 'mark', instrumentIx, tsVenueUs, tsLocalUs, markTicks });
  }

  onFunding(funding: FundingPrint, tsLocalUs: EpochUs): void {
    const { instrumentIx, isSettled, nextFundingUs, rateE12, tsVenueUs } = funding;
    if (isSettled) {
      this.#push({ kind: 'funding', instrumentIx, tsVenueUs, tsLocalUs, rateE12 });
      return;
    }
    const before = this.#announced.get(instrumentIx);
    // The settlement has passed once the next one is announced: it was at the rate that was announced last.
    if (before !== undefined && before.atUs > 0 && nextFundingUs > before.atUs && tsLocalUs >= before.atUs) {
      this.#push({
        kind: 'funding',
        instrumentIx,
        tsVenueUs: before.atUs,
        tsLocalUs,
        rateE12: before.rateE12,
      });
    }
    this.#announced.set(instrumentIx, { rateE12, atUs: nextFundingUs });
  }

  onOpenInterest(): void {
    // Nothing decides on it yet.
  }

  onLiquidation(): void {
    // The prints say it already.
  }

  onOrderSnapshot(): void {
    // Orders are not subscribed for a run.
  }

  onOrder(): void {
    // As above.
  }

  onOrdersEnd(): void {
    // As above.
  }

  onBookState(instrumentIx: InstrumentIx, isUsable: boolean): void {
    this.#push({
      kind: 'feed-state',
      instrumentIx,
      tsVenueUs: this.#nowUs,
      tsLocalUs: this.#nowUs,
      isUsable,
    });
  }

  onLedger(entry: LedgerEntry): void {
    this.#parts.onLedger(entry);
  }

  onNotice(notice: FeedNotice): void {
    this.#parts.onNotice(notice);
  }

  /** Open time of the last candle of an instrument that is known. */
  lastOpenUs(instrumentIx: InstrumentIx): EpochUs {
    return this.#lastOpenUs[instrumentIx]!;
  }

  /** Adds a candle that is next; one that is not is passed over. Returns whether it was added. */
  pushCandle(
    candle: Omit<CandleEvent, 'kind' | 'isSummary' | 'tsVenueUs' | 'tsLocalUs'>,
    tsLocalUs: EpochUs,
  ): boolean {
    const { instrumentIx, openTsUs, timeframeUs } = candle;
    if (openTsUs <= this.#lastOpenUs[instrumentIx]!) return false;
    this.#lastOpenUs[instrumentIx] = openTsUs;
    this.#push({ kind: 'candle', isSummary: true, ...candle, tsVenueUs: openTsUs + timeframeUs, tsLocalUs });
    return true;
  }

  #push(event: MarketEvent): void {
    this.#nowUs = Math.max(this.#nowUs, event.tsLocalUs);
    this.#parts.push(event);
  }
}

function pairsOf({ count, priceTicks, qtyLots }: LevelBuffer): Float64Array {
  const pairs = new Float64Array(2 * count);
  for (let at = 0; at < count; at++) {
    pairs[2 * at] = priceTicks[at]!;
    pairs[2 * at + 1] = qtyLots[at]!;
  }
  return pairs;
}
