import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LOG_OPTIONS_DEFAULT, type LogOptions } from '#bus';
import { EmbeddedLog, EmbeddedSource } from '#bus/embedded';
import { MemoryLog, MemorySource, MemoryStorage } from '#bus/memory';
import { Prng, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { FeedEvent } from '#domain';
import {
  archivedPartitions,
  archiveTables,
  contentHashOf,
  importDataSets,
  RecordedArchive,
} from '#store/parquet';
import { silentLog } from '#telemetry';
import { testSeed } from '../../../test/support/property.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { syntheticEvent, syntheticInstruments } from '../../app/recording/test/synthetic-feed.ts';
import { ArchiveWriter, type ArchiveWriterOptions } from './archive-writer.ts';
import { EventEncoder } from './event-encoder.ts';
import { type RecordedInstrument, TOPIC_OF_KIND } from './record-form.ts';
import { archivedRows, expectedRows } from './test/recorded-rows.ts';

const START_US = Date.UTC(2024, 4, 1, 12, 50) * 1_000;
const LOG: LogOptions = { ...LOG_OPTIONS_DEFAULT, flushIntervalMs: null };
const BOOK_OF_S2 = { venue: 'binance-usdm', symbol: 'S2USDT', kind: 'book', timeframeUs: null } as const;
const NEVER = { partIntervalUs: 365 * US_PER_DAY, graceUs: US_PER_MINUTE };

/** A log in memory, an archive on the disk, a clock that is set, and a producer. */
class Workplace {
  readonly dataDir: string;
  readonly instruments: readonly RecordedInstrument[];
  readonly encoder: EventEncoder;
  nowUs = START_US;
  storage = new MemoryStorage('0123456789abcdef');
  log = new MemoryLog(this.storage, LOG);
  readonly sent: FeedEvent[] = [];

  constructor(context: TestContext, instruments: readonly RecordedInstrument[] = syntheticInstruments(4)) {
    this.dataDir = tempDir(context);
    this.instruments = instruments;
    this.encoder = new EventEncoder(instruments);
  }

  send(...events: readonly FeedEvent[]): void {
    for (const event of events) {
      this.encoder.event(event);
      const { bytes, length } = this.encoder;
      assert.equal(this.log.append(TOPIC_OF_KIND[event.kind], event.tsLocalUs, bytes, 0, length), 'ok');
      this.sent.push(event);
    }
  }

  async sendSynthetic(count: number, stepUs: number): Promise<void> {
    const first = this.sent.length;
    for (let i = 0; i < count; i++)
      this.send(syntheticEvent(first + i, this.instruments.length, { startUs: START_US, stepUs }));
    await this.log.flush();
  }

  open(
    options: Partial<ArchiveWriterOptions> = {},
    archive = new RecordedArchive(this.dataDir),
  ): Promise<ArchiveWriter> {
    return ArchiveWriter.open(
      {
        source: new MemorySource(this.storage),
        archive,
        log: silentLog,
        nowUs: () => this.nowUs,
        onDamage: () => assert.fail('memory is not damaged'),
      },
      { ...NEVER, ...options },
    );
  }

  /** Holds what the archive has against what was sent. */
  async assertAll(message: string): Promise<void> {
    const found = await archivedRows(this.dataDir);
    const expected = expectedRows(this.sent, this.instruments);
    assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort(), message);
    for (const [key, rows] of expected) assert.deepEqual(found.get(key), rows, `${message}: ${key}`);
  }

  files(...folder: readonly string[]): string[] {
    return readdirSync(join(this.dataDir, 'archive', ...folder)).sort();
  }
}

async function stepAll(writer: ArchiveWriter): Promise<void> {
  while ((await writer.step()) > 0);
}

test('every event of every kind is in the archive as it came, parts and whole files as one table', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open({ partsMax: 1_000 });
  for (let round = 0; round < 6; round++) {
    // Six rounds of some 2 minutes cross an hour.
    await place.sendSynthetic(400, 310_000);
    await stepAll(writer);
    await writer.flush();
    await place.assertAll(`round ${round}`);
  }
  assert.equal(
    place.files('binance-usdm', 'S0USDT', 'book').length,
    7,
    'a part a round, and one for the new hour',
  );
  await writer.stop();
  await place.assertAll('stopped');
  assert.deepEqual(place.files('binance-usdm', 'S0USDT', 'book'), [
    '2024-05-01T12.parquet',
    '2024-05-01T13.parquet',
  ]);
  assert.equal(
    (await new MemorySource(place.storage).committed('archive'))['crypto-trades'],
    writer.stats().records - (await booksOf(place)),
  );
});

