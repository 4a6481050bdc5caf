/** A small configuration, an invented market and a command's context, for the tests of training and of the models' pool. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Prng, US_PER_DAY, US_PER_MINUTE } from '#core';
import { SYNTHETIC_SYMBOLS } from '#sim';
import { type Progress, silentLog, silentProgress } from '#telemetry';
import type { CommandContext } from '../cli/command.ts';
import { trainingSettings } from '../commands/train/training-wish.ts';
import { loadConfig } from '../config/load.ts';
import type { XylenConfig } from '../config/schema.ts';
import type { TrainingJob } from '../workers/training-job.ts';

const BAR_MINUTES = 60;

/** Decides on hourly bars, four hours ahead; everything else small and fast. */
const YAML = `
timeframes: [${BAR_MINUTES}m]
ensemble: {horizon_bars: 4}
learning:
  embargo: 6h
  gbm: {rounds: 40, learning_rate: 0.1, leaves: 8, min_data_in_leaf: 200, lambda_l2: 10, feature_fraction: 0.5, early_stopping_rounds: 10}
models: {mode: in_process}
`;

/** Returns the configuration, with lines added to the file. */
export function smallConfig(folder: string, moreYaml = ''): XylenConfig {
  const file = join(folder, 'small.yaml');
  writeFileSync(file, `${YAML}${moreYaml}`);
  return loadConfig({ cwd: folder, environment: {}, file }).config;
}

/** A training on an invented market in which trends can be learned. */
export function syntheticJob(dataDir: string, config: XylenConfig, seed = 1): TrainingJob {
  const startUs = Date.UTC(2022, 0, 1) * 1_000;
  return {
    ...trainingSettings(config, 'sim', 'gbm', seed),
    dataDir,
    source: {
      kind: 'synthetic',
      options: {
        symbols: [{ ...SYNTHETIC_SYMBOLS[0]!, marketLoading: 0 }],
        startUs,
        endUs: startUs + 600 * US_PER_DAY,
        barUs: BAR_MINUTES * US_PER_MINUTE,
        seed: 4,
        feedLatencyUs: 0,
      },
    },
    venue: 'sim',
    symbols: ['BTCUSDT'],
    fromUs: null,
    toUs: null,
    specs: [],
    commit: 'test',
    nowUs: 1_700_000_000_000_000,
  };
}

/** Writes candles of a random walk as CSV and returns the path. */
export function randomWalkFile(folder: string, dayCount: number): string {
  const prng = new Prng(12);
  const lines = ['ts_ms,open,high,low,close,volume'];
  const startMs = Date.UTC(2022, 0, 1);
  let close = 1_000;
  for (let bar = 0; bar < (dayCount * 24 * 60) / BAR_MINUTES; bar++) {
    const open = close;
    close = Math.round(100 * open * Math.exp(0.003 * prng.normal())) / 100;
    const high = (Math.max(open, close) + 1).toFixed(2);
    const low = (Math.min(open, close) - 1).toFixed(2);
    const cells = [startMs + bar * BAR_MINUTES * 60_000, open, high, low, close, 1 + prng.integer(0, 100)];
    lines.push(cells.join());
  }
  const path = join(folder, 'RWUSDT_1h.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** A command's context that keeps what was printed. */
export interface KeptContext {
  readonly context: CommandContext;
  readonly lines: string[];
  readonly documents: unknown[];
}

/** Returns a context over a data directory. */
export function keptContext(
  dataDir: string,
  config: XylenConfig,
  parts: { readonly isJson?: boolean; readonly signal?: AbortSignal; readonly progress?: Progress } = {},
): KeptContext {
  const lines: string[] = [];
  const documents: unknown[] = [];
  const context: CommandContext = {
    config,
    dataDir,
    isJson: parts.isJson ?? false,
    print: (line) => void lines.push(line),
    printJson: (value) => void documents.push(value),
    log: silentLog,
    progress: parts.progress ?? silentProgress,
    wallNowUs: () => 1_700_000_000_000_000,
    signal: parts.signal ?? new AbortController().signal,
  };
  return { context, lines, documents };
}
