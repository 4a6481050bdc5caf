/** One suite over both pools, and what only a thread can do: be late, die, and come back. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Prng, XylenError } from '#core';
import type { NoVoteReason } from '#domain';
import { InProcessPool } from './in-process-pool.ts';
import type { PredictorPool, PredictRequest } from './port.ts';
import { buildPredictor, predictorInfo } from './predictor-spec.ts';
import {
  FAULTY_INFOS,
  faultyPredictors,
  PRICE_DIES,
  PRICE_HANGS,
  PRICE_THROWS,
} from './test/faulty-predictors.ts';
import type { FaultyWorkerData } from './test/faulty-worker.ts';
import { randomRow, request, sampleSpecs, VOTES_FROM_US } from './test/samples.ts';
import { FEATURES_MAX, type ModelLink } from './worker/model-link.ts';
import { WorkerPool } from './worker/worker-pool.ts';

const LATENCY = { simulatedMs: 5 };
const specs = sampleSpecs();

function threadOf(file: string, workerData: unknown): Worker {
  return new Worker(new URL(file, import.meta.url), { workerData });
}

async function openWorkerPool(): Promise<WorkerPool> {
  const infos = specs.map((spec) => predictorInfo(spec, 'worker'));
  const pool = new WorkerPool(infos, (link) => threadOf('./test/sample-worker.ts', { link, specs }), {
    timeoutMs: 10_000,
    nowMs: () => 0,
  });
  await pool.open();
  return pool;
}

function inProcessPool(): PredictorPool {
  return new InProcessPool(
    specs.map((spec) => buildPredictor(spec, 'in-process')),
    LATENCY,
  );
}

const POOLS = { 'in process': async () => inProcessPool(), worker: openWorkerPool } as const;

for (const [kind, open] of Object.entries(POOLS)) {
  suite(`pool ${kind}`, () => {
    test('every model replies, in the order of `models`, under the number of the request', async () => {
      const pool = await open();
      const { replies, requestId } = await pool.ask(request({ requestId: 77 }));
      await pool.close();
      assert.equal(requestId, 77);
      const names = replies.map((reply) =>
        reply.kind === 'prediction' ? reply.prediction.modelName : reply.modelName,
      );
      assert.deepEqual(names, ['trend', 'gbm', 'other']);
      assert.deepEqual(
        names,
        pool.models.map(({ name }) => name),
      );
    });

    test('an untrained model, another feature set and a moment of the training data cost the vote', async () => {
      const pool = await open();
      const reasonsOf = async (changes: Partial<PredictRequest>): Promise<readonly string[]> => {
        const { replies } = await pool.ask(request(changes));
        return replies.map((reply) => (reply.kind === 'prediction' ? 'vote' : reply.reason));
      };
      assert.deepEqual(await reasonsOf({}), ['vote', 'vote', 'not_trained']);
      assert.deepEqual(await reasonsOf({ tsUs: VOTES_FROM_US - 1 }), ['vote', 'in_sample', 'not_trained']);
      const mismatch = ['feature_set_mismatch', 'feature_set_mismatch', 'not_trained'];
      assert.deepEqual(await reasonsOf({ featureSetHash: 'ab'.repeat(32) }), mismatch);
      await pool.close();
    });

    test('a row that is not of the feature set costs the vote, never the answer', async () => {
      const pool = await open();
      const { replies } = await pool.ask(request({ features: new Float64Array(3) }));
      assert.deepEqual(
        replies.map((reply) => reply.kind === 'no-vote' && reply.reason),
        ['error', 'error', 'not_trained'],
      );
      await pool.close();
    });

    test('closing twice is closing once', async () => {
      const pool = await open();
      await pool.close();
      await pool.close();
      assert.throws(() => pool.ask(request()), /closed/);
    });
  });
}

test('both pools give equal answers to the bit, whatever they are asked', async () => {
  const here = inProcessPool();
  const there = await openWorkerPool();
  const prng = new Prng(5);
  for (let i = 0; i < 300; i++) {
    const asked = request({
      requestId: i,
      symbol: i % 7 === 0 ? 'ÄTHÜSDT' : 'ETHUSDT',
      tsUs: VOTES_FROM_US + (i % 5) - 1,
      price: 1 + 1_000 * prng.uniform(),
      featureSetHash: i % 11 === 0 ? 'other' : request().featureSetHash,
      features: randomRow(prng),
    });
    assert.deepEqual(there.ask(asked), here.ask(asked));
  }
  await Promise.all([here.close(), there.close()]);
});

test('stop and target lie on the right sides of the price', () => {
  const pool = inProcessPool();
  const prng = new Prng(8);
  for (let i = 0; i < 200; i++) {
    const { replies } = pool.ask(request({ features: randomRow(prng) })) as ReturnType<InProcessPool['ask']>;
    for (const reply of replies) {
      if (reply.kind === 'no-vote') continue;
      const { action, confidence, probability, stopLoss, takeProfit } = reply.prediction;
      assert.equal(confidence, Math.abs(2 * probability - 1));
      if (action === 'hold') assert.deepEqual([stopLoss, takeProfit], [null, null]);
      else if (action === 'long') assert.ok(stopLoss! < 60_000 && takeProfit! > 60_000);
      else assert.ok(stopLoss! > 60_000 && takeProfit! < 60_000);
    }
  }
});

test('a measured latency is stated, a simulated one repeats', () => {
  const predictors = specs.map((spec) => buildPredictor(spec, 'in-process'));
  const [reply] = new InProcessPool(predictors, { simulatedMs: null }).ask(request()).replies;
  assert.ok(reply?.kind === 'prediction' && reply.prediction.latencyMs >= 0);
  const [again] = new InProcessPool(predictors, LATENCY).ask(request()).replies;
  assert.ok(again?.kind === 'prediction' && again.prediction.latencyMs === 5);
});

/** A pool of faulty models with a clock that stands still unless it is moved. */
function faultyPool(timeoutMs: number, isStillborn = false) {
  const clock = { nowMs: 0, started: 0, isStillborn };
  const pool = new WorkerPool(
    FAULTY_INFOS,
    (link) => {
      clock.started++;
      return threadOf('./test/faulty-worker.ts', {
        link,
        isStillborn: clock.isStillborn,
      } satisfies FaultyWorkerData);
    },
    { timeoutMs, nowMs: () => clock.nowMs },
  );
  return { pool, clock };
}