async function booksOf(place: Workplace): Promise<number> {
  return (await new MemorySource(place.storage).committed('archive'))['crypto-orderbooks'] ?? Number.NaN;
}

test('an hour that is over is compacted, read back and its parts go; the present one stays in parts', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open();
  for (let round = 0; round < 5; round++) {
    await place.sendSynthetic(400, 600_000);
    await stepAll(writer);
    await writer.flush();
  }
  while (await writer.compactNext());
  const names = place.files('kraken-spot', 'S1USDT', 'book');
  assert.equal(names[0], '2024-05-01T12.parquet');
  assert.ok(
    names.slice(1).every((name) => name.startsWith('2024-05-01T13.part-')),
    names.join(),
  );
  await place.assertAll('half compacted');
  await writer.stop();
});

test('many small parts are merged into larger ones while more come', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open({ partsMax: 6 });
  for (let round = 0; round < 20; round++) {
    await place.sendSynthetic(80, 10_000);
    await stepAll(writer);
    await writer.flush();
    while (await writer.compactNext());
    assert.ok(place.files('binance-usdm', 'S2USDT', 'book').length <= 20);
  }
  await place.assertAll('merged');
  writer.abort();
  const again = await place.open();
  await stepAll(again);
  assert.equal(again.stats().records - again.stats().passedOver, 0, 'nothing is left to do');
  await again.stop();
  await place.assertAll('compacted');
});

test('a part that is large enough is left alone until its partition is over', async (context) => {
  const place = new Workplace(context);
  const largeRows = 1_000;
  const writer = await place.open({ partsMax: 4 }, new RecordedArchive(place.dataDir, { largeRows }));
  const folder = ['binance-usdm', 'S2USDT', 'book'];
  const kept = new Set<string>();
  for (let round = 0; round < 30; round++) {
    await place.sendSynthetic(400, 1_000);
    await stepAll(writer);
    await writer.flush();
    while (await writer.compactNext());
    const names = place.files(...folder);
    for (const name of kept) assert.ok(names.includes(name), `${name} was merged again`);
    for (const { path, meta } of await archivedPartitions(place.dataDir, BOOK_OF_S2))
      if (meta.rowCount >= largeRows) kept.add(basename(path));
  }
  assert.ok(kept.size >= 2 && kept.size <= 8, `${kept.size} large parts`);
  await place.assertAll('merged');
  await writer.stop();
  assert.deepEqual(place.files(...folder), ['2024-05-01T12.parquet']);
  await place.assertAll('compacted');
});

test('what comes while an hour is compacted is read meanwhile, late rows of that hour too', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open({ bufferBytesMax: 20_000 });
  await place.sendSynthetic(1_500, 600_000);
  await stepAll(writer);
  await writer.flush();
  const before = writer.stats();
  place.send(...Array.from({ length: 3_000 }, (_, i) => trade(START_US + i, 1_000_000 + i)));
  await place.sendSynthetic(500, 600_000);
  // A day of trades is over only when somebody says so, an hour of the books is over now.
  assert.equal(await writer.compactNext(), true);
  const { compactions, parts, records } = writer.stats();
  assert.equal(records - before.records, 3_500, 'all was read');
  assert.ok(compactions > 0 && parts > before.parts, 'and became parts');
  await writer.flush();
  await place.assertAll('beside what was compacted');
  while (await writer.compactNext());
  await writer.stop();
  await place.assertAll('stopped');
  for (const name of place.files('binance-usdm', 'S0USDT', 'book')) assert.doesNotMatch(name, /part/);
});

test('a compaction that is given up leaves the parts as they were', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open();
  await place.sendSynthetic(1_500, 3_000_000);
  await stepAll(writer);
  await writer.flush();
  const folder = ['binance-usdm', 'S0USDT', 'book'];
  const before = place.files(...folder);
  assert.equal(await writer.compactNext(AbortSignal.abort()), true);
  assert.equal(writer.stats().compactions, 0);
  assert.deepEqual(place.files(...folder), before);
  await place.assertAll('given up');
  writer.abort();
  const again = await place.open();
  place.nowUs += 3 * US_PER_HOUR;
  await stepAll(again);
  while (await again.compactNext());
  assert.ok(again.stats().compactions > 0);
  await place.assertAll('done anew');
  await again.stop();
});

