import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POW10 } from '#core';
import { defaultRiskOptions } from '#risk';
import type { Strategy } from './strategy.ts';
import { BAR_US, EngineProbe, Scripted, START_US } from './test/fixture.ts';

/** An engine with a long position of 10 lots, opened with a stop and a target. */
function withProtectedLong(): { probe: EngineProbe; strategy: Scripted } {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  strategy.next = (context) =>
    context.submit({
      instrumentIx: 0,
      side: 'buy',
      qtyLots: 10,
      protection: { stopTicks: 294_000, targetTicks: 309_000 },
      reason: 'test',
    });
  probe.candle(300_000);
  probe.fill(probe.lastOrder, 300_000);
  return { probe, strategy };
}

test('an entry becomes a sealed order with snapshot, decision and order row', () => {
  const { probe } = withProtectedLong();
  const [entry] = probe.submitted;
  assert.equal(entry?.label, 'ENTRY');
  assert.equal(entry?.type, 'market');
  assert.equal(probe.table('snapshots').length, 1);
  const [decision] = probe.table('ensemble_decisions');
  assert.equal(decision?.finalAction, 'long');
  assert.equal(decision?.riskCheckPassed, true);
  assert.equal(decision?.rejected, false);
  assert.equal(decision?.aggregationMethod, 'strategy');
  assert.equal(probe.table('orders')[0]?.decisionId, decision?.decisionId);
});

test('the first fill of an entry places stop and target for the whole position', () => {
  const { probe } = withProtectedLong();
  const [, stop, target] = probe.submitted;
  assert.deepEqual(
    [stop?.label, stop?.type, stop?.side, stop?.triggerTicks, stop?.qtyLots, stop?.reduceOnly],
    ['SL', 'stop_market', 'sell', 294_000, 10, true],
  );
  assert.deepEqual(
    [target?.label, target?.type, target?.triggerTicks],
    ['TP', 'take_profit_market', 309_000],
  );
  const entryRow = probe.table('orders').findLast((row) => row.orderTypeLabel === 'ENTRY');
  assert.equal(entryRow?.stopLossOrderId, 2);
  assert.equal(entryRow?.takeProfitOrderId, 3);
});

test('a partial entry is protected as it grows', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  strategy.next = (context) =>
    context.submit({
      instrumentIx: 0,
      side: 'buy',
      qtyLots: 10,
      protection: { stopTicks: 294_000, targetTicks: null },
      reason: 'test',
    });
  probe.candle(300_000);
  const entry = probe.lastOrder;
  probe.fill(entry, 300_000, 4, 6);
  probe.fill(entry, 300_000, 6, 0);
  const stops = probe.submitted.filter((order) => order.label === 'SL');
  assert.deepEqual(
    stops.map((order) => order.qtyLots),
    [4, 6],
  );
  assert.equal(probe.submitted.filter((order) => order.label === 'TP').length, 0);
});

test('the stop that fills ends the target, and the trade is closed net of fees', () => {
  const { probe } = withProtectedLong();
  const stop = probe.submitted[1];
  const target = probe.submitted[2];
  assert.ok(stop !== undefined && target !== undefined);
  probe.fill(stop, 294_000);
  assert.deepEqual(probe.cancelled, [target.clientOrderId]);
  const trade = probe.table('trades').at(-1);
  assert.equal(trade?.status, 'CLOSED');
  assert.equal(trade?.exitOrderId, 2);
  const gross = -BigInt(6_000 * 10) * 10_000n;
  const fees = ((BigInt(300_000 * 10) + BigInt(294_000 * 10)) * 10_000n * 5n) / 10_000n;
  assert.equal(trade?.pnlAtoms, gross - fees);
  assert.equal(probe.engine.portfolio.equityAtoms - probe.engine.portfolio.startCashAtoms, gross - fees);
});

test('a protective order that the venue refuses closes the position at market, once', () => {
  const { probe } = withProtectedLong();
  const stop = probe.submitted[1];
  assert.ok(stop !== undefined);
  probe.venue({
    kind: 'order-rejected',
    clientOrderId: stop.clientOrderId,
    venueOrderId: '',
    code: 'would_trigger_immediately',
    message: '',
  });
  assert.equal(probe.lastOrder.label, 'EXIT');
  assert.equal(probe.lastOrder.qtyLots, 10);
  const count = probe.submitted.length;
  probe.candle(293_000);
  assert.equal(probe.submitted.length, count, 'a closing order is on its way, nothing else is needed');
});

