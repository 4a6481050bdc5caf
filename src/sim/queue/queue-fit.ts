/**
 * Which queue model tells best what became of own orders (rule M57): each candidate plays the schedule against the same events, and is judged by how
 * long it has an order filled while in truth it was not, or the other way round. What it is not: it reads no files and guesses no latency
 * (`latency-fit.ts`). Confidence comes from resampling the orders; equal seeds give equal figures.
 */
import { assert, type EpochUs, type Prng } from '#core';
import { FillReplay, type ReplayChunk } from './fill-replay.ts';
import type { OwnOutcome } from './latency-fit.ts';
import { queueModelOf } from './queue-models.ts';
import type { ExchangeModel } from './replay-exchange.ts';
import { type PlannedOrder, REPLAY_STATUS, type ReplayStatus } from './replay-order.ts';

/** Models that are tried: every form, with several powers. */
export const FIT_MODELS: readonly string[] = [
  'risk_adverse',
  ...['power_prob', 'power_prob2', 'power_prob3'].flatMap((family) =>
    ['0.5', '1', '1.5', '2', '3', '4', '5'].map((power) => `${family}_${power}`),
  ),
  'log_prob',
  'log_prob2',
];

/** How well one candidate tells what became of the orders. */
export interface CandidateFit {
  readonly queue: string;
  readonly exchange: ExchangeModel;
  /** Orders of which any value differs: status, quantity, price, time at the exchange. */
  readonly differing: number;
  /** Mean time per order for which candidate and truth disagree whether it is filled, in microseconds; with 95 % confidence (bootstrap). */
  readonly errorUs: number;
  readonly errorLowUs: number;
  readonly errorHighUs: number;
  /** Share of resamples in which no other candidate has a smaller error; equals share it. */
  readonly confidence: number;
}

/** What a fit is made of. */
export interface QueueFitOptions {
  readonly orders: readonly PlannedOrder[];
  /** What became of each; `null` = not known, the order is left out. */
  readonly outcomes: readonly (OwnOutcome | null)[];
  readonly exchanges: readonly ExchangeModel[];
  readonly lotUnit: number;
  readonly entryUs: number;
  readonly responseUs: number;
}

const RESAMPLES_MAX = 1_000;
const RESAMPLES_MIN = 100;
/** Additions that the resampling may take. */
const RESAMPLING_WORK = 100_000_000;

interface Candidate {
  readonly queue: string;
  readonly exchange: ExchangeModel;
  readonly replay: FillReplay;
}

/** A fit under way: all candidates see the events in one pass. */
export class QueueFit {
  readonly #outcomes: readonly (OwnOutcome | null)[];
  readonly #candidates: readonly Candidate[];
  #lastExchUs: EpochUs = 0;

  constructor({ entryUs, exchanges, lotUnit, orders, outcomes, responseUs }: QueueFitOptions) {
    assert(orders.length === outcomes.length, 'each order has its outcome');
    this.#outcomes = outcomes;
    this.#candidates = exchanges.flatMap((exchange) =>
      FIT_MODELS.map((name) => {
        const queue = queueModelOf(name, { lotUnit });
        assert(queue !== undefined, `${name} is a queue model`);
        return {
          queue: name,
          exchange,
          replay: new FillReplay({ queue, exchange, entryUs, responseUs, orders }),
        };
      }),
    );
  }

  /** Plays the events of a chunk. */
  play(chunk: ReplayChunk): void {
    for (const { replay } of this.#candidates) replay.play(chunk);
    this.#lastExchUs = chunk.exchUs[chunk.count - 1] ?? this.#lastExchUs;
  }

  /** Ends the replays and returns the candidates, the best first. */
  finish(lastLocalUs: EpochUs, prng: Prng): readonly CandidateFit[] {
    const judged = this.#candidates.map((candidate) => {
      candidate.replay.finish(lastLocalUs);
      return { ...candidate, ...this.#judge(candidate.replay) };
    });
    const resampled = resample(
      judged.map(({ errors }) => errors),
      prng,
    );
    const fits = judged.map(({ differing, errors, exchange, queue }, at) => ({
      queue,
      exchange,
      differing,
      errorUs: meanOf(errors),
      ...(resampled[at] ?? { errorLowUs: 0, errorHighUs: 0, confidence: 0 }),
    }));
    return fits.toSorted((a, b) => a.errorUs - b.errorUs || a.differing - b.differing);
  }

  #judge(replay: FillReplay): { readonly differing: number; readonly errors: Float64Array } {
    let differing = 0;
    const errors: number[] = [];
    for (const [at, own] of this.#outcomes.entries()) {
      const order = replay.orders[at];
      if (own === null || order === undefined) continue;
      const isEqual =
        order.status === own.status &&
        order.lastExecLots === own.lastExecLots &&
        order.leavesLots === own.leavesLots &&
        order.lastExecTicks === own.lastExecTicks &&
        order.exchUs === own.exchUs;
      if (!isEqual) differing++;
      errors.push(this.#disagreementUs(order, own));
    }
    return { differing, errors: Float64Array.from(errors) };
  }

  #disagreementUs(a: Outcome, b: Outcome): number {
    const isAFilled = a.status === REPLAY_STATUS.filled;
    const isBFilled = b.status === REPLAY_STATUS.filled;
    if (isAFilled && isBFilled) return Math.abs(a.exchUs - b.exchUs);
    if (isAFilled === isBFilled) return 0;
    const [filled, other] = isAFilled ? [a, b] : [b, a];
    const hasEnded = other.status === REPLAY_STATUS.cancelled || other.status === REPLAY_STATUS.expired;
    return Math.max(0, (hasEnded ? other.exchUs : this.#lastExchUs) - filled.exchUs);
  }
}

interface Outcome {
  readonly status: ReplayStatus;
  readonly exchUs: EpochUs;
}

type Resampled = Pick<CandidateFit, 'errorLowUs' | 'errorHighUs' | 'confidence'>;

/** Draws the orders again and again, with replacement, the same draw for every candidate. */
function resample(errors: readonly Float64Array[], prng: Prng): readonly Resampled[] {
  const orderCount = errors[0]?.length ?? 0;
  assert(orderCount > 0, 'a fit has orders of which something is known');
  const affordable = Math.floor(RESAMPLING_WORK / (orderCount * errors.length));
  const rounds = Math.max(RESAMPLES_MIN, Math.min(RESAMPLES_MAX, affordable));
  const means = errors.map(() => new Float64Array(rounds));
  const wins = new Float64Array(errors.length);
  const drawn = new Uint32Array(orderCount);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < orderCount; i++) drawn[i] = prng.integer(0, orderCount);
    for (const [at, values] of errors.entries()) means[at]![round] = drawnMeanOf(values, drawn);
    const least = Math.min(...means.map((values) => values[round]!));
    const best = means.flatMap((values, at) => (values[round] === least ? [at] : []));
    for (const at of best) wins[at]! += 1 / best.length;
  }
  return means.map((values, at) => {
    values.sort();
    return {
      errorLowUs: values[Math.floor(0.025 * (rounds - 1))]!,
      errorHighUs: values[Math.ceil(0.975 * (rounds - 1))]!,
      confidence: wins[at]! / rounds,
    };
  });
}

function drawnMeanOf(values: Float64Array, drawn: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < drawn.length; i++) sum += values[drawn[i]!]!;
  return sum / drawn.length;
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}
