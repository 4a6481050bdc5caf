/**
 * The decision desk: snapshots, questions to the models, and the record of what was decided and why. Every decision that leads to an
 * order has a snapshot before it and an explanation beside it.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import { type Instrument, type InstrumentIx, priceOf, qtyOf } from '#domain';
import type { RuleOutcome } from '#risk';
import type { PredictorInfo, PredictRequest } from '#serving';
import type { ModelPredictionRow } from '#store';
import type { Desk } from './desk.ts';
import type { EventHash } from './event-hash.ts';
import type { PredictionEvent } from './events.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { DeskOutcome } from './order-desk.ts';
import type { AnsweredSnapshot, Decision, DecisionReference } from './strategy.ts';

/** Snapshots whose answers are awaited; more means that answers never come, and asking stops. */
const PENDING_SNAPSHOTS_MAX = 10_000;

/** A snapshot that waits for answers. */
interface PendingSnapshot {
  readonly instrumentIx: InstrumentIx;
  readonly strategy: string;
  readonly priceTicks: number;
  readonly tsUs: EpochUs;
}

export interface DecisionDeskParts {
  readonly states: readonly InstrumentState[];
  readonly models: readonly PredictorInfo[];
  readonly featureSetHash: string;
  readonly timeframeUs: number;
  readonly eventHash: EventHash;
}

/** Counts for the summary. */
export interface DecisionCounts {
  snapshots: number;
  predictions: number;
  decisions: number;
  /** Decisions without an order, by reason code of gate or risk. */
  rejected: Record<string, number>;
}

/** Takes snapshots and keeps decisions. */
export class DecisionDesk implements Checkpointable {
  readonly #parts: DecisionDeskParts;
  readonly #desk: Desk;
  readonly #pending = new Map<number, PendingSnapshot>();
  #counts: DecisionCounts = { snapshots: 0, predictions: 0, decisions: 0, rejected: {} };

  constructor(parts: DecisionDeskParts, desk: Desk) {
    this.#parts = parts;
    this.#desk = desk;
  }

  get counts(): Readonly<DecisionCounts> {
    return this.#counts;
  }

