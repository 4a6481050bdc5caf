/** Orders when things go wrong: halves that fill, stops that fire early, venues that refuse, accounts that must be flat. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InstrumentSpec, InstrumentTable, type OrderRequest } from '#domain';
import { defaultRiskOptions } from '#risk';
import type { EngineOptions } from './options.ts';
import type { Strategy, StrategyContext, StrategyOrder } from './strategy.ts';
import { BAR_US, EngineProbe, engineOptions, Scripted, SPEC, START_US } from './test/fixture.ts';

const PRICE = 300_000;
/** 20,000 ticks: most of the value of a long is gone, and with it the emergency part of the day's equity. */
const CRASH = 20_000;

interface Scene {
  readonly probe: EngineProbe;
  /** Lets the strategy act at the next candle. */
  act(what: (context: StrategyContext) => unknown, closeTicks?: number): void;
  positionLots(): number;
  stopLots(): number;
}

function scene(changes: Partial<EngineOptions> = {}): Scene {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy], changes);
  return {
    probe,
    act: (what, closeTicks = PRICE) => {
      strategy.next = (context) => {
        what(context);
        return null;
      };
      probe.candle(closeTicks);
    },
    positionLots: () => probe.engine.portfolio.positionLots(0),
    stopLots: () =>
      probe.engine.orderDesk.orders.openOrders
        .filter(({ isCancelWanted, request }) => request.label === 'SL' && !isCancelWanted)
        .reduce((sum, { filledLots, request }) => sum + request.qtyLots - filledLots, 0),
  };
}

const buy = (qtyLots: number, more: Partial<StrategyOrder> = {}): StrategyOrder => ({
  instrumentIx: 0,
  side: 'buy',
  qtyLots,
  reason: 'test',
  ...more,
});
const limit = (qtyLots: number, priceTicks = PRICE): StrategyOrder =>
  buy(qtyLots, {
    type: 'limit',
    priceTicks,
    protection: { stopTicks: priceTicks - 6_000, targetTicks: null },
  });
const takeSome = { ...buy(1), side: 'sell', type: 'limit', priceTicks: 330_000, reduceOnly: true } as const;

/** Buys at market and fills it. */
function open(s: Scene, qtyLots: number, more: Partial<StrategyOrder> = {}): OrderRequest {
  s.act((context) => context.submit(buy(qtyLots, more)));
  const entry = s.probe.submitted.findLast(({ label }) => label === 'ENTRY');
  assert.ok(entry !== undefined && entry.qtyLots === qtyLots);
  s.probe.fill(entry, PRICE);
  return entry;
}

function expire(s: Scene, order: OrderRequest): void {
  const { clientOrderId } = order;
  s.probe.venue({ kind: 'order-expired', clientOrderId, venueOrderId: 'v', reason: 'no_liquidity' });
}

function reject(
  s: Scene,
  order: OrderRequest,
  code: 'quantity_filter' | 'insufficient_margin' | 'no_liquidity',
): void {
  const { clientOrderId } = order;
  s.probe.venue({ kind: 'order-rejected', clientOrderId, venueOrderId: '', code, message: '' });
}

/** Orders submitted since. */
function since(s: Scene, count: number): readonly OrderRequest[] {
  return s.probe.submitted.slice(count);
}

function withRules(changes: Partial<InstrumentSpec>): Partial<EngineOptions> {
  return { instruments: new InstrumentTable([{ ...SPEC, ...changes }]) };
}

function twoInstruments(): Partial<EngineOptions> {
  return { instruments: new InstrumentTable([SPEC, { ...SPEC, symbol: 'ETHUSDT', baseAsset: 'ETH' }]) };
}