test('protection that vanished is placed again at the next decision bar', () => {
  const strategy = new Scripted();
  // Decision bars need features; the audit runs with every decision bar.
  const probe = new EngineProbe([Object.assign(strategy, { needsFeatures: true })]);
  strategy.next = (context) =>
    context.submit({
      instrumentIx: 0,
      side: 'sell',
      qtyLots: 10,
      protection: { stopTicks: 306_000, targetTicks: null },
      reason: 'test',
    });
  probe.candle(300_000);
  probe.fill(probe.lastOrder, 300_000);
  const stop = probe.lastOrder;
  assert.equal(stop.label, 'SL');
  probe.venue({
    kind: 'order-canceled',
    clientOrderId: stop.clientOrderId,
    venueOrderId: 'v',
    reason: 'venue',
  });
  const again = probe.lastOrder;
  assert.notEqual(again.clientOrderId, stop.clientOrderId);
  assert.deepEqual([again.label, again.side, again.qtyLots], ['SL', 'buy', 10]);
});

test('setTarget flips with one order where nothing else can close the position, and books two trades', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  strategy.next = (context) => context.setTarget(0, 10, 'long');
  probe.candle(300_000);
  probe.fill(probe.lastOrder, 300_000);
  strategy.next = (context) => context.setTarget(0, -10, 'short');
  probe.candle(301_000);
  const { qtyLots, reduceOnly, side } = probe.lastOrder;
  assert.deepEqual([side, qtyLots, reduceOnly], ['sell', 20, false]);
  probe.fill(probe.lastOrder, 301_000);
  assert.equal(probe.engine.portfolio.positionLots(0), -10);
  const trades = probe.table('trades');
  assert.deepEqual(
    [...new Set(trades.map((row) => `${row.tradeId} ${row.side} ${row.status}`))],
    ['1 LONG OPEN', '1 LONG CLOSED', '2 SHORT OPEN'],
  );
});

test('setTarget turns a protected position around by two orders: one closes, the next opens once it is flat', () => {
  const { probe, strategy } = withProtectedLong();
  strategy.next = (context) => context.setTarget(0, -10, 'short');
  probe.candle(301_000);
  const close = probe.lastOrder;
  assert.deepEqual([close.label, close.side, close.qtyLots, close.reduceOnly], ['EXIT', 'sell', 10, true]);
  probe.fill(close, 301_000);
  const open = probe.lastOrder;
  assert.deepEqual([open.label, open.side, open.qtyLots, open.reduceOnly], ['ENTRY', 'sell', 10, false]);
  probe.fill(open, 301_000);
  assert.equal(probe.engine.portfolio.positionLots(0), -10);
});

test('setTarget does nothing while an order works, and shrinks with a reduce-only order', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  strategy.next = (context) => context.setTarget(0, 10, 'long');
  probe.candle(300_000);
  strategy.next = (context) => context.setTarget(0, -10, 'short');
  probe.candle(300_000);
  assert.equal(strategy.outcomes[1], null);
  probe.fill(probe.lastOrder, 300_000);
  strategy.next = (context) => context.setTarget(0, 4, 'smaller');
  probe.candle(300_000);
  assert.deepEqual(
    [probe.lastOrder.qtyLots, probe.lastOrder.reduceOnly, probe.lastOrder.label],
    [6, true, 'EXIT'],
  );
});

test('a flip that risk refuses still closes what is open', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  strategy.next = (context) => context.setTarget(0, 10, 'long');
  probe.candle(300_000);
  probe.fill(probe.lastOrder, 300_000);
  strategy.next = (context) => context.setTarget(0, -1_000_000, 'far too much');
  probe.candle(300_000);
  assert.deepEqual(
    [probe.lastOrder.label, probe.lastOrder.qtyLots, probe.lastOrder.reduceOnly],
    ['EXIT', 10, true],
  );
  assert.equal(Object.values(probe.engine.summary().rejected)[0], 1);
});

