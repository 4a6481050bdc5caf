/** The context of one strategy: what it may see and do, carried out by the engine in the strategy's name. */
import type { EpochUs } from '#core';
import { type InstrumentIx, type InstrumentTable, moneyOf } from '#domain';
import type { DeskOutcome } from './order-desk.ts';
import type { EngineServices } from './services.ts';
import type { Decision, StrategyContext, StrategyOrder, SubmitOutcome } from './strategy.ts';

const NO_FEATURES = new Float64Array(0);

/** Implements `StrategyContext` over the engine for the strategy of one name. */
export class ScopedContext implements StrategyContext {
  readonly #engine: EngineServices;
  readonly #strategy: string;

  constructor(engine: EngineServices, strategy: string) {
    this.#engine = engine;
    this.#strategy = strategy;
  }

  get nowUs(): EpochUs {
    return this.#engine.nowUs;
  }
  get instruments(): InstrumentTable {
    return this.#engine.options.instruments;
  }
  get equity(): number {
    return moneyOf(this.instruments.atomDecimals, this.#engine.portfolio.equityAtoms);
  }

  positionLots(instrumentIx: InstrumentIx): number {
    return this.#engine.portfolio.positionLots(instrumentIx);
  }

  lastPriceTicks(instrumentIx: InstrumentIx): number {
    return this.#engine.states[instrumentIx]?.lastTicks ?? 0;
  }

  workingOrderCount(instrumentIx: InstrumentIx): number {
    return this.#engine.orderDesk.workingCount(instrumentIx);
  }

  isWarm(instrumentIx: InstrumentIx): boolean {
    return this.#engine.states[instrumentIx]?.pipeline?.isWarm ?? false;
  }

  features(instrumentIx: InstrumentIx): Float64Array {
    return this.#engine.states[instrumentIx]?.pipeline?.values ?? NO_FEATURES;
  }

  atrFraction(instrumentIx: InstrumentIx): number {
    return this.#engine.states[instrumentIx]?.pipeline?.atrFraction ?? Number.NaN;
  }

  volume24h(instrumentIx: InstrumentIx): number {
    return this.#engine.states[instrumentIx]?.pipeline?.volume24h ?? Number.NaN;
  }

  dataAgeUs(instrumentIx: InstrumentIx): number {
    const state = this.#engine.states[instrumentIx];
    if (state === undefined) return Number.NaN;
    const ageUs = this.nowUs - state.usableTsUs;
    if (state.pipeline === null) return ageUs;
    // A book that lives on does not make old features young: they are as old as they are later than the next bar was due.
    const { options } = this.#engine;
    const barUs = options.timeframesUs[0] ?? options.sourceTimeframeUs;
    const featuresUs = state.pipeline.decisionBar.openTsUs + barUs;
    return Math.max(ageUs, this.nowUs - featuresUs - barUs);
  }

  fundingOf(instrumentIx: InstrumentIx): { readonly rateE12: number; readonly intervalUs: number } | null {
    return this.#engine.states[instrumentIx]?.funding ?? null;
  }

  askModels(instrumentIx: InstrumentIx): number | null {
    const state = this.#engine.states[instrumentIx];
    if (state === undefined || !this.isWarm(instrumentIx)) return null;
    if (!state.admitDecision(this.nowUs, this.#engine.tuning.decisionsPerMinuteMax)) return null;
    return this.#engine.decisionDesk.ask(this.#strategy, instrumentIx, this.#engine.eventSeq);
  }

  submit(order: StrategyOrder): SubmitOutcome {
    if (order.reduceOnly === true || order.decision !== undefined) {
      return this.#engine.orderDesk.submit(this.#strategy, order).outcome;
    }
    return this.#decideAndSubmit(this.#plainDecision(order), order);
  }

  decide(decision: Decision, order: StrategyOrder | null): SubmitOutcome | null {
    if (order !== null) return this.#decideAndSubmit(decision, order);
    this.#engine.decisionDesk.record(this.#strategy, decision, null);
    return null;
  }

  setTarget(instrumentIx: InstrumentIx, targetLots: number, reason: string): SubmitOutcome | null {
    const positionLots = this.positionLots(instrumentIx);
    const difference = targetLots - positionLots;
    if (difference === 0 || this.workingOrderCount(instrumentIx) > 0) return null;
    const side = difference > 0 ? 'buy' : 'sell';
    const qtyLots = Math.abs(difference);
    const isShrinking = positionLots !== 0 && Math.sign(targetLots) * Math.sign(positionLots) >= 0;
    if (isShrinking && Math.abs(targetLots) < Math.abs(positionLots)) {
      return this.submit({ instrumentIx, side, qtyLots, reduceOnly: true, reason });
    }
    const { orderDesk } = this.#engine;
    const isFlip = positionLots !== 0 && Math.sign(targetLots) === -Math.sign(positionLots);
    if (isFlip && orderDesk.hasReducing(instrumentIx)) {
      const reversal = { strategy: this.#strategy, instrumentIx, targetLots, reason };
      return orderDesk.reverse(reversal)?.outcome ?? null;
    }
    const outcome = this.submit({ instrumentIx, side, qtyLots, reason });
    return isFlip && outcome.kind === 'refused' ? this.closePosition(instrumentIx, reason) : outcome;
  }

  closePosition(instrumentIx: InstrumentIx, reason: string): SubmitOutcome | null {
    return this.#engine.orderDesk.close(this.#strategy, instrumentIx, reason)?.outcome ?? null;
  }

  cancel(clientOrderId: string): boolean {
    return this.#engine.orderDesk.cancel(clientOrderId);
  }

  setTimer(key: string, atUs: EpochUs): void {
    this.#engine.emit({ kind: 'timer', atUs: Math.max(atUs, this.nowUs), owner: this.#strategy, key });
  }

  recordOutcome(predictionId: number, outcomePnl: number, isCorrect: boolean): void {
    this.#engine.decisionDesk.recordOutcome(predictionId, outcomePnl, isCorrect);
  }

  #decideAndSubmit(decision: Decision, order: StrategyOrder): SubmitOutcome {
    const { decisionDesk, orderDesk } = this.#engine;
    const reference = decisionDesk.nextReference(decision);
    const result: DeskOutcome = orderDesk.submit(this.#strategy, { ...order, decision: reference });
    decisionDesk.record(this.#strategy, decision, result);
    return result.outcome;
  }

  /** An entry of a plain strategy gets a snapshot and a decision too, so that every trade has its reasons. */
  #plainDecision(order: StrategyOrder): Decision {
    const { decisionDesk, eventSeq, states } = this.#engine;
    const pipeline = states[order.instrumentIx]?.pipeline ?? null;
    const features = pipeline === null ? NO_FEATURES : pipeline.values.slice();
    return {
      instrumentIx: order.instrumentIx,
      snapshotId: decisionDesk.snapshot(order.instrumentIx, features, eventSeq),
      action: order.side === 'buy' ? 'long' : 'short',
      confidence: order.signal?.strength ?? 1,
      expectedValue: order.signal?.expectedReturn ?? 0,
      method: 'strategy',
      modelCount: 0,
      agreement: 1,
      uncertainty: 0,
      holdReason: null,
      modelVotes: '[]',
      explanation: { reason: order.reason },
    };
  }
}