test('a stop that closes the filled part ends the rest of its entry; what fills all the same is protected', () => {
  const s = scene();
  s.act((context) => context.submit(limit(10)), 300_100);
  const entry = s.probe.lastOrder;
  s.probe.fill(entry, PRICE, 4, 6);
  s.probe.fill(s.probe.lastOrder, 294_000);
  assert.equal(s.positionLots(), 0);
  assert.ok(s.probe.cancelled.includes(entry.clientOrderId), 'the rest is not wanted any more');
  s.probe.fill(entry, 294_000, 6, 0);
  assert.deepEqual([s.positionLots(), s.stopLots()], [6, 6]);
});

test('an entry that ends unfilled takes no protection from another', () => {
  const s = scene();
  s.act((context) => context.submit(limit(10)), 300_100);
  const first = s.probe.lastOrder;
  s.act((context) => context.submit(limit(5, 299_000)), 300_200);
  reject(s, s.probe.lastOrder, 'insufficient_margin');
  s.probe.fill(first, PRICE);
  assert.deepEqual([s.positionLots(), s.stopLots()], [10, 10]);
});

test('a resting reduce-only limit neither holds a stop back nor a shutdown', () => {
  const s = scene();
  s.act((context) => context.submit(limit(10)), 300_100);
  const entry = s.probe.lastOrder;
  s.probe.fill(entry, PRICE, 4, 6);
  s.act((context) => context.submit(takeSome));
  s.probe.fill(entry, PRICE, 6, 0);
  assert.equal(s.stopLots(), 10);
  const other = scene();
  open(other, 80);
  other.act((context) => context.submit(takeSome));
  const resting = other.probe.lastOrder;
  const count = other.probe.submitted.length;
  other.probe.candle(CRASH);
  assert.deepEqual(
    since(other, count).map(({ label, qtyLots, type }) => [label, type, qtyLots]),
    [['EXIT', 'market', 80]],
  );
  assert.ok(other.probe.cancelled.includes(resting.clientOrderId));
});

test('a shutdown goes on until the account is flat: rests of exits, entries that fill late, refusals', () => {
  const expired = scene();
  open(expired, 80);
  expired.probe.candle(CRASH);
  const exit = expired.probe.lastOrder;
  expired.probe.fill(exit, CRASH, 30, 50);
  const count = expired.probe.submitted.length;
  expire(expired, exit);
  assert.deepEqual(since(expired, count), [], 'what the venue refused is not repeated at once');
  expired.probe.candle(19_000);
  assert.deepEqual(
    since(expired, count).map(({ label, qtyLots }) => [label, qtyLots]),
    [['EXIT', 50]],
  );
  const late = scene();
  open(late, 75);
  late.act((context) => context.submit(buy(5)));
  const entry = late.probe.lastOrder;
  assert.equal(entry.label, 'ENTRY');
  late.probe.candle(CRASH);
  late.probe.fill(late.probe.lastOrder, CRASH);
  late.probe.fill(entry, CRASH);
  assert.deepEqual([late.probe.lastOrder.label, late.probe.lastOrder.qtyLots], ['EXIT', 5]);
  late.probe.fill(late.probe.lastOrder, CRASH);
  assert.equal(late.positionLots(), 0);
});

test('a position larger than the largest order, and one that a person wants flat, are closed in the end', () => {
  const large = scene(withRules({ qtyMax: '0.05' }));
  open(large, 40);
  open(large, 40);
  const before = large.probe.submitted.length;
  large.probe.candle(CRASH);
  assert.deepEqual(
    since(large, before).map(({ label, qtyLots }) => [label, qtyLots]),
    [
      ['EXIT', 50],
      ['EXIT', 30],
    ],
  );
  const person = scene();
  open(person, 40);
  const { nowUs } = person.probe.engine;
  person.probe.step({ kind: 'control', tsLocalUs: nowUs, command: 'flatten', reason: 'enough' });
  reject(person, person.probe.lastOrder, 'no_liquidity');
  const count = person.probe.submitted.length;
  person.probe.candle(PRICE);
  assert.equal(since(person, count)[0]?.label, 'EXIT');
  person.probe.step({ kind: 'control', tsLocalUs: nowUs + BAR_US, command: 'resume', reason: 'again' });
  reject(person, person.probe.lastOrder, 'no_liquidity');
  const after = person.probe.submitted.length;
  person.probe.candle(PRICE);
  assert.deepEqual(since(person, after), [], 'who resumes wants to be flat no more');
});

