/** Builders for the tests of this room: instruments, orders, bars and a world of zero latency, all through the real constructors. */
import assert from 'node:assert/strict';
import { Prng } from '#core';
import { CostModel, DEPTH_RULE_DEFAULT, type DepthRule, FeeSchedule } from '#costs';
import {
  type AmendRequest,
  type BookEvent,
  type BookOrderEvent,
  type CandleColumns,
  type CandleEvent,
  type ExecutionEvent,
  type FundingEvent,
  type InstrumentSpec,
  InstrumentTable,
  type MarkEvent,
  type MarketEvent,
  type OrderRequest,
  type TradeEvent,
} from '#domain';
import { LATENCY_NONE } from '../latency/index.ts';
import { type SimRules, simRules } from '../options.ts';
import { SimulatedWorld } from '../simulated-world.ts';
import type { MarketSource, SourceFeed } from '../source.ts';
import { ChunkSource } from '../sources/index.ts';

/** Length of the test bars: 100 s, so that a quarter is 25 s. */
export const BAR_US = 100_000_000;
/** Open of the first test bar; a funding moment (multiple of 8 h) is four bars later. */
export const START_US = 1_700_006_000_000_000;

/** A ladder with round figures: a spread of 2 ticks around 1000, levels 1 tick apart. */
export const TEST_RULE: DepthRule = {
  ...DEPTH_RULE_DEFAULT,
  halfSpreadPpm: 1000,
  levelStepPpm: 1000,
  levelVolumePpm: 100_000,
  levelCountMax: 10,
  participationMaxPpm: 500_000,
};

/** Rules of a test instrument: prices in whole ticks, one lot the smallest quantity, one atom in 10^-4. */
export function testSpec(changes: Partial<InstrumentSpec> = {}): InstrumentSpec {
  return {
    venue: 'sim',
    symbol: 'AAAUSDT',
    baseAsset: 'AAA',
    quoteAsset: 'USDT',
    kind: 'perpetual',
    priceDecimals: 1,
    qtyDecimals: 1,
    tickSize: '0.1',
    lotSize: '0.1',
    qtyMin: '0.1',
    qtyMax: '100000',
    notionalMin: '1',
    leverageMax: 10,
    maintenanceMarginPpm: 20_000,
    rulesFrom: 'config',
    ...changes,
  };
}

/** Money of the test accounts in atoms. */
export function money(amount: number): bigint {
  return BigInt(Math.round(amount * 100)) * 1_000_000n;
}

/** Rules without latency and fees on the test ladder. */
export function testRules(changes: Partial<SimRules> & { readonly depthRule?: DepthRule } = {}): SimRules {
  const { depthRule = TEST_RULE, ...rest } = changes;
  const tier = { name: 'test', makerPpm: 200, takerPpm: 500 };
  return simRules({
    costs: new CostModel(new FeeSchedule({ sim: tier }), depthRule),
    latency: { sim: LATENCY_NONE },
    leverage: 10,
    ...rest,
  });
}

/** An order; a market buy of 10 lots unless told otherwise. */
export function order(clientOrderId: string, changes: Partial<OrderRequest> = {}): OrderRequest {
  return {
    clientOrderId,
    instrumentIx: 0,
    side: 'buy',
    type: 'market',
    label: 'ENTRY',
    qtyLots: 10,
    priceTicks: null,
    triggerTicks: null,
    timeInForce: 'GTC',
    reduceOnly: false,
    ...changes,
  };
}

/** A limit order. */
export function limit(
  id: string,
  side: 'buy' | 'sell',
  priceTicks: number,
  changes: Partial<OrderRequest> = {},
): OrderRequest {
  return order(id, { type: 'limit', side, priceTicks, ...changes });
}

/** A stop order. */
export function stop(
  id: string,
  side: 'buy' | 'sell',
  triggerTicks: number,
  changes: Partial<OrderRequest> = {},
): OrderRequest {
  return order(id, { type: 'stop_market', side, triggerTicks, ...changes });
}

/** A target order. */
export function target(
  id: string,
  side: 'buy' | 'sell',
  triggerTicks: number,
  changes: Partial<OrderRequest> = {},
): OrderRequest {
  return order(id, { type: 'take_profit_market', side, triggerTicks, ...changes });
}

/** A trailing stop. */
export function trailing(
  id: string,
  side: 'buy' | 'sell',
  callbackBps: number,
  changes: Partial<OrderRequest> = {},
): OrderRequest {
  return order(id, { type: 'trailing_stop', side, callbackBps, ...changes });
}

