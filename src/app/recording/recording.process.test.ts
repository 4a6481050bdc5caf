import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Prng, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { FeedEvent, LedgerEntry } from '#domain';
import { readLosses } from '#store/history';
import { ArchiveHistory, archiveTables, contentHashOf } from '#store/parquet';
import { silentLog } from '#telemetry';
import { testSeed } from '../../../test/support/property.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { archivedRows, expectedRows } from '../../store/recording/test/recorded-rows.ts';
import { RECORDING_DEFAULTS, Recording, type RecordingSettings } from './recording.ts';
import { CRASH_INSTRUMENTS, crashTimes } from './test/record-child.ts';
import { syntheticEvent, syntheticInstruments } from './test/synthetic-feed.ts';

const INSTRUMENTS = syntheticInstruments(2);
const START_US = Date.UTC(2024, 4, 1, 12) * 1_000;

function open(dataDir: string, settings: Partial<RecordingSettings> = {}): Promise<Recording> {
  return Recording.open({
    dataDir,
    instruments: INSTRUMENTS,
    settings: { ...RECORDING_DEFAULTS, flushIntervalUs: 20_000, ...settings },
    log: silentLog,
    nowUs: () => Date.now() * 1_000,
  });
}

async function losses(dataDir: string): Promise<LedgerEntry[]> {
  const all: LedgerEntry[] = [];
  for (const table of await archiveTables(dataDir))
    if (table.id.kind === 'ledger') all.push(...(await readLosses(table, {})));
  return all;
}

test('a recording ends in the archive, with the figures of its hours', async (context) => {
  const dataDir = tempDir(context);
  const recording = await open(dataDir);
  const times = { startUs: START_US, stepUs: 300_000 };
  const events = Array.from({ length: 2_000 }, (_, n) => syntheticEvent(n, INSTRUMENTS.length, times));
  for (const event of events) assert.equal(recording.event(event), 'ok');
  recording.raw('binance-usdm', 'public-0', Buffer.from('{"e":1}'), START_US + US_PER_HOUR);
  const loss: LedgerEntry = {
    ...{ venue: 'binance-usdm', symbol: 'S0USDT', stream: 'book', cause: 'sequence-gap' },
    ...{
      fromUs: START_US + 10 * US_PER_SECOND,
      toUs: START_US + 46 * US_PER_SECOND,
      lostFromId: 5,
      lostToId: 7,
    },
    detail: 'expected 5, found 8',
  };
  assert.equal(recording.ledger(loss), 'ok');
  recording.clockOffset('binance-usdm', -1_234);
  await recording.close();
  assert.equal(recording.stats().archiveFault, null);

  const found = await archivedRows(dataDir);
  for (const [key, rows] of expectedRows(events, INSTRUMENTS)) assert.deepEqual(found.get(key), rows, key);
  assert.deepEqual(found.get('binance-usdm|_venue|raw|'), [`${START_US + US_PER_HOUR} public-0 {"e":1}`]);
  assert.deepEqual(await losses(dataDir), [loss]);

  const history = await ArchiveHistory.open(dataDir);
  const hours = await history.hoursOf({ venue: 'binance-usdm', symbol: 'S0USDT' });
  const book = hours.find(({ stream }) => stream === 'book');
  const sent = events.filter(({ instrumentIx, kind }) => instrumentIx === 0 && kind === 'book');
  assert.deepEqual(
    { ...book, lagP50Us: 0, lagP99Us: 0 },
    {
      ...{ venue: 'binance-usdm', symbol: 'S0USDT', stream: 'book', hourUs: START_US, messages: sent.length },
      ...{ gaps: 1, resyncs: 0, checksumFailures: 0, staleUs: 36 * US_PER_SECOND, lagP50Us: 0, lagP99Us: 0 },
      ...{ clockOffsetUs: -1_234, downUs: 0 },
    },
  );
  assert.ok(
    book !== undefined && book.lagP50Us >= 1_000 && book.lagP99Us >= book.lagP50Us && book.lagP99Us < 10_000,
  );
  await history.close();
});

