/** Simulated time: order, cancelling, and a queue that does not fill with what was cancelled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedTime } from './simulated-time.ts';

test('calls are made by moment, and at one moment in the order they were asked for', () => {
  const time = new SimulatedTime(1_000);
  const made: string[] = [];
  const note = (what: string) => () => made.push(`${what} ${time.nowUs()}`);
  time.after(20, note('c'));
  time.after(10, note('a'));
  time.after(10, () => {
    note('b')();
    time.after(0, note('nested'));
  });
  time.after(30.2, note('late'));
  time.run(1_030);
  assert.deepEqual(made, ['a 1010', 'b 1010', 'nested 1010', 'c 1020']);
  assert.equal(time.nowUs(), 1_030);
  assert.equal(time.step(), true);
  assert.deepEqual(made.at(-1), 'late 1031');
  assert.equal(time.step(), false);
});

test('a cancelled call is not made; cancelling late or twice does nothing', () => {
  const time = new SimulatedTime(0);
  let count = 0;
  const cancel = time.after(5, () => count++);
  cancel();
  cancel();
  const done = time.after(5, () => count++);
  time.run(10);
  done();
  assert.deepEqual([count, time.waitingCount], [1, 0]);
});

test('timers that are armed and cancelled for ever take no memory', () => {
  const time = new SimulatedTime(0);
  let isDue = false;
  time.after(1_000_000, () => {
    isDue = true;
  });
  for (let n = 0; n < 3_000_000; n++) time.after(500_000, () => assert.fail('was cancelled'))();
  assert.equal(time.waitingCount, 1);
  time.run(1_000_000);
  assert.ok(isDue);
});

test('a loop without end at one moment and a step inside a step are found', () => {
  const time = new SimulatedTime(0);
  const again = (): void => void time.after(0, again);
  again();
  assert.throws(() => time.run(1), /time passes/);
  const other = new SimulatedTime(0);
  other.after(1, () => other.step());
  assert.throws(() => other.run(2), /between calls/);
});
