/** The sections of `xylen bench`: what each measures, how much of it, and the aim beside every figure. */

import type { BenchFigure, BenchSection, BenchSectionName } from '../src/app/commands/bench/figure.ts';
import type { XylenConfig } from '../src/app/config/schema.ts';
import { benchEnsemble } from '../src/ensemble/ensemble.bench.ts';
import { benchFeatures } from '../src/features/features.bench.ts';
import { benchGbm } from '../src/learn/gbm/gbm.bench.ts';
import { benchPortfolio } from '../src/portfolio/portfolio.bench.ts';
import { benchRisk } from '../src/risk/risk.bench.ts';
import { benchSim } from '../src/sim/sim.bench.ts';
import { benchRecord, type WriteFigures } from '../src/store/sqlite/record.bench.ts';
import { benchEngineBars } from './engine-bars.bench.ts';
import { benchExchange } from './exchange/load.bench.ts';
import { benchMarket } from './market/market.bench.ts';
import { benchSimulator } from './sim/sim.bench.ts';
import { benchYearReplay } from './year-replay.bench.ts';

/** How much work a section does: `isQuick` = just enough to see that it works. */
export interface BenchOptions {
  readonly config: XylenConfig;
  readonly isQuick: boolean;
}

const SEED = 7;
const MILLION = 1_000_000;

/** Every section by name. */
export const SECTIONS: Readonly<
  Record<BenchSectionName, (options: BenchOptions) => Promise<BenchSection> | BenchSection>
> = { engine, year, record, risk, features, sim, boosting, portfolio, ensemble, market, exchange };

async function engine({ config, isQuick }: BenchOptions): Promise<BenchSection> {
  const barCount = isQuick ? 2_000 : 225_155;
  const { barsPerS, fills, orders, resultHash } = await benchEngineBars(config, {
    barCount,
    rounds: isQuick ? 1 : 3,
    seed: SEED,
  });
  const note = `${barCount} 1m bars, ${orders} orders, ${fills} fills, best of 3; fees, latency, risk, no record`;
  const work = 'engine and simulated venue, EMA cross';
  const aim = 'at least 200,000 now; 2 M later';
  return {
    name: 'engine',
    figures: [{ work, value: barsPerS, unit: 'bars/s', aim, isMet: barsPerS >= 200_000, note }],
    resultHash,
  };
}

async function year({ config, isQuick }: BenchOptions): Promise<BenchSection> {
  const days = isQuick ? 2 : 366;
  const run = await benchYearReplay(config, { days });
  const { rssMbMax, seconds } = run;
  const note = `${run.data} data, ${run.events} events, ${run.predictions} predictions, ${run.decisions} decisions`;
  return {
    name: 'year',
    figures: [
      {
        work: `${days} days of 5m candles, two models, full record`,
        value: seconds,
        unit: 's',
        aim: 'under 30',
        isMet: seconds < 30,
        note,
      },
      {
        work: 'its largest memory, whole process tree',
        value: rssMbMax,
        unit: 'MB',
        aim: 'under 199',
        isMet: rssMbMax === null ? null : rssMbMax < 199,
        note: rssMbMax === null ? 'needs /proc' : 'sum of RSS, looked at every 25 ms',
      },
    ],
    resultHash: run.runHash,
  };
}

async function record({ isQuick }: BenchOptions): Promise<BenchSection> {
  const rowCount = isQuick ? 500 : 100_000;
  const { durability, hashRowsPerS, predictions, readRatio, readRawUs, readUs, resultHash, trades } =
    await benchRecord({ rowCount, rounds: isQuick ? 1 : 3 });
  return {
    name: 'record',
    figures: [
      ...writeFigures('predictions', predictions, durability),
      ...writeFigures('trades', trades, durability),
      {
        work: 'read the newest 20 trades',
        value: readRatio,
        unit: 'x raw node:sqlite',
        aim: 'at most 2 now; 1.2 later',
        isMet: readRatio <= 2,
        note: `${readUs.toFixed(0)} us, raw ${readRawUs.toFixed(0)} us`,
      },
      { work: 'xylen db hash', value: hashRowsPerS, unit: 'rows/s', aim: '', isMet: null, note: '' },
    ],
    resultHash,
  };
}

function writeFigures(rows: string, figures: WriteFigures, durability: string): readonly BenchFigure[] {
  const aim = 'at most 2 now; 1.2 later';
  const unit = 'x raw node:sqlite';
  const raw = Math.round(figures.rawRowsPerS);
  const note = (rate: number): string => `${Math.round(rate)} rows/s, raw ${raw}; ${durability}`;
  return [
    {
      work: `write ${rows}, batched`,
      value: figures.sinkRatio,
      unit,
      aim,
      isMet: figures.sinkRatio <= 2,
      note: note(figures.sinkRowsPerS),
    },
    {
      work: `write ${rows}, through the worker`,
      value: figures.workerRatio,
      unit,
      aim,
      isMet: figures.workerRatio <= 2,
      note: note(figures.workerRowsPerS),
    },
  ];
}