test('a recorder that starts again says what it missed of each stream, exactly', async (context) => {
  const dataDir = tempDir(context);
  const trade = (tsLocalUs: number, instrumentIx: number): FeedEvent => ({
    ...{
      kind: 'trade',
      instrumentIx,
      tsLocalUs,
      tsVenueUs: tsLocalUs,
      tradeId: 1,
      priceTicks: 5,
      qtyLots: 5,
    },
    takerSide: 'buy',
  });
  const book = (tsLocalUs: number, isSnapshot: boolean): FeedEvent => {
    const ids = { firstUpdateId: 1, lastUpdateId: 1, previousUpdateId: -1 };
    const levels = { bids: Float64Array.of(5, 5), asks: Float64Array.of(6, 5) };
    return { kind: 'book', instrumentIx: 0, tsLocalUs, tsVenueUs: tsLocalUs, isSnapshot, ...ids, ...levels };
  };
  const at = (minutes: number): number => START_US + minutes * US_PER_MINUTE;
  const first = await open(dataDir);
  assert.equal(first.lastLocalUs, 0);
  for (const event of [book(at(0), true), trade(at(1), 0), trade(at(2), 1), book(at(5), false)])
    first.event(event);
  first.cover(0, 'trades', at(4));
  first.cover(1, 'liquidations', at(4));
  await first.close();

  const second = await open(dataDir);
  assert.equal(second.lastLocalUs, at(5));
  // The first delta is no snapshot: the book is not right before one has come.
  second.event(book(at(10), false));
  second.event(trade(at(11), 0));
  second.event(book(at(12), true));
  second.event(book(at(13), false));
  second.cover(1, 'liquidations', at(14));
  await second.close();

  const third = await open(dataDir);
  for (const event of [trade(at(20), 0), trade(at(21), 1)]) third.event(event);
  await third.close();

  const missed = (await losses(dataDir)).map(({ cause, fromUs, stream, symbol, toUs }) => {
    assert.equal(cause, 'recorder-down');
    return [symbol, stream, (fromUs - START_US) / US_PER_MINUTE, (toUs - START_US) / US_PER_MINUTE].join(' ');
  });
  assert.deepEqual(missed.sort(), [
    'S0USDT book 5 12',
    'S0USDT trades 11 20',
    'S0USDT trades 4 11',
    'S1USDT liquidations 4 14',
    'S1USDT trades 2 21',
  ]);
  const history = await ArchiveHistory.open(dataDir);
  const [hour] = await history.hoursOf({ venue: 'kraken-spot', symbol: 'S1USDT' });
  assert.deepEqual([hour?.stream, hour?.downUs], ['trades', 19 * US_PER_MINUTE]);
  await history.close();
});

test('a log at its bound makes the producer wait, and everything arrives once', async (context) => {
  const dataDir = tempDir(context);
  const recording = await open(dataDir, { logBytesMax: 1_000_000, archive: { partIntervalUs: 10_000 } });
  const times = { startUs: START_US, stepUs: 1_000 };
  const events: FeedEvent[] = [];
  let waits = 0;
  for (let n = 0; n < 12_000; n++) {
    const event = syntheticEvent(n, INSTRUMENTS.length, times);
    while (recording.event(event) === 'wait') {
      waits++;
      await nextTurn();
    }
    events.push(event);
    assert.ok(recording.stats().log.bytes <= 1_000_000);
  }
  await recording.close();
  assert.ok(waits > 0, 'the bound was met');
  const found = await archivedRows(dataDir);
  for (const [key, rows] of expectedRows(events, INSTRUMENTS)) assert.deepEqual(found.get(key), rows, key);
});

const KILLS = 12;
const CHILD = join(import.meta.dirname, 'test/record-child.ts');

/** Lets a recorder work until it has reported some flushes, kills it, and returns how many events it said were durable. */
async function recordAndKill(dataDir: string, session: number, reports: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', CHILD, dataDir, String(session)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
    if (text.split('\n').length > reports) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1));
}