test('a refused order names its code and is counted', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  strategy.next = (context) =>
    context.submit({ instrumentIx: 0, side: 'buy', qtyLots: 1_000, reason: 'too much' });
  probe.candle(300_000);
  assert.equal(strategy.outcomes[0]?.kind, 'refused');
  assert.equal(probe.submitted.length, 0);
  const [decision] = probe.table('ensemble_decisions');
  assert.equal(decision?.rejected, true);
  assert.equal(decision?.riskCheckPassed, false);
  assert.equal(decision?.rejectionReason, 'position_cap');
  assert.deepEqual(probe.engine.summary().rejected, { position_cap: 1 });
  const explanation = JSON.parse(decision?.explanation ?? '{}') as {
    risk: { code: string; rules: unknown[] };
  };
  assert.equal(explanation.risk.code, 'position_cap');
  assert.ok(explanation.risk.rules.length > 3);
});

test('a fill told twice is booked once', () => {
  const { probe, strategy } = withProtectedLong();
  const [entry] = probe.submitted;
  assert.ok(entry !== undefined);
  const cash = probe.engine.portfolio.cashAtoms;
  probe.fill(entry, 300_000);
  assert.equal(probe.engine.portfolio.cashAtoms, cash);
  assert.equal(strategy.fillCount, 1);
  assert.equal(probe.table('fills').length, 1);
  assert.equal(probe.table('system_events').at(-1)?.eventType, 'order_oddity');
});

test('a liquidation that no order asked for is booked and reported', () => {
  const { probe } = withProtectedLong();
  probe.venue({
    kind: 'fill',
    clientOrderId: 'autoclose-1',
    venueOrderId: 'x',
    execId: 'liq-1',
    side: 'sell',
    priceTicks: 150_000,
    qtyLots: 10,
    leavesLots: 0,
    feeAtoms: 1n,
    liquidity: 'taker',
    isLiquidation: true,
  });
  assert.equal(probe.engine.portfolio.positionLots(0), 0);
  assert.equal(probe.table('trades').at(-1)?.status, 'LIQUIDATED');
  assert.ok(
    probe
      .table('system_events')
      .some((row) => row.eventType === 'liquidation' && row.severity === 'critical'),
  );
});

test('five losing trades in a row open the breaker: entries are refused, exits are not', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  for (let i = 0; i < 5; i++) {
    strategy.next = (context) => context.setTarget(0, 2, 'in');
    probe.candle(300_000);
    probe.fill(probe.lastOrder, 300_000);
    strategy.next = (context) => context.closePosition(0, 'out');
    probe.candle(299_000);
    probe.fill(probe.lastOrder, 299_000);
  }
  strategy.next = (context) => context.setTarget(0, 2, 'in again');
  probe.candle(300_000);
  assert.deepEqual(probe.engine.summary().rejected, { circuit_breaker: 1 });
  assert.ok(probe.table('system_events').some((row) => row.eventType === 'risk_breaker_opened'));
});

test('an emergency loss cancels entries, closes everything and stays down', () => {
  const strategy = new Scripted();
  const risk = { ...defaultRiskOptions(8), positionFractionMax: 1, exposureMax: 1, leverageMax: 1 };
  const tuning = { heartbeatUs: 60_000_000, decisionsPerMinuteMax: 60, decisionTimeoutUs: 5_000_000, risk };
  const probe = new EngineProbe([strategy], { tuning });
  strategy.next = (context) => context.setTarget(0, 330, 'all in');
  probe.candle(300_000);
  probe.fill(probe.lastOrder, 300_000);
  probe.candle(220_000);
  assert.deepEqual([probe.lastOrder.label, probe.lastOrder.qtyLots], ['EXIT', 330]);
  const kinds = probe.table('system_events').map((row) => row.eventType);
  for (const kind of ['risk_cancel_all', 'risk_close_all', 'risk_shutdown'])
    assert.ok(kinds.includes(kind), kind);
  probe.fill(probe.lastOrder, 220_000);
  strategy.next = (context) => context.setTarget(0, 1, 'again');
  probe.candle(220_000);
  assert.equal(strategy.outcomes.at(-1)?.kind, 'refused');
});

test('control events pause, flatten and resume', () => {
  const { probe, strategy } = withProtectedLong();
  const control = (command: 'pause' | 'resume' | 'flatten'): void =>
    probe.step({ kind: 'control', tsLocalUs: probe.engine.nowUs, command, reason: 'operator' });
  control('pause');
  strategy.next = (context) => context.submit({ instrumentIx: 0, side: 'buy', qtyLots: 1, reason: 'no' });
  probe.candle(300_000);
  assert.equal(strategy.outcomes.at(-1)?.kind, 'refused');
  control('flatten');
  assert.equal(probe.lastOrder.label, 'EXIT');
  probe.fill(probe.lastOrder, 300_000);
  control('resume');
  strategy.next = (context) => context.submit({ instrumentIx: 0, side: 'buy', qtyLots: 1, reason: 'yes' });
  probe.candle(300_000);
  assert.equal(strategy.outcomes.at(-1)?.kind, 'submitted');
});

