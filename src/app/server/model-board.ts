/** The models as the dashboard shows them: health and scores of the tracker, and the newest vote of each on each symbol. */
import type { ModelPerformance } from '#ensemble';
import { type Decision, MODELS_MAX, type Model, SYMBOLS_MAX } from '#wire';

type ModelVote = Model['votes'][number];

/** Collects what is known of each model, in the order in which they were first heard of. */
export class ModelBoard {
  readonly #votes = new Map<string, Map<string, ModelVote>>();
  #performances: readonly ModelPerformance[] = [];
  #isChanged = false;

  /** Takes the tracker's figures. */
  setPerformances(performances: readonly ModelPerformance[]): void {
    if (performances.length === 0 && this.#performances.length === 0) return;
    this.#performances = performances;
    this.#isChanged = true;
  }

  /** Takes the votes of a decision, the newest of its symbol. */
  addDecision({ symbol, tsUs, votes }: Decision): void {
    for (const { action, model, probability, reason, weight } of votes) {
      const bySymbol = this.#votes.get(model) ?? new Map<string, ModelVote>();
      if (bySymbol.size === 0 && this.#votes.size >= MODELS_MAX) continue;
      bySymbol.set(symbol, { symbol, tsUs, action, probability, weight, reason });
      this.#votes.set(model, bySymbol);
      this.#isChanged = true;
    }
  }

  /** Returns all models when anything changed since the last call, else `undefined`. */
  takeChanged(): Model[] | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    const names = new Set([...this.#performances.map(({ model }) => model), ...this.#votes.keys()]);
    const byName = new Map(this.#performances.map((performance) => [performance.model, performance]));
    return [...names].slice(0, MODELS_MAX).map((name) => this.#modelOf(name, byName.get(name)));
  }

  #modelOf(name: string, performance: ModelPerformance | undefined): Model {
    return {
      model: name,
      health: performance?.health ?? 'unknown',
      predictionCount: performance?.predictionCount ?? 0,
      failureCount: performance?.failureCount ?? 0,
      outcomeCount: performance?.outcomeCount ?? 0,
      accuracy: performance?.accuracy ?? null,
      brier: performance?.brier ?? null,
      latencyMs: performance?.latencyMs ?? null,
      votes: [...(this.#votes.get(name)?.values() ?? [])].slice(0, SYMBOLS_MAX),
    };
  }
}
