/** Invented tables of rows and invented candles for the tests of training. */
import { Prng, US_PER_HOUR } from '#core';
import type { CandleColumns } from '#domain';
import { type GbmArtefact, gbmForecaster } from '#serving';
import { silentProgress } from '#telemetry';
import { AdmittedRows } from '../data/admitted-rows.ts';
import { type LabelledRows, SOURCE_HISTORY } from '../data/labelled-rows.ts';
import type { TrainingData, TrainingFeed } from '../data/training-data.ts';
import type { TrainModelOptions, TrainModelParts } from '../train-model.ts';

export const BAR_US = US_PER_HOUR;
export const HORIZON_BARS = 4;
export const DAY_US = 24 * BAR_US;
export const QUARANTINE_US = 30 * DAY_US;
export const START_US = Date.UTC(2022, 0, 1) * 1_000;

/** Columns of an invented table; `signal` knows the drift, `noise` nothing, `atr_14_1h` the volatility. */
const NAMES = ['signal', 'noise', 'atr_14_1h'];

/** What a table is made of. */
export interface RowWish {
  readonly rowCount?: number;
  readonly seed?: number;
  /** Drift per bar in units of its volatility at full signal; 0 = a random walk. */
  readonly edge?: number;
  readonly symbols?: readonly string[];
}

/** Invents hourly rows of prices whose drift follows a slow signal. */
export function inventRows(wish: RowWish = {}): LabelledRows {
  const { edge = 0.5, rowCount = 6_000, seed = 1, symbols = ['AAA'] } = wish;
  const tables = symbols.map((_, ix) => inventSymbol(new Prng(seed).split(`symbol ${ix}`), rowCount, edge));
  const concat = (pick: (table: SymbolTable) => readonly number[]): Float64Array =>
    Float64Array.from(tables.flatMap(pick));
  const startUs = concat(({ startsUs }) => startsUs);
  return {
    features: { setId: 'invented', setHash: 'ab'.repeat(32), names: NAMES, timeframesUs: [BAR_US] },
    horizonBars: HORIZON_BARS,
    symbols,
    rowCount: startUs.length,
    symbolIx: Uint16Array.from(tables.flatMap(({ startsUs }, ix) => startsUs.map(() => ix))),
    source: new Uint8Array(startUs.length).fill(SOURCE_HISTORY),
    startUs,
    labelEndUs: startUs.map((tsUs) => tsUs + HORIZON_BARS * BAR_US),
    close: concat(({ closes }) => closes),
    forwardReturn: concat(({ returns }) => returns),
    matrix: concat(({ matrix }) => matrix),
    newestUs: START_US + (rowCount + HORIZON_BARS) * BAR_US,
  };
}

interface SymbolTable {
  readonly startsUs: readonly number[];
  readonly closes: readonly number[];
  readonly returns: readonly number[];
  readonly matrix: readonly number[];
}

function inventSymbol(prng: Prng, rowCount: number, edge: number): SymbolTable {
  const volatility = 0.004;
  const logs = [0];
  const signals: number[] = [];
  let signal = 0;
  for (let bar = 0; bar < rowCount + HORIZON_BARS; bar++) {
    signal = 0.95 * signal + Math.sqrt(1 - 0.95 ** 2) * prng.normal();
    signals.push(signal);
    logs.push(logs[bar]! + volatility * (edge * signal + prng.normal()));
  }
  const rows = Array.from({ length: rowCount }, (_, row) => row);
  return {
    startsUs: rows.map((row) => START_US + (row + 1) * BAR_US),
    closes: rows.map((row) => 100 * Math.exp(logs[row]!)),
    returns: rows.map((row) => logs[row + HORIZON_BARS]! - logs[row]!),
    matrix: rows.flatMap((row) => [signals[row]!, prng.normal(), volatility * (1.5 + 0.2 * prng.uniform())]),
  };
}

/** Returns a copy of the rows in which `change` may alter the columns of row `row`. */
export function changeRows(
  rows: LabelledRows,
  change: (copy: LabelledRows, row: number) => void,
): LabelledRows {
  const copy: LabelledRows = {
    ...rows,
    source: rows.source.slice(),
    forwardReturn: rows.forwardReturn.slice(),
    matrix: rows.matrix.slice(),
  };
  for (let row = 0; row < rows.rowCount; row++) change(copy, row);
  return copy;
}

