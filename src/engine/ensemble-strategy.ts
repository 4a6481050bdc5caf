/**
 * The ensemble as a strategy: asks all models at each trigger, fuses their answers, and trades only where every gate is passed and the
 * expected return pays for fees, spread, slippage and funding. At most one position an instrument; it ends at its stop or target, when the
 * ensemble turns against it, or when the horizon has passed and nothing speaks for it any more.
 */
import { type Checkpointable, type EpochUs, POW10, stateRecord } from '#core';
import type { CostModel, KnownDepth, RoundTripCost } from '#costs';
import type { FillEvent, Instrument, InstrumentIx, PredictionReply } from '#domain';
import {
  decide,
  type EnsembleDecision,
  type EnsembleOptions,
  type ModelVote,
  PerformanceTracker,
} from '#ensemble';
import { type LevelOptions, protectiveLevels } from '#risk';
import type { PredictionEvent } from './events.ts';
import { OutcomeQueue } from './outcome-queue.ts';
import type {
  AnsweredSnapshot,
  Decision,
  Strategy,
  StrategyContext,
  StrategyOrder,
  Trigger,
} from './strategy.ts';

export interface EnsembleStrategyOptions {
  readonly ensemble: EnsembleOptions;
  /** Independent outcomes (one a horizon) after which an old one counts half. */
  readonly halfLifeCount: number;
  readonly horizonBars: number;
  /** The decision timeframe. */
  readonly timeframeUs: number;
  readonly costs: CostModel;
  /** How far stop and target are. */
  readonly levels: LevelOptions;
}

/** Share of the equity that a typical order has: the size at which costs are estimated before the order is sized. */
const COST_NOTIONAL_FRACTION = 0.1;

/** What the ensemble does about a decision. */
interface Plan {
  readonly holdReason: string | null;
  readonly order: StrategyOrder | null;
  readonly closeReason: string | null;
}

/** Why a decision with a direction led to no order. */
const HOLD_POSITION_OPEN = 'position_open';
const HOLD_ORDER_WORKING = 'order_working';
const HOLD_CLOSING = 'closing_position';
const HOLD_NO_STOP = 'no_protective_levels';

/** Trades what the models agree on. */
export class EnsembleStrategy implements Strategy, Checkpointable {
  readonly name = 'ensemble';
  readonly needsFeatures = true;
  readonly tracker: PerformanceTracker;
  #options: EnsembleStrategyOptions;
  readonly #horizonUs: number;
  readonly #outcomes = new OutcomeQueue();
  /** When the position of an instrument was opened or confirmed last; 0 when flat. */
  #heldSinceUs: EpochUs[] = [];
  #lastDecision: EnsembleDecision | null = null;

  constructor(options: EnsembleStrategyOptions) {
    this.#options = options;
    this.#horizonUs = options.horizonBars * options.timeframeUs;
    // Labels of so many bars overlap: that many outcomes are about one independent one, and settings count independent ones.
    this.tracker = new PerformanceTracker({ halfLifeCount: options.halfLifeCount * options.horizonBars });
  }

  /** Takes over settings that may change while it runs; horizon, half-life and costs stay. */
  retune(ensemble: EnsembleOptions, levels: LevelOptions): void {
    this.#options = { ...this.#options, ensemble, levels };
  }

  /** The newest decision, for the dashboard. */
  get lastDecision(): EnsembleDecision | null {
    return this.#lastDecision;
  }

  onTrigger(_trigger: Trigger, instrumentIx: InstrumentIx, context: StrategyContext): void {
    this.#settleOutcomes(instrumentIx, context);
    context.askModels(instrumentIx);
  }

  onPrediction(event: PredictionEvent, snapshot: AnsweredSnapshot, context: StrategyContext): void {
    const { instrumentIx } = snapshot;
    const instrument = context.instruments.at(instrumentIx);
    const votes = this.#hear(event.replies);
    const costs = this.#costsOf(instrument, context);
    const decision = decide(
      {
        votes,
        isWarm: context.isWarm(instrumentIx),
        dataAgeUs: context.dataAgeUs(instrumentIx),
        costs: { longFraction: costs.long.totalFraction, shortFraction: costs.short.totalFraction },
      },
      this.#options.ensemble,
      this.tracker,
    );
    this.#lastDecision = decision;
    this.#awaitOutcome(event.replies, snapshot, decision);
    this.#act(decision, costs, snapshot, instrument, context);
  }

