import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EnsembleDecisionRow, RecordRow } from '#store';
import { applyChanges, type Changes, DECISIONS_MAX, emptyState, parseServerMessage, TRADES_MAX } from '#wire';
import { ScriptedRun } from '../../../test/support/scripted-run.ts';
import type { FeedMessage } from './feed.ts';
import { StateBuilder } from './state-builder.ts';

function accept(builder: StateBuilder, messages: readonly FeedMessage[]): void {
  for (const message of messages) builder.accept(message);
}

function rowsOf<T extends RecordRow['table']>(
  messages: readonly FeedMessage[],
  table: T,
): Extract<RecordRow, { table: T }>[] {
  return messages
    .flatMap((message) => (message.kind === 'rows' ? message.rows : []))
    .filter((row): row is Extract<RecordRow, { table: T }> => row.table === table);
}

test('before anything was heard the state is empty and nothing changes', () => {
  const builder = new StateBuilder();
  assert.equal(builder.takeChanges(0), null);
  assert.deepEqual(builder.state, emptyState());
});

test('a dashboard that came late holds the same state as one that was there from the start', () => {
  const builder = new StateBuilder();
  const run = new ScriptedRun();
  accept(builder, run.intro());
  let early = emptyState();
  for (let i = 0; i < 60; i++) {
    accept(builder, run.play(1 + (i % 4)));
    const changes = builder.takeChanges(0);
    assert.ok(changes !== null);
    // As it arrives in a browser: through JSON and the parser.
    const parsed = parseServerMessage(JSON.stringify({ kind: 'update', seq: i + 1, changes }));
    assert.equal(parsed.kind, 'message', parsed.kind === 'problem' ? parsed.problem : '');
    if (parsed.kind === 'message' && parsed.message.kind === 'update') {
      early = applyChanges(early, parsed.message.changes);
    }
  }
  const late = JSON.parse(JSON.stringify(builder.state)) as unknown;
  assert.deepEqual(early, late);
  assert.equal(builder.takeChanges(0), null, 'everything was taken');
});

test('what the pace of the updates is does not change what is shown in the end', () => {
  const messages = [...new ScriptedRun().intro(), ...new ScriptedRun().play(150)];
  const slow = new StateBuilder();
  accept(slow, messages);
  slow.takeChanges(0);
  const quick = new StateBuilder();
  for (const message of messages) {
    quick.accept(message);
    quick.takeChanges(0);
  }
  assert.deepEqual(quick.state.trades, slow.state.trades);
  assert.deepEqual(quick.state.orders, slow.state.orders);
  assert.deepEqual(quick.state.decisions, slow.state.decisions);
  assert.deepEqual(quick.state.candles, slow.state.candles);
  assert.deepEqual(quick.state.equity, slow.state.equity);
  assert.deepEqual(quick.state.status, slow.state.status);
});

test('the figures are those of the rows: exact money, sides, labels, what closed a trade', () => {
  const run = new ScriptedRun();
  const messages = run.play(200);
  const builder = new StateBuilder();
  accept(builder, [...run.intro(), ...messages]);
  builder.takeChanges(0);
  const rows = rowsOf(messages, 'trades').filter((row) => row.status === 'CLOSED');
  const closed = builder.state.trades.filter((trade) => trade.status === 'CLOSED');
  assert.equal(closed.length, rows.length);
  assert.ok(closed.length > 10);
  const labels = new Map(rowsOf(messages, 'orders').map((row) => [row.orderId, row.orderTypeLabel]));
  for (const row of rows) {
    const trade = closed.find((entry) => entry.tradeId === row.tradeId);
    assert.ok(trade !== undefined);
    assert.equal(trade.pnl, row.pnl);
    assert.equal(trade.fees, Number(row.feesAtoms) / 1e8);
    assert.equal(trade.exitLabel, labels.get(row.exitOrderId ?? 0));
    assert.equal(trade.side, row.side);
  }
  const last = rowsOf(messages, 'portfolio_state').at(-1);
  assert.equal(builder.state.equity.points.at(-1)?.equity, last?.totalValue);
  assert.equal(builder.state.equity.points.at(-1)?.buyAndHold, 10_000 * (last?.benchmark ?? 0));
});

