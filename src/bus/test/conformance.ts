/**
 * What every event log does, as numbered cases. An implementation runs them by handing in how it is opened; `store` names one log over
 * all openings of a case. Bounds are in payload bytes of the cases, so that what an implementation adds to a record does not matter.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { propertySettings, testSeed } from '../../../test/support/property.ts';
import {
  type EventLog,
  LOG_OPTIONS_DEFAULT,
  type LogOptions,
  type LogSource,
  type ReadLimits,
  TOPICS,
  type Topic,
  type TopicReader,
} from '../index.ts';

/** An implementation under test. */
export interface LogUnderTest {
  readonly name: string;
  /** Makes a place for one log; the functions open the same log each time. */
  place(context: TestContext): {
    openLog(options: LogOptions): Promise<EventLog>;
    openSource(): Promise<LogSource>;
  };
}

/** A record as a test writes and reads it. */
export interface PlainRecord {
  readonly offset: number;
  readonly tsLocalUs: number;
  readonly text: string;
}

const OPTIONS: LogOptions = { ...LOG_OPTIONS_DEFAULT, flushIntervalMs: null };
const BOOKS = 'crypto-orderbooks';
const TRADES = 'crypto-trades';

/** Returns everything that is durable from an offset on. */
export async function readAll(
  source: LogSource,
  topic: Topic,
  from = 0,
  limits: ReadLimits = {},
): Promise<PlainRecord[]> {
  const reader = source.reader(topic, from);
  try {
    return await drain(reader, limits);
  } finally {
    reader.close();
  }
}

/** Reads until nothing more is durable. */
export async function drain(reader: TopicReader, limits: ReadLimits = {}): Promise<PlainRecord[]> {
  const found: PlainRecord[] = [];
  for (;;) {
    const batch = await reader.read(limits);
    if (batch.count === 0) return found;
    assert.equal(batch.firstOffset + batch.count, reader.offset);
    for (let i = 0; i < batch.count; i++) {
      const bytes = batch.bytes.subarray(batch.starts[i], batch.ends[i]);
      const text = Buffer.from(bytes).toString('latin1');
      found.push({ offset: batch.firstOffset + i, tsLocalUs: batch.tsLocalUs[i] ?? Number.NaN, text });
    }
  }
}

function put(log: EventLog, topic: Topic, tsLocalUs: number, text: string): 'ok' | 'wait' {
  return log.append(topic, tsLocalUs, Buffer.from(text, 'latin1'));
}

