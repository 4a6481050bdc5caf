/**
 * The events of a capture as it is run: changes of books that are in them, prints, and where either may be missing. Each is stamped with the time at
 * which it was received, or one microsecond after the event before. Events that come before anything has told the time wait for it. A loss is
 * told with the moment up to which all was well, which lies before the one at which it shows.
 */
import type { BookUpdate } from '#book';
import { type EpochUs, XylenError } from '#core';
import type { InstrumentIx } from '#domain';
import type { FrameEvent } from '#features';
import { EventStamp } from '#venues/feed';
import type {
  FundingPrint,
  LiquidationPrint,
  MarkPrint,
  OpenInterestPrint,
  TradePrint,
} from '#venues/market';
import type { BookCapture, CaptureWatcher } from '../../host/capture/book-capture.ts';
import type { CapturedBook } from '../../host/capture/captured-book.ts';
import { bookEventOf } from './book-event.ts';

/** Events that may wait for the time; a snapshot or two, in truth. */
const TIMELESS_MAX = 4_096;
/** Trades of an instrument that are known again; venues send their last ones after each subscription. */
const RECENT_TRADES = 2_048;
const AGGREGATE = 'aggTrade';

type Stamped = (tsLocalUs: EpochUs) => FrameEvent;

/** What a print of any kind says. */
interface Print {
  readonly instrumentIx: InstrumentIx;
  readonly tsVenueUs: EpochUs;
}

/** Collects the events of one capture. */
export class CaptureEvents implements CaptureWatcher {
  /** Trades that had come before, or are part of one that came. */
  repeatedTradeCount = 0;
  readonly #firstIx: InstrumentIx;
  readonly #stamp = new EventStamp();
  readonly #timeless: Stamped[] = [];
  readonly #recent = new Map<InstrumentIx, RecentTrades>();
  /** When something was put into a book last. */
  readonly #appliedUs = new Map<InstrumentIx, EpochUs>();
  #events: FrameEvent[] = [];
  #hasBegun = false;
  /** The capture's time at the last loss while nothing has come since; -1 = something has. */
  #lostUs: EpochUs = -1;

  /** Instruments are numbered from `firstIx` on. */
  constructor(firstIx: InstrumentIx) {
    this.#firstIx = firstIx;
  }

