/**
 * How well each model did of late: exponentially decayed scores by count of outcomes, latency, health. Outcomes come in only when the
 * horizon of a prediction has passed; who waits for that is the engine. Flat memory: a handful of numbers a model.
 */
import { assert, type Checkpointable, stateRecord } from '#core';

/** Models of one ensemble at most; names come from configuration and registry. */
export const MODELS_MAX = 64;

/** Failures in a row after which a model counts as unhealthy. */
const UNHEALTHY_FAILURES = 3;
/** Answers after which an old latency counts half. */
const LATENCY_HALF_LIFE = 100;

/** `degraded` = it failed last time; `unhealthy` = several times in a row. One answer makes it healthy again. */
export type ModelHealth = 'healthy' | 'degraded' | 'unhealthy';

/** The figures of one model; `null` where there is nothing to tell yet. */
export interface ModelPerformance {
  readonly model: string;
  readonly outcomeCount: number;
  /** Outcomes of predictions that leaned to a side, and how many of those came true; plain counts. */
  readonly leanCount: number;
  readonly hitCount: number;
  /** Decayed means. Brier: (probability - outcome)^2, 0.25 for a coin. */
  readonly brier: number | null;
  /** Hits among the predictions that leaned: a model that abstains with a half is not wrong. */
  readonly accuracy: number | null;
  /** Decayed mean of Brier - p(1-p): how far stated probabilities were from the truth, squared; about 0 when calibrated. */
  readonly excessError: number | null;
  /** Decayed mean return of following the model's direction, a fraction before costs. */
  readonly directionalReturn: number | null;
  readonly latencyMs: number | null;
  readonly predictionCount: number;
  readonly failureCount: number;
  readonly health: ModelHealth;
}

interface ModelState {
  outcomeCount: number;
  leanCount: number;
  hitCount: number;
  /** Sum of decayed weights: divides the decayed sums, so that the first outcomes are not mistaken for zeros. */
  weight: number;
  brierSum: number;
  leanWeight: number;
  hitSum: number;
  excessSum: number;
  returnSum: number;
  latencyWeight: number;
  latencySum: number;
  predictionCount: number;
  failureCount: number;
  failuresInRow: number;
}

const EMPTY: Readonly<ModelState> = Object.freeze({
  outcomeCount: 0,
  leanCount: 0,
  hitCount: 0,
  weight: 0,
  brierSum: 0,
  leanWeight: 0,
  hitSum: 0,
  excessSum: 0,
  returnSum: 0,
  latencyWeight: 0,
  latencySum: 0,
  predictionCount: 0,
  failureCount: 0,
  failuresInRow: 0,
});

/** Follows the models of one ensemble. */
export class PerformanceTracker implements Checkpointable {
  readonly #models = new Map<string, ModelState>();
  readonly #decay: number;
  readonly #latencyDecay = 0.5 ** (1 / LATENCY_HALF_LIFE);

  /** `halfLifeCount` > 0: outcomes after which an old one counts half. */
  constructor(options: { readonly halfLifeCount: number }) {
    assert(options.halfLifeCount > 0, `half-life is above 0, was ${options.halfLifeCount}`);
    this.#decay = 0.5 ** (1 / options.halfLifeCount);
  }

  /** Notes an answer and how long it took (ms; NaN when not measured). */
  recordPrediction(model: string, latencyMs: number): void {
    const state = this.#state(model);
    state.predictionCount++;
    state.failuresInRow = 0;
    if (!(latencyMs >= 0)) return;
    state.latencyWeight = state.latencyWeight * this.#latencyDecay + 1;
    state.latencySum = state.latencySum * this.#latencyDecay + latencyMs;
  }

  /** Notes that a model should have answered and did not (time-out, error, bad numbers); not that it was not asked or not trained. */
  recordFailure(model: string): void {
    const state = this.#state(model);
    state.failureCount++;
    state.failuresInRow++;
  }