/** Turns a row into poison: its features tell the opposite of what happens, its return is enormous. */
export function poison(copy: LabelledRows, row: number): void {
  const width = copy.features.names.length;
  copy.forwardReturn[row] = copy.forwardReturn[row]! > 0 ? -0.5 : 0.5;
  copy.matrix[row * width] = 50 * Math.sign(copy.forwardReturn[row]!);
}

/** Admits rows by their newest bar. */
export function admit(rows: LabelledRows): AdmittedRows {
  return AdmittedRows.load(rows, { clockUs: rows.newestUs, quarantineUs: QUARANTINE_US });
}

export const TRAIN_OPTIONS: TrainModelOptions = {
  name: 'gbm',
  seed: 7,
  params: {
    rounds: 60,
    learningRate: 0.1,
    numLeaves: 6,
    minDataInLeaf: 50,
    baggingFraction: 0.8,
    baggingFreq: 1,
    earlyStoppingRounds: 10,
  },
  blocks: { heldOutFraction: 0.25, embargoUs: DAY_US },
  costFraction: 0.001,
};

export const ORIGIN = { venue: 'sim', dataHash: 'cd'.repeat(32) } as const;

/** What a training needs of the program: the code that serves, no rule, nothing to beat. */
export function trainParts(changes: Partial<TrainModelParts> = {}): TrainModelParts {
  return {
    serve: (artefact: GbmArtefact) => gbmForecaster(artefact),
    rules: [],
    served: null,
    progress: silentProgress,
    checkpoint: () => undefined,
    ...changes,
  };
}

/** Wraps candles as what a model is trained from. */
export function dataOf(candles: readonly CandleColumns[], chunkRows = 1_000): TrainingData {
  const feeds = candles.map((columns, ix): TrainingFeed => {
    async function* open(): AsyncGenerator<CandleColumns> {
      for (let from = 0; from < columns.rowCount; from += chunkRows) yield sliceOf(columns, from, chunkRows);
    }
    return {
      symbol: `S${ix}`,
      timeframeUs: columns.timeframeUs,
      priceDecimals: 2,
      qtyDecimals: 0,
      barCountMax: columns.rowCount,
      fromUs: columns.openTsUs[0] ?? 0,
      toUs: (columns.openTsUs.at(-1) ?? 0) + columns.timeframeUs,
      open,
    };
  });
  return { venue: 'sim', feeds, dataHash: 'cd'.repeat(32) };
}

function sliceOf(columns: CandleColumns, from: number, rows: number): CandleColumns {
  const to = Math.min(columns.rowCount, from + rows);
  const slice = (column: Float64Array): Float64Array => column.slice(from, to);
  return {
    timeframeUs: columns.timeframeUs,
    rowCount: to - from,
    openTsUs: slice(columns.openTsUs),
    openTicks: slice(columns.openTicks),
    highTicks: slice(columns.highTicks),
    lowTicks: slice(columns.lowTicks),
    closeTicks: slice(columns.closeTicks),
    volumeLots: slice(columns.volumeLots),
  };
}

/** Invents candles of a random walk: nothing in them can be predicted. Prices have two decimals, volumes none. */
export function randomWalkCandles(prng: Prng, barCount: number, timeframeUs: number): CandleColumns {
  const column = (): Float64Array => new Float64Array(barCount);
  const candles = {
    timeframeUs,
    rowCount: barCount,
    openTsUs: column(),
    openTicks: column(),
    highTicks: column(),
    lowTicks: column(),
    closeTicks: column(),
    volumeLots: column(),
  };
  let close = 100_000;
  for (let bar = 0; bar < barCount; bar++) {
    const open = close;
    close = Math.max(1_000, Math.round(open * Math.exp(0.004 * prng.normal())));
    candles.openTsUs[bar] = START_US + bar * timeframeUs;
    candles.openTicks[bar] = open;
    candles.closeTicks[bar] = close;
    candles.highTicks[bar] = Math.max(open, close) + prng.integer(0, 200);
    candles.lowTicks[bar] = Math.min(open, close) - prng.integer(0, 200);
    candles.volumeLots[bar] = prng.integer(1, 1_000);
  }
  return candles;
}