function reasonsOf(pool: WorkerPool, price: number): readonly (NoVoteReason | 'vote')[] {
  return pool
    .ask(request({ price }))
    .replies.map((reply) => (reply.kind === 'no-vote' ? reply.reason : 'vote'));
}

/** Asks until the thread is back; the turns of the event loop in between let it be seen dying and starting. */
async function untilHealthy(pool: WorkerPool): Promise<void> {
  for (let turn = 0; turn < 100_000; turn++) {
    if (reasonsOf(pool, 9).every((reason) => reason === 'not_trained')) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail('the pool did not come back');
}

test('a predictor that throws costs its own vote and says why, alike in both pools', async () => {
  const { pool } = faultyPool(10_000);
  await pool.open();
  const asked = request({ price: PRICE_THROWS });
  const here = new InProcessPool(
    faultyPredictors(() => {}),
    LATENCY,
  );
  const { replies } = pool.ask(asked);
  assert.deepEqual(replies, here.ask(asked).replies);
  assert.deepEqual(replies[1], {
    kind: 'no-vote',
    modelName: 'faulty',
    reason: 'error',
    message: 'no such price: ü€😀',
  });
  await pool.close();
});

test('a model that hangs times out with those behind it; the one before keeps its vote; all come back by themselves', async () => {
  const { pool, clock } = faultyPool(300);
  await pool.open();
  assert.deepEqual(reasonsOf(pool, PRICE_HANGS), ['not_trained', 'timeout', 'timeout']);
  assert.equal(pool.health.isHealthy, false);
  assert.equal(clock.started, 2);
  assert.deepEqual(reasonsOf(pool, 9), ['unhealthy', 'unhealthy', 'unhealthy']);
  await untilHealthy(pool);
  const { isHealthy, lastFailure, restartCount, timeoutCount } = pool.health;
  assert.deepEqual([isHealthy, restartCount, timeoutCount], [true, 1, 1]);
  assert.match(lastFailure ?? '', /no answer within 300 ms/);
  await pool.close();
});

test('a thread that dies is started again', async () => {
  const { pool } = faultyPool(300);
  await pool.open();
  assert.ok(reasonsOf(pool, PRICE_DIES).includes('timeout'));
  await untilHealthy(pool);
  assert.equal(pool.health.restartCount, 1);
  await pool.close();
});

test('a thread that fails again and again is started at growing pauses, and comes back when it can', async () => {
  const { pool, clock } = faultyPool(300);
  await pool.open();
  clock.isStillborn = true;
  reasonsOf(pool, PRICE_HANGS);
  for (let turn = 0; turn < 100_000 && !/damaged/.test(pool.health.lastFailure ?? ''); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.match(pool.health.lastFailure ?? '', /damaged/);
  clock.nowMs += 999;
  reasonsOf(pool, 9);
  assert.equal(clock.started, 2, 'the pause is not over');
  clock.isStillborn = false;
  clock.nowMs += 1;
  await untilHealthy(pool);
  assert.equal(clock.started, 3);
  await pool.close();
});

test('a pool whose models cannot be built does not open', async () => {
  const { pool } = faultyPool(300, true);
  await assert.rejects(
    pool.open(),
    (thrown: unknown) =>
      thrown instanceof XylenError && thrown.code === 'XY_WORKER_FAILED' && /damaged/.test(thrown.message),
  );
});

test('a request beyond the limits of the link is answered with errors, not cut', async () => {
  const pool = await openWorkerPool();
  for (const changes of [{ features: new Float64Array(FEATURES_MAX + 1) }, { symbol: 'X'.repeat(600) }]) {
    const { replies } = pool.ask(request(changes));
    assert.deepEqual(
      replies.map((reply) => reply.kind === 'no-vote' && reply.reason),
      ['error', 'error', 'error'],
    );
  }
  assert.equal(pool.ask(request()).replies[0]?.kind, 'prediction');
  await pool.close();
});

test('a wake-up that comes late is neither an answer nor a request', async () => {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const notifiers: Worker[] = [];
  const start = (link: ModelLink): Worker => {
    notifiers.push(threadOf('./test/late-notifier.ts', { link, stop }));
    return threadOf('./test/sample-worker.ts', { link, specs });
  };
  const infos = specs.map((spec) => predictorInfo(spec, 'worker'));
  const pool = new WorkerPool(infos, start, { timeoutMs: 60_000, nowMs: () => 0 });
  await pool.open();
  for (let requestId = 0; requestId < 3_000; requestId++) {
    const { replies } = pool.ask(request({ requestId }));
    assert.ok(replies.every((reply) => reply.kind === 'prediction' || reply.reason !== 'timeout'));
  }
  assert.equal(pool.health.timeoutCount, 0);
  Atomics.store(stop, 0, 1);
  await Promise.all(notifiers.map((notifier) => once(notifier, 'exit')));
  await pool.close();
});