test('no way of turning a position around passes the position cap', () => {
  const both = scene();
  open(both, 80);
  both.act((context) => {
    context.closePosition(0, 'x');
    context.submit(buy(160, { side: 'sell' }));
  });
  const raced = scene();
  open(raced, 80, { protection: { stopTicks: 299_000, targetTicks: null } });
  const stop = raced.probe.lastOrder;
  raced.act((context) => context.setTarget(0, -80, 'turn'), 299_500);
  const closing = raced.probe.lastOrder;
  raced.probe.fill(stop, 299_000);
  reject(raced, closing, 'no_liquidity');
  for (const s of [both, raced]) {
    for (const order of s.probe.engine.orderDesk.orders.openOrders) {
      if (!order.isCancelWanted) s.probe.fill(order.request, PRICE);
    }
    const { equityAtoms, grossExposureAtoms } = s.probe.engine.portfolio;
    assert.ok(Number(grossExposureAtoms) / Number(equityAtoms) <= 0.26, `${s.positionLots()} lots`);
  }
  assert.equal(raced.positionLots(), -80, 'flat by its stop, and then turned around as asked for');
});

test('what a half filled reversal may still open is kept free of other instruments', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy], twoInstruments());
  const candle = (bar: number, instrumentIx: number): void => {
    const openTsUs = START_US + bar * BAR_US;
    const ticks = {
      openTicks: PRICE,
      highTicks: PRICE,
      lowTicks: PRICE,
      closeTicks: PRICE,
      volumeLots: 1_000,
    };
    const at = { openTsUs, tsVenueUs: openTsUs + BAR_US, tsLocalUs: openTsUs + BAR_US };
    probe.step({ kind: 'candle', instrumentIx, timeframeUs: BAR_US, ...at, ...ticks });
  };
  strategy.next = (context) => context.submit(buy(80, { side: 'sell' }));
  candle(0, 0);
  candle(0, 1);
  probe.fill(probe.lastOrder, PRICE);
  strategy.next = (context) => context.submit(buy(160));
  candle(1, 0);
  const reversal = probe.lastOrder;
  assert.equal(reversal.qtyLots, 160);
  probe.fill(reversal, PRICE, 80, 80);
  // Flat at present, with 80 lots (24 % of the equity) still to open: 30 % is the limit for all.
  strategy.next = (context) => context.submit(buy(55, { instrumentIx: 1 }));
  candle(1, 1);
  assert.equal(strategy.outcomes.at(-1)?.kind, 'refused');
});

test('what ends entries ends resting ones too: daily loss, pause, distrust', () => {
  const resting = (s: Scene): OrderRequest => {
    s.act((context) => context.submit(buy(25, { type: 'limit', priceTicks: 180_000 })));
    return s.probe.lastOrder;
  };
  const loss = scene();
  open(loss, 50);
  const first = resting(loss);
  loss.probe.candle(190_000);
  assert.ok(loss.probe.table('system_events').some(({ eventType }) => eventType === 'risk_daily_loss_stop'));
  const pause = scene();
  const second = resting(pause);
  pause.probe.step({ kind: 'control', tsLocalUs: pause.probe.engine.nowUs, command: 'pause', reason: 'x' });
  const distrust = scene();
  const third = resting(distrust);
  distrust.probe.take(distrust.probe.engine.distrust([]));
  for (const [s, order] of [
    [loss, first],
    [pause, second],
    [distrust, third],
  ] as const) {
    assert.ok(s.probe.cancelled.includes(order.clientOrderId));
  }
});

