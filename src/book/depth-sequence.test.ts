import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DepthSequence } from './depth-sequence.ts';

function live(lastUpdateId: number): DepthSequence {
  const sequence = new DepthSequence();
  sequence.snapshot(lastUpdateId);
  return sequence;
}

test('before a snapshot every update is stale', () => {
  const sequence = new DepthSequence();
  assert.equal(sequence.judge(1, 5, 0), 'stale');
  assert.ok(sequence.isStale);
});

test('the first applied update reaches over the snapshot, older ones are dropped', () => {
  const sequence = live(100);
  assert.equal(sequence.judge(80, 90, 79), 'drop');
  assert.equal(sequence.judge(91, 99, 90), 'drop');
  assert.equal(sequence.isLive, false);
  assert.equal(sequence.judge(99, 104, 98), 'apply');
  assert.ok(sequence.isLive);
  assert.equal(sequence.lastUpdateId, 104);
});

test('an update that ends exactly at the snapshot bridges it', () => {
  assert.equal(live(100).judge(90, 100, 89), 'apply');
});

test('an update linked to the snapshot itself continues it', () => {
  assert.equal(live(100).judge(105, 110, 100), 'apply');
});

test('a snapshot older than the first kept update is a gap', () => {
  const sequence = live(100);
  assert.equal(sequence.judge(105, 110, 104), 'gap');
  assert.equal(sequence.judge(111, 112, 110), 'stale');
});

test('with links every later update names the one before', () => {
  const sequence = live(100);
  sequence.judge(99, 104, 98);
  assert.equal(sequence.judge(107, 110, 104), 'apply');
  assert.equal(sequence.judge(107, 110, 104), 'drop');
  assert.equal(sequence.judge(113, 115, 111), 'gap');
  assert.ok(sequence.isStale);
  sequence.snapshot(120);
  assert.equal(sequence.judge(119, 121, 118), 'apply');
});

test('without links every later update counts on', () => {
  const sequence = live(100);
  assert.equal(sequence.judge(101, 103, -1), 'apply');
  assert.equal(sequence.judge(104, 104, -1), 'apply');
  assert.equal(sequence.judge(106, 107, -1), 'gap');
  assert.equal(live(100).judge(102, 103, -1), 'gap');
});

test('a lost connection makes the book stale', () => {
  const sequence = live(100);
  sequence.judge(99, 104, 98);
  sequence.reset();
  assert.equal(sequence.judge(105, 106, 104), 'stale');
});

test('a sequence restored from its saved state judges as the saved one', () => {
  const sequence = live(100);
  sequence.judge(99, 104, 98);
  const copy = new DepthSequence();
  copy.loadState(structuredClone(sequence.saveState()));
  for (const [first, last, previous] of [
    [105, 107, 104],
    [108, 109, 107],
    [111, 112, 110],
  ] as const) {
    assert.equal(copy.judge(first, last, previous), sequence.judge(first, last, previous));
  }
});

test('spot: an update that ends at the snapshot is dropped, the first kept one reaches behind it', () => {
  const sequence = live(100);
  assert.equal(sequence.judge(90, 100, -1), 'drop');
  assert.equal(sequence.isLive, false);
  assert.equal(sequence.judge(95, 101, -1), 'apply');
});

test('a snapshot that is no newer than the book is left alone', () => {
  const sequence = live(100);
  sequence.judge(99, 104, 98);
  assert.equal(sequence.snapshot(103), false);
  assert.equal(sequence.snapshot(104), false);
  assert.ok(sequence.isLive);
  assert.equal(sequence.snapshot(110), true);
  assert.equal(sequence.isLive, false);
});

test('futures: the link must be the last update itself, and the first one must reach over the snapshot', () => {
  const sequence = live(100);
  assert.equal(sequence.judge(99, 104, 98), 'apply');
  assert.equal(sequence.judge(103, 110, 102), 'gap');
  assert.equal(live(100).judge(101, 105, 99), 'gap');
});