function risk({ isQuick }: BenchOptions): BenchSection {
  const count = isQuick ? 1_000 : 200_000;
  const { approved, p50Us, p99Us, resultHash } = benchRisk({ count, instrumentCount: 10, seed: SEED });
  const note = `${count} checks over 10 instruments, ${approved} approved; mark, equity, check`;
  const work = 'risk check';
  return {
    name: 'risk',
    figures: [
      { work: `${work}, median`, value: p50Us, unit: 'us', aim: '', isMet: null, note },
      { work: `${work}, 99th percentile`, value: p99Us, unit: 'us', aim: '', isMet: null, note },
    ],
    resultHash,
  };
}

function features({ isQuick }: BenchOptions): BenchSection {
  const { figures, resultHash } = benchFeatures({
    rowCount: isQuick ? 3_000 : 200_000,
    rounds: isQuick ? 1 : 3,
    seed: SEED,
  });
  return {
    name: 'features',
    figures: figures.map(({ name, unit, value }) => {
      const aim = name.startsWith('12') ? (name.endsWith('batch') ? 0.04 : 0.15) : null;
      return {
        work: name,
        value,
        unit,
        aim: aim === null ? '' : String(aim),
        isMet: aim === null ? null : value <= aim,
        note: '',
      };
    }),
    resultHash,
  };
}

async function sim({ isQuick }: BenchOptions): Promise<BenchSection> {
  const { emaCross, emaCrossProtected, noOrders, syntheticBarsPerS } = benchSim({
    barCount: isQuick ? 2_000 : MILLION / 4,
    seed: SEED,
  });
  const figure = (work: string, value: number, note: string): BenchFigure => ({
    ...{ work, value, note },
    ...{ unit: 'bars/s', aim: '', isMet: null },
  });
  const { figures, resultHash } = await benchSimulator({ isQuick, seed: SEED });
  return {
    name: 'sim',
    figures: [
      ...figures,
      figure('simulated venue alone', noOrders.barsPerS, 'no orders'),
      figure('simulated venue, slow EMA cross', emaCross.barsPerS, `${emaCross.fills} fills`),
      figure(
        'simulated venue, slow EMA cross with stops and targets',
        emaCrossProtected.barsPerS,
        `${emaCrossProtected.fills} fills`,
      ),
      figure('synthetic market', syntheticBarsPerS, 'making the candles'),
    ],
    resultHash: [resultHash, ...[noOrders, emaCross, emaCrossProtected].map((run) => run.resultHash)].join(
      '',
    ),
  };
}

function boosting({ isQuick }: BenchOptions): BenchSection {
  const sizes = isQuick
    ? { rowCount: 1_000, featureCount: 10, rounds: 5, seed: SEED }
    : { rowCount: 100_000, featureCount: 50, rounds: 200, seed: SEED };
  const { oneRowUs, resultHash, trainMs } = benchGbm(sizes);
  const size = `${sizes.rowCount} x ${sizes.featureCount}, ${sizes.rounds} trees, 31 leaves, one thread`;
  const seconds = trainMs / 1_000;
  return {
    name: 'boosting',
    figures: [
      {
        work: 'boosting, training',
        value: seconds,
        unit: 's',
        aim: '5 later (LightGBM 4.7 5.1)',
        isMet: null,
        note: size,
      },
      {
        work: 'boosting, one row',
        value: oneRowUs,
        unit: 'us',
        aim: '7 later (LightGBM 34)',
        isMet: null,
        note: size,
      },
    ],
    resultHash,
  };
}

function portfolio({ isQuick }: BenchOptions): BenchSection {
  const count = isQuick ? 1_000 : 300_000;
  const { fillsPerS, marksPerS, resultHash } = benchPortfolio({ count, instrumentCount: 10, seed: SEED });
  const none = { aim: '', isMet: null, note: 'exact integers, 10 instruments' } as const;
  return {
    name: 'portfolio',
    figures: [
      { work: 'portfolio, fills', value: fillsPerS, unit: 'fills/s', ...none },
      { work: 'portfolio, marks', value: marksPerS, unit: 'marks/s', ...none },
    ],
    resultHash,
  };
}

function ensemble({ isQuick }: BenchOptions): BenchSection {
  const count = isQuick ? 1_000 : 100_000;
  const { meanUs, resultHash } = benchEnsemble({ count, modelCount: 5, seed: SEED });
  const note = 'five models, calibrated';
  return {
    name: 'ensemble',
    figures: [{ work: 'ensemble decision', value: meanUs, unit: 'us', aim: '', isMet: null, note }],
    resultHash,
  };
}

function market({ isQuick }: BenchOptions): Promise<BenchSection> {
  return benchMarket({ isQuick, seed: SEED });
}

function exchange({ isQuick }: BenchOptions): Promise<BenchSection> {
  return benchExchange({ isQuick, seed: SEED });
}