  /** Takes a snapshot of an instrument and returns its number. */
  snapshot(instrumentIx: InstrumentIx, features: Float64Array, eventSeq: number): number {
    const snapshotId = ++this.#counts.snapshots;
    if (!this.#desk.isRecorded) return snapshotId;
    const { instrument, lastTicks, bidTicks, askTicks, pipeline } = this.#parts.states[instrumentIx]!;
    const hasBook = bidTicks > 0 && askTicks > 0;
    const volume24h = pipeline?.volume24h ?? Number.NaN;
    const priceChange24h = pipeline?.priceChange24h ?? Number.NaN;
    this.#desk.emit({
      kind: 'record',
      row: {
        table: 'snapshots',
        snapshotId,
        timestamp: this.#desk.nowUs,
        venue: instrument.venue,
        symbol: instrument.symbol,
        currentPrice: priceOf(instrument, lastTicks),
        bid: hasBook ? priceOf(instrument, bidTicks) : null,
        ask: hasBook ? priceOf(instrument, askTicks) : null,
        spread: hasBook ? priceOf(instrument, askTicks - bidTicks) : null,
        volume24h: Number.isNaN(volume24h) ? null : volume24h,
        priceChange24h: Number.isNaN(priceChange24h) ? null : priceChange24h,
        featureSetHash: this.#parts.featureSetHash,
        features,
        eventSeq,
        eventHash: this.#parts.eventHash.hex(),
      },
    });
    return snapshotId;
  }

  /** Takes a snapshot and asks all models; `null` when too many answers are still awaited. */
  ask(strategy: string, instrumentIx: InstrumentIx, eventSeq: number): number | null {
    if (this.#pending.size >= PENDING_SNAPSHOTS_MAX) return null;
    const state = this.#parts.states[instrumentIx]!;
    assert(state.pipeline?.isWarm === true, 'models are asked about warm features only');
    // A copy: the pipeline overwrites its vector at the next bar, and row and request must keep this one.
    const features = state.pipeline.values.slice();
    const snapshotId = this.snapshot(instrumentIx, features, eventSeq);
    const { nowUs } = this.#desk;
    this.#pending.set(snapshotId, { instrumentIx, strategy, priceTicks: state.lastTicks, tsUs: nowUs });
    const request: PredictRequest = {
      requestId: snapshotId,
      symbol: state.instrument.symbol,
      timeframeUs: this.#parts.timeframeUs,
      tsUs: nowUs,
      price: priceOf(state.instrument, state.lastTicks),
      featureSetHash: this.#parts.featureSetHash,
      features,
    };
    this.#desk.emit({ kind: 'predict', request });
    return snapshotId;
  }

  /** Records the models' replies; `null` when nobody waits for them (asked before a crash that forgot the question). */
  onPrediction(event: PredictionEvent): (AnsweredSnapshot & { readonly strategy: string }) | null {
    const pending = this.#pending.get(event.snapshotId);
    if (pending === undefined) return null;
    this.#pending.delete(event.snapshotId);
    const firstPredictionId = this.#counts.predictions + 1;
    for (let i = 0; i < event.replies.length; i++) this.#recordReply(event, i);
    return { ...pending, snapshotId: event.snapshotId, firstPredictionId };
  }

  /** Records a decision with what became of it and returns the reference that its orders carry. */
  nextReference(decision: Decision): DecisionReference {
    return {
      decisionId: this.#counts.decisions + 1,
      snapshotId: decision.snapshotId,
      confidence: decision.confidence,
      expectedValue: decision.expectedValue,
      modelVotes: decision.modelVotes,
    };
  }

  /** Records a decision; `result` is what risk said to its order, `null` when it asked for none. */
  record(strategy: string, decision: Decision, result: DeskOutcome | null): void {
    const decisionId = ++this.#counts.decisions;
    const refusal = result?.outcome.kind === 'refused' ? result.outcome.code : null;
    const reason = decision.holdReason ?? refusal;
    if (reason !== null) this.#counts.rejected[reason] = (this.#counts.rejected[reason] ?? 0) + 1;
    if (!this.#desk.isRecorded) return;
    const { instrument } = this.#parts.states[decision.instrumentIx]!;
    const positionLots = result?.outcome.kind === 'submitted' ? result.outcome.qtyLots : 0;
    this.#desk.emit({
      kind: 'record',
      row: {
        table: 'ensemble_decisions',
        decisionId,
        timestamp: this.#desk.nowUs,
        snapshotId: decision.snapshotId,
        venue: instrument.venue,
        symbol: instrument.symbol,
        strategy,
        finalAction: decision.action,
        finalConfidence: decision.confidence,
        expectedValue: decision.expectedValue,
        aggregationMethod: decision.method,
        modelCount: decision.modelCount,
        modelAgreement: decision.agreement,
        uncertainty: decision.uncertainty,
        riskCheckPassed: result === null ? null : refusal === null,
        positionSize: qtyOf(instrument, positionLots),
        rejected: reason !== null,
        rejectionReason: reason,
        positionLots,
        explanation: explanationJson(decision, result, instrument),
      },
    });
  }

  /** Counts a question that led to no decision. */
  drop(reason: string): void {
    this.#counts.rejected[reason] = (this.#counts.rejected[reason] ?? 0) + 1;
  }

  /** Fills in what became of a prediction once its horizon has passed. */
  recordOutcome(predictionId: number, outcomePnl: number, isCorrect: boolean): void {
    if (!this.#desk.isRecorded) return;
    const outcomeCorrect = isCorrect ? 1 : 0;
    const row = { table: 'prediction_outcomes', predictionId, outcomePnl, outcomeCorrect } as const;
    this.#desk.emit({ kind: 'record', row });
  }

  saveState(): unknown {
    return { pending: structuredClone([...this.#pending]), counts: structuredClone(this.#counts) };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'decision desk');
    this.#pending.clear();
    for (const [id, pending] of saved.pending as [number, PendingSnapshot][]) this.#pending.set(id, pending);
    this.#counts = structuredClone(saved.counts as DecisionCounts);
  }

  #recordReply(event: PredictionEvent, index: number): void {
    const predictionId = ++this.#counts.predictions;
    if (!this.#desk.isRecorded) return;
    const reply = event.replies[index]!;
    const base = {
      table: 'model_predictions',
      predictionId,
      timestamp: this.#desk.nowUs,
      snapshotId: event.snapshotId,
      modelEndpoint: this.#parts.models[index]?.endpoint ?? '',
      rawResponse: JSON.stringify(reply.kind === 'prediction' ? reply.prediction : reply),
      outcomePnl: null,
      outcomeCorrect: null,
    } as const;
    const row: ModelPredictionRow =
      reply.kind === 'prediction'
        ? {
            ...base,
            modelName: reply.prediction.modelName,
            action: reply.prediction.action,
            confidence: reply.prediction.confidence,
            probability: reply.prediction.probability,
            expectedReturn: reply.prediction.expectedReturn,
            latencyMs: reply.prediction.latencyMs,
          }
        : {
            ...base,
            modelName: reply.modelName,
            action: 'none',
            confidence: null,
            probability: null,
            expectedReturn: null,
            latencyMs: null,
          };
    this.#desk.emit({ kind: 'record', row });
  }
}

/** Everything that led to the decision and what risk made of it; the features stand in the snapshot. */
function explanationJson(decision: Decision, result: DeskOutcome | null, instrument: Instrument): string {
  const risk =
    result === null
      ? null
      : {
          verdict: result.verdict.kind,
          code: result.verdict.kind === 'refused' ? result.verdict.code : null,
          message: result.verdict.kind === 'refused' ? result.verdict.message : null,
          rules: result.verdict.rules.map(plainRule),
        };
  return JSON.stringify({
    symbol: instrument.symbol,
    ...decision.explanation,
    hold: decision.holdReason,
    risk,
  });
}

/** JSON knows no infinity: an unlimited rule has `null`. */
function plainRule({ rule, verdict, value, limit }: RuleOutcome): Readonly<Record<string, unknown>> {
  return {
    rule,
    verdict,
    value: Number.isFinite(value) ? value : null,
    limit: Number.isFinite(limit) ? limit : null,
  };
}