  onFill(fill: FillEvent, context: StrategyContext): void {
    const lots = context.positionLots(fill.instrumentIx);
    const isOpen = (this.#heldSinceUs[fill.instrumentIx] ?? 0) > 0;
    if (lots === 0) this.#heldSinceUs[fill.instrumentIx] = 0;
    else if (!isOpen) this.#heldSinceUs[fill.instrumentIx] = context.nowUs;
  }

  saveState(): unknown {
    return {
      tracker: this.tracker.saveState(),
      outcomes: this.#outcomes.saveState(),
      heldSinceUs: [...this.#heldSinceUs],
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'ensemble strategy');
    this.tracker.loadState(saved.tracker);
    this.#outcomes.loadState(saved.outcomes);
    this.#heldSinceUs = [...(saved.heldSinceUs as EpochUs[])];
  }

  /** Collects the votes and notes which models failed to answer. */
  #hear(replies: readonly PredictionReply[]): readonly ModelVote[] {
    const votes: ModelVote[] = [];
    for (const reply of replies) {
      if (reply.kind === 'prediction') {
        const { action, confidence, expectedReturn, latencyMs, modelName, probability, variance } =
          reply.prediction;
        this.tracker.recordPrediction(modelName, latencyMs);
        votes.push({ model: modelName, action, probability, expectedReturn, confidence, variance });
      } else if (reply.reason === 'timeout' || reply.reason === 'error' || reply.reason === 'unhealthy') {
        this.tracker.recordFailure(reply.modelName);
      }
    }
    return votes;
  }

  #costsOf(
    instrument: Instrument,
    context: StrategyContext,
  ): Readonly<Record<'long' | 'short', RoundTripCost>> {
    const priceTicks = context.lastPriceTicks(instrument.ix);
    const price = priceTicks / POW10[instrument.priceDecimals]!;
    const qty = (context.equity * COST_NOTIONAL_FRACTION) / price;
    const qtyLots = Math.max(instrument.qtyLotsMin, Math.floor(qty * POW10[instrument.qtyDecimals]!));
    const minuteVolume = (context.volume24h(instrument.ix) / 1_440) * POW10[instrument.qtyDecimals]!;
    const depth: KnownDepth =
      minuteVolume > 0 ? { kind: 'volume', minuteVolumeLots: minuteVolume } : { kind: 'unknown' };
    const question = {
      instrument,
      qtyLots,
      priceTicks,
      entry: 'taker',
      exit: 'taker',
      depth,
      openUs: context.nowUs,
      holdUs: this.#horizonUs,
      funding: context.fundingOf(instrument.ix),
    } as const;
    const { costs } = this.#options;
    return {
      long: costs.roundTrip({ ...question, side: 'buy' }),
      short: costs.roundTrip({ ...question, side: 'sell' }),
    };
  }

