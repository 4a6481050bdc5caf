import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DECISIONS_MAX, WIRE_VERSION } from './limits.ts';
import { parseClientMessage, parseServerMessage } from './messages.ts';
import { emptyState } from './state.ts';

const hello = { kind: 'hello', version: WIRE_VERSION, serverId: 'x', seq: 0, state: emptyState() };

test('an empty hello survives the way over the wire', () => {
  assert.deepEqual(parseServerMessage(JSON.stringify(hello)), { kind: 'message', message: hello });
});

test('what is no message says what is wrong with it', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /expected JSON, found '\{'/],
    ['null', /./],
    ['{"kind":"dance"}', /./],
    [JSON.stringify({ ...hello, seq: -1 }), /^seq: /],
    [JSON.stringify({ ...hello, state: { ...emptyState(), status: { tsUs: 1 } } }), /^state\.status/],
    [JSON.stringify({ kind: 'update', seq: 1, changes: { phase: { phase: 'asleep' } } }), /^changes\.phase/],
    [JSON.stringify({ kind: 'heartbeat', engineAgeMs: 'long' }), /^engineAgeMs: /],
  ];
  for (const [json, pattern] of cases) {
    const parsed = parseServerMessage(json);
    assert.equal(parsed.kind, 'problem', json);
    assert.match(parsed.kind === 'problem' ? parsed.problem : '', pattern, json);
  }
});

test('a list beyond its maximum makes a message invalid', () => {
  const vote = { model: 'm', action: 'long', probability: null, weight: null, reason: null };
  const decision = {
    decisionId: 1,
    tsUs: 1,
    symbol: 'A',
    strategy: 's',
    action: 'hold',
    confidence: 0,
    expectedValue: 0,
    method: 'm',
    modelCount: 0,
    agreement: 0,
    uncertainty: 0,
    outcome: 'none',
    quantity: 0,
    reason: null,
    reasonText: null,
    votes: [vote],
  };
  const update = (count: number): string =>
    JSON.stringify({ kind: 'update', seq: 1, changes: { decisions: Array(count).fill(decision) } });
  assert.equal(parseServerMessage(update(DECISIONS_MAX)).kind, 'message');
  assert.equal(parseServerMessage(update(DECISIONS_MAX + 1)).kind, 'problem');
});

test('a client may send its token and ask for an explanation, and nothing else', () => {
  assert.equal(parseClientMessage('{"kind":"token","token":"t"}').kind, 'message');
  assert.equal(parseClientMessage('{"kind":"explain","decisionId":3}').kind, 'message');
  for (const json of ['{"kind":"explain","decisionId":"3"}', '{"kind":"close_position"}', '[]', '7']) {
    assert.equal(parseClientMessage(json).kind, 'problem', json);
  }
});

test('unknown keys of a message are left out, so that a newer server of the same version is understood', () => {
  const parsed = parseServerMessage(JSON.stringify({ kind: 'heartbeat', engineAgeMs: null, mood: 'good' }));
  assert.deepEqual(parsed, { kind: 'message', message: { kind: 'heartbeat', engineAgeMs: null } });
});

test('the room imports nothing but zod, so that it fits into a browser', () => {
  const folder = import.meta.dirname;
  const queue = ['index.ts'];
  const seen = new Set<string>();
  for (const file of queue) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(join(folder, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/from '([^']+)'/g)) {
      if (specifier.startsWith('./')) queue.push(specifier.slice(2));
      else assert.equal(specifier, 'zod/mini', `${file} imports ${specifier}`);
    }
  }
  assert.ok(seen.size >= 10);
});