/** Runs the cases over an implementation. */
export function conformance(implementation: LogUnderTest): void {
  const given = (
    number: number,
    name: string,
    run: (place: ReturnType<LogUnderTest['place']>) => Promise<void>,
  ): void => {
    test(`${implementation.name} ${number}: ${name}`, (context) => run(implementation.place(context)));
  };

  given(1, 'records come back as they were appended, in order, with their times', async (place) => {
    const log = await place.openLog(OPTIONS);
    put(log, BOOKS, 10, 'one');
    put(log, BOOKS, 12, '');
    put(log, BOOKS, 11, '\0\xff');
    const reused = Buffer.from('--three--');
    assert.equal(log.append(BOOKS, 1.5e15, reused, 2, 7), 'ok');
    reused.fill(0);
    await log.flush();
    const source = await place.openSource();
    assert.deepEqual(await readAll(source, BOOKS), [
      { offset: 0, tsLocalUs: 10, text: 'one' },
      { offset: 1, tsLocalUs: 12, text: '' },
      { offset: 2, tsLocalUs: 11, text: '\0\xff' },
      { offset: 3, tsLocalUs: 1.5e15, text: 'three' },
    ]);
    await source.close();
    await log.close();
  });

  given(2, 'each topic counts its own records', async (place) => {
    const log = await place.openLog(OPTIONS);
    for (const topic of TOPICS) put(log, topic, 1, topic);
    put(log, TRADES, 2, 'again');
    await log.flush();
    const source = await place.openSource();
    for (const topic of TOPICS) {
      assert.equal((await readAll(source, topic))[0]?.text, topic);
      assert.equal(log.endOffset(topic), topic === TRADES ? 2 : 1);
    }
    assert.equal(source.id, log.id);
    await source.close();
    await log.close();
  });

  given(3, 'a reader starts anywhere and sees nothing before that', async (place) => {
    const log = await place.openLog({ ...OPTIONS, segmentBytes: 200 });
    for (let i = 0; i < 50; i++) put(log, BOOKS, i, `record ${i}`);
    await log.flush();
    const source = await place.openSource();
    for (const from of [0, 1, 24, 49]) {
      const records = await readAll(source, BOOKS, from);
      assert.deepEqual(
        records.map(({ text }) => text),
        Array.from({ length: 50 - from }, (_, i) => `record ${from + i}`),
      );
    }
    assert.deepEqual(await readAll(source, BOOKS, 50), []);
    await source.close();
    await log.close();
  });

  given(4, 'what is not flushed is not seen', async (place) => {
    const log = await place.openLog(OPTIONS);
    put(log, BOOKS, 1, 'a');
    await log.flush();
    put(log, BOOKS, 2, 'b');
    const source = await place.openSource();
    assert.equal((await readAll(source, BOOKS)).length, 1);
    assert.deepEqual(await source.range(BOOKS), { startOffset: 0, durableOffset: 1 });
    await log.flush();
    assert.equal((await readAll(source, BOOKS)).length, 2);
    await source.close();
    await log.close();
  });

  given(5, 'readers go on where they stopped, each by itself, while records come', async (place) => {
    const log = await place.openLog({ ...OPTIONS, segmentBytes: 100 });
    const source = await place.openSource();
    const [first, second] = [source.reader(BOOKS, 0), source.reader(BOOKS, 0)];
    const seen: string[] = [];
    for (let i = 0; i < 30; i++) {
      put(log, BOOKS, i, `r${i}`);
      if (i % 3 === 0) await log.flush();
      seen.push(...(await drain(first)).map(({ text }) => text));
    }
    await log.flush();
    seen.push(...(await drain(first)).map(({ text }) => text));
    assert.deepEqual(
      seen,
      Array.from({ length: 30 }, (_, i) => `r${i}`),
    );
    assert.equal((await drain(second, { records: 7 })).length, 30);
    first.close();
    second.close();
    await source.close();
    await log.close();
  });

  given(6, 'limits bound a read, and a record longer than they are still comes', async (place) => {
    const log = await place.openLog(OPTIONS);
    const long = 'x'.repeat(3_000_000);
    for (const text of ['a', long, 'b'.repeat(500), 'c'.repeat(500)]) put(log, BOOKS, 1, text);
    await log.flush();
    const source = await place.openSource();
    const reader = source.reader(BOOKS, 0);
    assert.equal((await reader.read({ records: 1 })).count, 1);
    assert.equal((await reader.read({ bytes: 600 })).count, 1);
    assert.equal((await reader.read({ bytes: 600 })).count, 1);
    assert.equal((await reader.read()).count, 1);
    reader.close();
    assert.equal((await readAll(source, BOOKS))[1]?.text.length, long.length);
    await source.close();
    await log.close();
  });

  given(7, 'consumers remember how far they came, also in a new session', async (place) => {
    const log = await place.openLog(OPTIONS);
    const source = await place.openSource();
    assert.deepEqual(await source.committed('archive'), {});
    await source.commit('archive', { [BOOKS]: 7 });
    await source.commit('archive', { [TRADES]: 3 });
    await source.commit('other', { [BOOKS]: 1 });
    await source.close();
    await log.close();
    const again = await place.openSource();
    assert.deepEqual(await again.committed('archive'), { [BOOKS]: 7, [TRADES]: 3 });
    assert.deepEqual(await again.committed('other'), { [BOOKS]: 1 });
    await again.close();
  });

  given(8, 'a log opened again goes on with the next offset under the same id', async (place) => {
    const ids: string[] = [];
    for (let session = 0; session < 3; session++) {
      const log = await place.openLog({ ...OPTIONS, segmentBytes: 60 });
      ids.push(log.id);
      assert.equal(log.endOffset(BOOKS), session * 5);
      for (let i = 0; i < 5; i++) put(log, BOOKS, i, `s${session} r${i}`);
      await log.close();
    }
    assert.equal(new Set(ids).size, 1);
    const source = await place.openSource();
    const records = await readAll(source, BOOKS);
    assert.deepEqual([records.length, records[12]?.text], [15, 's2 r2']);
    await source.close();
  });

  given(9, 'closing makes everything durable; a closed log is not used again', async (place) => {
    const log = await place.openLog(OPTIONS);
    put(log, BOOKS, 1, 'last words');
    await log.close();
    await log.close();
    assert.throws(() => put(log, BOOKS, 1, 'too late'), /closed log/);
    const source = await place.openSource();
    assert.equal((await readAll(source, BOOKS)).length, 1);
    await source.close();
  });

  given(10, 'one writer at a time', async (place) => {
    const log = await place.openLog(OPTIONS);
    await assert.rejects(place.openLog(OPTIONS), { code: 'XY_STORE_FAILED' });
    await log.close();
    await (await place.openLog(OPTIONS)).close();
  });

  given(11, 'at its bound the log takes nothing until a consumer has come on', async (place) => {
    const options = {
      ...OPTIONS,
      bytesMax: 20_000,
      segmentBytes: 2_000,
      consumers: { [BOOKS]: ['archive'] },
    };
    const log = await place.openLog(options);
    const source = await place.openSource();
    let taken = 0;
    while (taken < 1_000 && put(log, BOOKS, taken, 'x'.repeat(80)) === 'ok') taken++;
    assert.ok(taken >= 150 && taken <= 250, `took ${taken} records of 80 bytes`);
    assert.ok(log.stats().bytes <= 20_000);
    assert.equal(log.stats().waits, 1);
    await log.flush();
    assert.equal((await readAll(source, BOOKS)).length, taken, 'what was taken is there, the refused is not');
    assert.equal(put(log, BOOKS, 1, 'x'.repeat(80)), 'wait', 'durable is not yet consumed');
    await source.commit('archive', { [BOOKS]: 100 });
    let outcome: string = 'wait';
    for (let tries = 0; outcome === 'wait' && tries < 1e7; tries++)
      outcome = put(log, BOOKS, 1, 'y'.repeat(80));
    assert.equal(outcome, 'ok');
    const { startOffset } = await source.range(BOOKS);
    assert.ok(startOffset > 0 && startOffset <= 100, `starts at ${startOffset}`);
    await log.flush();
    assert.equal((await readAll(source, BOOKS, startOffset)).at(-1)?.text, 'y'.repeat(80));
    await source.close();
    await log.close();
  });

  given(12, 'retention drops what is old or too much, never what a consumer needs', async (place) => {
    const options: LogOptions = {
      ...OPTIONS,
      segmentBytes: 1_000,
      retention: { ageUs: 1_000, bytes: 1e9 },
      consumers: { [BOOKS]: ['archive', 'other'] },
    };
    const log = await place.openLog(options);
    const source = await place.openSource();
    for (let i = 0; i < 100; i++)
      for (const topic of [BOOKS, TRADES] as const) put(log, topic, i * 100, 'x'.repeat(80));
    assert.equal(log.applyRetention(1e9), 0, 'nothing is dropped before it is durable');
    await log.flush();
    assert.equal(log.applyRetention(500), 0, 'all of it is young');
    await source.commit('archive', { [BOOKS]: 60 });
    assert.ok(log.applyRetention(8_000) > 0);
    assert.equal((await source.range(BOOKS)).startOffset, 0, 'one consumer never began');
    const { startOffset } = await source.range(TRADES);
    assert.ok(startOffset > 50 && startOffset <= 70, `trades start at ${startOffset}`);
    await source.commit('other', { [BOOKS]: 40 });
    log.applyRetention(8_000);
    const books = (await source.range(BOOKS)).startOffset;
    assert.ok(books > 20 && books <= 40, `books start at ${books}`);
    await assert.rejects(readAll(source, BOOKS, 0), {
      code: 'XY_DATA_INSUFFICIENT',
      message: /first there is/,
    });
    assert.equal((await readAll(source, BOOKS, books)).length, 100 - books);
    await source.close();
    await log.close();
  });

  given(13, 'retention by size keeps the newest, and the segment that is being written', async (place) => {
    const options = { ...OPTIONS, segmentBytes: 1_000, retention: { ageUs: 1e12, bytes: 3_000 } };
    const log = await place.openLog(options);
    for (let i = 0; i < 100; i++) put(log, TRADES, i, 'x'.repeat(80));
    await log.flush();
    log.applyRetention(100);
    const held = log.stats().topics[TRADES];
    assert.ok(held !== undefined && held.bytes <= 3_000 && held.startOffset >= 60 && held.endOffset === 100);
    log.applyRetention(1e15);
    assert.ok((log.stats().topics[TRADES]?.bytes ?? 0) > 0);
    await log.close();
  });

  given(14, 'an offset that was never there is an error, not an empty read', async (place) => {
    const log = await place.openLog(OPTIONS);
    put(log, BOOKS, 1, 'x');
    await log.flush();
    const source = await place.openSource();
    await assert.rejects(readAll(source, BOOKS, 5), {
      code: 'XY_FILE_DAMAGED',
      message: /ends before record 1/,
    });
    await source.close();
    await log.close();
  });

  given(15, `any sequence of calls agrees with a plain list (seed ${testSeed()})`, async (place) => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), length: fc.nat(300) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('read' as const), records: fc.integer({ min: 1, max: 9 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
    );
    const options = { ...OPTIONS, segmentBytes: 700 };
    let log = await place.openLog(options);
    const list: string[] = [];
    let flushed = 0;
    const source = await place.openSource();
    const reader = source.reader(BOOKS, 0);
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        for (const now of steps) {
          if (now.kind === 'append') {
            const text = String.fromCharCode(97 + (list.length % 26)).repeat(now.length);
            assert.equal(put(log, BOOKS, list.length, text), 'ok');
            list.push(text);
          } else if (now.kind === 'read') {
            const batch = await reader.read({ records: now.records });
            const available = Math.min(now.records, flushed - seen);
            assert.ok(batch.count <= available && (batch.count > 0 || available === 0));
            for (let i = 0; i < batch.count; i++) {
              const text = Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i])).toString(
                'latin1',
              );
              assert.equal(text, list[seen + i]);
              assert.equal(batch.tsLocalUs[i], seen + i);
            }
            seen += batch.count;
          } else {
            if (now.kind === 'flush') await log.flush();
            else {
              await log.close();
              log = await place.openLog(options);
            }
            flushed = list.length;
          }
          assert.equal(log.endOffset(BOOKS), list.length);
        }
      }),
      // The log goes on from run to run: a failure is not made smaller by running again.
      { ...propertySettings(60), endOnFailure: true },
    );
    reader.close();
    await source.close();
    await log.close();
  });
}
