/** The figures of a candidate on all blocks, and on the last one beside those who must be beaten: knowing nothing, rules, not trading, holding. */
import type { AdmittedRows } from '../data/admitted-rows.ts';
import { BLOCK_NAMES, type BlockName, labelCount, type TimeBlocks } from '../fit/time-blocks.ts';
import { type ForecastColumns, forecastRows, type RowForecaster } from '../forecaster.ts';
import type { BlockReport, Contender } from '../registry/manifest.ts';
import { labelsOf, type ProbabilityMetrics, probabilityMetrics } from './block-metrics.ts';
import { buyAndHold, NO_TRADES, naiveTrading, type TradingFigures } from './naive-trading.ts';
import { type Skill, skillOver } from './skill.ts';

/** A rule to stand beside. */
export interface Rule {
  readonly name: string;
  readonly forecaster: RowForecaster;
}

/** What judging needs beside the rows. */
export interface JudgeOptions {
  readonly rules: readonly Rule[];
  readonly costFraction: number;
  /** Typical absolute return per unit of volatility: with it the prior, too, has an expected return. */
  readonly moveScale: number;
  readonly volatility: (index: Int32Array) => Float64Array;
}

/** What was found. */
export interface Judgement {
  /** Of the candidate on the test block. */
  readonly metrics: ProbabilityMetrics;
  readonly trading: TradingFigures;
  readonly skill: Skill;
  readonly priorMetrics: ProbabilityMetrics;
  readonly blocks: readonly BlockReport[];
  readonly contenders: readonly Contender[];
  /** Judges another forecaster on rows. */
  metricsOf(forecaster: RowForecaster, index: Int32Array): ProbabilityMetrics;
}

const COIN = 0.5;

/** Judges a candidate. */
export function judgeOnTest(
  admitted: AdmittedRows,
  blocks: TimeBlocks,
  candidate: RowForecaster,
  options: JudgeOptions,
): Judgement {
  const { rows } = admitted;
  const { test } = blocks;
  const own = forecastRows(candidate, rows, test);
  const prior = priorForecast(admitted, blocks, options);
  const coin = constantColumn(test.length, COIN);
  const tradingOf = ({ expectedReturn }: ForecastColumns): TradingFigures =>
    naiveTrading(rows, test, expectedReturn, options.costFraction);
  const contenderOf = (name: string, columns: ForecastColumns): Contender => ({
    name,
    metrics: probabilityMetrics(rows, test, columns.probability),
    trading: tradingOf(columns),
  });
  const rival = weakest(skillOver(rows, test, own.probability, prior.probability), () =>
    skillOver(rows, test, own.probability, coin),
  );
  const model = contenderOf('model', own);
  const priorContender = contenderOf('prior', prior);
  const metricsOf = (forecaster: RowForecaster, index: Int32Array): ProbabilityMetrics =>
    probabilityMetrics(rows, index, forecastRows(forecaster, rows, index).probability);
  return {
    metrics: probabilityMetrics(rows, test, own.probability),
    trading: model.trading,
    skill: rival,
    priorMetrics: probabilityMetrics(rows, test, prior.probability),
    blocks: BLOCK_NAMES.map((name) => blockReport(admitted, blocks, name, candidate)),
    contenders: [
      model,
      priorContender,
      contenderOf('coin', { probability: coin, expectedReturn: constantColumn(test.length, 0) }),
      ...options.rules.map(({ name, forecaster }) => contenderOf(name, forecastRows(forecaster, rows, test))),
      { name: 'always_hold', metrics: null, trading: NO_TRADES },
      { name: 'buy_and_hold', metrics: null, trading: buyAndHold(rows, test, options.costFraction) },
    ],
    metricsOf,
  };
}

/** Of two comparisons the one that speaks less for the candidate. */
function weakest(first: Skill, other: () => Skill): Skill {
  const second = other();
  return second.tStatistic < first.tStatistic ? second : first;
}

/** Says the share of ones before the test block, always. */
function priorForecast(admitted: AdmittedRows, blocks: TimeBlocks, options: JudgeOptions): ForecastColumns {
  const { test } = blocks;
  const before = [blocks.fit, blocks.stop, blocks.calibrate];
  let ones = 0;
  let count = 0;
  for (const index of before) {
    ones += labelsOf(admitted.rows, index).reduce((sum, label) => sum + label, 0);
    count += index.length;
  }
  const share = ones / count;
  // One certainty too many would make its log loss infinite; a share of 0 or 1 is no knowledge either.
  const probability = Math.min(1 - 1 / (count + 2), Math.max(1 / (count + 2), share));
  const volatility = options.volatility(test);
  return {
    probability: constantColumn(test.length, probability),
    expectedReturn: volatility.map((value) => (2 * probability - 1) * options.moveScale * value),
  };
}

function constantColumn(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}

function blockReport(
  admitted: AdmittedRows,
  blocks: TimeBlocks,
  name: BlockName,
  candidate: RowForecaster,
): BlockReport {
  const { rows } = admitted;
  const index = blocks[name];
  const labels = labelsOf(rows, index);
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = Number.NEGATIVE_INFINITY;
  for (const row of index) {
    fromUs = Math.min(fromUs, rows.startUs[row]!);
    toUs = Math.max(toUs, rows.labelEndUs[row]!);
  }
  return {
    name,
    fromUs,
    toUs,
    rowCount: index.length,
    labelCount: labelCount(admitted, index),
    upShare: labels.reduce((sum, label) => sum + label, 0) / index.length,
    metrics: probabilityMetrics(rows, index, forecastRows(candidate, rows, index).probability),
  };
}