/** A bar by its place: open, high, low, close, volume. */
export type Bar = readonly [open: number, high: number, low: number, close: number, volume: number];

/** The candle event of a bar at a place in time; `at` counts bars from `START_US`. */
export function candle(at: number, bar: Bar, instrumentIx = 0): CandleEvent {
  const [openTicks, highTicks, lowTicks, closeTicks, volumeLots] = bar;
  const openTsUs = START_US + at * BAR_US;
  const tsVenueUs = openTsUs + BAR_US;
  return {
    kind: 'candle',
    instrumentIx,
    tsVenueUs,
    tsLocalUs: tsVenueUs,
    timeframeUs: BAR_US,
    openTsUs,
    openTicks,
    highTicks,
    lowTicks,
    closeTicks,
    volumeLots,
  };
}

/** Bars as columns. */
export function columnsOf(candles: readonly CandleEvent[]): CandleColumns {
  const column = (pick: (event: CandleEvent) => number): Float64Array => Float64Array.from(candles, pick);
  return {
    timeframeUs: BAR_US,
    rowCount: candles.length,
    openTsUs: column((event) => event.openTsUs),
    openTicks: column((event) => event.openTicks),
    highTicks: column((event) => event.highTicks),
    lowTicks: column((event) => event.lowTicks),
    closeTicks: column((event) => event.closeTicks),
    volumeLots: column((event) => event.volumeLots),
  };
}

/** A print; `afterUs` counts from `START_US`. */
export function print(
  afterUs: number,
  priceTicks: number,
  qtyLots: number,
  takerSide: 'buy' | 'sell',
): TradeEvent {
  const tsVenueUs = START_US + afterUs;
  return {
    kind: 'trade',
    instrumentIx: 0,
    tsVenueUs,
    tsLocalUs: tsVenueUs,
    tradeId: afterUs,
    priceTicks,
    qtyLots,
    takerSide,
  };
}

/** A book event; levels as pairs of price and quantity. */
export function book(
  afterUs: number,
  isSnapshot: boolean,
  bids: readonly number[],
  asks: readonly number[],
): BookEvent {
  const tsVenueUs = START_US + afterUs;
  return {
    kind: 'book',
    instrumentIx: 0,
    tsVenueUs,
    tsLocalUs: tsVenueUs,
    isSnapshot,
    firstUpdateId: afterUs,
    lastUpdateId: afterUs,
    previousUpdateId: -1,
    bids: Float64Array.from(bids),
    asks: Float64Array.from(asks),
  };
}

/** A change of one recorded order; 0 lots delete it. */
export function bookOrder(
  afterUs: number,
  orderId: string,
  side: 'buy' | 'sell',
  priceTicks: number,
  qtyLots: number,
  action: BookOrderEvent['action'] = qtyLots === 0 ? 'delete' : 'add',
): BookOrderEvent {
  const tsVenueUs = START_US + afterUs;
  const times = { tsVenueUs, tsLocalUs: tsVenueUs };
  return { kind: 'book-order', instrumentIx: 0, ...times, action, side, orderId, priceTicks, qtyLots };
}

/** A mark price. */
export function mark(afterUs: number, markTicks: number, instrumentIx = 0): MarkEvent {
  const tsVenueUs = START_US + afterUs;
  return { kind: 'mark', instrumentIx, tsVenueUs, tsLocalUs: tsVenueUs, markTicks };
}

/** A funding settlement. */
export function funding(afterUs: number, rateE12: number, instrumentIx = 0): FundingEvent {
  const tsVenueUs = START_US + afterUs;
  return { kind: 'funding', instrumentIx, tsVenueUs, tsLocalUs: tsVenueUs, rateE12 };
}

/** A source of given events; its feeds are the kinds among them. */
export function eventSource(events: readonly MarketEvent[]): MarketSource {
  const feeds = new Map<string, SourceFeed>();
  for (const event of events) {
    const timeframeUs = event.kind === 'candle' ? event.timeframeUs : null;
    const feed = { instrumentIx: event.instrumentIx, kind: event.kind, timeframeUs };
    feeds.set(`${feed.instrumentIx}|${feed.kind}|${timeframeUs}`, feed);
  }
  const source = new ChunkSource<readonly MarketEvent[]>({
    feed: { instrumentIx: 0, kind: 'candle', timeframeUs: BAR_US },
    open: () => [events],
    countOf: (list) => list.length,
    eventAt: (list, row) => list[row]!,
  });
  return {
    feeds: [...feeds.values()],
    next: () => source.next(),
    saveState: () => source.saveState(),
    loadState: (state) => source.loadState(state),
  };
}

