import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxSpeedPacer, pacedPacer, type RealTime } from './pacer.ts';

/** A clock that moves only when somebody sleeps. */
class FakeTime implements RealTime {
  us = 1_000_000;
  readonly slept: number[] = [];
  yields = 0;
  nowUs(): number {
    return this.us;
  }
  async sleepMs(ms: number): Promise<void> {
    this.slept.push(ms);
    this.us += ms * 1_000;
  }
  async yieldNow(): Promise<void> {
    this.yields++;
  }
}

test('full speed never waits', () => {
  assert.equal(maxSpeedPacer(new FakeTime()).waitUntil(1e15), undefined);
});

test('a paced run shows moments at its multiple of real time', async () => {
  const time = new FakeTime();
  const pacer = pacedPacer({ speed: 60, fromUs: 0 }, time, new AbortController().signal);
  assert.equal(pacer.waitUntil(5_000_000), undefined, 'the first moment starts the clock');
  await pacer.waitUntil(5_000_000 + 6_000_000);
  assert.equal(time.us, 1_000_000 + 100_000);
  await pacer.waitUntil(5_000_000 + 180_000_000);
  assert.equal(time.us, 1_000_000 + 3_000_000);
  assert.ok(Math.max(...time.slept) <= 1_000, 'sleeps are short enough to notice an abort');
});

test('moments that are due already are not waited for', () => {
  const time = new FakeTime();
  const pacer = pacedPacer({ speed: 1, fromUs: 0 }, time, new AbortController().signal);
  pacer.waitUntil(0);
  time.us += 10_000_000;
  assert.equal(pacer.waitUntil(9_000_000), undefined);
});

test('an abort ends the wait', async () => {
  const time = new FakeTime();
  const abort = new AbortController();
  const pacer = pacedPacer({ speed: 1, fromUs: 0 }, time, abort.signal);
  pacer.waitUntil(0);
  abort.abort();
  await pacer.waitUntil(1e12);
  assert.deepEqual(time.slept, []);
});

test('history is told as fast as it goes; the clock starts with the first moment after it', async () => {
  const time = new FakeTime();
  const pacer = pacedPacer({ speed: 2, fromUs: 100_000_000 }, time, new AbortController().signal);
  for (const tsUs of [1_000_000, 50_000_000, 99_999_999, 100_000_000]) {
    assert.equal(pacer.waitUntil(tsUs), undefined, `nothing is waited for at ${tsUs}`);
  }
  await pacer.waitUntil(104_000_000);
  assert.equal(time.us, 1_000_000 + 2_000_000);
});
