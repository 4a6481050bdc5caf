/**
 * The order desk: everything between a wish for an order and the venue. Wishes pass risk, become orders with durable intents and leave
 * as effects; what the venue says comes back here, is booked once, and keeps protection in place. Nothing else submits.
 *
 * Invariants: no effect `submit` without the seal of risk; a fill is booked exactly once (order manager); a position that was opened with
 * protection has stops at the venue for all of it that no market order on its way closes; an account that is to be flat is closed again and
 * again until it is. What the venue refused is tried again at the next decision bar, not at once.
 */
import { assert, type Checkpointable, stateRecord } from '#core';
import type { ExecutionEvent, FillEvent, InstrumentIx, Side } from '#domain';
import { clientOrderId, leavesLots, type Order, OrderManager, type OrderUpdate } from '#orders';
import type { Portfolio } from '#portfolio';
import type { OrderIntent, RiskAction, RiskContext, RiskEngine, RiskVerdict } from '#risk';
import type { Desk } from './desk.ts';
import type { InstrumentState } from './instrument-state.ts';
import { pendingExposure } from './pending-exposure.ts';
import { type ProtectionPlan, ProtectionPlans } from './protection-plans.ts';
import type { StrategyOrder, SubmitOutcome } from './strategy.ts';
import type { TradeJournal } from './trade-journal.ts';

/** What risk said about a wish; kept for the explanation. */
export interface DeskOutcome {
  readonly outcome: SubmitOutcome;
  readonly verdict: RiskVerdict;
}

/** A position that is to be turned around: the other side is opened once this one is closed. */
export interface Reversal {
  readonly strategy: string;
  readonly instrumentIx: InstrumentIx;
  readonly targetLots: number;
  readonly reason: string;
}

export interface OrderDeskParts {
  readonly states: readonly InstrumentState[];
  readonly portfolio: Portfolio;
  readonly risk: RiskEngine;
  readonly journal: TradeJournal;
  readonly runTag: string;
}

const NO_ACTIONS: readonly RiskAction[] = Object.freeze([]);
const NO_REVERSALS: readonly Reversal[] = Object.freeze([]);

/** Owns orders and protection. */
export class OrderDesk implements Checkpointable {
  readonly #parts: OrderDeskParts;
  readonly #desk: Desk;
  readonly #orders = new OrderManager();
  readonly #plans: ProtectionPlans;
  readonly #reversals: (Reversal | null)[];
  /** True after a refusal by the venue: nothing is repeated before the next decision bar. */
  readonly #isHeldOff: boolean[];
  /** Position that neither stop nor exit can be placed for; it is told once. 0 = none. */
  readonly #stuckLots: number[];
  /** Why the account is to be flat and stay so until a person resumes; `null` = it is not. */
  #flattenReason: string | null = null;
  #venueRejections: Record<string, number> = {};
  /** What risk demanded while an event was booked; empty between events. */
  #riskActions: RiskAction[] = [];
  /** Reversals whose position was closed while an event was booked; empty between events. */
  #dueReversals: Reversal[] = [];

  constructor(parts: OrderDeskParts, desk: Desk) {
    this.#parts = parts;
    this.#desk = desk;
    this.#plans = new ProtectionPlans(parts.states.length);
    this.#reversals = parts.states.map(() => null);
    this.#isHeldOff = parts.states.map(() => false);
    this.#stuckLots = parts.states.map(() => 0);
  }

  get orders(): OrderManager {
    return this.#orders;
  }

  /** How many orders were submitted. */
  get orderCount(): number {
    return this.#orders.nextOrderId - 1;
  }

  /** Orders that the venue refused, by code. */
  get venueRejections(): Readonly<Record<string, number>> {
    return this.#venueRejections;
  }

