import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionSequence } from './connection-sequence.ts';
import type { ContinuityRule } from './continuity.ts';
import { CountedSequence } from './counted-sequence.ts';
import { KucoinSequence } from './kucoin-sequence.ts';
import { Unnumbered } from './unnumbered.ts';

test('KuCoin: what ends in the snapshot is dropped, the first kept one begins at most behind it', () => {
  const rule = new KucoinSequence();
  assert.equal(rule.judge(1, 2, -1), 'stale');
  assert.equal(rule.snapshot(100), true);
  assert.equal(rule.judge(90, 100, -1), 'drop');
  assert.equal(rule.isLive, false);
  assert.equal(rule.judge(98, 103, -1), 'apply');
  assert.equal(rule.isLive, true);
  assert.equal(rule.lastUpdateId, 103);
});

test('KuCoin: later messages may overlap but leave no hole', () => {
  const rule = new KucoinSequence();
  rule.snapshot(100);
  assert.equal(rule.judge(101, 103, -1), 'apply');
  assert.equal(rule.judge(102, 105, -1), 'apply');
  assert.equal(rule.judge(104, 105, -1), 'drop');
  assert.equal(rule.judge(107, 108, -1), 'gap');
  assert.equal(rule.judge(106, 109, -1), 'stale');
});

test('KuCoin: a snapshot that ends before the first kept message is too old', () => {
  const rule = new KucoinSequence();
  rule.snapshot(100);
  assert.equal(rule.judge(102, 104, -1), 'gap');
  assert.equal(rule.snapshot(101), true);
  assert.equal(rule.judge(102, 104, -1), 'apply');
  assert.equal(rule.snapshot(103), false);
});

test('counted: live from the snapshot on, every message one more', () => {
  const rule = new CountedSequence();
  assert.equal(rule.judge(4, 4, -1), 'stale');
  rule.snapshot(5);
  assert.equal(rule.isLive, true);
  assert.equal(rule.judge(5, 5, -1), 'drop');
  assert.equal(rule.judge(6, 6, -1), 'apply');
  assert.equal(rule.judge(8, 8, -1), 'gap');
  assert.equal(rule.isLive, false);
  assert.equal(rule.judge(9, 9, -1), 'stale');
  assert.equal(rule.lastUpdateId, 6);
});

test('counted: a venue may begin to count anew with a snapshot', () => {
  const rule = new CountedSequence();
  rule.snapshot(500);
  assert.equal(rule.snapshot(1), true);
  assert.equal(rule.judge(2, 2, -1), 'apply');
});

test('unnumbered: all after a snapshot, nothing before it', () => {
  const rule = new Unnumbered();
  assert.equal(rule.judge(-1, -1, -1), 'drop');
  rule.snapshot(-1);
  assert.equal(rule.isLive, true);
  assert.equal(rule.judge(-1, -1, -1), 'apply');
  rule.reset();
  assert.equal(rule.judge(-1, -1, -1), 'drop');
  assert.equal(rule.lastUpdateId, -1);
});

test('a rule restored from its saved state judges as the saved one', () => {
  const rules: (() => ContinuityRule)[] = [
    () => new KucoinSequence(),
    () => new CountedSequence(),
    () => new Unnumbered(),
  ];
  for (const make of rules) {
    const rule = make();
    rule.snapshot(100);
    rule.judge(101, 103, -1);
    const copy = make();
    copy.loadState(structuredClone(rule.saveState()));
    assert.equal(copy.isLive, rule.isLive);
    for (const [first, last] of [
      [104, 104],
      [104, 104],
      [107, 108],
      [109, 109],
    ] as const) {
      assert.equal(copy.judge(first, last, -1), rule.judge(first, last, -1));
    }
  }
});

test('a connection: each frame one more, older ones ignored, each hole told once', () => {
  const connection = new ConnectionSequence();
  assert.equal(connection.judge(0), 'next');
  assert.equal(connection.judge(1), 'next');
  assert.equal(connection.judge(1), 'old');
  assert.equal(connection.judge(0), 'old');
  assert.equal(connection.judge(4), 'gap');
  assert.equal(connection.judge(3), 'old');
  assert.equal(connection.expected, 5);
  assert.equal(connection.judge(5), 'next');
});

test('a connection that loses its first frame shows it, a capture from the middle begins anywhere', () => {
  assert.equal(new ConnectionSequence().judge(1), 'gap');
  const capture = new ConnectionSequence(null);
  assert.equal(capture.judge(900), 'next');
  assert.equal(capture.judge(902), 'gap');
});
