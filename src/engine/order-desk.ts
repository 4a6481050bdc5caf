/**
 * The order desk: everything between a wish for an order and the venue. Wishes pass risk, become orders with durable intents and leave
 * as effects; what the venue says comes back here, is booked once, and keeps protection in place. Nothing else submits.
 *
 * Invariants: no effect `submit` without the seal of risk; a fill is booked exactly once (order manager); a position that was opened with
 * protection has stops at the venue for all of it that no market order on its way closes; an account that is to be flat is closed again and
 * again until it is. What the venue refused is tried again at the next decision bar, not at once.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { ExecutionEvent, FillEvent, InstrumentIx, OrderRequest } from '#domain';
import {
  clientOrderId,
  leavesLots,
  type Order,
  type OrderInput,
  OrderManager,
  type OrderUpdate,
} from '#orders';
import type { Portfolio } from '#portfolio';
import type { RiskAction, RiskEngine, RiskVerdict } from '#risk';
import type { Desk } from './desk.ts';
import type { InstrumentState } from './instrument-state.ts';
import { reportOddity } from './order-oddity.ts';
import { intentOf, labelOf, riskContextOf } from './order-wish.ts';
import type { AuditedDesk, ProtectionAuditor, ProtectionRules } from './protection-auditor.ts';
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
  /** Makes the auditor of positions over the orders of this desk. */
  readonly auditor: (desk: AuditedDesk) => ProtectionAuditor;
  /**
   * True for a fill that is the real face of one that was booked by the venue's word before, for the order of that client id or for none (empty): it
   * must not count again.
   */
  readonly isBookedAlready: (fill: FillEvent, clientOrderId: string) => boolean;
}

/** Origin of orders of former runs: what they filled before may be in a position that was taken over as a whole. */
export const FORMER_RUN = 'former-run';
/** Prefix of the timer after which refused protection is tried again. */
const PROTECT_AGAIN = 'protect-again:';

const NO_ACTIONS: readonly RiskAction[] = Object.freeze([]);
const NO_REVERSALS: readonly Reversal[] = Object.freeze([]);