/** A command of a test script; `afterUs` counts from `START_US`. */
export type Command =
  | { readonly afterUs: number; readonly submit: OrderRequest }
  | { readonly afterUs: number; readonly cancel: string }
  | { readonly afterUs: number; readonly amend: Omit<AmendRequest, 'instrumentIx'> };

/** A world over given events. */
export function testWorld(
  events: readonly MarketEvent[],
  setup: {
    readonly rules?: SimRules;
    readonly specs?: readonly InstrumentSpec[];
    readonly cash?: number;
    readonly seed?: number;
  } = {},
): SimulatedWorld {
  return new SimulatedWorld({
    source: eventSource(events),
    instruments: new InstrumentTable(setup.specs ?? [testSpec()]),
    cashAtoms: money(setup.cash ?? 100_000),
    rules: setup.rules ?? testRules(),
    prng: new Prng(setup.seed ?? 1),
  });
}

/** True for private events. */
export function isPrivate(event: MarketEvent | ExecutionEvent): event is ExecutionEvent {
  return !['candle', 'trade', 'book', 'book-order', 'mark', 'funding'].includes(event.kind);
}

/** Plays a script, to the end of the world unless told otherwise, and returns all that the trader saw. */
export function play(
  world: SimulatedWorld,
  script: readonly Command[],
  isToEnd = true,
): (MarketEvent | ExecutionEvent)[] {
  const seen: (MarketEvent | ExecutionEvent)[] = [];
  for (const command of isToEnd ? [...script, undefined] : script) {
    const untilUs = command === undefined ? Number.POSITIVE_INFINITY : START_US + command.afterUs;
    for (;;) {
      const step = world.advance(untilUs);
      if (step instanceof Promise) throw new Error('the source of a test answers at once');
      if (typeof step === 'string') break;
      seen.push(step.event);
    }
    if (command !== undefined) give(world, command);
  }
  return seen;
}

/** Gives one command of a script. */
export function give(world: SimulatedWorld, command: Command): void {
  const nowUs = START_US + command.afterUs;
  if ('submit' in command) world.receiveOrder(command.submit, nowUs);
  else if ('amend' in command) world.amend({ ...command.amend, instrumentIx: 0 }, nowUs);
  else world.cancel({ clientOrderId: command.cancel, instrumentIx: 0 }, nowUs);
}

/** Private events in short: `fill a 10@1001 taker`, `accepted a`, `rejected a price_filter`, ... */
export function told(events: readonly (MarketEvent | ExecutionEvent)[]): string[] {
  return events.filter(isPrivate).map((event) => {
    switch (event.kind) {
      case 'fill':
        return `fill ${event.clientOrderId} ${event.qtyLots}@${event.priceTicks} ${event.liquidity}`;
      case 'order-amended':
        return `order-amended ${event.clientOrderId} ${event.qtyLots}@${event.priceTicks}`;
      case 'order-rejected':
      case 'amend-rejected':
      case 'cancel-rejected':
        return `${event.kind} ${event.clientOrderId} ${event.code}`;
      case 'order-canceled':
      case 'order-expired':
        return `${event.kind} ${event.clientOrderId} ${event.reason}`;
      case 'funding-payment':
        return `funding ${event.amountAtoms}`;
      default:
        return `${event.kind} ${event.clientOrderId}`;
    }
  });
}

/** The fills among events in short, with their moment in us after `START_US`. */
export function fills(events: readonly (MarketEvent | ExecutionEvent)[]): string[] {
  return events.flatMap((event) =>
    event.kind === 'fill'
      ? [
          `${event.tsVenueUs - START_US} ${event.clientOrderId} ${event.side} ${event.qtyLots}@${event.priceTicks} ${event.liquidity}`,
        ]
      : [],
  );
}

/**
 * Holds a world to its checkpoints: plays the script undisturbed, then again with the world saved before every command and loaded into a fresh
 * one; what the trader sees must be equal to the bit.
 */
export function assertResumable(makeWorld: () => SimulatedWorld, script: readonly Command[]): void {
  const whole = play(makeWorld(), script);
  const pieces: (MarketEvent | ExecutionEvent)[] = [];
  let world = makeWorld();
  for (const command of [...script, undefined]) {
    const saved = world.saveState();
    const untouched = structuredClone(saved);
    const fresh = makeWorld();
    fresh.loadState(saved);
    world = fresh;
    pieces.push(...play(world, command === undefined ? [] : [command], command === undefined));
    assert.deepEqual(saved, untouched, 'a saved state is not aliased to the live one');
  }
  assert.deepEqual(pieces, whole);
}
