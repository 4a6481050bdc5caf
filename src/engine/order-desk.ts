/**
 * The order desk: everything between a wish for an order and the venue. Wishes pass risk, become orders with durable intents and leave
 * as effects; what the venue says comes back here, is booked once, and keeps protection in place. Nothing else submits.
 *
 * Invariants: no effect `submit` without the seal of risk; a fill is booked exactly once (order manager); a position that was opened with
 * protection has stops at the venue for its whole quantity, or an order on its way that closes it.
 */
import { assert, type Checkpointable, divCeil, stateRecord } from '#core';
import type { ExecutionEvent, FillEvent, InstrumentIx, Side } from '#domain';
import { clientOrderId, leavesLots, type Order, OrderManager, type OrderUpdate } from '#orders';
import type { Portfolio } from '#portfolio';
import type { OrderIntent, RiskAction, RiskContext, RiskEngine, RiskVerdict } from '#risk';
import type { Desk } from './desk.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { Protection, StrategyOrder, SubmitOutcome } from './strategy.ts';
import type { TradeJournal } from './trade-journal.ts';

/** What risk said about a wish; kept for the explanation. */
export interface DeskOutcome {
  readonly outcome: SubmitOutcome;
  readonly verdict: RiskVerdict;
}

/** The wish for protection of one instrument's position, and the entry it belongs to. */
interface ProtectionPlan extends Protection {
  readonly entryClientOrderId: string;
}

export interface OrderDeskParts {
  readonly states: readonly InstrumentState[];
  readonly portfolio: Portfolio;
  readonly risk: RiskEngine;
  readonly journal: TradeJournal;
  readonly runTag: string;
}

const NO_ACTIONS: readonly RiskAction[] = Object.freeze([]);

/** Owns orders and protection. */
export class OrderDesk implements Checkpointable {
  readonly #parts: OrderDeskParts;
  readonly #desk: Desk;
  readonly #orders = new OrderManager();
  readonly #plans: (ProtectionPlan | null)[];
  /** What risk reserved for entries that may still fill, by client order id. */
  readonly #reserved = new Map<string, bigint>();
  #venueRejections: Record<string, number> = {};
  /** What risk demanded while an event was booked; empty between events. */
  #riskActions: RiskAction[] = [];

  constructor(parts: OrderDeskParts, desk: Desk) {
    this.#parts = parts;
    this.#desk = desk;
    this.#plans = parts.states.map(() => null);
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
    if (wish.protection !== undefined) {
      this.#plans[wish.instrumentIx] = { ...wish.protection, entryClientOrderId: id };
    }
    if (verdict.reservedAtoms > 0n) this.#reserved.set(id, verdict.reservedAtoms);
    this.#orders.markSubmitted(id, this.#desk.nowUs);
    this.#desk.emit({ kind: 'submit', orderId: order.orderId, order: verdict.order });
    journal.addOrder(order, wish.decision ?? null);
    const { orderId, request } = order;
    return { outcome: { kind: 'submitted', orderId, clientOrderId: id, qtyLots: request.qtyLots }, verdict };
  }