test('records beyond the memory bound become parts at once, the largest data sets first', async (context) => {
  const place = new Workplace(context, syntheticInstruments(8));
  const writer = await place.open({ bufferBytesMax: 400_000, setBytesMax: 60_000 });
  let most = 0;
  for (let round = 0; round < 10; round++) {
    await place.sendSynthetic(2_000, 1_000);
    await stepAll(writer);
    most = Math.max(most, writer.stats().bufferedBytes);
  }
  assert.ok(most <= 450_000, `at most ${most} bytes waited`);
  assert.ok(writer.stats().parts > 20);
  await writer.stop();
  await place.assertAll('bounded');
});

for (let round = 0; round < 8; round++) {
  const seed = testSeed() + round;
  test(`whatever a crash interrupts, every record is in the archive exactly once (seed ${seed})`, async (context) => {
    const prng = new Prng(seed);
    const place = new Workplace(context);
    let writer = await place.open({ partsMax: 5, bufferBytesMax: 60_000 });
    for (let action = 0; action < 60; action++) {
      const dice = prng.uniform();
      if (dice < 0.4) await place.sendSynthetic(1 + Math.floor(prng.uniform() * 300), 400_000);
      else if (dice < 0.7) await writer.step();
      else if (dice < 0.8) await writer.flush();
      else if (dice < 0.9) await writer.compactNext();
      else {
        writer.abort();
        writer = await place.open({ partsMax: 5, bufferBytesMax: 60_000 });
      }
      place.nowUs += Math.floor(prng.uniform() * 5 * US_PER_MINUTE);
    }
    await writer.stop();
    await place.assertAll('all');
    for (const table of await archiveTables(place.dataDir)) assert.ok(table.recordCount > 0);
  });
}

test('a crash between a part and what is said of it doubles nothing', async (context) => {
  const place = new Workplace(context);
  await place.sendSynthetic(600, 100_000);
  const writer = await place.open();
  await stepAll(writer);
  await writer.flush();
  writer.abort();
  // The parts are there, what was saved of them is lost, and half of the parts are too.
  rmSync(join(place.dataDir, 'archive', '.recording-state.json'));
  const book = join(place.dataDir, 'archive', 'binance-usdm', 'S0USDT', 'book');
  for (const name of readdirSync(book)) rmSync(join(book, name));
  const again = await place.open();
  await stepAll(again);
  const { parts, passedOver, records } = again.stats();
  assert.ok(
    parts === 0 && passedOver > 0 && passedOver < records,
    'what parts hold is passed over, the rest waits',
  );
  await again.stop();
  await place.assertAll('again');
});

test('a log made anew counts from 0, and the archive takes all of it', async (context) => {
  const place = new Workplace(context);
  await place.sendSynthetic(200, 100_000);
  await (await place.open()).stop();
  await place.log.close();
  place.storage = new MemoryStorage('ffffffffffffffff');
  place.log = new MemoryLog(place.storage, LOG);
  await place.sendSynthetic(200, 100_000);
  const writer = await place.open();
  await stepAll(writer);
  assert.equal(writer.stats().passedOver, 0);
  await writer.stop();
  await place.assertAll('both logs');
});

const BASE = { instrumentIx: 0, tsVenueUs: START_US } as const;

function trade(tsLocalUs: number, tradeId: number): FeedEvent {
  return { kind: 'trade', ...BASE, tsLocalUs, tradeId, priceTicks: 1_000, qtyLots: 5, takerSide: 'buy' };
}

test('rows that come late, or out of order, take their place in time', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open();
  const yesterday = START_US - US_PER_DAY;
  place.send(trade(yesterday, 1), trade(START_US, 2));
  await place.log.flush();
  await stepAll(writer);
  await writer.flush();
  while (await writer.compactNext());
  assert.deepEqual(place.files('binance-usdm', 'S0USDT', 'trades'), [
    '2024-04-30.parquet',
    place.files('binance-usdm', 'S0USDT', 'trades')[1],
  ]);
  // A clock that went back: rows of a day that is compacted already, and rows before the last.
  place.send(
    trade(yesterday + 500, 3),
    trade(yesterday - 500, 4),
    trade(START_US + 10, 5),
    trade(START_US + 5, 6),
  );
  await place.log.flush();
  await stepAll(writer);
  await writer.flush();
  await place.assertAll('late parts');
  while (await writer.compactNext());
  await writer.stop();
  await place.assertAll('late rows compacted');
});