  /** Takes a wish to risk and, when approved, on its way. */
  submit(strategy: string, wish: StrategyOrder): DeskOutcome {
    const { journal, risk, runTag } = this.#parts;
    const label = labelOf(wish);
    const id = clientOrderId(runTag, this.#orders.nextOrderId, label);
    const verdict = risk.check(
      this.#intentOf(strategy, wish, id, label),
      this.#riskContext(wish.instrumentIx, wish.side),
    );
    if (verdict.kind === 'refused') {
      return { outcome: { kind: 'refused', code: verdict.code, message: verdict.message }, verdict };
    }
    const origin = { strategy, decisionId: wish.decision?.decisionId ?? null };
    const order = this.#orders.create(verdict.order, origin, this.#desk.nowUs);
    if (wish.protection !== undefined) this.#plans.add(id, wish.protection);
    this.#orders.markSubmitted(id, this.#desk.nowUs);
    this.#desk.emit({ kind: 'submit', orderId: order.orderId, order: verdict.order });
    journal.addOrder(order, wish.decision ?? null);
    const { orderId, request } = order;
    return { outcome: { kind: 'submitted', orderId, clientOrderId: id, qtyLots: request.qtyLots }, verdict };
  }

  /** Closes at market what is open and not yet being closed; `null` when that is nothing. */
  close(strategy: string, instrumentIx: InstrumentIx, reason: string): DeskOutcome | null {
    const positionLots = this.#parts.portfolio.positionLots(instrumentIx);
    const qtyLots = Math.abs(positionLots) - this.#closingLots(instrumentIx);
    if (qtyLots <= 0) return null;
    const side = positionLots > 0 ? 'sell' : 'buy';
    return this.submit(strategy, { instrumentIx, side, qtyLots, reduceOnly: true, reason });
  }

  /** True when an order works that may shrink the position by itself: a stop, a target, an exit. */
  hasReducing(instrumentIx: InstrumentIx): boolean {
    for (const { request } of this.#orders.openOrdersOf(instrumentIx)) if (request.reduceOnly) return true;
    return false;
  }

  /**
   * Turns a position around: closes it, and lets the other side be opened once it is flat. One order for both could add to what a stop in
   * flight leaves behind. `null` when a close is under way already.
   */
  reverse(reversal: Reversal): DeskOutcome | null {
    const { instrumentIx, reason, strategy } = reversal;
    const outcome = this.close(strategy, instrumentIx, reason);
    const isOnItsWay = outcome === null || outcome.outcome.kind === 'submitted';
    this.#reversals[instrumentIx] = isOnItsWay ? reversal : null;
    return outcome;
  }

  /** Returns the reversals whose position has just been closed, and forgets them. */
  takeReversals(): readonly Reversal[] {
    if (this.#dueReversals.length === 0) return NO_REVERSALS;
    const due = this.#dueReversals;
    this.#dueReversals = [];
    return due;
  }

  /** Brings the account to flat and keeps at it: what is open is closed, what fills late too, until a person resumes. */
  flatten(reason: string): void {
    this.#flattenReason = reason;
    this.#reversals.fill(null);
    for (const { request } of this.#orders.openOrders) {
      const isMarketExit = request.label === 'EXIT' && request.type === 'market';
      const isProtective = request.label === 'SL' || request.label === 'TP';
      if (!isMarketExit && !isProtective) this.cancel(request.clientOrderId);
    }
    for (let ix = 0; ix < this.#stuckLots.length; ix++) this.close('engine', ix, reason);
  }

  /** Ends the wish to be flat. */
  endFlatten(): void {
    this.#flattenReason = null;
  }

  /** Asks for the end of an order; true when a request went out. */
  cancel(clientOrderId: string): boolean {
    const order = this.#orders.find(clientOrderId);
    if (order === undefined || order.isCancelWanted) return false;
    const update = this.#orders.requestCancel(clientOrderId, this.#desk.nowUs);
    if (update.note !== 'ok') return false;
    this.#desk.emit({ kind: 'cancel', clientOrderId, instrumentIx: order.request.instrumentIx });
    this.#parts.journal.recordOrder(order);
    return true;
  }

  /** Asks for the end of every entry order. */
  cancelEntries(): void {
    for (const order of this.#orders.openOrders) {
      if (order.request.label === 'ENTRY') this.cancel(order.request.clientOrderId);
    }
  }

  /** Orders of an instrument that may still fill, protective ones excepted. */
  workingCount(instrumentIx: InstrumentIx): number {
    let count = 0;
    for (const { request } of this.#orders.openOrdersOf(instrumentIx)) {
      if (request.label === 'ENTRY' || request.label === 'EXIT') count++;
    }
    return count;
  }

  /** Takes what the venue says. Returns the fill when it was a new one. */
  onExecution(event: ExecutionEvent): FillEvent | null {
    if (event.kind === 'funding-payment') {
      this.#parts.journal.bookFunding(event);
      return null;
    }
    const update = this.#orders.apply(event);
    this.#reportOddity(event, update);
    if (event.kind === 'order-rejected') {
      this.#venueRejections[event.code] = (this.#venueRejections[event.code] ?? 0) + 1;
    }
    const isNewFill = event.kind === 'fill' && update.isFillNew;
    if (isNewFill) this.#onFill(event, update.order);
    if (update.order !== null && update.note !== 'late') this.#parts.journal.recordOrder(update.order);
    if (update.isNowFinal && update.order !== null) this.#onFinal(update.order);
    this.#goOnReversing(event.instrumentIx);
    this.#keepInOrder(event.instrumentIx);
    return isNewFill ? event : null;
  }

  /** Returns what risk demanded while the last event was booked, and forgets it. */
  takeRiskActions(): readonly RiskAction[] {
    if (this.#riskActions.length === 0) return NO_ACTIONS;
    const actions = this.#riskActions;
    this.#riskActions = [];
    return actions;
  }

  /** Repairs what is missing, and tries again what the venue refused; called at each decision bar. */
  audit(): void {
    this.#isHeldOff.fill(false);
    for (let ix = 0; ix < this.#stuckLots.length; ix++) this.#keepInOrder(ix);
  }

  saveState(): unknown {
    return {
      orders: this.#orders.saveState(),
      plans: this.#plans.saveState(),
      reversals: structuredClone(this.#reversals),
      isHeldOff: [...this.#isHeldOff],
      stuckLots: [...this.#stuckLots],
      flattenReason: this.#flattenReason,
      venueRejections: { ...this.#venueRejections },
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'order desk');
    this.#orders.loadState(saved.orders);
    this.#plans.loadState(saved.plans);
    const { isHeldOff, reversals, stuckLots } = saved as {
      readonly isHeldOff: readonly boolean[];
      readonly reversals: readonly (Reversal | null)[];
      readonly stuckLots: readonly number[];
    };
    for (let ix = 0; ix < this.#stuckLots.length; ix++) {
      this.#reversals[ix] = structuredClone(reversals[ix] ?? null);
      this.#isHeldOff[ix] = isHeldOff[ix] ?? false;
      this.#stuckLots[ix] = stuckLots[ix] ?? 0;
    }
    this.#flattenReason = saved.flattenReason as string | null;
    this.#venueRejections = { ...(saved.venueRejections as Record<string, number>) };
  }

  #intentOf(strategy: string, wish: StrategyOrder, clientOrderId: string, label: Label): OrderIntent {
    const type = wish.type ?? 'market';
    return {
      clientOrderId,
      instrumentIx: wish.instrumentIx,
      side: wish.side,
      label,
      type,
      timeInForce: wish.timeInForce ?? (type === 'market' ? 'IOC' : 'GTC'),
      reduceOnly: wish.reduceOnly ?? false,
      priceTicks: wish.priceTicks ?? null,
      triggerTicks: wish.triggerTicks ?? null,
      size: sizeOf(wish, this.#parts.states[wish.instrumentIx]!.lastTicks),
      protection: wish.protection ?? null,
      strategy,
    };
  }

  #riskContext(instrumentIx: InstrumentIx, side: Side): RiskContext {
    const state = this.#parts.states[instrumentIx]!;
    const pending = pendingExposure(this.#orders.openOrders, instrumentIx, side, this.#parts);
    return {
      nowUs: this.#desk.nowUs,
      instrument: state.instrument,
      portfolio: this.#parts.portfolio,
      pendingSideLots: pending.sideLots,
      reducingSideLots: pending.reducingSideLots,
      pendingOthersAtoms: pending.othersAtoms,
      lastPriceTicks: state.lastTicks,
      lastPriceTsUs: state.usableTsUs,
      volatility: state.pipeline?.realisedVolatility ?? Number.NaN,
      isReduceOnlyMode: this.#desk.isReduceOnlyMode,
      openOrderCount: this.#orders.openCount,
    };
  }

  #onFill(fill: FillEvent, order: Order | null): void {
    const { journal, portfolio, risk } = this.#parts;
    const { instrumentIx } = fill;
    const { closed, outcome } = journal.bookFill(fill, order);
    if (closed !== null) this.#riskActions.push(...risk.onTradeClosed(closed.netAtoms, this.#desk.nowUs));
    if (outcome.isFlat || outcome.isFlip) this.#cancelProtection(instrumentIx);
    if (outcome.isFlat) this.#onFlat(fill, order);
    else if (order?.request.label === 'ENTRY' && portfolio.positionLots(instrumentIx) !== 0)
      this.#plans.onEntryFill(order.request.clientOrderId, instrumentIx, outcome.isFlip);
  }

  /** The position is gone: its protective orders must not live on. */
  #cancelProtection(instrumentIx: InstrumentIx): void {
    for (const { request } of this.#orders.openOrdersOf(instrumentIx)) {
      if (request.label === 'SL' || request.label === 'TP') this.cancel(request.clientOrderId);
    }
  }

  #onFlat(fill: FillEvent, order: Order | null): void {
    const { instrumentIx } = fill;
    const plan = this.#plans.onFlat(instrumentIx);
    // What its stop or target closed must not be opened again by the rest of the same entry.
    const isByProtection = order?.request.label === 'SL' || order?.request.label === 'TP';
    if (isByProtection && plan !== null) this.cancel(plan.entryClientOrderId);
    if (fill.isLiquidation) this.#reversals[instrumentIx] = null;
  }

  #onFinal(order: Order): void {
    const { clientOrderId, instrumentIx, label } = order.request;
    this.#parts.journal.endOrder(order);
    if (label === 'ENTRY') this.#plans.onEntryEnd(clientOrderId);
    const isUndone = order.filledLots < order.request.qtyLots;
    if (label === 'EXIT' && isUndone && !order.isCancelWanted) {
      this.#isHeldOff[instrumentIx] = true;
      if (this.#parts.portfolio.positionLots(instrumentIx) !== 0) this.#reversals[instrumentIx] = null;
    }
    // A protective order that the venue refuses (its trigger was passed already) means: close now.
    const isProtective = label === 'SL' || label === 'TP';
    if (isProtective && order.status === 'REJECTED' && this.#plans.of(instrumentIx) !== null) {
      this.close(order.origin.strategy, instrumentIx, `protective order refused: ${order.reason}`);
    }
  }

  /** Sees to what must be so after every event: an account that is to be flat is closed, a position with a plan has its protection. */
  #keepInOrder(instrumentIx: InstrumentIx): void {
    if (this.#isHeldOff[instrumentIx] === true) return;
    if (this.#flattenReason !== null) this.close('engine', instrumentIx, this.#flattenReason);
    this.#keepProtection(instrumentIx);
  }

  /** The other side is opened once this one is closed and nothing works that could still change it. */
  #goOnReversing(instrumentIx: InstrumentIx): void {
    const reversal = this.#reversals[instrumentIx] ?? null;
    if (reversal === null || this.#parts.portfolio.positionLots(instrumentIx) !== 0) return;
    if (this.workingCount(instrumentIx) > 0) return;
    this.#reversals[instrumentIx] = null;
    this.#dueReversals.push(reversal);
  }

  /** Sees to it that a position with a plan has stop and target at the venue for all that is not being closed at market. */
  #keepProtection(instrumentIx: InstrumentIx): void {
    const plan = this.#plans.of(instrumentIx);
    if (plan === null) return;
    const positionLots = this.#parts.portfolio.positionLots(instrumentIx);
    if (positionLots === 0 || positionLots === this.#stuckLots[instrumentIx]) return;
    const covered = { SL: 0, TP: 0 };
    for (const order of this.#orders.openOrdersOf(instrumentIx)) {
      const { label } = order.request;
      if ((label === 'SL' || label === 'TP') && !order.isCancelWanted) covered[label] += leavesLots(order);
    }
    const openLots = Math.abs(positionLots) - this.#closingLots(instrumentIx);
    const missingStop = openLots - covered.SL;
    if (missingStop > 0) this.#protect(instrumentIx, positionLots, missingStop, 'SL', plan);
    // A stop that could not be placed has closed instead.
    const stillOpen = Math.abs(positionLots) - this.#closingLots(instrumentIx);
    const missingTarget = plan.targetTicks === null ? 0 : stillOpen - covered.TP;
    if (missingTarget > 0 && this.#stuckLots[instrumentIx] !== positionLots)
      this.#protect(instrumentIx, positionLots, missingTarget, 'TP', plan);
  }

  #protect(
    instrumentIx: InstrumentIx,
    positionLots: number,
    qtyLots: number,
    label: 'SL' | 'TP',
    plan: ProtectionPlan,
  ): void {
    const strategy = this.#parts.journal.strategyOf(instrumentIx);
    const triggerTicks = label === 'SL' ? plan.stopTicks : plan.targetTicks;
    assert(triggerTicks !== null, 'a target is placed where the plan has one');
    const { outcome } = this.submit(strategy, {
      instrumentIx,
      side: positionLots > 0 ? 'sell' : 'buy',
      type: label === 'SL' ? 'stop_market' : 'take_profit_market',
      triggerTicks,
      qtyLots,
      reduceOnly: true,
      reason: label === 'SL' ? 'protective stop' : 'target',
    });
    if (outcome.kind === 'submitted') {
      const entry = this.#orders.find(plan.entryClientOrderId);
      const protective = this.#orders.find(outcome.clientOrderId);
      if (entry !== undefined && protective !== undefined)
        this.#parts.journal.linkProtection(entry, protective);
      return;
    }
    if (label === 'TP') return;
    const { symbol } = this.#parts.states[instrumentIx]!.instrument;
    const message = 'no stop could be placed, closing at market';
    this.#desk.systemEvent('protection_refused', 'critical', message, { symbol, code: outcome.code });
    const closing = this.close(strategy, instrumentIx, message);
    this.#stuckLots[instrumentIx] = closing?.outcome.kind === 'refused' ? positionLots : 0;
  }

  /** Lots that market orders on their way close. A limit may rest for ever: it closes nothing yet. */
  #closingLots(instrumentIx: InstrumentIx): number {
    let lots = 0;
    for (const order of this.#orders.openOrdersOf(instrumentIx)) {
      const { label, type } = order.request;
      if (label === 'EXIT' && type === 'market' && !order.isCancelWanted) lots += leavesLots(order);
    }
    return lots;
  }

  #reportOddity(event: ExecutionEvent, update: OrderUpdate): void {
    if (update.note === 'ok' || update.note === 'late') return;
    const isLiquidation = event.kind === 'fill' && event.isLiquidation;
    const type = isLiquidation ? 'liquidation' : 'order_oddity';
    const severity = update.note === 'violation' || isLiquidation ? 'critical' : 'warning';
    const message = isLiquidation ? 'the venue liquidated the position' : `order event: ${update.note}`;
    const clientOrderId = 'clientOrderId' in event ? event.clientOrderId : '';
    this.#desk.systemEvent(type, severity, message, { event: event.kind, note: update.note, clientOrderId });
  }
}

type Label = 'ENTRY' | 'EXIT' | 'SL' | 'TP';

/** Orders that only shrink are exits; protective ones are told by their type. */
function labelOf(wish: StrategyOrder): Label {
  if (wish.reduceOnly !== true) return 'ENTRY';
  if (wish.type === 'stop_market') return 'SL';
  return wish.type === 'take_profit_market' ? 'TP' : 'EXIT';
}

function sizeOf(wish: StrategyOrder, lastTicks: number): OrderIntent['size'] {
  if (wish.signal === undefined) return { kind: 'lots', qtyLots: wish.qtyLots ?? 0 };
  return {
    kind: 'signal',
    strength: wish.signal.strength,
    probability: wish.signal.probability,
    expectedReturn: wish.signal.expectedReturn,
    // The probability speaks of direction over a horizon: an even bet.
    rewardRisk: 1,
    stopFraction: Math.abs(lastTicks - (wish.protection?.stopTicks ?? lastTicks)) / lastTicks,
  };
}
