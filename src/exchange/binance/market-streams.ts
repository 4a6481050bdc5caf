/**
 * What the exchange tells everybody as it happens: prints and the best prices at once, the book in slots of 100, 250 and 500 ms, bars every
 * 250 ms, marks every second. It is told of events and of ticks of the exchange's time, so that equal runs say equal bytes.
 */
import { type EpochUs, US_PER_MS, US_PER_SECOND } from '#core';
import type { BookEvent, MarketEvent, TradeEvent } from '#domain';
import { rateText } from './exchange-info.ts';
import { KLINE_INTERVALS, type Kline, klineSpan } from './kline-store.ts';
import type { MarketBoard, SymbolBoard } from './market-board.ts';
import { daySums, levelsOf, markText, msOf, priceText, qtyText, quoteText } from './market-forms.ts';
import type { StreamHub } from './stream-hub.ts';

/** Time between two ticks; every slot is a multiple of it. */
export const TICK_US = 50 * US_PER_MS;

/** Slots of the book, with the suffixes of their streams. */
const SLOTS = [
  { lengthUs: 100 * US_PER_MS, suffixes: ['@100ms', '@0ms'] },
  { lengthUs: 250 * US_PER_MS, suffixes: [''] },
  { lengthUs: 500 * US_PER_MS, suffixes: ['@500ms'] },
] as const;
const PARTIAL_DEPTHS = [5, 10, 20] as const;
const KLINE_US = 250 * US_PER_MS;
const MARK_SLOW_US = 3 * US_PER_SECOND;

/** Changes of a book since it was told last. */
class DepthSlot {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #firstId = 0;
  #lastId = 0;
  #toldId = 0;
  #eventUs: EpochUs = 0;

  get isEmpty(): boolean {
    return this.#lastId === this.#toldId;
  }

