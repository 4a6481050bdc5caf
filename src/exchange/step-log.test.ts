import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { type LoggedStep, StepLog } from './step-log.ts';

function entry(worldSeq: number, reply = `reply ${worldSeq}`): LoggedStep {
  return { limitUs: null, commands: '[]', reply, worldSeq };
}

/** A log of calls: true = an event, false = idle. */
function logOf(calls: readonly boolean[]): StepLog {
  const log = new StepLog();
  let worldSeq = 0;
  for (const isEvent of calls) log.add(entry(isEvent ? ++worldSeq : worldSeq));
  return log;
}

test('numbers calls and knows what each stands after', () => {
  const log = logOf([false, true, false, false, true]);
  assert.deepEqual(log.first, { step: 0, worldSeq: 0 });
  assert.deepEqual(log.last, { step: 5, worldSeq: 2 });
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6].map((step) => log.worldSeqAt(step)),
    [0, 0, 1, 1, 1, 2, undefined],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((worldSeq) => log.stepOf(worldSeq)),
    [0, 2, 5, undefined],
  );
  assert.equal(log.find(2)?.reply, 'reply 1');
  assert.equal(log.find(0), undefined);
});

test('forgets up to an event and keeps the idle calls after it', () => {
  const log = logOf([false, true, false, false, true, false]);
  log.forgetUpTo(0);
  assert.deepEqual([log.first, log.stepCount], [{ step: 0, worldSeq: 0 }, 6]);
  log.forgetUpTo(1);
  assert.deepEqual([log.first, log.stepCount], [{ step: 2, worldSeq: 1 }, 4]);
  log.forgetUpTo(1);
  log.forgetUpTo(0);
  assert.deepEqual([log.first, log.stepCount], [{ step: 2, worldSeq: 1 }, 4], 'what is past stays past');
  assert.equal(log.worldSeqAt(1), undefined);
  assert.equal(log.stepOf(0), undefined);
  assert.deepEqual(
    [2, 3, 4, 5].map((step) => log.worldSeqAt(step)),
    [1, 1, 1, 2],
  );
  log.forgetUpTo(2);
  assert.deepEqual(
    [log.first, log.last, log.stepCount],
    [{ step: 5, worldSeq: 2 }, { step: 6, worldSeq: 2 }, 1],
  );
  assert.throws(() => log.forgetUpTo(3), /event 3 was sent, the last is 2/);
});

test('is full at either bound, and has room again when something is forgotten', () => {
  const byCount = new StepLog({ stepsMax: 2, charsMax: 1_000 });
  byCount.add(entry(1));
  assert.equal(byCount.isFull, false);
  byCount.add(entry(2));
  assert.equal(byCount.isFull, true);
  assert.throws(() => byCount.add(entry(3)), /only made when it can be kept/);
  byCount.forgetUpTo(1);
  assert.equal(byCount.isFull, false);
  const bySize = new StepLog({ stepsMax: 1_000, charsMax: 100 });
  bySize.add(entry(1, 'x'.repeat(98)));
  assert.equal(bySize.isFull, true);
  bySize.forgetUpTo(1);
  assert.equal(bySize.isFull, false);
});

test('refuses calls that gain more than one event, and bounds that hold nothing', () => {
  const log = new StepLog();
  assert.throws(() => log.add(entry(2)), /at most one event/);
  assert.throws(() => new StepLog({ stepsMax: 0, charsMax: 1 }), /holds something/);
});

test('finds the same calls after forgetting as before, except the forgotten ones', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 60 }), fc.nat(60), (calls, at) => {
      const whole = logOf(calls);
      const log = logOf(calls);
      const upTo = at % (log.last.worldSeq + 1);
      log.forgetUpTo(upTo);
      assert.deepEqual(log.first, { step: whole.stepOf(upTo), worldSeq: upTo });
      for (let step = log.first.step; step <= log.last.step; step++) {
        assert.equal(log.worldSeqAt(step), whole.worldSeqAt(step));
        if (step > log.first.step) assert.deepEqual(log.find(step), whole.find(step));
      }
      for (let worldSeq = upTo; worldSeq <= log.last.worldSeq; worldSeq++)
        assert.equal(log.stepOf(worldSeq), whole.stepOf(worldSeq));
    }),
    propertySettings(),
  );
});