test('the account row of a moment shows all symbols at its end', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy], twoInstruments());
  const candle = (bar: number, instrumentIx: number, closeTicks: number): void => {
    const openTsUs = START_US + bar * BAR_US;
    const ticks = {
      openTicks: closeTicks,
      highTicks: closeTicks,
      lowTicks: closeTicks,
      closeTicks,
      volumeLots: 1,
    };
    const at = { openTsUs, tsVenueUs: openTsUs + BAR_US, tsLocalUs: openTsUs + BAR_US };
    probe.step({ kind: 'candle', instrumentIx, timeframeUs: BAR_US, ...at, ...ticks });
  };
  for (const ix of [0, 1]) candle(0, ix, PRICE);
  strategy.next = (context) => context.submit(buy(50, { instrumentIx: 1 }));
  candle(1, 0, PRICE);
  const { clientOrderId, instrumentIx, qtyLots, side } = probe.lastOrder;
  const { nowUs } = probe.engine;
  probe.step({
    ...{
      kind: 'fill',
      clientOrderId,
      instrumentIx,
      side,
      qtyLots,
      priceTicks: PRICE,
      leavesLots: 0,
      feeAtoms: 0n,
    },
    ...{
      tsVenueUs: nowUs,
      tsLocalUs: nowUs,
      venueOrderId: 'v',
      execId: 'x',
      liquidity: 'taker',
      isLiquidation: false,
    },
  });
  candle(1, 1, PRICE);
  candle(2, 0, PRICE);
  candle(2, 1, 200_000);
  probe.take(probe.engine.finish());
  const rows = probe.table('portfolio_state');
  assert.equal(rows.length, 3, 'one row a moment');
  assert.equal(rows.at(-1)?.equityAtoms, probe.engine.portfolio.equityAtoms);
  assert.equal(new Set(rows.map(({ timestamp }) => timestamp)).size, 3);
});

test('a rest below the smallest order is told once and starts no storm of orders', () => {
  const s = scene(withRules({ qtyMin: '0.005' }));
  s.act((context) => context.submit(limit(10)), 300_100);
  const entry = s.probe.lastOrder;
  s.probe.fill(entry, PRICE, 3, 7);
  expire(s, entry);
  for (let bar = 0; bar < 5; bar++) s.probe.candle(PRICE);
  assert.equal(s.probe.submitted.length, 1);
  const told = s.probe.table('system_events').filter(({ eventType }) => eventType === 'protection_refused');
  assert.equal(told.length, 1);
});

test('a stop and an exit that the venue refuses are tried once a bar', () => {
  const s = scene();
  s.act((context) => context.submit(limit(10)), 300_100);
  s.probe.fill(s.probe.lastOrder, PRICE);
  for (let bar = 0; bar < 3; bar++) {
    for (let i = 0; i < 10; i++) {
      const order = s.probe.engine.orderDesk.orders.openOrders[0];
      if (order !== undefined) reject(s, order.request, 'no_liquidity');
    }
    s.probe.candle(PRICE);
  }
  assert.ok(s.probe.submitted.length <= 1 + 2 * 4, `${s.probe.submitted.length} orders`);
});

test('the other side of a position has its own protection or none, never that of the side before', () => {
  const s = scene();
  open(s, 40, { protection: { stopTicks: 294_000, targetTicks: 310_000 } });
  s.act((context) => context.setTarget(0, -40, 'turn'));
  s.probe.fill(s.probe.lastOrder, PRICE);
  const count = s.probe.submitted.length;
  s.probe.fill(s.probe.lastOrder, PRICE);
  s.probe.candle(PRICE);
  assert.equal(s.positionLots(), -40);
  assert.deepEqual(since(s, count), []);
});

