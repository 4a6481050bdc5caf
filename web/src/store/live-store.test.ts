import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Explanation, emptyState, WIRE_VERSION } from '../wire.ts';
import { LiveStore } from './live-store.ts';

function hello(serverId = 'a') {
  return { kind: 'hello', version: WIRE_VERSION, serverId, seq: 0, state: emptyState() } as const;
}

const EXPLANATION: Explanation = {
  decisionId: 1,
  snapshot: null,
  features: [],
  leaning: null,
  probability: null,
  expectedReturn: null,
  priorWeight: null,
  disagreement: null,
  votes: [],
  gates: [],
  costs: null,
  risk: null,
  remarks: null,
};

test('listeners hear of each change and can compare what changed', () => {
  const store = new LiveStore(() => 1_000);
  let count = 0;
  const leave = store.subscribe(() => count++);
  store.accept(hello());
  const before = store.current();
  store.accept({
    kind: 'update',
    seq: 1,
    changes: { phase: { phase: 'trading', message: '', progress: null } },
  });
  assert.equal(store.current().state.phase.phase, 'trading');
  assert.equal(store.current().state.trades, before.state.trades);
  assert.equal(before.state.phase.phase, 'starting', 'a snapshot never changes');
  assert.equal(count, 2);
  leave();
  store.setConnection({ kind: 'live' });
  assert.equal(count, 2);
});

test('the state stays on the screen while the server is away', () => {
  const store = new LiveStore(() => 0);
  store.accept(hello());
  store.setConnection({ kind: 'away', reason: 'x', attempt: 1, retryAtMs: 5 });
  assert.ok(store.current().hasState);
});

test('the age of the engine comes from updates and heartbeats', () => {
  let nowMs = 1_000;
  const store = new LiveStore(() => nowMs);
  store.accept(hello());
  assert.equal(store.current().engineHeardMs, null);
  store.accept({ kind: 'update', seq: 1, changes: {} });
  assert.equal(store.current().engineHeardMs, 1_000);
  nowMs = 60_000;
  store.accept({ kind: 'heartbeat', engineAgeMs: 40_000 });
  assert.equal(store.current().engineHeardMs, 20_000);
  store.accept({ kind: 'heartbeat', engineAgeMs: null });
  assert.equal(store.current().engineHeardMs, 20_000);
});

test('explanations are kept, few of them, and forgotten when the program started anew', () => {
  const store = new LiveStore(() => 0);
  store.accept(hello());
  for (let decisionId = 1; decisionId <= 60; decisionId++) {
    store.accept({ kind: 'explanation', decisionId, explanation: { ...EXPLANATION, decisionId } });
  }
  store.accept({ kind: 'explanation', decisionId: 99, explanation: null });
  const { explanations } = store.current();
  assert.equal(explanations.size, 50);
  assert.deepEqual(explanations.get(99), { kind: 'forgotten' });
  assert.ok(!explanations.has(1) && explanations.has(60));
  store.accept(hello());
  assert.equal(store.current().explanations.size, 50, 'a mere reconnect');
  store.accept(hello('b'));
  assert.equal(store.current().explanations.size, 0);
});