  /** Closes the position of an instrument at market; `null` when flat or already being closed. */
  close(strategy: string, instrumentIx: InstrumentIx, reason: string): DeskOutcome | null {
    const lots = this.#parts.portfolio.positionLots(instrumentIx);
    if (lots === 0 || this.#isClosing(instrumentIx)) return null;
    const side = lots > 0 ? 'sell' : 'buy';
    return this.submit(strategy, { instrumentIx, side, qtyLots: Math.abs(lots), reduceOnly: true, reason });
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
    this.#keepProtection(event.instrumentIx);
    return isNewFill ? event : null;
  }

  /** Returns what risk demanded while the last event was booked, and forgets it. */
  takeRiskActions(): readonly RiskAction[] {
    if (this.#riskActions.length === 0) return NO_ACTIONS;
    const actions = this.#riskActions;
    this.#riskActions = [];
    return actions;
  }

  /** Repairs missing protection of every position; called at each decision bar, should an event have been lost. */
  audit(): void {
    for (let ix = 0; ix < this.#plans.length; ix++) this.#keepProtection(ix);
  }

  saveState(): unknown {
    return {
      orders: this.#orders.saveState(),
      plans: structuredClone(this.#plans),
      reserved: [...this.#reserved],
      venueRejections: { ...this.#venueRejections },
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'order desk');
    this.#orders.loadState(saved.orders);
    const plans = structuredClone(saved.plans) as (ProtectionPlan | null)[];
    for (let ix = 0; ix < this.#plans.length; ix++) this.#plans[ix] = plans[ix] ?? null;
    this.#reserved.clear();
    for (const [id, atoms] of saved.reserved as [string, bigint][]) this.#reserved.set(id, atoms);
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
      strategy,
    };
  }

  #riskContext(instrumentIx: InstrumentIx, side: Side): RiskContext {
    const state = this.#parts.states[instrumentIx]!;
    const pending = this.#pendingEntries(instrumentIx, side);
    return {
      nowUs: this.#desk.nowUs,
      instrument: state.instrument,
      portfolio: this.#parts.portfolio,
      pendingSideLots: pending.sideLots,
      pendingOthersAtoms: pending.othersAtoms,
      lastPriceTicks: state.lastTicks,
      lastPriceTsUs: state.lastTsUs,
      volatility: state.pipeline?.realisedVolatility ?? Number.NaN,
      isReduceOnlyMode: this.#desk.isReduceOnlyMode,
      openOrderCount: this.#orders.openCount,
    };
  }

  /** What entries that may still fill reserve, before risk looks at the next one. */
  #pendingEntries(
    instrumentIx: InstrumentIx,
    side: Side,
  ): { readonly sideLots: number; readonly othersAtoms: bigint } {
    let sideLots = 0;
    let othersAtoms = 0n;
    if (this.#orders.openCount === 0) return { sideLots, othersAtoms };
    for (const order of this.#orders.openOrders) {
      const { request } = order;
      if (request.label !== 'ENTRY') continue;
      if (request.instrumentIx === instrumentIx) {
        if (request.side === side) sideLots += leavesLots(order);
        continue;
      }
      // What risk reserved for the part that opens, in proportion to what can still fill.
      const reservedAtoms = this.#reserved.get(request.clientOrderId) ?? 0n;
      othersAtoms += divCeil(reservedAtoms * BigInt(leavesLots(order)), BigInt(request.qtyLots));
    }
    return { sideLots, othersAtoms };
  }

  #onFill(fill: FillEvent, order: Order | null): void {
    const { journal, risk } = this.#parts;
    const { closed, outcome } = journal.bookFill(fill, order);
    if (closed !== null) this.#riskActions.push(...risk.onTradeClosed(closed.netAtoms, this.#desk.nowUs));
    if (outcome.isFlat || outcome.isFlip) this.#endProtection(fill.instrumentIx, outcome.isFlip);
  }

  /** The position is gone: its protective orders must not live on. After a flip the plan of the new position stays. */
  #endProtection(instrumentIx: InstrumentIx, isFlip: boolean): void {
    if (!isFlip) this.#plans[instrumentIx] = null;
    for (const order of this.#orders.openOrdersOf(instrumentIx)) {
      const { clientOrderId, label } = order.request;
      if (label === 'SL' || label === 'TP') this.cancel(clientOrderId);
    }
  }

  #onFinal(order: Order): void {
    const { clientOrderId, instrumentIx, label } = order.request;
    this.#reserved.delete(clientOrderId);
    const plan = this.#plans[instrumentIx];
    // An entry that ended without a fill needs no protection.
    const isUnfilledEntry = label === 'ENTRY' && order.filledLots === 0;
    if (isUnfilledEntry && plan?.entryClientOrderId === clientOrderId) this.#plans[instrumentIx] = null;
    // A protective order that the venue refuses (its trigger was passed already) means: close now.
    const isProtective = label === 'SL' || label === 'TP';
    if (isProtective && order.status === 'REJECTED' && plan !== null) {
      this.close(order.origin.strategy, instrumentIx, `protective order refused: ${order.reason}`);
    }
  }

  /** Sees to it that a position with a plan has stop and target at the venue for its whole quantity. */
  #keepProtection(instrumentIx: InstrumentIx): void {
    const plan = this.#plans[instrumentIx];
    if (plan === null || plan === undefined) return;
    const positionLots = this.#parts.portfolio.positionLots(instrumentIx);
    if (positionLots === 0 || this.#isClosing(instrumentIx)) return;
    const covered = { SL: 0, TP: 0 };
    for (const order of this.#orders.openOrdersOf(instrumentIx)) {
      const { label } = order.request;
      if ((label === 'SL' || label === 'TP') && !order.isCancelWanted) covered[label] += leavesLots(order);
    }
    const missingStop = Math.abs(positionLots) - covered.SL;
    if (missingStop > 0) this.#protect(instrumentIx, positionLots, missingStop, 'SL', plan);
    const missingTarget = plan.targetTicks === null ? 0 : Math.abs(positionLots) - covered.TP;
    if (missingTarget > 0 && !this.#isClosing(instrumentIx)) {
      this.#protect(instrumentIx, positionLots, missingTarget, 'TP', plan);
    }
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
    this.close(strategy, instrumentIx, message);
  }

  #isClosing(instrumentIx: InstrumentIx): boolean {
    for (const order of this.#orders.openOrdersOf(instrumentIx)) {
      if (order.request.label === 'EXIT' && !order.isCancelWanted) return true;
    }
    return false;
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