  #act(
    decision: EnsembleDecision,
    costs: Readonly<Record<'long' | 'short', RoundTripCost>>,
    snapshot: AnsweredSnapshot,
    instrument: Instrument,
    context: StrategyContext,
  ): void {
    const plan = this.#planFor(decision, instrument, context);
    context.decide(recordOf(decision, costs, snapshot, plan.holdReason), plan.order);
    if (plan.closeReason !== null) context.closePosition(instrument.ix, plan.closeReason);
  }

  /** What follows from a decision, given the position and the orders that are there. */
  #planFor(decision: EnsembleDecision, instrument: Instrument, context: StrategyContext): Plan {
    const { ix } = instrument;
    const positionLots = context.positionLots(ix);
    if (positionLots !== 0) {
      const closeReason = this.#reasonToClose(decision, positionLots, ix, context);
      const holdReason = decision.reason ?? (closeReason === null ? HOLD_POSITION_OPEN : HOLD_CLOSING);
      return { holdReason, order: null, closeReason };
    }
    if (decision.action === 'hold') return holdFor(decision.reason);
    if (context.workingOrderCount(ix) > 0) return holdFor(HOLD_ORDER_WORKING);
    const side = decision.action === 'long' ? 'buy' : 'sell';
    const priceTicks = context.lastPriceTicks(ix);
    const entry = { instrument, side, priceTicks, confidence: decision.confidence } as const;
    const levels = protectiveLevels(entry, this.#options.levels);
    if (levels === null) return holdFor(HOLD_NO_STOP);
    const order: StrategyOrder = {
      instrumentIx: ix,
      side,
      signal: {
        strength: decision.confidence,
        probability: side === 'buy' ? decision.probability : 1 - decision.probability,
        expectedReturn: decision.expectedValue,
      },
      protection: { stopTicks: levels.stopTicks, targetTicks: levels.targetTicks },
      reason: `${decision.action} at p=${decision.probability.toFixed(3)}`,
    };
    return { holdReason: null, order, closeReason: null };
  }

  /** A position is left when the ensemble asks for the other side, or when its time is over and nothing confirms it. */
  #reasonToClose(
    decision: EnsembleDecision,
    positionLots: number,
    instrumentIx: InstrumentIx,
    context: StrategyContext,
  ): string | null {
    const own = positionLots > 0 ? 'long' : 'short';
    if (decision.action === own) {
      this.#heldSinceUs[instrumentIx] = context.nowUs;
      return null;
    }
    if (decision.action !== 'hold') return 'the ensemble asks for the other side';
    const heldSinceUs = this.#heldSinceUs[instrumentIx] ?? 0;
    return context.nowUs - heldSinceUs >= this.#horizonUs ? 'the horizon has passed' : null;
  }

  #awaitOutcome(
    replies: readonly PredictionReply[],
    snapshot: AnsweredSnapshot,
    decision: EnsembleDecision,
  ): void {
    const votes = decision.weights.map(({ action, model, probability }) => {
      const at = replies.findIndex(
        (reply) => reply.kind === 'prediction' && reply.prediction.modelName === model,
      );
      return { predictionId: snapshot.firstPredictionId + at, model, probability, action };
    });
    if (votes.length === 0) return;
    const dueUs = snapshot.tsUs + this.#horizonUs;
    this.#outcomes.push({
      dueUs,
      instrumentIx: snapshot.instrumentIx,
      priceTicks: snapshot.priceTicks,
      votes,
    });
  }

  #settleOutcomes(instrumentIx: InstrumentIx, context: StrategyContext): void {
    for (const outcome of this.#outcomes.takeDue(instrumentIx, context.nowUs)) {
      // After a gap the price is that of another horizon: as in training, such a prediction has no outcome.
      if (context.nowUs - outcome.dueUs > this.#options.timeframeUs) continue;
      const returnFraction = context.lastPriceTicks(instrumentIx) / outcome.priceTicks - 1;
      for (const { action, model, predictionId, probability } of outcome.votes) {
        this.tracker.recordOutcome(model, probability, returnFraction > 0, returnFraction);
        const pnl = action === 'hold' ? 0 : action === 'long' ? returnFraction : -returnFraction;
        // Abstaining is right when there was nothing to earn after the cheapest round trip of two taker fees.
        const isCorrect = action === 'hold' ? Math.abs(returnFraction) < HOLD_BAND : pnl > 0;
        context.recordOutcome(predictionId, pnl, isCorrect);
      }
    }
  }
}

function holdFor(holdReason: string | null): Plan {
  return { holdReason, order: null, closeReason: null };
}

/** A move smaller than this was not worth a trade: two taker fees of 5 basis points. */
const HOLD_BAND = 0.001;

function recordOf(
  decision: EnsembleDecision,
  costs: Readonly<Record<'long' | 'short', RoundTripCost>>,
  snapshot: AnsweredSnapshot,
  holdReason: string | null,
): Decision {
  const votes = decision.weights;
  return {
    instrumentIx: snapshot.instrumentIx,
    snapshotId: snapshot.snapshotId,
    action: decision.action,
    confidence: decision.confidence,
    expectedValue: decision.expectedValue,
    method: decision.method,
    modelCount: decision.modelCount,
    agreement: decision.agreement,
    uncertainty: decision.uncertainty,
    holdReason,
    modelVotes: JSON.stringify(votes),
    explanation: {
      leaning: decision.leaning,
      probability: decision.probability,
      expected_return: decision.expectedReturn,
      prior_weight: decision.priorWeight,
      disagreement: decision.disagreement,
      votes,
      unusable: decision.unusable,
      gates: decision.gates,
      costs,
    },
  };
}