test('funding payments reach trade, account and record', () => {
  const { probe } = withProtectedLong();
  probe.venue({
    kind: 'funding-payment',
    amountAtoms: -1_234n,
    rateE12: 100_000_000,
    positionLots: 10,
    markTicks: 300_000,
  });
  assert.equal(probe.engine.portfolio.fundingAtoms, -1_234n);
  assert.equal(probe.table('funding_payments')[0]?.tradeId, 1);
  assert.equal(probe.table('trades').at(-1)?.fundingAtoms, -1_234n);
});

test('timers come back to the strategy that set them, heartbeats run on the clock', () => {
  const keys: string[] = [];
  const triggers: string[] = [];
  const strategy: Strategy = {
    name: 'timed',
    onStart: (context) => context.setTimer('hello', START_US + 7),
    onTimer: (key) => void keys.push(key),
    onTrigger: (trigger) => void triggers.push(trigger),
  };
  const probe = new EngineProbe([strategy], {
    triggers: ['heartbeat'],
    startUs: START_US + 1,
    tradeFromUs: START_US + 1,
  });
  const timers = probe.other.flatMap((effect) => (effect.kind === 'timer' ? [effect] : []));
  assert.deepEqual(
    timers.map(({ atUs, owner }) => [atUs - START_US, owner]),
    [
      [60_000_000, 'engine'],
      [7, 'timed'],
    ],
  );
  probe.step({ kind: 'timer', tsLocalUs: START_US + 7, owner: 'timed', key: 'hello' });
  probe.step({ kind: 'timer', tsLocalUs: START_US + 60_000_000, owner: 'engine', key: 'heartbeat' });
  assert.deepEqual(keys, ['hello']);
  assert.deepEqual(triggers, ['heartbeat']);
  const next = probe.other.at(-1);
  assert.equal(next?.kind === 'timer' ? next.atUs - START_US : 0, 120_000_000);
});

test('before trading begins events only warm up: no decision, no figure', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy], { tradeFromUs: START_US + 2 * BAR_US + 1 });
  strategy.next = (context) => context.setTarget(0, 1, 'early');
  probe.candle(100_000);
  probe.candle(100_000);
  assert.equal(strategy.outcomes.length, 0);
  assert.equal(probe.engine.summary().buyAndHoldPct, null);
  probe.candle(300_000);
  assert.equal(strategy.outcomes.length, 1);
  probe.candle(330_000);
  assert.ok(Math.abs((probe.engine.summary().buyAndHoldPct ?? 0) - 10) < 1e-9);
});

test('an engine restored in the middle goes on bit for bit', () => {
  const play = (probe: EngineProbe, strategy: Scripted, from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const price = 300_000 + Math.round(Math.sin(i) * 3_000);
      if (i % 3 === 0) strategy.next = (context) => context.setTarget(0, i % 2 === 0 ? 5 : -5, 'turn');
      const before = probe.submitted.length;
      probe.candle(price);
      if (probe.submitted.length > before) probe.fill(probe.lastOrder, price);
    }
  };
  const whole = new Scripted();
  const undisturbed = new EngineProbe([whole]);
  play(undisturbed, whole, 0, 20);
  const state: unknown = structuredClone(undisturbed.engine.saveState());
  const rowCount = undisturbed.rows.length;
  play(undisturbed, whole, 20, 40);

  const fresh = new Scripted();
  const restored = new EngineProbe([fresh]);
  play(restored, fresh, 0, 20);
  const other = new EngineProbe([fresh]);
  for (let i = 0; i < 20; i++) other.candle(300_000);
  other.engine.loadState(state);
  other.rows.length = 0;
  play(other, fresh, 20, 40);
  assert.deepEqual(other.rows, undisturbed.rows.slice(rowCount));
  assert.deepEqual(other.engine.saveState(), undisturbed.engine.saveState());
});