  /**
   * Notes what came of a prediction: the probability (of going up) that was fused, i.e. the calibrated one, whether the price went up, and
   * the return over the horizon as a fraction.
   */
  recordOutcome(model: string, probability: number, wentUp: boolean, returnFraction: number): void {
    assert(probability >= 0 && probability <= 1, `probability lies in [0, 1], was ${probability}`);
    assert(Number.isFinite(returnFraction), `a return is finite, was ${returnFraction}`);
    const state = this.#state(model);
    const outcome = wentUp ? 1 : 0;
    const direction = Math.sign(probability - 0.5);
    const isHit = direction === (wentUp ? 1 : -1);
    const decay = this.#decay;
    state.outcomeCount++;
    if (direction !== 0) state.leanCount++;
    if (isHit) state.hitCount++;
    state.weight = state.weight * decay + 1;
    state.brierSum = state.brierSum * decay + (probability - outcome) ** 2;
    state.leanWeight = state.leanWeight * decay + Math.abs(direction);
    state.hitSum = state.hitSum * decay + (isHit ? 1 : 0);
    state.excessSum = state.excessSum * decay + (1 - 2 * probability) * (outcome - probability);
    state.returnSum = state.returnSum * decay + direction * returnFraction;
  }

  /** Returns how many outcomes of a model are known. */
  outcomeCount(model: string): number {
    return this.#models.get(model)?.outcomeCount ?? 0;
  }

  /** Returns the decayed Brier score; NaN without outcomes. */
  brier(model: string): number {
    return this.#mean(model, 'brierSum');
  }

  /** Returns the decayed excess error, not below 0: the variance that recent outcomes say the model's probability has. NaN without outcomes. */
  errorVariance(model: string): number {
    return Math.max(0, this.#mean(model, 'excessSum'));
  }

  /** Returns the health of a model; healthy when nothing is known. */
  health(model: string): ModelHealth {
    const failures = this.#models.get(model)?.failuresInRow ?? 0;
    if (failures === 0) return 'healthy';
    return failures >= UNHEALTHY_FAILURES ? 'unhealthy' : 'degraded';
  }

  /** Returns the figures of one model. */
  performance(model: string): ModelPerformance {
    const state = this.#models.get(model) ?? EMPTY;
    const latencyMs = state.latencyWeight === 0 ? null : state.latencySum / state.latencyWeight;
    return {
      model,
      outcomeCount: state.outcomeCount,
      leanCount: state.leanCount,
      hitCount: state.hitCount,
      brier: orNull(this.#mean(model, 'brierSum')),
      accuracy: state.leanCount === 0 ? null : state.hitSum / state.leanWeight,
      excessError: orNull(this.#mean(model, 'excessSum')),
      directionalReturn: orNull(this.#mean(model, 'returnSum')),
      latencyMs,
      predictionCount: state.predictionCount,
      failureCount: state.failureCount,
      health: this.health(model),
    };
  }

  /** Returns the figures of all models, in the order in which they were first heard of. */
  performances(): readonly ModelPerformance[] {
    return [...this.#models.keys()].map((model) => this.performance(model));
  }

  saveState(): unknown {
    return { models: [...this.#models].map(([model, state]) => [model, { ...state }]) };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'PerformanceTracker');
    const models = saved.models as readonly (readonly [string, ModelState])[];
    assert(
      models.length <= MODELS_MAX,
      `an ensemble has at most ${MODELS_MAX} models, were ${models.length}`,
    );
    this.#models.clear();
    for (const [model, values] of models) this.#models.set(model, { ...EMPTY, ...values });
  }

  #state(model: string): ModelState {
    const known = this.#models.get(model);
    if (known !== undefined) return known;
    assert(this.#models.size < MODELS_MAX, `an ensemble has at most ${MODELS_MAX} models`);
    const fresh = { ...EMPTY };
    this.#models.set(model, fresh);
    return fresh;
  }

  #mean(model: string, sum: 'brierSum' | 'excessSum' | 'returnSum'): number {
    const state = this.#models.get(model);
    return state === undefined || state.weight === 0 ? Number.NaN : state[sum] / state.weight;
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
