/**
 * From decoders to the listener: each print finds its subscription, is dropped when it came before, gets its place in the order of events, and is told.
 * Books and orders go through their synchronisation. What nobody subscribed to ends here.
 */
import type { BookUpdate } from '#book';
import { type EpochUs, US_PER_MINUTE } from '#core';
import { type InstrumentIx, STREAM_KINDS, type StreamKind } from '#domain';
import type {
  ControlMessage,
  DecodedSink,
  FundingPrint,
  LiquidationPrint,
  MarkPrint,
  OpenInterestPrint,
  OrderPrint,
  QuotePrint,
  TradePrint,
  VenueCandle,
} from '../market/index.ts';
import type { FeedClock } from './event-stamp.ts';
import { LagHistogram } from './lag-histogram.ts';
import type { FeedListener } from './listener.ts';
import { RecentPrints } from './recent-prints.ts';
import type { StreamTrack, TrackLink } from './stream-track.ts';
import type { TrackTable } from './track-table.ts';

const LIQUIDATIONS_MAX = 64;
/** More than any venue puts into one answer. */
const POLLED_TRADES_MAX = 2_048;

/** What a router needs. */
export interface EventRouterParts {
  readonly tracks: TrackTable;
  readonly listener: FeedListener;
  readonly clock: FeedClock;
  readonly recentTradesMax: number;
  readonly lagWindowUs: number;
}

/** How late the messages of a kind are, over the last one to two windows. */
export interface LagStatus {
  readonly stream: StreamKind;
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Delivers what decoders read. */
export class EventRouter {
  /** Prints that came twice, and states that came after newer ones. */
  duplicateCount = 0;
  readonly #parts: EventRouterParts;
  readonly #lags: Readonly<Record<StreamKind, LagHistogram>>;
  readonly #recent = new Map<StreamTrack, RecentPrints>();
  /** Newest state of a track: venue's time of a print, opening time of a candle. */
  readonly #newestUs = new Map<StreamTrack, EpochUs>();
  readonly #newestLink = new Map<StreamTrack, TrackLink>();
  #frame = 0;
  #frameUs: EpochUs = 0;

  constructor(parts: EventRouterParts) {
    this.#parts = parts;
    const lags = STREAM_KINDS.map((stream) => [stream, new LagHistogram(parts.lagWindowUs)] as const);
    this.#lags = Object.fromEntries(lags) as Record<StreamKind, LagHistogram>;
  }

  get lags(): readonly LagStatus[] {
    return STREAM_KINDS.map((stream) => {
      const lag = this.#lags[stream];
      return { stream, count: lag.count, p50Us: lag.quantileUs(0.5), p99Us: lag.quantileUs(0.99) };
    }).filter(({ count }) => count > 0);
  }

  /** A message of a venue is about to be read. */
  beginFrame(tsLocalUs: EpochUs): void {
    this.#frame++;
    this.#frameUs = tsLocalUs;
  }

  takeBook(update: BookUpdate, link: TrackLink): void {
    const book = this.#parts.tracks.book(update.instrumentIx);
    if (book === undefined || !book.track.takes(link)) return;
    book.track.messageCount++;
    link.noteData(book.track);
    if (!update.isSnapshot) this.#noteLag('book', update.tsVenueUs);
    book.onUpdate(update, link);
  }

