/**
 * Benchmark of a recording: book deltas of 20 levels on many instruments, as fast as the log takes them, until all of it is in whole files of
 * the archive. The event is the same object with other times: what is measured is the recording, not the making of events.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Prng } from '#core';
import { silentLog } from '#telemetry';
import { RECORDING_DEFAULTS, Recording } from './recording.ts';
import { syntheticInstruments } from './test/synthetic-feed.ts';

/** What is recorded. */
export interface RecordingBenchSizes {
  readonly events: number;
  readonly instruments: number;
  /** Levels of an event. */
  readonly levels: number;
  /** Events a second that are offered; `null` = as many as the log takes. */
  readonly eventsPerS: number | null;
}

/** Figures of one recording; megabytes are 10^6 bytes. */
export interface RecordingBenchResult {
  readonly events: number;
  readonly rows: number;
  /** While the log took them, waits for the archive included. */
  readonly appendedPerS: number;
  /** Longest time between two turns of the producer's loop. */
  readonly stallMsMax: number;
  readonly waits: number;
  /** What the log held at the end of it; it drops what the archive has. */
  readonly logMb: number;
  /** From the first event until all is compacted and verified. */
  readonly rowsPerS: number;
  readonly parquetMb: number;
  readonly parquetMbPerS: number;
  readonly bytesPerRow: number;
  /** Resident memory of the process at a tenth of the events and at the end, and of its heap and buffers outside of it on the producer's thread. */
  readonly rssMbEarly: number;
  readonly rssMbEnd: number;
  readonly heapMb: number;
  readonly externalMb: number;
}

const TURN_EVENTS = 500;

/** Records and measures. */
export async function benchRecording(sizes: RecordingBenchSizes): Promise<RecordingBenchResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'xylen-bench-'));
  try {
    return await record(dataDir, sizes);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function record(dataDir: string, sizes: RecordingBenchSizes): Promise<RecordingBenchResult> {
  const instruments = syntheticInstruments(sizes.instruments);
  const recording = await Recording.open({
    ...{ dataDir, instruments, settings: RECORDING_DEFAULTS, log: silentLog },
    nowUs: () => Date.now() * 1_000,
  });
  const updates = madeUpdates(sizes.levels);
  const startMs = performance.now();
  const startUs = Date.UTC(2024, 4, 1) * 1_000;
  let [waits, stallMsMax, turnMs, rssMbEarly] = [0, 0, startMs, 0];
  for (let n = 0; n < sizes.events; n++) {
    const update = updates[n % updates.length];
    if (update === undefined) continue;
    update.instrumentIx = n % sizes.instruments;
    update.tsLocalUs = startUs + n * 50;
    update.tsVenueUs = update.tsLocalUs - 2_000;
    update.firstId = 10 * n + 1;
    update.lastId = 10 * n + 10;
    update.previousId = 10 * n;
    update.isSnapshot = n < sizes.instruments;
    while (recording.book(update) === 'wait') {
      waits++;
      await nextTurn();
      turnMs = performance.now();
    }
    if (n % TURN_EVENTS !== 0) continue;
    stallMsMax = Math.max(stallMsMax, performance.now() - turnMs);
    do await nextTurn();
    while (sizes.eventsPerS !== null && (performance.now() - startMs) * sizes.eventsPerS < 1_000 * n);
    turnMs = performance.now();
    if (n === TURN_EVENTS * Math.floor(sizes.events / 10 / TURN_EVENTS))
      rssMbEarly = megabytes(process.memoryUsage.rss());
  }
  await recording.flush();
  const appendedMs = performance.now() - startMs;
  const logBytes = recording.stats().log.bytes;
  await recording.close();
  const totalMs = performance.now() - startMs;
  const { external, heapUsed, rss } = process.memoryUsage();
  const rows = sizes.events * sizes.levels;
  const parquetMb = megabytes(bytesBelow(join(dataDir, 'archive')));
  return {
    ...{ events: sizes.events, rows, waits, stallMsMax, rssMbEarly },
    appendedPerS: (1_000 * sizes.events) / appendedMs,
    logMb: megabytes(logBytes),
    rowsPerS: (1_000 * rows) / totalMs,
    ...{ parquetMb, parquetMbPerS: (1_000 * parquetMb) / totalMs, bytesPerRow: (1e6 * parquetMb) / rows },
    ...{ rssMbEnd: megabytes(rss), heapMb: megabytes(heapUsed), externalMb: megabytes(external) },
  };
}

/** An update as a feed reuses it. */
interface ReusedUpdate {
  instrumentIx: number;
  tsVenueUs: number;
  tsLocalUs: number;
  isSnapshot: boolean;
  firstId: number;
  lastId: number;
  previousId: number;
  readonly checksum: number;
  readonly bids: LevelArrays;
  readonly asks: LevelArrays;
}

interface LevelArrays {
  readonly count: number;
  readonly priceTicks: Float64Array;
  readonly qtyLots: Float64Array;
}

/** A few hundred updates, so that their content repeats seldom. */
function madeUpdates(levels: number): ReusedUpdate[] {
  const prng = new Prng(1);
  const side = (sign: 1 | -1): LevelArrays => {
    const count = levels / 2;
    const middle = 600_000 + Math.floor(prng.uniform() * 1_000);
    return {
      count,
      priceTicks: Float64Array.from({ length: count }, (_, i) => middle + sign * (1 + i * 3)),
      qtyLots: Float64Array.from({ length: count }, () => Math.floor(prng.uniform() * 20_000)),
    };
  };
  const empty = {
    instrumentIx: 0,
    tsVenueUs: 0,
    tsLocalUs: 0,
    isSnapshot: false,
    firstId: 0,
    lastId: 0,
    previousId: 0,
  };
  return Array.from({ length: 509 }, () => ({ ...empty, checksum: -1, bids: side(-1), asks: side(1) }));
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith('.parquet'))
    .reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0);
}

function megabytes(bytes: number): number {
  return bytes / 1e6;
}

if (import.meta.main) {
  const [events = 1_000_000, instruments = 200, levels = 20, eventsPerS = 0] = process.argv
    .slice(2)
    .map(Number);
  const result = await benchRecording({
    events,
    instruments,
    levels,
    eventsPerS: eventsPerS === 0 ? null : eventsPerS,
  });
  console.log(
    JSON.stringify(
      result,
      (_key, value: unknown) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value),
      2,
    ),
  );
}
