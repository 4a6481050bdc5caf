import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, XylenError } from '#core';
import { InstrumentTable, type OrderRequest, type VenueOrder } from '#domain';
import type { PredictorInfo, PredictorPool } from '#serving';
import { candleSource, SimulatedWorld, simRules } from '#sim';
import type { Checkpoint, IntentLog, OrderIntentRecord, RecordRow, RecordSink } from '#store';
import { Engine } from './engine.ts';
import { type Pacer, Session, type SessionOptions, type SessionParts } from './session.ts';
import type { Strategy, StrategyContext } from './strategy.ts';
import { BAR_US, engineOptions, SPEC, START_US } from './test/fixture.ts';

/** A record in memory that forgets what was not checkpointed when it is asked to crash. */
class MemoryRecord implements RecordSink {
  readonly durable: RecordRow[] = [];
  pending: RecordRow[] = [];
  last: Checkpoint | null = null;
  checkpoints = 0;
  isBehind = false;

  write(row: RecordRow): void {
    this.pending.push(row);
  }
  checkpoint(checkpoint: Checkpoint): void {
    this.durable.push(...this.pending);
    this.pending = [];
    this.last = checkpoint;
    this.checkpoints++;
  }
  async drained(): Promise<void> {
    this.isBehind = false;
  }
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
}

class MemoryIntents implements IntentLog {
  readonly all: OrderIntentRecord[] = [];
  append(intent: OrderIntentRecord): 'new' | 'known' {
    const known = this.all.find((one) => one.request.clientOrderId === intent.request.clientOrderId);
    if (known === undefined) {
      this.all.push(intent);
      return 'new';
    }
    assert.deepEqual(known, intent);
    return 'known';
  }
  since(eventSeq: number): readonly OrderIntentRecord[] {
    return this.all.filter((intent) => intent.eventSeq > eventSeq);
  }
  close(): void {}
}