  /** Returns the events since the last call. */
  take(): readonly FrameEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** The capture has ended. @throws XY_DATA_INSUFFICIENT when nothing in it says when it was. */
  end(): void {
    if (this.#timeless.length === 0) return;
    throw new XylenError('XY_DATA_INSUFFICIENT', 'neither lines nor frames of the capture state a time');
  }

  onApplied({ instrument }: CapturedBook, update: BookUpdate, capture: BookCapture): void {
    const event = bookEventOf(update);
    this.#print({ instrumentIx: instrument.ix, tsVenueUs: event.tsVenueUs }, capture, (base) => {
      this.#appliedUs.set(instrument.ix, base.tsLocalUs);
      return { ...event, ...base };
    });
  }

  onLive({ instrument }: CapturedBook, isUsable: boolean, capture: BookCapture): void {
    this.#add(capture, (tsLocalUs) => this.#state(instrument.ix, isUsable, tsLocalUs));
  }

  onTrade(trade: TradePrint, capture: BookCapture): void {
    const { priceTicks, qtyLots, takerSide, tradeId } = trade;
    if (!this.#isNew(trade, capture)) {
      this.repeatedTradeCount++;
      return;
    }
    const said = { tradeId, priceTicks, qtyLots, takerSide };
    this.#print(trade, capture, (base) => ({ kind: 'trade', ...base, ...said }));
  }

  onMark(mark: MarkPrint, capture: BookCapture): void {
    const { indexE8, markE8 } = mark;
    this.#print(mark, capture, (base) => ({ kind: 'mark-price', ...base, markE8, indexE8 }));
  }

  onFunding(funding: FundingPrint, capture: BookCapture): void {
    const { isSettled, nextFundingUs, rateE12 } = funding;
    // What was settled is no rate to come.
    if (isSettled) return;
    this.#print(funding, capture, (base) => ({ kind: 'funding-rate', ...base, rateE12, nextFundingUs }));
  }

  onOpenInterest(interest: OpenInterestPrint, capture: BookCapture): void {
    const { openInterestLots } = interest;
    this.#print(interest, capture, (base) => ({ kind: 'open-interest', ...base, openInterestLots }));
  }

  onLiquidation(liquidation: LiquidationPrint, capture: BookCapture): void {
    const { priceTicks, qtyLots, side } = liquidation;
    this.#print(liquidation, capture, (base) => ({
      kind: 'liquidation',
      ...base,
      side,
      priceTicks,
      qtyLots,
    }));
  }

  onLoss(capture: BookCapture): void {
    // A thousand damaged lines in a row are one loss.
    if (this.#lostUs === capture.nowUs) return;
    const { beforeUs } = capture;
    for (const { instrument } of capture.books) {
      const instrumentIx = this.#firstIx + instrument.ix;
      for (const stream of ['trades', 'liquidations'] as const) {
        const lost = { kind: 'prints-lost', instrumentIx, tsVenueUs: beforeUs, stream } as const;
        this.#add(capture, (tsLocalUs) => ({ ...lost, tsLocalUs, untilUs: tsLocalUs }));
      }
    }
    this.#lostUs = capture.nowUs;
  }

  #print(
    { instrumentIx, tsVenueUs }: Print,
    capture: BookCapture,
    make: (base: Print & { readonly tsLocalUs: EpochUs }) => FrameEvent,
  ): void {
    const ix = this.#firstIx + instrumentIx;
    this.#add(capture, (tsLocalUs) =>
      make({ instrumentIx: ix, tsVenueUs: tsVenueUs > 0 ? tsVenueUs : tsLocalUs, tsLocalUs }),
    );
  }

  #add(capture: BookCapture, make: Stamped): void {
    this.#lostUs = -1;
    if (capture.nowUs === 0) {
      if (this.#timeless.length === TIMELESS_MAX) this.end();
      this.#timeless.push(make);
      return;
    }
    if (!this.#hasBegun) this.#begin(capture);
    this.#events.push(make(this.#stamp.next(capture.nowUs)));
  }

  /** No book is usable before it is said to be. */
  #begin(capture: BookCapture): void {
    this.#hasBegun = true;
    for (const { instrument } of capture.books)
      this.#events.push(this.#state(instrument.ix, false, this.#stamp.next(capture.nowUs)));
    for (const make of this.#timeless.splice(0)) this.#events.push(make(this.#stamp.next(capture.nowUs)));
  }

  #state(ix: InstrumentIx, isUsable: boolean, tsLocalUs: EpochUs): FrameEvent {
    return {
      kind: 'feed-state',
      instrumentIx: this.#firstIx + ix,
      tsVenueUs: tsLocalUs,
      tsLocalUs,
      isUsable,
    };
  }

  #isNew({ instrumentIx, tradeId }: TradePrint, capture: BookCapture): boolean {
    let recent = this.#recent.get(instrumentIx);
    if (recent === undefined) {
      recent = new RecentTrades();
      this.#recent.set(instrumentIx, recent);
    }
    return recent.take(tradeId, capture);
  }
}

/** The last trades of one instrument. */
class RecentTrades {
  readonly #frameOfId = new Map<number, number>();
  /** Binance tells single trades and aggregates of them on two streams; the one that came first counts. */
  #isAggregate: boolean | null = null;

  /** Returns false for a trade that has come. Trades of one frame never repeat each other: some share the number of their message. */
  take(tradeId: number, { frame, frameCount }: BookCapture): boolean {
    const isAggregate = Buffer.from(frame.buffer, frame.byteOffset, frame.length).includes(AGGREGATE);
    this.#isAggregate ??= isAggregate;
    if (isAggregate !== this.#isAggregate) return false;
    const before = this.#frameOfId.get(tradeId);
    if (before !== undefined && before !== frameCount) return false;
    this.#frameOfId.set(tradeId, frameCount);
    if (this.#frameOfId.size > RECENT_TRADES) {
      for (const oldest of this.#frameOfId.keys()) {
        this.#frameOfId.delete(oldest);
        break;
      }
    }
    return true;
  }
}