  takeTrade(trade: TradePrint, link: TrackLink): void {
    const track = this.#find('trades', trade.instrumentIx, link);
    if (track === undefined) return;
    // Every answer of a poll repeats the trades of the one before.
    const keptMax = link.serial === 0 ? POLLED_TRADES_MAX : this.#parts.recentTradesMax;
    if (!this.#isNewPrint(track, trade.tradeId, keptMax)) return;
    this.#parts.listener.onTrade(trade, this.#good(track, trade.tsVenueUs));
  }

  takeCandle(candle: VenueCandle, link: TrackLink): void {
    const track = this.#parts.tracks.findCandles(candle.instrumentIx, candle.timeframeUs);
    if (track === undefined || !track.takes(link)) return;
    link.noteData(track);
    track.messageCount++;
    const tsLocalUs = this.#good(track, candle.isClosed ? candle.tsVenueUs : 0);
    if (!candle.isClosed) return;
    if (candle.openTsUs <= (this.#newestUs.get(track) ?? Number.NEGATIVE_INFINITY)) {
      this.duplicateCount++;
      return;
    }
    this.#newestUs.set(track, candle.openTsUs);
    this.#parts.listener.onCandle(candle, tsLocalUs);
  }

  takeQuote(quote: QuotePrint, link: TrackLink): void {
    const track = this.#findState('quotes', quote, link);
    if (track !== undefined) this.#parts.listener.onQuote(quote, this.#good(track, quote.tsVenueUs));
  }

  takeMark(mark: MarkPrint, link: TrackLink): void {
    const track = this.#findState('mark-price', mark, link);
    if (track !== undefined) this.#parts.listener.onMark(mark, this.#good(track, mark.tsVenueUs));
  }

  takeFunding(funding: FundingPrint, link: TrackLink): void {
    // A settlement is an event of its own and may be told after newer rates.
    const track = funding.isSettled
      ? this.#find('funding-rate', funding.instrumentIx, link)
      : this.#findState('funding-rate', funding, link);
    if (track === undefined) return;
    const key = hashOf(funding.tsVenueUs, funding.rateE12, 0, 1);
    if (funding.isSettled && !this.#isNewPrint(track, key, LIQUIDATIONS_MAX)) return;
    this.#parts.listener.onFunding(funding, this.#good(track, funding.tsVenueUs));
  }

  takeOpenInterest(interest: OpenInterestPrint, link: TrackLink): void {
    const track = this.#findState('open-interest', interest, link);
    if (track !== undefined)
      this.#parts.listener.onOpenInterest(interest, this.#good(track, interest.tsVenueUs));
  }

  takeLiquidation(liquidation: LiquidationPrint, link: TrackLink): void {
    const track = this.#find('liquidations', liquidation.instrumentIx, link);
    const { priceTicks, qtyLots, side, tsVenueUs } = liquidation;
    const key = hashOf(tsVenueUs, priceTicks, qtyLots, side === 'buy' ? 1 : 2);
    if (track === undefined || !this.#isNewPrint(track, key, LIQUIDATIONS_MAX)) return;
    this.#parts.listener.onLiquidation(liquidation, this.#good(track, tsVenueUs));
  }

  takeOrderSnapshot(instrumentIx: InstrumentIx, checksum: number, link: TrackLink): void {
    const orders = this.#parts.tracks.orders(instrumentIx);
    if (orders === undefined || !orders.track.takes(link)) return;
    link.noteData(orders.track);
    if (!orders.takeSnapshot(link)) return;
    this.#parts.listener.onOrderSnapshot(instrumentIx, checksum, orders.track.lastGoodUs);
  }

  takeOrder(order: OrderPrint, link: TrackLink): void {
    const orders = this.#parts.tracks.orders(order.instrumentIx);
    if (orders === undefined || !orders.takesChange(link)) return;
    orders.track.messageCount++;
    this.#parts.listener.onOrder(order, this.#good(orders.track, order.tsVenueUs));
  }

  takeOrdersEnd(instrumentIx: InstrumentIx, checksum: number, link: TrackLink): void {
    const orders = this.#parts.tracks.orders(instrumentIx);
    if (orders === undefined || !orders.takesChange(link)) return;
    this.#parts.listener.onOrdersEnd(instrumentIx, checksum, this.#parts.clock.stampUs());
  }

  #find(stream: StreamKind, instrumentIx: InstrumentIx, link: TrackLink): StreamTrack | undefined {
    const track = this.#parts.tracks.find(stream, instrumentIx);
    if (track === undefined || !track.takes(link)) return undefined;
    track.messageCount++;
    link.noteData(track);
    return track;
  }

  /** A state replaces the one before: one that comes late over the other connection of a hand-over is not told. */
  #findState(
    stream: StreamKind,
    print: { readonly instrumentIx: InstrumentIx; readonly tsVenueUs: EpochUs },
    link: TrackLink,
  ): StreamTrack | undefined {
    const track = this.#find(stream, print.instrumentIx, link);
    if (track === undefined) return undefined;
    const isLate =
      print.tsVenueUs <= (this.#newestUs.get(track) ?? 0) && this.#newestLink.get(track) !== link;
    if (isLate && track.candidate !== null) {
      this.duplicateCount++;
      return undefined;
    }
    this.#newestUs.set(track, print.tsVenueUs);
    this.#newestLink.set(track, link);
    return track;
  }

  #isNewPrint(track: StreamTrack, key: number, keptMax: number): boolean {
    let recent = this.#recent.get(track);
    if (recent === undefined) {
      recent = new RecentPrints(keptMax);
      this.#recent.set(track, recent);
    }
    if (recent.take(key, this.#frame)) return true;
    this.duplicateCount++;
    return false;
  }

  /** Gives a print its place in the order of events. */
  #good(track: StreamTrack, tsVenueUs: EpochUs): EpochUs {
    track.lastGoodUs = this.#parts.clock.stampUs();
    if (tsVenueUs > 0) this.#noteLag(track.stream, tsVenueUs);
    return track.lastGoodUs;
  }

  /** Prints older than the window are lists of the past that a venue sends after a subscription, no lag. */
  #noteLag(stream: StreamKind, tsVenueUs: EpochUs): void {
    const lagUs = this.#frameUs - tsVenueUs;
    if (lagUs < Math.max(US_PER_MINUTE, this.#parts.lagWindowUs))
      this.#lags[stream].add(lagUs, this.#frameUs);
  }
}

/** What a connection takes itself. */
type Control = Pick<DecodedSink, 'onControl' | 'onConnectionSequence'>;

/** The sink of one connection. */
export class LinkSink implements DecodedSink {
  readonly #router: EventRouter;
  readonly #link: TrackLink;
  readonly #control: Control;

  constructor(router: EventRouter, link: TrackLink, control: Control) {
    this.#router = router;
    this.#link = link;
    this.#control = control;
  }

  onBook(update: BookUpdate): void {
    this.#router.takeBook(update, this.#link);
  }

  onTrade(trade: TradePrint): void {
    this.#router.takeTrade(trade, this.#link);
  }

  onCandle(candle: VenueCandle): void {
    this.#router.takeCandle(candle, this.#link);
  }

  onQuote(quote: QuotePrint): void {
    this.#router.takeQuote(quote, this.#link);
  }

  onMark(mark: MarkPrint): void {
    this.#router.takeMark(mark, this.#link);
  }

  onFunding(funding: FundingPrint): void {
    this.#router.takeFunding(funding, this.#link);
  }

  onOpenInterest(interest: OpenInterestPrint): void {
    this.#router.takeOpenInterest(interest, this.#link);
  }

  onLiquidation(liquidation: LiquidationPrint): void {
    this.#router.takeLiquidation(liquidation, this.#link);
  }

  onOrderSnapshot(instrumentIx: InstrumentIx, checksum: number): void {
    this.#router.takeOrderSnapshot(instrumentIx, checksum, this.#link);
  }

  onOrder(order: OrderPrint): void {
    this.#router.takeOrder(order, this.#link);
  }

  onOrdersEnd(instrumentIx: InstrumentIx, checksum: number): void {
    this.#router.takeOrdersEnd(instrumentIx, checksum, this.#link);
  }

  onControl(message: ControlMessage): void {
    this.#control.onControl(message);
  }

  onConnectionSequence(sequence: number): boolean {
    return this.#control.onConnectionSequence(sequence);
  }
}

/** Returns a key for a print without an id: 52 bits of FNV-1a over its numbers, in two halves. */
function hashOf(...values: readonly number[]): number {
  let low = 0x811c9dc5;
  let high = 0x9dc5811c;
  for (const value of values) {
    const bits = Math.abs(value);
    low = Math.imul(low ^ (bits >>> 0), 0x01000193);
    low = Math.imul(low ^ (Math.floor(bits / 0x100000000) + (value < 0 ? 0x40000000 : 0)), 0x01000193);
    high = Math.imul(high ^ low, 0x01000193);
  }
  return (high >>> 12) * 0x100000000 + (low >>> 0);
}