/** Buys and sells in turn, with protection, every fourth bar. */
class Turner implements Strategy {
  readonly name = 'turner';
  #bars = 0;
  onCandle(candle: { readonly closeTicks: number }, context: StrategyContext): void {
    this.#bars++;
    if (this.#bars % 4 !== 0) return;
    if (context.positionLots(0) !== 0) {
      context.closePosition(0, 'turn');
      return;
    }
    const isLong = this.#bars % 8 === 0;
    const away = Math.round(candle.closeTicks * 0.01);
    context.submit({
      instrumentIx: 0,
      side: isLong ? 'buy' : 'sell',
      qtyLots: 10,
      protection: {
        stopTicks: candle.closeTicks + (isLong ? -away : away),
        targetTicks: candle.closeTicks + (isLong ? away : -away),
      },
      reason: 'turn',
    });
  }
  saveState(): unknown {
    return this.#bars;
  }
  loadState(state: unknown): void {
    this.#bars = Number(state);
  }
}

function walk(barCount: number, seed = 3): SimulatedWorld {
  const prng = new Prng(seed);
  const column = (): Float64Array => new Float64Array(barCount);
  const c = { o: column(), h: column(), l: column(), c: column(), v: column(), t: column() };
  let price = 300_000;
  for (let i = 0; i < barCount; i++) {
    c.t[i] = START_US + i * BAR_US;
    c.o[i] = price;
    price += Math.round(prng.normal() * 900);
    c.c[i] = price;
    c.h[i] = Math.max(c.o[i]!, price) + prng.integer(0, 400);
    c.l[i] = Math.min(c.o[i]!, price) - prng.integer(0, 400);
    c.v[i] = prng.integer(50_000, 500_000);
  }
  const columns = {
    timeframeUs: BAR_US,
    rowCount: barCount,
    openTsUs: c.t,
    openTicks: c.o,
    highTicks: c.h,
    lowTicks: c.l,
    closeTicks: c.c,
    volumeLots: c.v,
  };
  const instruments = new InstrumentTable([SPEC]);
  return new SimulatedWorld({
    source: candleSource({ instrumentIx: 0, timeframeUs: BAR_US, feedLatencyUs: 0, open: () => [columns] }),
    instruments,
    cashAtoms: 10_000n * 100_000_000n,
    rules: simRules({ leverage: 1 }),
    prng: new Prng(seed),
  });
}

const PACER: Pacer = { waitUntil: () => undefined, yieldNow: async () => undefined };
const OPTIONS: SessionOptions = { checkpointEvents: 7, modelLatencyUs: 5_000, yieldEvents: 10 };

function parts(changes: Partial<SessionParts> = {}): SessionParts {
  return {
    engine: new Engine(engineOptions([new Turner()])),
    world: walk(200),
    models: null,
    record: new MemoryRecord(),
    intents: null,
    pacer: PACER,
    observer: null,
    serialize: (state) => Buffer.from(JSON.stringify(encode(state))),
    ...changes,
  };
}

/** JSON with bigint and typed arrays, enough for states in tests: what a structured clone carries. */
function encode(state: unknown): unknown {
  saved = structuredClone(state);
  return null;
}
let saved: unknown = null;

const NEVER = new AbortController().signal;

test('a run ends with the data, its record complete and its accounts in balance', async () => {
  const record = new MemoryRecord();
  const all = parts({ record });
  const session = new Session(all, OPTIONS);
  await session.start();
  assert.equal(await session.run(NEVER), 'ended');
  const { engine } = all;
  const summary = engine.summary();
  assert.ok(summary.trades > 10 && summary.orders > 30);
  assert.equal(
    summary.closedPnlAtoms + summary.openPnlAtoms,
    summary.equityEndAtoms - summary.equityStartAtoms,
  );
  assert.equal(record.pending.length, 0);
  assert.equal(record.last?.eventSeq, engine.eventSeq);
  assert.ok(record.checkpoints >= Math.floor(engine.eventSeq / OPTIONS.checkpointEvents));
  assert.equal(session.worldSeq, summary.events);
});

test('equal seeds give equal records, another seed gives another', async () => {
  const rowsOf = async (seed: number): Promise<readonly RecordRow[]> => {
    const record = new MemoryRecord();
    const session = new Session(parts({ record, world: walk(120, seed) }), OPTIONS);
    await session.start();
    await session.run(NEVER);
    return record.durable;
  };
  assert.deepEqual(await rowsOf(5), await rowsOf(5));
  assert.notDeepEqual(await rowsOf(5), await rowsOf(6));
});

test('a session that crashed anywhere and was resumed leaves the record of an undisturbed one', async () => {
  const whole = new MemoryRecord();
  const undisturbed = new Session(parts({ record: whole }), OPTIONS);
  await undisturbed.start();
  await undisturbed.run(NEVER);

  for (const crashAfter of [1, 6, 7, 8, 50, 123, 200]) {
    const abort = new AbortController();
    let events = 0;
    const record = new MemoryRecord();
    const intents = new MemoryIntents();
    const crash = new Error('crash');
    const first = parts({
      record,
      intents,
      observer: {
        onEvent: () => {
          if (++events === crashAfter) throw crash;
        },
      },
    });
    const session = new Session(first, OPTIONS);
    await session.start();
    await assert.rejects(session.run(abort.signal), crash);
    record.pending = [];
    const second = parts({ record, intents });
    const resumed = new Session(second, OPTIONS);
    if (record.last === null) await resumed.start();
    else await resumed.resume(stateOf(record, crashAfter));
    assert.equal(await resumed.run(NEVER), 'ended');
    assert.deepEqual(record.durable, whole.durable, `crash after ${crashAfter} events`);
  }
});

/** The state of the last checkpoint before a crash: replayed, as a process would read it from disk. */
function stateOf(record: MemoryRecord, crashAfter: number): unknown {
  assert.ok(record.last !== null && record.last.eventSeq <= crashAfter);
  assert.ok(crashAfter - record.last.eventSeq <= OPTIONS.checkpointEvents, 'work to be redone is bounded');
  return saved;
}

test('an interrupted session can be resumed and ends like an undisturbed one', async () => {
  const whole = new MemoryRecord();
  const undisturbed = new Session(parts({ record: whole }), OPTIONS);
  await undisturbed.start();
  await undisturbed.run(NEVER);

  const record = new MemoryRecord();
  const abort = new AbortController();
  let yields = 0;
  const pacer: Pacer = {
    waitUntil: () => undefined,
    yieldNow: async () => {
      if (++yields === 5) abort.abort();
    },
  };
  const session = new Session(parts({ record, pacer }), OPTIONS);
  await session.start();
  assert.equal(await session.run(abort.signal), 'interrupted');
  assert.equal(record.pending.length, 0);
  const resumed = new Session(parts({ record }), OPTIONS);
  await resumed.resume(saved);
  assert.equal(await resumed.run(NEVER), 'ended');
  assert.deepEqual(lastOfEach(record.durable), lastOfEach(whole.durable));
});

/** Upserted rows as the store keeps them: the last state of each trade and order, everything else in order. */
function lastOfEach(rows: readonly RecordRow[]): readonly RecordRow[] {
  const kept = new Map<string, RecordRow>();
  rows.forEach((row, at) => {
    const key =
      row.table === 'trades' ? `t${row.tradeId}` : row.table === 'orders' ? `o${row.orderId}` : `r${at}`;
    kept.set(key, row);
  });
  const settled = [...kept.values()];
  return [
    ...settled
      .filter((row) => row.table === 'trades')
      .sort((a, b) => (a.table === 'trades' && b.table === 'trades' ? a.tradeId - b.tradeId : 0)),
    ...settled.filter((row) => row.table !== 'trades' && row.table !== 'orders'),
    ...settled.filter((row) => row.table === 'orders'),
  ];
}

test('an intent is durable before its order leaves, and is asked for again after a crash', async () => {
  const order: string[] = [];
  const intents = new MemoryIntents();
  const world = walk(40);
  const spied = new Proxy(world, {
    get(target, key) {
      if (key === 'submit') {
        return (approved: { readonly value: OrderRequest }, nowUs: number) => {
          const id = approved.value.clientOrderId;
          assert.ok(
            intents.all.some((intent) => intent.request.clientOrderId === id),
            'intent first',
          );
          order.push(id);
          target.submit(approved as Parameters<SimulatedWorld['submit']>[0], nowUs);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const session = new Session(parts({ world: spied, intents }), OPTIONS);
  await session.start();
  await session.run(NEVER);
  assert.ok(order.length > 5);
  assert.deepEqual(
    intents.all.map((intent) => intent.request.clientOrderId),
    order,
  );
});

test('a start at a venue that knows the trader already: what it told is heard again before the accounts are compared', async () => {
  const toldSeq = 120;
  const ghost: VenueOrder = {
    ...{ clientOrderId: 'xy-0-later-e', venueOrderId: 'v', instrumentIx: 0, side: 'buy', type: 'limit' },
    ...{ qtyLots: 10, filledLots: 0, priceTicks: 1_000, triggerTicks: null, status: 'ACCEPTED' },
    updatedUs: START_US,
  };
  const run = async (lastToldSeq: number) => {
    const world = walk(200);
    let heardSeq = 0;
    const ahead = new Proxy(world, {
      get(target, key) {
        if (key === 'resumeAfter') return () => lastToldSeq;
        // The venue stands after all that it told: an order that the trader has not come to yet is open there.
        if (key === 'openOrders')
          return async () => [...(await target.openOrders()), ...(heardSeq < toldSeq ? [ghost] : [])];
        if (key === 'advance') {
          return (limitUs: number) => {
            const step = target.advance(limitUs);
            if (typeof step === 'object' && 'worldSeq' in step) heardSeq = step.worldSeq;
            return step;
          };
        }
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const record = new MemoryRecord();
    const session = new Session(parts({ world: ahead, record }), OPTIONS);
    await session.start();
    await session.run(NEVER);
    return record.durable.filter(
      (row) => row.table === 'system_events' && row.eventType === 'reconcile_mismatch',
    );
  };
  assert.equal((await run(toldSeq)).length, 0);
  assert.equal((await run(0)).length, 1, 'without it the venue looks as if it held an unknown order');
});

test('a resumed run that does not repeat a durable intent is refused', async () => {
  const record = new MemoryRecord();
  const session = new Session(parts({ record }), { ...OPTIONS, checkpointEvents: 20 });
  await session.start();
  await session.run(NEVER);
  const state = saved as { engine: { eventSeq: number } };
  const intents = new MemoryIntents();
  intents.all.push({
    orderId: 999,
    tsUs: START_US,
    eventSeq: state.engine.eventSeq + 1,
    request: {
      clientOrderId: 'xy-00000000-zz-e',
      instrumentIx: 0,
      side: 'buy',
      type: 'market',
      label: 'ENTRY',
      qtyLots: 1,
      priceTicks: null,
      triggerTicks: null,
      timeInForce: 'IOC',
      reduceOnly: false,
    },
  });
  const resumed = new Session(parts({ intents, world: walk(200) }), OPTIONS);
  await resumed.resume(saved);
  await assert.rejects(
    resumed.run(NEVER),
    (error: unknown) => error instanceof XylenError && error.code === 'XY_CHECKPOINT_INVALID',
  );
});

test('control works between two events and is in a checkpoint at once', async () => {
  const record = new MemoryRecord();
  const abort = new AbortController();
  const isFlattened = (): boolean =>
    record.durable.some((row) => row.table === 'system_events' && row.eventType === 'control_flatten');
  const pacer: Pacer = {
    waitUntil: () => undefined,
    yieldNow: async () => {
      if (isFlattened()) abort.abort();
      else if (session.worldSeq > 60) session.control('flatten', 'enough');
    },
  };
  const session = new Session(parts({ record, pacer }), { ...OPTIONS, checkpointEvents: 1_000_000 });
  await session.start();
  assert.equal(await session.run(abort.signal), 'interrupted');
  assert.ok(isFlattened());
  assert.ok(record.checkpoints >= 2);
});

test('the world is told what is durable, never more', async () => {
  const told: number[] = [];
  const durable: number[] = [];
  const world = Object.assign(walk(60), { acknowledge: (worldSeq: number) => void told.push(worldSeq) });
  const record = new MemoryRecord();
  const keep = record.checkpoint.bind(record);
  record.checkpoint = (checkpoint) => {
    keep(checkpoint);
    durable.push(checkpoint.eventSeq);
  };
  const session = new Session(parts({ record, world }), OPTIONS);
  await session.start();
  await session.run(NEVER);
  await Promise.resolve();
  assert.deepEqual(told, durable);
  assert.equal(told.at(-1), session.worldSeq);
});

/** Asks the models at each candle and remembers when the answers came. */
class Asker implements Strategy {
  readonly name = 'asker';
  readonly needsFeatures = true;
  readonly answers: number[] = [];
  onTrigger(_trigger: unknown, instrumentIx: number, context: StrategyContext): void {
    context.askModels(instrumentIx);
  }
  onPrediction(_event: unknown, _snapshot: unknown, context: StrategyContext): void {
    this.answers.push(context.nowUs);
  }
}

const INFO: PredictorInfo = { name: 'm', version: '1', endpoint: 'test', isTrained: false, votesFromUs: 0 };

test('answers of the models arrive as events after their latency, whether they come at once or by a promise', async () => {
  const run = async (
    isAsync: boolean,
  ): Promise<{ rows: readonly RecordRow[]; answers: readonly number[] }> => {
    const replies = [{ kind: 'no-vote', modelName: 'm', reason: 'not_trained', message: '' }] as const;
    const pool: PredictorPool = {
      models: [INFO],
      ask: ({ requestId }) => (isAsync ? Promise.resolve({ requestId, replies }) : { requestId, replies }),
      close: async () => undefined,
    };
    const strategy = new Asker();
    const record = new MemoryRecord();
    const engine = new Engine(engineOptions([strategy], { models: [INFO] }));
    const session = new Session(parts({ engine, record, models: pool, world: walk(4_000) }), OPTIONS);
    await session.start();
    await session.run(NEVER);
    return { rows: record.durable, answers: strategy.answers };
  };
  const atOnce = await run(false);
  const later = await run(true);
  assert.ok(atOnce.answers.length > 100);
  assert.ok(atOnce.answers.every((tsUs) => (tsUs - 5_000) % BAR_US === 0));
  assert.deepEqual(later, atOnce);
});

test('a writer that is behind is waited for', async () => {
  const record = new MemoryRecord();
  let waits = 0;
  record.isBehind = true;
  record.drained = async () => {
    waits++;
    record.isBehind = false;
  };
  const session = new Session(parts({ record, world: walk(10) }), OPTIONS);
  await session.start();
  await session.run(NEVER);
  assert.equal(waits, 1);
});