test('an open position shows its result after the costs so far, with stop and target', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, run.intro());
  while ((builder.state.status?.positions.length ?? 0) === 0) {
    accept(builder, run.bar());
    builder.takeChanges(0);
  }
  const [position] = builder.state.status?.positions ?? [];
  const trade = builder.state.trades.findLast((entry) => entry.status === 'OPEN');
  assert.ok(position !== undefined && trade !== undefined);
  assert.ok(trade.fees > 0);
  assert.ok(Math.abs((position.netPnl ?? 0) - (position.unrealised - trade.fees)) < 1e-9);
  assert.ok(position.stopPrice !== null && position.targetPrice !== null);
  const isLong = position.side === 'LONG';
  assert.equal(position.stopPrice < position.targetPrice, isLong);
});

test('a decision says what came of it and opens to everything that led to it', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, [...run.intro(), ...run.play(60)]);
  builder.takeChanges(0);
  const ordered = builder.state.decisions.findLast((decision) => decision.outcome === 'ordered');
  const held = builder.state.decisions.findLast((decision) => decision.outcome === 'held');
  assert.ok(ordered !== undefined && held !== undefined);
  assert.ok(ordered.quantity > 0 && ordered.reason === null);
  assert.ok(held.reason !== null && held.reasonText !== null && held.reasonText.length > 10);
  const explanation = builder.explanation(ordered.decisionId);
  assert.ok(explanation !== null);
  assert.equal(explanation.features.length, 55);
  assert.equal(explanation.features[0]?.name, 'momentum_10_5m');
  assert.ok(explanation.gates.every((gate) => gate.verdict === 'pass'));
  assert.equal(explanation.risk?.verdict, 'approved');
  assert.ok((explanation.risk?.rules.length ?? 0) > 10);
  assert.ok((explanation.costs?.long.totalFraction ?? 0) > 0);
  assert.equal(explanation.remarks, null);
  const cap = explanation.risk?.rules.find((rule) => rule.code === 'position_cap');
  assert.equal(cap?.unit, 'quantity');
  assert.ok((cap?.limit ?? 0) < 100, 'lots became a quantity');
  const shares = ordered.votes.reduce((sum, vote) => sum + (vote.weight ?? 0), 0);
  assert.ok(Math.abs(shares - 1) < 1e-9);
});

test('a model without a vote is shown with its reason', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, [...run.intro(), ...run.play(3)]);
  builder.takeChanges(0);
  const vote = builder.state.decisions.at(-1)?.votes.find((entry) => entry.model === 'gbm-1h');
  assert.deepEqual([vote?.action, vote?.weight, vote?.reason], ['none', null, 'the model was never trained']);
  const model = builder.state.models.find((entry) => entry.model === 'gbm-1h');
  assert.equal(model?.votes.length, 3, 'one vote for each symbol');
});

test('a strategy without models has decisions too, and its own words are kept', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, run.intro());
  const [row] = rowsOf(run.bar(), 'ensemble_decisions');
  assert.ok(row !== undefined);
  const explanations = ['{"cross":"up","fast":3}', 'not json', '[1]', '{"votes":"many"}'];
  const rows = explanations.map(
    (explanation, i): EnsembleDecisionRow => ({
      ...row,
      decisionId: 100 + i,
      strategy: 'ema-cross',
      rejected: false,
      rejectionReason: null,
      riskCheckPassed: null,
      explanation,
    }),
  );
  builder.accept({ kind: 'rows', rows });
  builder.takeChanges(0);
  assert.deepEqual(
    builder.state.decisions.map((decision) => [decision.outcome, decision.votes.length]),
    rows.map(() => ['none', 0]),
  );
  assert.deepEqual(
    rows.map(({ decisionId }) => builder.explanation(decisionId)?.remarks),
    ['{"cross":"up","fast":3}', '{"explanation":"not json"}', '{"explanation":[1]}', '{"votes":"many"}'],
  );
});