/** Events of a session at most, for the comparison. */
const EVENTS_MAX = 120_000;

test(`a recorder killed ${KILLS} times loses nothing it reported and doubles nothing (seed ${testSeed()})`, async (context) => {
  const dataDir = tempDir(context);
  const prng = new Prng(testSeed());
  const durable: number[] = [];
  for (let session = 0; session < KILLS; session++)
    durable.push(await recordAndKill(dataDir, session, 1 + Math.floor(prng.uniform() * 25)));
  await (
    await Recording.open({
      dataDir,
      instruments: CRASH_INSTRUMENTS,
      // However slow the machine is: everything is to be compacted in the end.
      settings: { ...RECORDING_DEFAULTS, archive: { stopBudgetUs: 600 * US_PER_SECOND } },
      log: silentLog,
      nowUs: () => Date.now() * 1_000,
    })
  ).close();

  const found = await archivedRows(dataDir);
  for (const [session, count] of durable.entries()) {
    const times = crashTimes(session);
    const until = Math.min(EVENTS_MAX, count + 20_000);
    const rows = (n: number): Map<string, string[]> => {
      const events = Array.from({ length: n }, (_, i) => syntheticEvent(i, CRASH_INSTRUMENTS.length, times));
      return expectedRows(events, CRASH_INSTRUMENTS);
    };
    const [least, most] = [rows(count), rows(until)];
    const nextUs = crashTimes(session + 1).startUs - US_PER_HOUR;
    for (const [key, sent] of least) {
      const own = (found.get(key) ?? []).filter((row) => {
        const tsUs = Number(row.slice(0, row.indexOf(' ')));
        return tsUs >= times.startUs - US_PER_HOUR && tsUs < nextUs;
      });
      assert.ok(own.length >= sent.length, `session ${session} ${key}: ${own.length} rows of ${sent.length}`);
      assert.deepEqual(own, most.get(key)?.slice(0, own.length), `session ${session} ${key}`);
    }
  }
  const streams = (await losses(dataDir)).map(({ cause, stream, symbol }) => `${cause} ${symbol} ${stream}`);
  for (const { symbol } of CRASH_INSTRUMENTS)
    assert.equal(streams.filter((text) => text === `recorder-down ${symbol} book`).length, KILLS - 1, symbol);
  await verifyAll(join(dataDir, 'archive'));
});

/** Events of the recording that is read while it grows. */
const READ_EVENTS = 12_000;

test('whoever reads while another process records sees what was recorded so far, whole and in order', async (context) => {
  const dataDir = tempDir(context);
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', CHILD, dataDir, '0', '40', String(READ_EVENTS)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  child.stdout.resume();
  const times = crashTimes(0);
  const made = Array.from({ length: READ_EVENTS }, (_, i) =>
    syntheticEvent(i, CRASH_INSTRUMENTS.length, times),
  );
  const expected = expectedRows(made, CRASH_INSTRUMENTS);
  const total = [...expected.values()].reduce((sum, rows) => sum + rows.length, 0);
  let most = 0;
  try {
    // Looks at a recording that grows, is merged and is cut into hours meanwhile, until all of it is there.
    for (let look = 0; most < total; look++) {
      assert.equal(child.exitCode, null, 'the recorder is alive');
      let count = 0;
      for (const [key, rows] of await archivedRows(dataDir)) {
        if (key.includes('ledger') || key.includes('feed-hours')) continue;
        assert.deepEqual(rows, expected.get(key)?.slice(0, rows.length), `look ${look}: ${key}`);
        count += rows.length;
      }
      assert.ok(count >= most, 'what was seen stays');
      most = count;
      await nextTurn();
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

async function verifyAll(folder: string): Promise<void> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.name.endsWith('.parquet')) continue;
    assert.doesNotMatch(entry.name, /part/, 'all parts are compacted');
    assert.match(await contentHashOf(join(entry.parentPath, entry.name)), /^[0-9a-f]{64}$/);
  }
}