test('stop and target of orders in lots have the outer bounds of those that risk sizes', () => {
  const codeOf = (stopTicks: number, targetTicks: number | null): string => {
    const s = scene();
    const codes: string[] = [];
    s.act((context) => {
      const outcome = context.submit(buy(40, { protection: { stopTicks, targetTicks } }));
      codes.push(outcome.kind === 'refused' ? outcome.code : outcome.kind);
    });
    return codes[0] ?? '';
  };
  assert.equal(codeOf(285_000, 330_000), 'submitted', '5 % and 10 %');
  assert.equal(codeOf(284_990, null), 'stop_too_wide');
  assert.equal(codeOf(285_000, 330_010), 'target_too_wide');
});

test('orders that work keep their links, however many ended meanwhile', () => {
  const base = engineOptions([]);
  const risk = { ...defaultRiskOptions(8), positionFractionMax: 0.5, exposureMax: 0.5 };
  const s = scene({ tuning: { ...base.tuning, risk } });
  open(s, 40, { protection: { stopTicks: 294_000, targetTicks: null } });
  const stop = s.probe.lastOrder;
  const rowOf = () =>
    s.probe.table('orders').findLast(({ clientOrderId }) => clientOrderId === stop.clientOrderId);
  const { tradeId } = rowOf() ?? {};
  assert.equal(tradeId, 1);
  for (let i = 0; i < 520; i++) {
    s.act((context) => context.submit(buy(1, { type: 'limit', priceTicks: 290_000 })));
    reject(s, s.probe.lastOrder, 'insufficient_margin');
  }
  s.probe.fill(stop, 294_000);
  assert.equal(rowOf()?.tradeId, tradeId);
});

test('timers of strategies wait until trading begins', () => {
  const heard: number[] = [];
  const strategy: Strategy = {
    name: 'timed',
    onTimer: (_key, context) => void heard.push(context.nowUs),
  };
  const tradeFromUs = START_US + 10 * BAR_US;
  const probe = new EngineProbe([strategy], { tradeFromUs });
  probe.candle(PRICE);
  const early = { kind: 'timer', tsLocalUs: START_US + BAR_US + 1, owner: 'timed', key: 'x' } as const;
  probe.step(early);
  assert.deepEqual(heard, []);
  assert.deepEqual(probe.other.at(-1), { kind: 'timer', atUs: tradeFromUs, owner: 'timed', key: 'x' });
  probe.step({ ...early, tsLocalUs: tradeFromUs });
  assert.deepEqual(heard, [tradeFromUs]);
});

test('a checkpoint in the middle of a shutdown and of a reversal goes on with both', () => {
  const s = scene();
  open(s, 80, { protection: { stopTicks: 294_000, targetTicks: null } });
  s.act((context) => context.setTarget(0, -20, 'turn'));
  const closing = s.probe.lastOrder;
  const again = new EngineProbe([new Scripted()]);
  again.engine.loadState(structuredClone(s.probe.engine.saveState()));
  again.fill(closing, PRICE);
  assert.deepEqual(
    [again.lastOrder.label, again.lastOrder.side, again.lastOrder.qtyLots],
    ['ENTRY', 'sell', 20],
  );
  const halted = scene();
  open(halted, 80);
  halted.probe.candle(CRASH);
  const exit = halted.probe.lastOrder;
  const resumed = new EngineProbe([new Scripted()]);
  resumed.engine.loadState(structuredClone(halted.probe.engine.saveState()));
  resumed.fill(exit, CRASH, 30, 50);
  resumed.venue({
    kind: 'order-canceled',
    clientOrderId: exit.clientOrderId,
    venueOrderId: 'v',
    reason: 'venue',
  });
  const bar = { openTicks: CRASH, highTicks: CRASH, lowTicks: CRASH, closeTicks: CRASH, volumeLots: 1 };
  const openTsUs = resumed.engine.nowUs;
  const at = { openTsUs, tsVenueUs: openTsUs + BAR_US, tsLocalUs: openTsUs + BAR_US };
  resumed.step({ kind: 'candle', instrumentIx: 0, timeframeUs: BAR_US, ...at, ...bar });
  assert.deepEqual([resumed.lastOrder.label, resumed.lastOrder.qtyLots], ['EXIT', 50]);
});