test('a candle or a settlement that comes again counts as it came last', async (context) => {
  const place = new Workplace(context);
  const candle = (openTsUs: number, closeTicks: number, tsLocalUs: number): FeedEvent => {
    const prices = { openTicks: 10, highTicks: 20, lowTicks: 5, closeTicks, volumeLots: 1 };
    return { kind: 'candle', ...BASE, tsLocalUs, timeframeUs: US_PER_MINUTE, openTsUs, ...prices };
  };
  const funding = (tsVenueUs: number, rateE12: number, tsLocalUs: number): FeedEvent => ({
    kind: 'funding',
    ...BASE,
    tsVenueUs,
    tsLocalUs,
    rateE12,
  });
  const openUs = Math.floor(START_US / US_PER_MINUTE) * US_PER_MINUTE;
  const writer = await place.open();
  place.send(
    candle(openUs, 11, START_US + 1),
    candle(openUs, 12, START_US + 2),
    candle(openUs + US_PER_MINUTE, 13, START_US + 3),
  );
  place.send(funding(openUs, 7, START_US + 4), funding(openUs, 8, START_US + 5));
  await place.log.flush();
  await stepAll(writer);
  await writer.flush();
  await place.assertAll('in one part');
  place.send(candle(openUs, 14, START_US + 6), funding(openUs, 9, START_US + 7));
  await place.log.flush();
  await stepAll(writer);
  await writer.flush();
  await place.assertAll('in two parts');
  await writer.stop();
  await place.assertAll('compacted');
});

test('an instrument whose scale changes keeps every number; readers see one scale', async (context) => {
  const place = new Workplace(context, [
    { venue: 'binance-usdm', symbol: 'S0USDT', priceDecimals: 1, qtyDecimals: 2, tradeIds: 'single' },
  ]);
  const writer = await place.open();
  place.send(trade(START_US, 1));
  const finer = new EventEncoder([
    { venue: 'binance-usdm', symbol: 'S0USDT', priceDecimals: 3, qtyDecimals: 2, tradeIds: 'single' },
  ]);
  finer.event({ ...trade(START_US + 1, 2), priceTicks: 100_001 } as FeedEvent);
  place.log.append('crypto-trades', START_US + 1, finer.bytes, 0, finer.length);
  await place.log.flush();
  await stepAll(writer);
  await writer.flush();
  const wanted = [`${START_US} ${START_US} 1 100000 5 1`, `${START_US + 1} ${START_US} 2 100001 5 1`];
  assert.deepEqual((await archivedRows(place.dataDir)).get('binance-usdm|S0USDT|trades|'), wanted);
  await writer.stop();
  assert.deepEqual((await archivedRows(place.dataDir)).get('binance-usdm|S0USDT|trades|'), wanted);
});

test('a reader keeps the view it opened while parts are compacted under it', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open();
  await place.sendSynthetic(400, 100_000);
  await stepAll(writer);
  await writer.flush();
  const before = await archivedRows(place.dataDir);
  const tables = await archiveTables(place.dataDir);
  await place.sendSynthetic(400, 100_000);
  await writer.stop();
  for (const table of tables) {
    let rows = 0;
    for await (const chunk of table.read(0, Number.MAX_SAFE_INTEGER)) rows += chunk.rowCount;
    const { kind, symbol, timeframeUs, venue } = table.id;
    assert.equal(
      rows,
      before.get(`${venue}|${symbol}|${kind}|${timeframeUs ?? ''}`)?.length,
      `${symbol} ${kind}`,
    );
  }
});

test('what is written is verified: a part that was damaged meanwhile is named, and nothing is taken away', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open();
  await place.sendSynthetic(400, 100_000);
  await stepAll(writer);
  await writer.flush();
  const folder = join(place.dataDir, 'archive', 'binance-usdm', 'S0USDT', 'book');
  const [name = ''] = readdirSync(folder);
  const bytes = readFileSync(join(folder, name));
  bytes[200]! ^= 1;
  writeFileSync(join(folder, name), bytes);
  await assert.rejects(writer.stop(), { code: 'XY_FILE_DAMAGED' });
  assert.deepEqual(readdirSync(folder), [name]);
});