  add(event: BookEvent): void {
    if (this.isEmpty) this.#firstId = event.firstUpdateId;
    this.#lastId = event.lastUpdateId;
    this.#eventUs = event.tsVenueUs;
    for (const [levels, changes] of [
      [this.#bids, event.bids],
      [this.#asks, event.asks],
    ] as const)
      for (let i = 0; i < changes.length; i += 2) levels.set(changes[i] ?? 0, changes[i + 1] ?? 0);
  }

  /** Returns the fields that a diff and a partial book share, and forgets them. */
  take(): {
    readonly ids: object;
    readonly bids: readonly [number, number][];
    readonly asks: readonly [number, number][];
    readonly eventUs: EpochUs;
  } {
    const taken = {
      ids: { U: this.#firstId, u: this.#lastId, pu: this.#toldId },
      bids: [...this.#bids].sort(([a], [b]) => b - a),
      asks: [...this.#asks].sort(([a], [b]) => a - b),
      eventUs: this.#eventUs,
    };
    this.#toldId = this.#lastId;
    this.#bids.clear();
    this.#asks.clear();
    return taken;
  }
}

/** The public streams of all symbols. */
export class MarketStreams {
  readonly #board: MarketBoard;
  readonly #hub: StreamHub;
  readonly #slots: readonly (readonly DepthSlot[])[];
  /** Best prices and sizes as told last, by symbol. */
  readonly #bests: string[];
  /** Where the bar begins that was told last, by stream. */
  readonly #told = new Map<string, EpochUs>();

  constructor(board: MarketBoard, hub: StreamHub) {
    this.#board = board;
    this.#hub = hub;
    this.#slots = board.all.map(() => SLOTS.map(() => new DepthSlot()));
    this.#bests = board.all.map(() => '');
  }

  /** Begins to tell: what the books were before is nobody's news. */
  begin(): void {
    for (const slot of this.#slots.flat()) slot.take();
  }

  /** Tells of an event that the board has taken. */
  onMarket(event: MarketEvent): void {
    const symbol = this.#board.at(event.instrumentIx);
    if (event.kind === 'trade') this.#onTrade(symbol, event);
    else if (event.kind === 'book') this.#onBook(symbol, event);
  }

  /** Tells what is told in slots of time. */
  onTick(nowUs: EpochUs): void {
    for (const [index, slot] of SLOTS.entries()) {
      if (nowUs % slot.lengthUs !== 0) continue;
      for (const symbol of this.#board.all) this.#tellDepth(symbol, index, nowUs);
    }
    if (nowUs % KLINE_US === 0) for (const stream of [...this.#hub.wanted]) this.#tellKline(stream, nowUs);
    if (nowUs % US_PER_SECOND === 0) this.#tellSecond(nowUs);
  }

  #onTrade({ instrument }: SymbolBoard, trade: TradeEvent): void {
    const name = instrument.symbol.toLowerCase();
    const shared = {
      E: msOf(trade.tsVenueUs),
      s: instrument.symbol,
      p: priceText(instrument, trade.priceTicks),
      q: qtyText(instrument, trade.qtyLots),
      T: msOf(trade.tsVenueUs),
      m: trade.takerSide === 'sell',
      st: 1,
    };
    const { p, q, ...rest } = shared;
    const id = trade.tradeId;
    this.#hub.publish(`${name}@aggTrade`, { e: 'aggTrade', a: id, ...rest, p, q, nq: q, f: id, l: id });
    this.#hub.publish(`${name}@trade`, { e: 'trade', t: id, ...rest, p, q, X: 'MARKET' });
  }

  #onBook(symbol: SymbolBoard, event: BookEvent): void {
    const { ix, symbol: name } = symbol.instrument;
    for (const slot of this.#slots[ix] ?? []) slot.add(event);
    const stream = `${name.toLowerCase()}@bookTicker`;
    if (!this.#hub.isWanted(stream) && !this.#hub.isWanted('!bookTicker')) return;
    const [bid = ['0', '0'], ask = ['0', '0']] = [
      levelsOf(symbol, 'buy', 1)[0],
      levelsOf(symbol, 'sell', 1)[0],
    ];
    const best = [...bid, ...ask].join(' ');
    if (best === this.#bests[ix]) return;
    this.#bests[ix] = best;
    const payload = {
      e: 'bookTicker',
      u: event.lastUpdateId,
      s: name,
      ps: name,
      b: bid[0],
      B: bid[1],
      a: ask[0],
      A: ask[1],
      T: msOf(event.tsVenueUs),
      E: msOf(event.tsVenueUs),
      st: 1,
    };
    this.#hub.publish(stream, payload);
    this.#hub.publish('!bookTicker', payload);
  }

  #tellDepth(symbol: SymbolBoard, index: number, nowUs: EpochUs): void {
    const { instrument } = symbol;
    const slot = this.#slots[instrument.ix]?.[index];
    if (slot === undefined || slot.isEmpty) return;
    const { asks, bids, eventUs, ids } = slot.take();
    const name = instrument.symbol.toLowerCase();
    const head = {
      e: 'depthUpdate',
      E: msOf(nowUs),
      T: msOf(eventUs),
      s: instrument.symbol,
      ps: instrument.symbol,
      ...ids,
    };
    const rows = (levels: readonly [number, number][]): [string, string][] =>
      levels.map(([ticks, lots]) => [priceText(instrument, ticks), qtyText(instrument, lots)]);
    for (const suffix of SLOTS[index]?.suffixes ?? []) {
      const diff = `${name}@depth${suffix}`;
      if (this.#hub.isWanted(diff)) this.#hub.publish(diff, { ...head, b: rows(bids), a: rows(asks), st: 1 });
      for (const depth of PARTIAL_DEPTHS) {
        const partial = `${name}@depth${depth}${suffix}`;
        if (!this.#hub.isWanted(partial)) continue;
        const levels = { b: levelsOf(symbol, 'buy', depth), a: levelsOf(symbol, 'sell', depth) };
        this.#hub.publish(partial, { ...head, ...levels, st: 1 });
      }
    }
  }

  #tellKline(stream: string, nowUs: EpochUs): void {
    const [, name = '', interval = ''] = /^([^@]+)@kline_(\w+)$/.exec(stream) ?? [];
    const symbol = this.#board.find(name.toUpperCase());
    if (symbol === undefined || !KLINE_INTERVALS.includes(interval)) return;
    const bar = symbol.klines.barAt(interval, nowUs);
    if (bar === null) return;
    const toldUs = this.#told.get(stream);
    if (toldUs !== undefined && toldUs < bar.openUs) {
      const before = symbol.klines.barAt(interval, toldUs);
      if (before !== null) this.#hub.publish(stream, klinePayload(symbol, interval, before, nowUs, true));
    }
    // Streams that nobody listens to any more stay in here; at the bound all are forgotten, which costs each a last word on one bar.
    if (this.#told.size > STREAMS_TOLD_MAX) this.#told.clear();
    this.#told.set(stream, bar.openUs);
    this.#hub.publish(stream, klinePayload(symbol, interval, bar, nowUs, false));
  }

  #tellSecond(nowUs: EpochUs): void {
    const all = this.#board.all.filter(({ isOpen }) => isOpen);
    const marks = all.map((symbol) => markPayload(this.#board, symbol, nowUs));
    const days = all.map((symbol) => dayPayload(symbol, nowUs));
    const minis = days.map(miniOf);
    for (const [index, { instrument }] of all.entries()) {
      const name = instrument.symbol.toLowerCase();
      const mark = marks[index] ?? {};
      this.#hub.publish(`${name}@markPrice@1s`, mark);
      if (nowUs % MARK_SLOW_US === 0) this.#hub.publish(`${name}@markPrice`, mark);
      this.#hub.publish(`${name}@ticker`, days[index] ?? {});
      this.#hub.publish(`${name}@miniTicker`, minis[index] ?? {});
    }
    this.#hub.publish('!markPrice@arr@1s', marks);
    if (nowUs % MARK_SLOW_US === 0) this.#hub.publish('!markPrice@arr', marks);
    this.#hub.publish('!ticker@arr', days);
    this.#hub.publish('!miniTicker@arr', minis);
  }
}

const STREAMS_TOLD_MAX = 10_000;

function klinePayload(
  { instrument }: SymbolBoard,
  interval: string,
  bar: Kline,
  nowUs: EpochUs,
  isClosed: boolean,
): object {
  const price = (ticks: number): string => priceText(instrument, ticks);
  return {
    e: 'kline',
    E: msOf(nowUs),
    s: instrument.symbol,
    k: {
      t: msOf(bar.openUs),
      T: msOf(klineSpan(interval, bar.openUs)[1]) - 1,
      s: instrument.symbol,
      i: interval,
      f: bar.firstTradeId,
      L: bar.lastTradeId,
      o: price(bar.openTicks),
      c: price(bar.closeTicks),
      h: price(bar.highTicks),
      l: price(bar.lowTicks),
      v: qtyText(instrument, bar.volumeLots),
      n: bar.tradeCount,
      x: isClosed,
      q: quoteText(instrument, bar.quoteTickLots),
      V: qtyText(instrument, bar.takerBuyLots),
      Q: quoteText(instrument, bar.takerBuyTickLots),
      B: '0',
    },
  };
}

function markPayload(board: MarketBoard, { instrument, markTicks }: SymbolBoard, nowUs: EpochUs): object {
  const mark = markText(instrument, markTicks);
  return {
    e: 'markPriceUpdate',
    E: msOf(nowUs),
    s: instrument.symbol,
    p: mark,
    ap: mark,
    P: mark,
    i: mark,
    r: rateText(board.fundingE12(instrument.ix)),
    T: msOf(board.nextFundingUs(nowUs)),
    st: 1,
  };
}

type DayPayload = Record<string, unknown>;

function dayPayload(symbol: SymbolBoard, nowUs: EpochUs): DayPayload {
  const day = daySums(symbol, nowUs);
  const { symbol: s } = symbol.instrument;
  if (day === null) return { e: '24hrTicker', E: msOf(nowUs), s };
  return {
    e: '24hrTicker',
    E: msOf(nowUs),
    s,
    ps: s,
    p: day.change,
    P: day.changePercent,
    w: day.weightedAverage,
    c: day.last,
    Q: day.lastQty,
    o: day.open,
    h: day.high,
    l: day.low,
    v: day.volume,
    q: day.quoteVolume,
    O: day.openMs,
    C: day.closeMs,
    F: day.firstId,
    L: day.lastId,
    n: day.count,
    st: 1,
  };
}

function miniOf({ E, c, h, l, o, ps, q, s, st, v }: DayPayload): object {
  return { e: '24hrMiniTicker', E, s, ps, c, o, h, l, v, q, st };
}