test('all tables agree with the summary: closed + open P&L is the change of equity', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  for (let i = 0; i < 30; i++) {
    if (i % 4 === 0) strategy.next = (context) => context.setTarget(0, i % 8 === 0 ? 3 : -2, 'turn');
    const before = probe.submitted.length;
    probe.candle(300_000 + i * 137);
    if (probe.submitted.length > before) probe.fill(probe.lastOrder, 300_000 + i * 137 + 5);
  }
  probe.take(probe.engine.finish());
  const summary = probe.engine.summary();
  assert.equal(
    summary.closedPnlAtoms + summary.openPnlAtoms,
    summary.equityEndAtoms - summary.equityStartAtoms,
  );
  const last = new Map(probe.table('trades').map((row) => [row.tradeId, row]));
  const closed = [...last.values()].filter((row) => row.status === 'CLOSED');
  assert.equal(
    closed.reduce((sum, row) => sum + row.pnlAtoms, 0n),
    summary.closedPnlAtoms,
  );
  assert.equal(last.size, summary.trades);
  assert.equal(new Set(probe.table('orders').map((row) => row.orderId)).size, summary.orders);
  assert.equal(probe.table('fills').length, summary.fills);
  assert.equal(
    probe.table('fills').reduce((sum, row) => sum + row.feesAtoms, 0n),
    summary.feesAtoms,
  );
  const account = probe.table('portfolio_state').at(-1);
  assert.equal(account?.equityAtoms, summary.equityEndAtoms);
  assert.ok(Math.abs((account?.totalValue ?? 0) - Number(summary.equityEndAtoms) / (POW10[8] ?? 1)) < 1e-6);
});

test('settings taken over while it runs count at once and stand in the record', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  const { tuning } = probe.engine;
  const risk = { ...tuning.risk, positionFractionMax: 0.0001 };
  probe.take(
    probe.engine.retune({ ...tuning, risk }, [
      { key: 'sizing.position_fraction_max', from: 0.25, to: 0.0001 },
    ]),
  );
  strategy.next = (context) =>
    context.submit({ instrumentIx: 0, side: 'buy', qtyLots: 1, reason: 'too much now' });
  probe.candle(300_000);
  assert.equal(strategy.outcomes[0]?.kind, 'refused');
  const applied = probe.table('system_events').find((row) => row.eventType === 'config_applied');
  assert.deepEqual(JSON.parse(applied?.details ?? '{}'), {
    changes: [{ key: 'sizing.position_fraction_max', from: 0.25, to: 0.0001 }],
  });
});

test('a strategy that reads no features is triggered, and its account recorded, at every decision bar', () => {
  const triggered: string[] = [];
  const strategy: Strategy = {
    name: 'plain',
    onTrigger: (trigger, _instrumentIx, context) => void triggered.push(`${trigger} ${context.nowUs}`),
  };
  // Source bars of one minute, decisions every third of them.
  const probe = new EngineProbe([strategy], { timeframesUs: [3 * BAR_US], triggers: ['bar_close'] });
  const closes = Array.from({ length: 10 }, (_, i) => probe.candle(300_000 + i).tsVenueUs);
  const decisions = closes.filter((tsUs) => tsUs % (3 * BAR_US) === 0);
  assert.equal(decisions.length, 3);
  assert.deepEqual(
    triggered,
    decisions.map((tsUs) => `bar_close ${tsUs}`),
  );
  assert.deepEqual(
    probe.table('portfolio_state').map(({ timestamp }) => timestamp),
    decisions,
  );
});

test('data without candles leave an account row for every decision bar that passes', () => {
  const probe = new EngineProbe([new Scripted()], { timeframesUs: [3 * BAR_US] });
  for (let i = 0; i < 40; i++) {
    const tsUs = START_US + (i * BAR_US) / 2;
    const at = { instrumentIx: 0, tsVenueUs: tsUs, tsLocalUs: tsUs } as const;
    probe.step({ kind: 'trade', ...at, tradeId: i, priceTicks: 300_000 + i, qtyLots: 1, takerSide: 'buy' });
  }
  const times = probe.table('portfolio_state').map(({ timestamp }) => timestamp);
  const bars = times.map((tsUs) => Math.floor(tsUs / (3 * BAR_US)));
  assert.equal(new Set(bars).size, times.length, 'one a bar');
  assert.equal((bars.at(-1) ?? 0) - (bars[0] ?? 0) + 1, bars.length, 'and no bar without');
});