/** Owns orders and protection. */
export class OrderDesk implements Checkpointable {
  readonly #parts: OrderDeskParts;
  readonly #desk: Desk;
  readonly #orders = new OrderManager();
  readonly #plans: ProtectionPlans;
  readonly #auditor: ProtectionAuditor;
  /** True between the refusal of a protective order and the moment at which it is tried again. */
  readonly #isProtectionHeldOff: boolean[];
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
    this.#auditor = parts.auditor({
      orders: this.#orders,
      hasPlan: (ix) => this.#plans.of(ix) !== null,
      close: (ix, reason) => void this.close('engine', ix, reason),
    });
    this.#isProtectionHeldOff = parts.states.map(() => false);
    this.#reversals = parts.states.map(() => null);
    this.#isHeldOff = parts.states.map(() => false);
    this.#stuckLots = parts.states.map(() => 0);
  }

  get orders(): OrderManager {
    return this.#orders;
  }

  /** Audits the stops of positions. */
  get auditor(): ProtectionAuditor {
    return this.#auditor;
  }

  /** A life at a real venue begins: stops are audited by these rules, and what waited for a timer waits no more. */
  supervise(rules: ProtectionRules): void {
    this.#isProtectionHeldOff.fill(false);
    this.#auditor.begin(rules);
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
    const state = this.#parts.states[wish.instrumentIx]!;
    const verdict = risk.check(
      intentOf({ strategy, wish, clientOrderId: id, label }, state.lastTicks),
      riskContextOf(wish, this.#orders, this.#parts, this.#desk),
    );
    if (verdict.kind === 'refused') {
      return { outcome: { kind: 'refused', code: verdict.code, message: verdict.message }, verdict };
    }
    const origin = { strategy, decisionId: wish.decision?.decisionId ?? null };
    const order = this.#orders.create(verdict.order, origin, this.#desk.nowUs);
    if (wish.protection !== undefined) this.#plans.add(id, wish.protection);
    else if (label === 'ENTRY') this.#auditor.waive(strategy, 'it asks for no protection with its entries');
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

  /** Asks for the end of every entry order, of one instrument or of all. */
  cancelEntries(instrumentIx: InstrumentIx | null = null): void {
    for (const { request } of this.#orders.openOrders) {
      if (request.label !== 'ENTRY') continue;
      if (instrumentIx === null || request.instrumentIx === instrumentIx) this.cancel(request.clientOrderId);
    }
  }

  /** Asks for the end of an order again: the request did not arrive. */
  cancelAgain(clientOrderId: string): void {
    const order = this.#orders.find(clientOrderId);
    if (order === undefined) return;
    this.#desk.emit({ kind: 'cancel', clientOrderId, instrumentIx: order.request.instrumentIx });
  }

  /** Takes in an order that this process has not sent; what became of it the venue says. */
  adopt(request: OrderRequest, strategy: string, sentUs: EpochUs, orderId?: number): Order {
    const order = this.#orders.adopt(request, { strategy, decisionId: null }, sentUs, orderId);
    this.#parts.journal.addOrder(order, null);
    return order;
  }

  /** Applies what the venue said of an order when it was asked; a person can read why. */
  applyVenueWord(clientOrderId: string, input: OrderInput, reason: string): void {
    const before = this.#orders.find(clientOrderId)?.status;
    const update = this.#orders.input(clientOrderId, input, this.#desk.nowUs, reason);
    const { order } = update;
    if (order === null) return;
    const { instrumentIx } = order.request;
    const figures = { clientOrderId, input, from: before, to: order.status, note: update.note, reason };
    this.#desk.systemEvent('order_repaired', 'warning', `an order follows the venue: ${reason}`, figures);
    if (update.note === 'violation') this.#desk.holdEntries('violation', instrumentIx, figures);
    this.#parts.journal.recordOrder(order);
    if (update.isNowFinal) this.#onFinal(order);
    this.#settle(instrumentIx);
  }

  /** Tries protection again that the venue had refused; true when the timer was one of these. */
  onTimer(key: string): boolean {
    if (!key.startsWith(PROTECT_AGAIN)) return this.#auditor.onTimer(key);
    const instrumentIx = Number(key.slice(PROTECT_AGAIN.length));
    this.#isProtectionHeldOff[instrumentIx] = false;
    this.#settle(instrumentIx);
    return true;
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
    if (event.kind === 'fill' && this.#parts.isBookedAlready(event, event.clientOrderId || 'none'))
      return null;
    const update = this.#orders.apply(event);
    reportOddity(this.#desk, event, update);
    if (event.kind === 'order-rejected') {
      this.#venueRejections[event.code] = (this.#venueRejections[event.code] ?? 0) + 1;
    }
    const isNewFill = event.kind === 'fill' && update.isFillNew && !this.#isBookedAlready(event, update);
    if (isNewFill) this.#onFill(event, update.order);
    if (update.order !== null && update.note !== 'late') this.#parts.journal.recordOrder(update.order);
    if (update.isNowFinal && update.order !== null) this.#onFinal(update.order);
    this.#settle(event.instrumentIx);
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
    for (let ix = 0; ix < this.#stuckLots.length; ix++) {
      this.#keepInOrder(ix);
      this.#auditor.check(ix);
    }
  }

  saveState(): unknown {
    return {
      orders: this.#orders.saveState(),
      plans: this.#plans.saveState(),
      auditor: this.#auditor.saveState(),
      isProtectionHeldOff: [...this.#isProtectionHeldOff],
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
    this.#auditor.loadState(saved.auditor);
    const { isHeldOff, isProtectionHeldOff, reversals, stuckLots } = saved as {
      readonly isProtectionHeldOff: readonly boolean[];
      readonly isHeldOff: readonly boolean[];
      readonly reversals: readonly (Reversal | null)[];
      readonly stuckLots: readonly number[];
    };
    for (let ix = 0; ix < this.#stuckLots.length; ix++) {
      this.#reversals[ix] = structuredClone(reversals[ix] ?? null);
      this.#isHeldOff[ix] = isHeldOff[ix] ?? false;
      this.#isProtectionHeldOff[ix] = isProtectionHeldOff[ix] ?? false;
      this.#stuckLots[ix] = stuckLots[ix] ?? 0;
    }
    this.#flattenReason = saved.flattenReason as string | null;
    this.#venueRejections = { ...(saved.venueRejections as Record<string, number>) };
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
    else if (outcome.isFlip) this.#plans.onFlat(instrumentIx);
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
    if (isProtective && order.status === 'REJECTED' && this.#plans.of(instrumentIx) !== null)
      this.#onProtectionRefused(order);
  }

  /** Refused for its trigger, or again and again: closed at market. Else it is tried again after a pause, where an auditor says so. */
  #onProtectionRefused({ origin, reason, request: { instrumentIx } }: Order): void {
    const retryAfterUs = this.#auditor.refused(instrumentIx, reason === 'would_trigger_immediately');
    if (retryAfterUs === null) {
      this.close(origin.strategy, instrumentIx, `protective order refused: ${reason}`);
      return;
    }
    this.#isProtectionHeldOff[instrumentIx] = true;
    const atUs = this.#desk.nowUs + retryAfterUs;
    this.#desk.emit({ kind: 'timer', atUs, owner: 'engine', key: `${PROTECT_AGAIN}${instrumentIx}` });
  }

  /** After anything has happened to an instrument: what was begun goes on, and all is as it must be. */
  #settle(instrumentIx: InstrumentIx): void {
    this.#goOnReversing(instrumentIx);
    this.#keepInOrder(instrumentIx);
    this.#auditor.check(instrumentIx);
  }

  #isBookedAlready(fill: FillEvent, { order }: OrderUpdate): boolean {
    const isOwn = order !== null && order.origin.strategy !== FORMER_RUN;
    return !isOwn && this.#parts.isBookedAlready(fill, '');
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
    const positionLots = this.#parts.portfolio.positionLots(instrumentIx);
    if (positionLots === 0 || positionLots === this.#stuckLots[instrumentIx]) return;
    if (this.#isProtectionHeldOff[instrumentIx] === true) return;
    const plan = this.#plans.of(instrumentIx) ?? this.#planByDefault(instrumentIx);
    if (plan === null) return;
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

  /** A position that nobody planned for gets a stop at a default distance, where an auditor wants one. */
  #planByDefault(instrumentIx: InstrumentIx): ProtectionPlan | null {
    if (this.#auditor.isCovered(instrumentIx)) return null;
    const plan = this.#auditor.defaultPlan(instrumentIx);
    return plan === null ? null : this.#plans.plan(instrumentIx, plan);
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
}
