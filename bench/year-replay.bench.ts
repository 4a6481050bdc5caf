/**
 * Benchmark: a year of 5m candles through the whole program, as a user runs it: two models (the trend rule, and boosting trained on the months
 * before), the full record, one process tree. Recorded BTCUSDT candles where `../shared` has them, else candles of the synthetic market.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { formatIso, US_PER_DAY, US_PER_MINUTE } from '#core';
import { SYNTHETIC_SYMBOLS, syntheticMarket, takeCandles } from '#sim';
import { ModelRegistry } from '#training';
import { trainingSettings } from '../src/app/commands/train/training-wish.ts';
import type { XylenConfig } from '../src/app/config/schema.ts';
import { PROGRAM_ROOT } from '../src/app/host/program.ts';
import { trainInWorker } from '../src/app/workers/train-in-worker.ts';
import { writeCandles } from '../test/support/candle-files.ts';
import { runWatched } from './process-memory.bench.ts';

/** What the run came to. */
export interface YearReplayFigures {
  readonly seconds: number;
  readonly rssMbMax: number | null;
  readonly events: number;
  readonly predictions: number;
  readonly decisions: number;
  readonly runHash: string;
  /** Which candles, for the note. */
  readonly data: string;
}

/** Candles, and the moment between training and trading. */
interface YearData {
  readonly paths: readonly string[];
  readonly label: string;
  readonly splitUs: number;
  readonly endUs: number;
}

const MODEL = 'gbm';
const SYMBOL = 'BTCUSDT';
const VENUE = 'binance-usdm';
const BAR_US = 5 * US_PER_MINUTE;
const SPLIT_US = Date.UTC(2023, 4, 10) * 1_000;
const TRAIN_DAYS = 120;

/** Trains on the time before, then replays `days` (a year = 366 days from May 2023 on) in a process of its own. */
export async function benchYearReplay(
  config: XylenConfig,
  sizes: { readonly days: number },
): Promise<YearReplayFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'xylen-bench-'));
  try {
    const data = recordedYears(sizes.days) ?? syntheticYears(folder, sizes.days);
    await trainAndPromote(config, data, folder);
    return await replay(data, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function recordedYears(days: number): YearData | null {
  const shared = resolve(PROGRAM_ROOT, '../shared/data/binance-usdm');
  const paths = ['candles-5m/BTCUSDT_5m_2023-2024.csv.gz', 'funding/BTCUSDT_funding_2022-2025H1.csv.gz'].map(
    (path) => join(shared, path),
  );
  if (!paths.every((path) => existsSync(path))) return null;
  return { paths, label: 'recorded BTCUSDT', splitUs: SPLIT_US, endUs: SPLIT_US + days * US_PER_DAY };
}

/** Writes candles of the synthetic market as a file that `xylen import` reads. */
function syntheticYears(folder: string, days: number): YearData {
  const startUs = SPLIT_US - TRAIN_DAYS * US_PER_DAY;
  const symbol = SYNTHETIC_SYMBOLS.find((one) => one.symbol === SYMBOL) ?? SYNTHETIC_SYMBOLS[0];
  if (symbol === undefined) throw new RangeError('the synthetic market has symbols');
  const options = { symbols: [symbol], startUs, endUs: null, barUs: BAR_US, seed: 7, feedLatencyUs: 0 };
  const rowCount = ((TRAIN_DAYS + days) * US_PER_DAY) / BAR_US;
  const [columns] = takeCandles(syntheticMarket(options), 1, rowCount);
  if (columns === undefined) throw new RangeError('a market of one symbol has one table');
  const path = writeCandles(folder, columns, symbol);
  return { paths: [path], label: 'SYNTHETIC', splitUs: SPLIT_US, endUs: SPLIT_US + days * US_PER_DAY };
}

/** The load needs a model that answers, whether or not it would pass the gate: it is made to serve by hand, in this folder alone. */
async function trainAndPromote(config: XylenConfig, data: YearData, folder: string): Promise<void> {
  const { manifest } = await trainInWorker(
    {
      ...trainingSettings(config, VENUE, MODEL, config.learning.seed),
      dataDir: folder,
      source: { kind: 'files', paths: data.paths },
      venue: VENUE,
      symbols: [SYMBOL],
      fromUs: null,
      toUs: data.splitUs,
      specs: [],
      nowUs: 0,
      commit: '',
    },
    { progress: { update: () => undefined }, signal: new AbortController().signal },
  );
  new ModelRegistry(folder, 'bench').promote(MODEL, manifest.version, 0);
}

async function replay(
  { endUs, label, paths, splitUs }: YearData,
  folder: string,
): Promise<YearReplayFigures> {
  const args = [
    ...['paper', '--replay', ...paths, '--venue', VENUE, '--symbol', SYMBOL],
    ...['--from', formatIso(splitUs), '--to', formatIso(endUs), '--speed', 'max', '--seed', '7'],
    ...['--json', '--data-dir', folder],
  ];
  const { XYLEN_DATA_DIR: _dataDir, ...environment } = process.env;
  const { rssMbMax, seconds, stdout } = await runWatched(join(PROGRAM_ROOT, 'bin/xylen'), args, environment);
  const summary = JSON.parse(stdout) as Pick<
    YearReplayFigures,
    'events' | 'predictions' | 'decisions' | 'runHash'
  >;
  const { decisions, events, predictions, runHash } = summary;
  if (predictions < 2 * decisions || decisions === 0) {
    throw new Error(`expected two answers a decision, found ${predictions} for ${decisions} decisions`);
  }
  return { seconds, rssMbMax, events, predictions, decisions, runHash, data: label };
}