test('what is not a number reaches the dashboard as that, and makes nothing else unreadable', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, [...run.intro(), ...run.play(2)]);
  const [row] = rowsOf(run.bar(), 'ensemble_decisions');
  assert.ok(row !== undefined);
  const { NaN: none, POSITIVE_INFINITY: endless } = Number;
  builder.accept({
    kind: 'rows',
    rows: [{ ...row, decisionId: 500, finalConfidence: none, expectedValue: endless }],
  });
  const candle = { instrumentIx: 0, openTsUs: run.nowUs, open: none, high: 1, low: 1, close: 1, volume: 1 };
  builder.accept({ kind: 'candles', candles: [candle] });
  builder.accept({ ...run.statusMessage(), eventsPerS: none });
  const parsed = parseServerMessage(
    JSON.stringify({ kind: 'update', seq: 1, changes: builder.takeChanges(0) }),
  );
  assert.ok(parsed.kind === 'message', parsed.kind === 'problem' ? parsed.problem : '');
  assert.ok(parsed.message.kind === 'update');
  const { candles, decisions, status } = parsed.message.changes;
  const last = decisions?.at(-1);
  assert.deepEqual([last?.decisionId, last?.confidence, last?.expectedValue], [500, none, none]);
  assert.ok(Number.isNaN(status?.system.eventsPerS));
  assert.equal(candles?.BTCUSDT?.at(-1)?.tsUs === run.nowUs, false, 'a chart cannot draw it');
});

test('a flood of rows between two updates costs no more than the lists are long', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, [...run.intro(), ...run.play(1_500)]);
  const changes = builder.takeChanges(0);
  assert.equal(changes?.decisions?.length, DECISIONS_MAX);
  assert.ok((changes?.trades?.length ?? 0) <= TRADES_MAX);
  const parsed = parseServerMessage(JSON.stringify({ kind: 'update', seq: 1, changes }));
  assert.equal(parsed.kind, 'message', parsed.kind === 'problem' ? parsed.problem : '');
  assert.equal(builder.explanation(1), null, 'what fell out is no longer explained');
});

test('rows that come before the facts of the run wait for them', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, run.play(30));
  assert.deepEqual(Object.keys(builder.takeChanges(0) ?? {}).sort(), ['equity', 'log', 'models']);
  accept(builder, run.intro());
  const changes: Changes = builder.takeChanges(0) ?? {};
  assert.ok((changes.decisions?.length ?? 0) > 0);
  assert.ok(changes.candles?.BTCUSDT !== undefined && changes.status !== undefined);
});

test('two venues with one symbol are told apart', () => {
  const run = new ScriptedRun();
  const message = run.runMessage();
  const [btc, eth] = message.instruments;
  assert.ok(btc !== undefined && eth !== undefined);
  const twin = { ...eth, venue: 'kraken-spot', symbol: 'BTCUSDT' } as const;
  const builder = new StateBuilder();
  builder.accept({ ...message, instruments: [btc, twin] });
  const candle = { openTsUs: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 };
  builder.accept({
    kind: 'candles',
    candles: [
      { ...candle, instrumentIx: 0 },
      { ...candle, instrumentIx: 1 },
    ],
  });
  builder.takeChanges(0);
  assert.deepEqual(Object.keys(builder.state.candles), ['BTCUSDT sim', 'BTCUSDT kraken-spot']);
});

test('lines of the program and events of the run stand in one log, in order', () => {
  const builder = new StateBuilder();
  const run = new ScriptedRun();
  const time = '2026-01-02T03:04:05.000Z';
  accept(builder, run.intro());
  builder.accept({
    kind: 'log',
    line: JSON.stringify({ level: 'warn', time, event: 'feed_slow', lag_ms: 12 }),
  });
  accept(builder, run.bar());
  builder.accept({ kind: 'log', line: 'no json' });
  builder.takeChanges(0);
  const { log } = builder.state;
  assert.deepEqual(
    log.map(({ clock, event, level, seq, text }) => [seq, clock, level, event, text]),
    [
      [1, 'wall', 'warning', 'feed_slow', 'lag_ms=12'],
      [2, 'run', 'info', 'run_started', 'demo run started'],
      [3, 'wall', 'info', 'log', 'line=no json'],
    ],
  );
  assert.equal(log[0]?.tsUs, Date.parse(time) * 1_000);
});

test('limits of risk show how much of them is used', () => {
  const run = new ScriptedRun();
  const builder = new StateBuilder();
  accept(builder, [...run.intro(), ...run.play(120)]);
  builder.takeChanges(17);
  const { risk, system, account } = builder.state.status ?? assert.fail('a status');
  assert.equal(system.droppedMessages, 17);
  const exposure = risk.limits.find((limit) => limit.key === 'exposure_max');
  assert.deepEqual([exposure?.used, exposure?.limit], [account.exposure, 0.3]);
  assert.ok(risk.limits.every((limit) => limit.used === null || limit.used <= limit.limit));
  const open = builder.state.orders.filter((order) => order.isOpen).length;
  assert.equal(risk.limits.find((limit) => limit.key === 'open_orders_max')?.used, open);
});