test('imports go on beside a recording of the same data set: agreeing rows merge, others are refused', async (context) => {
  const place = new Workplace(context);
  const writer = await place.open();
  place.send(...Array.from({ length: 50 }, (_, i) => trade(START_US + i * US_PER_SECOND, 100 + i)));
  await place.log.flush();
  await stepAll(writer);
  await writer.flush();
  const set = (firstId: number, fromUs: number, count: number) => ({
    id: { venue: 'binance-usdm', symbol: 'S0USDT', kind: 'trades', timeframeUs: null } as const,
    sources: [
      {
        label: 'a file',
        priceDecimals: 1,
        qtyDecimals: 0,
        tradeIds: 'aggregate' as const,
        recordCount: count,
        firstTsUs: fromUs,
        lastTsUs: fromUs + (count - 1) * US_PER_SECOND,
        async *open() {
          const columns = Array.from({ length: 6 }, () => new Float64Array(count));
          for (let i = 0; i < count; i++) {
            const values = [fromUs + i * US_PER_SECOND, START_US, firstId + i, 1_000, 5, 1];
            for (const [ix, value] of values.entries()) columns[ix]![i] = value;
          }
          yield { kind: 'trades' as const, rowCount: count, priceDecimals: 1, qtyDecimals: 0, columns };
        },
      },
    ],
  });
  const options = { replace: false, dryRun: false };
  // Twenty trades before the recording, ten that it has too.
  const [outcome] = await importDataSets(
    place.dataDir,
    [set(80, START_US - 20 * US_PER_SECOND, 30)],
    options,
  );
  assert.deepEqual([outcome?.recordsNew, outcome?.recordsKnown, outcome?.recordCount], [20, 10, 70]);
  assert.deepEqual(place.files('binance-usdm', 'S0USDT', 'trades'), ['2024-05-01.parquet']);
  await assert.rejects(importDataSets(place.dataDir, [set(60, START_US + 7, 5)], options), {
    code: 'XY_IMPORT_CONFLICT',
  });
  place.send(...Array.from({ length: 20 }, (_, i) => trade(START_US + (50 + i) * US_PER_SECOND, 150 + i)));
  await place.log.flush();
  await stepAll(writer);
  await writer.stop();
  const rows = (await archivedRows(place.dataDir)).get('binance-usdm|S0USDT|trades|') ?? [];
  assert.deepEqual(
    rows.map((row) => Number(row.split(' ')[2])),
    Array.from({ length: 90 }, (_, i) => 80 + i),
  );
});

test('damage in the log costs the records it is in, is told, and the rest goes on', async (context) => {
  const dataDir = tempDir(context);
  const dir = join(dataDir, 'bus');
  const instruments = syntheticInstruments(1);
  const encoder = new EventEncoder(instruments);
  const log = await EmbeddedLog.open(dir, LOG);
  const events = Array.from({ length: 200 }, (_, i) => trade(START_US + i * 1_000, i));
  for (const event of events) {
    encoder.event(event);
    log.append('crypto-trades', event.tsLocalUs, encoder.bytes, 0, encoder.length);
  }
  await log.close();
  const path = join(dir, 'crypto-trades', readdirSync(join(dir, 'crypto-trades'))[0] ?? '');
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
  const told: number[][] = [];
  const source = await EmbeddedSource.open(dir);
  const writer = await ArchiveWriter.open({
    source,
    archive: new RecordedArchive(dataDir),
    log: silentLog,
    nowUs: () => START_US,
    onDamage: (_topic, lost, fromUs, toUs) => told.push([lost.fromOffset, lost.toOffset, fromUs, toUs]),
  });
  await stepAll(writer);
  await writer.stop();
  await source.close();
  const [[from = 0, to = 0, fromUs, toUs] = []] = told;
  assert.equal(to - from, 1);
  assert.deepEqual([fromUs, toUs], [START_US + (from - 1) * 1_000, START_US + to * 1_000]);
  const expected = expectedRows(
    events.filter((_, i) => i !== from),
    instruments,
  );
  assert.deepEqual(await archivedRows(dataDir), expected);
});

test('whole files of an archive hold the hash of their rows', async (context) => {
  const place = new Workplace(context);
  await place.sendSynthetic(500, US_PER_HOUR / 100);
  await (await place.open()).stop();
  let count = 0;
  for (const name of place.files('binance-usdm', 'S0USDT', 'book')) {
    assert.match(
      await contentHashOf(join(place.dataDir, 'archive', 'binance-usdm', 'S0USDT', 'book', name)),
      /^[0-9a-f]{64}$/,
    );
    count++;
  }
  assert.ok(count >= 5);
});
