/** The forms of market data that requests and streams share: levels, bars, sums of a day. */
import { type EpochUs, US_PER_DAY, US_PER_MS } from '#core';
import type { Instrument, Side } from '#domain';
import { type Kline, klineSpan } from './kline-store.ts';
import type { SymbolBoard } from './market-board.ts';
import { fixedText, quotientText, widenedText } from './number-text.ts';

/** Returns a price with all decimals of the instrument; 0 where there is no price yet. */
export function priceText(instrument: Instrument, ticks: number): string {
  return fixedText(Number.isNaN(ticks) ? 0 : ticks, instrument.priceDecimals);
}

/** Returns a quantity with all decimals of the instrument. */
export function qtyText(instrument: Instrument, lots: number): string {
  return fixedText(lots, instrument.qtyDecimals);
}

/** Returns a price of mark, index and settlement: eight decimals; 0 where there is none yet. */
export function markText(instrument: Instrument, ticks: number): string {
  return widenedText(
    Number.isNaN(ticks) ? 0 : ticks,
    instrument.priceDecimals,
    Math.max(8, instrument.priceDecimals),
  );
}

/** Returns ticks x lots as an amount of quote currency. */
export function quoteText(instrument: Instrument, tickLots: number | bigint): string {
  return fixedText(BigInt(tickLots), instrument.priceDecimals + instrument.qtyDecimals);
}

/** Returns a moment in milliseconds, rounded down. */
export function msOf(us: EpochUs): number {
  return Math.floor(us / US_PER_MS);
}

/** Returns the best levels of one side as pairs of texts. */
export function levelsOf({ book, instrument }: SymbolBoard, side: Side, limit: number): [string, string][] {
  return Array.from({ length: Math.min(limit, book.levelCount(side)) }, (_, index) => [
    priceText(instrument, book.priceTicksAt(side, index)),
    qtyText(instrument, book.qtyLotsAt(side, index)),
  ]);
}

/** Returns a bar as the rows of `klines`. */
export function klineRow(instrument: Instrument, interval: string, bar: Kline): unknown[] {
  const [, endUs] = klineSpan(interval, bar.openUs);
  return [
    msOf(bar.openUs),
    priceText(instrument, bar.openTicks),
    priceText(instrument, bar.highTicks),
    priceText(instrument, bar.lowTicks),
    priceText(instrument, bar.closeTicks),
    qtyText(instrument, bar.volumeLots),
    msOf(endUs) - 1,
    quoteText(instrument, bar.quoteTickLots),
    bar.tradeCount,
    qtyText(instrument, bar.takerBuyLots),
    quoteText(instrument, bar.takerBuyTickLots),
    '0',
  ];
}

/** The last 24 hours of a symbol, in the texts of the venue. */
export interface DaySums {
  readonly change: string;
  readonly changePercent: string;
  readonly weightedAverage: string;
  readonly last: string;
  readonly lastQty: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly openMs: number;
  readonly closeMs: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
}

/** Returns the sums of the last 24 hours; `null` before the first bar. */
export function daySums(board: SymbolBoard, nowUs: EpochUs): DaySums | null {
  const { instrument, klines, trades } = board;
  const day = klines.since(nowUs - US_PER_DAY);
  if (day === null) return null;
  const price = (ticks: number): string => priceText(instrument, ticks);
  const changeTicks = day.closeTicks - day.openTicks;
  const { priceDecimals } = instrument;
  const volume = BigInt(day.volumeLots);
  const average = volume === 0n ? BigInt(day.closeTicks) * 10n : (BigInt(day.quoteTickLots) * 10n) / volume;
  return {
    change: price(changeTicks),
    changePercent: quotientText(BigInt(changeTicks) * 100n, BigInt(day.openTicks), 3),
    weightedAverage: fixedText(average, priceDecimals + 1),
    last: price(day.closeTicks),
    lastQty: qtyText(instrument, trades.at(-1)?.qtyLots ?? 0),
    open: price(day.openTicks),
    high: price(day.highTicks),
    low: price(day.lowTicks),
    volume: qtyText(instrument, day.volumeLots),
    quoteVolume: quoteText(instrument, day.quoteTickLots),
    openMs: msOf(nowUs - US_PER_DAY),
    closeMs: msOf(nowUs),
    firstId: day.firstTradeId,
    lastId: day.lastTradeId,
    count: day.tradeCount,
  };
}

/** Returns the notional of the largest order at mark, whole units of quote currency: the one bound of a position that there is. */
export function maxNotionalText({
  instrument,
  markTicks,
}: Pick<SymbolBoard, 'instrument' | 'markTicks'>): string {
  if (Number.isNaN(markTicks)) return '0';
  const atoms = BigInt(instrument.qtyLotsMax) * BigInt(markTicks) * BigInt(instrument.atomsPerTickLot);
  return String(atoms / 10n ** BigInt(instrument.atomDecimals));
}
