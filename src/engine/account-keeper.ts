/**
 * Keeps our account and the venue's the same. Compares what the venue answered with what is booked here; a difference counts once it has stood unchanged in
 * several looks, so that a message on its way is none. What the venue's word is enough for is repaired, each with its figures in the record; what it is not
 * enough for leaves the instrument with exits only, until both agree again. It never refuses to start and never lets an entry out on a state that is not known.
 */
import { type Checkpointable, type EpochUs, stateRecord, US_PER_SECOND } from '#core';
import type { ExecutionEvent, FillEvent, InstrumentIx, VenueAccount } from '#domain';
import { notionalAtoms } from '#domain';
import {
  DifferenceTracker,
  isSameAccount,
  type Order,
  type ReconcileAction,
  reconcile,
  withNetPositions,
} from '#orders';
import type { RiskEngine } from '#risk';
import type { OrderIntentRecord } from '#store';
import { type BalanceCause, explainBalance, isMoved } from './balance-difference.ts';
import { comparisonOf, isResting, RECONCILE, type Told } from './comparison.ts';
import type { AccountMark, VenueStateEvent } from './events.ts';
import { ForeignOrders } from './foreign-orders.ts';
import type { EngineServices } from './services.ts';
import type { TradingLimits } from './trading-limits.ts';
import { bookingOf, bookingsFor, VenueBookings } from './venue-bookings.ts';

export interface AccountKeeperParts {
  readonly engine: EngineServices;
  readonly limits: TradingLimits;
  readonly risk: RiskEngine;
  /** Has the engine hear a private event that the venue did not send: what its word about the account comes to. */
  readonly hear: (event: ExecutionEvent) => void;
  /** Money was booked. */
  readonly onMoney: () => void;
}

/** The venue's clock is known that well: fills of the last moment before both sides agreed are told from one another by their ids. */
const CLOCK_SLACK_US = US_PER_SECOND;

type Difference<K extends ReconcileAction['kind']> = Extract<ReconcileAction, { readonly kind: K }>;

/** What is known since both sides agreed last. */
interface Agreement {
  readonly tsUs: EpochUs;
  /** The venue's stamp: everything before it is booked. `null` = nothing was compared in this run yet. */
  readonly venueUs: EpochUs | null;
  readonly heldAtoms: bigint;
  fills: number;
  filledAtoms: bigint;
  forcedAtoms: bigint;
}

/** Keeps both sides the same. */
export class AccountKeeper implements Checkpointable {
  readonly #parts: AccountKeeperParts;
  readonly #tracker = new DifferenceTracker(RECONCILE.looksMin);
  readonly #foreign: ForeignOrders;
  readonly #bookings = new VenueBookings();
  readonly #fillCounts: number[];
  /** Times that fills were asked for since both sides agreed, by what was missing. */
  readonly #fillQuestions = new Map<string, number>();
  /** Since when the positions of an instrument differ without an explanation. */
  readonly #strangeSinceUs = new Map<InstrumentIx, EpochUs>();
  #agreement: Agreement;
  /** True from the start of a life, and from the word of a person, until both sides agree: then what the venue says is taken over. */
  #takesVenuesWord = true;
  #isSettled = false;
  #hasActed = false;
  #mustTellAgreed = true;
  #silentLooks = 0;
  #lookCount = 0;

  constructor(parts: AccountKeeperParts) {
    this.#parts = parts;
    this.#foreign = new ForeignOrders(parts.engine);
    this.#fillCounts = parts.engine.states.map(() => 0);
    this.#agreement = freshAgreement(parts.engine.nowUs, null, 0n);
  }

  /** True when the last look found both sides the same, as a whole. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** True when the last look led to something being done, which the next ones show. */
  get hasActed(): boolean {
    return this.#hasActed;
  }

  /** What this side holds now. */
  mark(): AccountMark {
    const { openOrders } = this.#parts.engine.orderDesk.orders;
    return {
      fillCounts: [...this.#fillCounts],
      orders: openOrders.map(({ filledLots, request, status }) => ({
        ...{ clientOrderId: request.clientOrderId, instrumentIx: request.instrumentIx, status, filledLots },
      })),
    };
  }

  /** A life begins: nothing is known before the first look. */
  begin(): void {
    this.#isSettled = false;
    this.#takesVenuesWord = true;
    this.#mustTellAgreed = true;
    // What an earlier life has seen says nothing about now.
    this.#tracker.observe([]);
    this.#parts.engine.holdEntries('unknown', null, {});
  }

  /** Takes over intents that a crash left open: sent or not, the venue is asked. Those that are known are left as they are. */
  recover(intents: readonly OrderIntentRecord[]): void {
    const { engine } = this.#parts;
    const { orders } = engine.orderDesk;
    const open = intents.filter(({ orderId }) => orderId >= orders.nextOrderId);
    for (const { orderId, request, tsUs } of open)
      engine.orderDesk.adopt(request, 'recovered', tsUs, orderId);
    if (open.length === 0) return;
    const clientOrderIds = open.map(({ request }) => request.clientOrderId);
    const message = `${open.length} orders that a crash left open are asked for, none is sent again`;
    engine.systemEvent('intents_recovered', 'warning', message, { clientOrderIds });
  }

  /** A fill was booked. */
  onFill(fill: FillEvent): void {
    const { instrumentIx, priceTicks, qtyLots } = fill;
    this.#fillCounts[instrumentIx] = (this.#fillCounts[instrumentIx] ?? 0) + 1;
    this.#agreement.fills++;
    const { instrument } = this.#parts.engine.states[instrumentIx]!;
    this.#agreement.filledAtoms += notionalAtoms(instrument, priceTicks, qtyLots);
  }

  /** True for a fill whose quantity was booked by the venue's word before it was told, for that order or for none. */
  isBookedAlready(fill: FillEvent, clientOrderId: string): boolean {
    // What is told as it happens is news whatever its stamp says: a liquidation that is taken for an old fill would leave a position nobody knows of.
    const isOld = fill.isRecalled === true && clientOrderId === '' && this.#bookings.isCovered(fill);
    if (!isOld && !this.#bookings.absorb(fill, clientOrderId)) return false;
    const { execId, feeAtoms, priceTicks, qtyLots, side } = fill;
    const figures = { execId, side, qtyLots, priceTicks, feeAtoms: String(feeAtoms) };
    const message = 'a fill was told that the position had been booked for already';
    this.#parts.engine.systemEvent('fill_absorbed', 'warning', message, figures);
    return true;
  }

  /** A person resumes: violations are forgiven, and what the venue says counts at the next looks. */
  onResume(why: string): void {
    this.#parts.limits.release('violation', 'any', why);
    this.#takesVenuesWord = true;
    this.#parts.engine.emit({ kind: 'compare', reason: why });
  }

  /** Compares, repairs what can be, and looks after the stops of all positions. */
  onVenueState(event: VenueStateEvent): void {
    const { engine } = this.#parts;
    this.#isSettled = false;
    this.#hasActed = false;
    if (event.answer.kind === 'silent') this.#onSilent(event.reason, event.answer.message);
    else {
      const before = withNetPositions(event.answer.before);
      const account = withNetPositions(event.answer.account);
      // A venue that moved between the first question and the last is asked again. What holds at the last holds since the first.
      const { tsVenueUs } = before;
      if (isSameAccount(before, account))
        this.#compare(event, { ...event.answer, account: { ...account, tsVenueUs } });
    }
    engine.orderDesk.auditor.report();
    engine.orderDesk.audit();
  }

  saveState(): unknown {
    return {
      tracker: this.#tracker.saveState(),
      foreign: this.#foreign.saveState(),
      bookings: this.#bookings.saveState(),
      fillCounts: [...this.#fillCounts],
      agreement: { ...this.#agreement },
      lookCount: this.#lookCount,
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'account keeper');
    this.#tracker.loadState(saved.tracker);
    this.#foreign.loadState(saved.foreign);
    this.#bookings.loadState(saved.bookings);
    (saved.fillCounts as number[]).forEach((count, ix) => {
      this.#fillCounts[ix] = count;
    });
    this.#agreement = { ...(saved.agreement as Agreement) };
    this.#lookCount = Number(saved.lookCount);
  }

  #onSilent(reason: string, message: string): void {
    const { engine } = this.#parts;
    this.#silentLooks++;
    if (this.#silentLooks === 1)
      engine.systemEvent('reconcile_failed', 'warning', `the venue did not answer: ${message}`, { reason });
    if (this.#silentLooks < RECONCILE.silentMax) return;
    engine.holdEntries('silence', null, { looks: this.#silentLooks, message });
  }

  #compare(event: VenueStateEvent, told: Told): void {
    const { limits } = this.#parts;
    this.#silentLooks = 0;
    limits.release('silence', 'any', 'the venue answers again');
    // What a run that begins finds at the venue is taken over as it is found: fills from before that are in it.
    if (this.#agreement.venueUs === null && this.#lookCount++ === 0)
      this.#parts.engine.states.forEach((_, ix) => {
        this.#bookings.cover(ix, told.account.tsVenueUs);
      });
    const { input, isWhole } = comparisonOf(this.#parts.engine, this.#fillCounts, event, told);
    const differences = reconcile(input).filter((one) => !this.#foreign.isKnown(one));
    if (isWhole) this.#healOthers(differences);
    const counting = this.#tracker.observe(differences);
    if (differences.length === 0 && isWhole) this.#onAgreed(told.account);
    for (const difference of counting) {
      if (this.#mayBeUnderWay(difference)) continue;
      this.#mustTellAgreed = true;
      this.#tracker.forget(difference);
      this.#repair(difference, differences, event, told);
    }
  }

  #mayBeUnderWay(difference: ReconcileAction): boolean {
    if (difference.kind !== 'apply-input' || difference.input !== 'found-absent') return false;
    const { engine } = this.#parts;
    const order = engine.orderDesk.orders.find(difference.clientOrderId);
    if (order === undefined || isResting(order)) return false;
    return engine.nowUs - order.createdUs < RECONCILE.absentUs;
  }

  /** Instruments that a difference held and that show none any more may open again. */
  #healOthers(differences: readonly ReconcileAction[]): void {
    const { limits } = this.#parts;
    const differing = new Set(differences.map((one) => this.#instrumentOf(one)));
    for (const { cause, instrumentIx } of limits.holds) {
      if (cause !== 'difference' || differing.has(instrumentIx)) continue;
      limits.release('difference', instrumentIx, 'the account at the venue and ours agree again');
    }
  }

  #onAgreed(account: VenueAccount): void {
    const { engine, limits } = this.#parts;
    this.#isSettled = true;
    this.#takesVenuesWord = false;
    this.#fillQuestions.clear();
    this.#strangeSinceUs.clear();
    const heldAtoms = engine.portfolio.grossExposureAtoms;
    this.#agreement = freshAgreement(engine.nowUs, account.tsVenueUs, heldAtoms);
    this.#bookings.forgetBefore(account.tsVenueUs);
    engine.states.forEach((_, ix) => {
      this.#bookings.cover(ix, account.tsVenueUs - CLOCK_SLACK_US);
    });
    if (this.#mustTellAgreed) {
      const figures = {
        openOrders: engine.orderDesk.orders.openCount,
        positions: engine.portfolio.openPositions().length,
        cashAtoms: String(engine.portfolio.cashAtoms),
        ...(account.isSpot === true ? { notCompared: 'holdings and money of a spot account' } : {}),
      };
      engine.systemEvent('reconcile_agreed', 'info', 'the account at the venue and ours agree', figures);
    }
    this.#mustTellAgreed = false;
    limits.release('unknown', 'any', 'the account was compared with the venue');
  }

  #repair(
    difference: ReconcileAction,
    all: readonly ReconcileAction[],
    event: VenueStateEvent,
    told: Told,
  ): void {
    const { orderDesk } = this.#parts.engine;
    switch (difference.kind) {
      case 'apply-input':
        this.#hasActed = true;
        // An order ends after its fills.
        if (all.some((one) => one.kind === 'fetch-fills' && one.clientOrderId === difference.clientOrderId))
          return;
        orderDesk.applyVenueWord(difference.clientOrderId, difference.input, difference.reason);
        return;
      case 'send':
        // The moment for it is over: whoever wanted it wants it again, or does not.
        orderDesk.applyVenueWord(
          difference.order.request.clientOrderId,
          'cancel-request',
          'it was never sent',
        );
        return;
      case 'cancel':
        orderDesk.cancelAgain(difference.clientOrderId);
        return;
      case 'fetch-fills':
        this.#onFillsMissing(difference, event, told);
        return;
      case 'foreign-order':
        this.#hasActed = true;
        this.#foreign.take(difference.venueOrder, this.#venueLots(difference.venueOrder.instrumentIx, told));
        return;
      case 'position-mismatch':
        this.#onPosition(difference, all, event, told);
        return;
      case 'balance-mismatch':
        this.#onBalance(difference, event);
    }
  }

  #venueLots(instrumentIx: InstrumentIx, { account }: Told): number {
    if (account.isSpot === true) return this.#parts.engine.portfolio.positionLots(instrumentIx);
    return account.positions.find((one) => one.instrumentIx === instrumentIx)?.qtyLots ?? 0;
  }

  #onFillsMissing(
    { clientOrderId, missingLots, reason }: Difference<'fetch-fills'>,
    event: VenueStateEvent,
    told: Told,
  ): void {
    const { engine } = this.#parts;
    const order = engine.orderDesk.orders.find(clientOrderId);
    if (order === undefined) return;
    const { instrumentIx } = order.request;
    engine.holdEntries('difference', instrumentIx, { clientOrderId, missingLots, reason });
    const isAskedEnough = !this.#mayAsk(clientOrderId, RECONCILE.fillQuestionsMax);
    if (isAskedEnough && this.#takesVenuesWord && !event.isTelling) this.#bookOrder(order, missingLots, told);
    else this.#tellFills(instrumentIx, Math.min(order.createdUs, this.#agreement.venueUs ?? order.createdUs));
  }

  /** The venue says that an order has filled, and has no fills of it: its word is booked. */
  #bookOrder({ request }: Order, missingLots: number, told: Told): void {
    const { engine } = this.#parts;
    const state = engine.states[request.instrumentIx]!;
    const fill = bookingOf(request, missingLots, {
      ...{ lastTicks: state.lastTicks, eventSeq: engine.eventSeq },
      ...{ tsVenueUs: told.account.tsVenueUs, tsLocalUs: engine.nowUs },
    });
    if (fill === null) return;
    const { clientOrderId } = request;
    const figures = { clientOrderId, side: fill.side, qtyLots: missingLots, priceTicks: fill.priceTicks };
    const message = 'fills that the venue does not show are booked by its word';
    engine.systemEvent('fills_booked', 'critical', message, figures);
    this.#bookings.add(fill);
    this.#agreement.forcedAtoms += notionalAtoms(state.instrument, fill.priceTicks, missingLots);
    this.#hear(fill);
  }

  #onPosition(
    difference: Difference<'position-mismatch'>,
    all: readonly ReconcileAction[],
    event: VenueStateEvent,
    told: Told,
  ): void {
    const { engine } = this.#parts;
    const { instrumentIx, localLots, reason, venueLots } = difference;
    const state = engine.states[instrumentIx]!;
    // Both hold the same; it is orders that differ, and those are looked after by themselves.
    if (localLots === venueLots) return;
    const { symbol } = state.instrument;
    const figures = { symbol, localLots, venueLots, differenceLots: venueLots - localLots, reason };
    if (!this.#takesVenuesWord) engine.holdEntries('difference', instrumentIx, figures);
    const fromUs = this.#agreement.venueUs;
    if (fromUs !== null && this.#mayAsk(`position ${instrumentIx}`, 1)) {
      this.#tellFills(instrumentIx, fromUs);
      return;
    }
    const isSmaller = Math.abs(venueLots) < Math.abs(localLots) && venueLots * localLots >= 0;
    const isStrange = !isSmaller && !this.#takesVenuesWord;
    if (event.isTelling || (isStrange && !this.#hasStood(instrumentIx))) return;
    if (this.#mayBeOurs(instrumentIx, all)) return;
    const venueCostTickLots =
      told.account.positions.find((one) => one.instrumentIx === instrumentIx)?.costTickLots ?? 0n;
    const bookings = bookingsFor({
      ...{ instrumentIx, localLots, venueLots, venueCostTickLots },
      localCostTickLots: engine.portfolio.position(instrumentIx).costTickLots,
      lastTicks: state.lastTicks === 0 ? engine.portfolio.markTicks(instrumentIx) : state.lastTicks,
      ...{ tsVenueUs: told.account.tsVenueUs, tsLocalUs: engine.nowUs, eventSeq: engine.eventSeq },
      isForced: isSmaller,
    });
    // Without any price nothing can be booked yet; entries wait.
    if (bookings.length === 0) return;
    const booked = bookings.map(({ priceTicks, qtyLots, side }) => ({ side, qtyLots, priceTicks }));
    // Its stop must be right, so it is taken over; why it came about a person must find out.
    if (isStrange) engine.holdEntries('violation', instrumentIx, figures);
    if (isSmaller) {
      const message = `${symbol}: smaller at the venue with no order of ours: liquidated, deleveraged or closed elsewhere`;
      engine.systemEvent('position_forced', 'critical', message, { ...figures, booked });
    } else {
      const message = `${symbol}: the position is taken over as the venue has it`;
      const cost = String(venueCostTickLots);
      engine.systemEvent('position_adopted', isStrange ? 'critical' : 'warning', message, {
        ...figures,
        booked,
        venueCostTickLots: cost,
      });
    }
    for (const fill of bookings) {
      this.#bookings.add(fill);
      this.#bookings.cover(instrumentIx, fill.tsVenueUs);
      if (isSmaller)
        this.#agreement.forcedAtoms += notionalAtoms(state.instrument, fill.priceTicks, fill.qtyLots);
      this.#hear(fill);
    }
  }

  /** True when a difference of positions that nothing explains was first found long enough ago that its fills would have been told. */
  #hasStood(instrumentIx: InstrumentIx): boolean {
    const { nowUs } = this.#parts.engine;
    const sinceUs = this.#strangeSinceUs.get(instrumentIx) ?? nowUs;
    this.#strangeSinceUs.set(instrumentIx, sinceUs);
    return nowUs - sinceUs >= RECONCILE.strangeUs;
  }

  /** An order of ours that is not resting, or whose fills are missing, may be what moved the position: first it is settled. */
  #mayBeOurs(instrumentIx: InstrumentIx, all: readonly ReconcileAction[]): boolean {
    const { orders } = this.#parts.engine.orderDesk;
    if (!orders.openOrdersOf(instrumentIx).every(isResting)) return true;
    return all.some((one) => one.kind === 'fetch-fills' && this.#instrumentOf(one) === instrumentIx);
  }

  #onBalance({ localAtoms, venueAtoms }: Difference<'balance-mismatch'>, event: VenueStateEvent): void {
    const { engine, risk } = this.#parts;
    const { venueUs } = this.#agreement;
    if (venueUs !== null && this.#mayAsk('balance', 1)) {
      for (let ix = 0; ix < engine.states.length; ix++) this.#tellFills(ix, venueUs);
      return;
    }
    if (event.isTelling) return;
    const cause = this.#causeOf(venueAtoms - localAtoms);
    const amountAtoms = venueAtoms - localAtoms;
    const isTransfer = isMoved(cause);
    if (isTransfer) risk.onTransfer(amountAtoms);
    engine.portfolio.applyAdjustment(amountAtoms, engine.nowUs, isTransfer);
    const figures = { cause, amountAtoms: String(amountAtoms), localAtoms: String(localAtoms) };
    const severity = cause === 'rounding' || cause === 'opening-balance' ? 'info' : 'warning';
    const message = `the venue's balance differs from ours, booked as ${cause}`;
    engine.systemEvent('balance_adjusted', severity, message, {
      ...{ ...figures, venueAtoms: String(venueAtoms), isResult: !isTransfer },
    });
    this.#parts.onMoney();
    this.#hasActed = true;
  }

  #hear(fill: FillEvent): void {
    this.#hasActed = true;
    this.#parts.hear(fill);
  }

  #causeOf(differenceAtoms: bigint): BalanceCause {
    const { engine } = this.#parts;
    const { filledAtoms, fills, forcedAtoms, heldAtoms, tsUs, venueUs } = this.#agreement;
    const exposure = engine.portfolio.grossExposureAtoms;
    return explainBalance({
      ...{ differenceAtoms, fills, filledAtoms, forcedAtoms },
      isOpening: venueUs === null && engine.orderDesk.orderCount === 0,
      heldAtoms: exposure > heldAtoms ? exposure : heldAtoms,
      ...{ sinceUs: tsUs, nowUs: engine.nowUs },
    });
  }

  #mayAsk(what: string, timesMax: number): boolean {
    const times = this.#fillQuestions.get(what) ?? 0;
    if (times >= timesMax) return false;
    this.#fillQuestions.set(what, times + 1);
    this.#hasActed = true;
    return true;
  }

  #tellFills(instrumentIx: InstrumentIx, fromUs: EpochUs): void {
    this.#parts.engine.emit({ kind: 'tell-fills', instrumentIx, fromUs });
  }

  #instrumentOf(difference: ReconcileAction): InstrumentIx | null {
    const { orders } = this.#parts.engine.orderDesk;
    switch (difference.kind) {
      case 'position-mismatch':
      case 'cancel':
        return difference.instrumentIx;
      case 'foreign-order':
        return difference.venueOrder.instrumentIx;
      case 'send':
        return difference.order.request.instrumentIx;
      case 'balance-mismatch':
        return null;
      default:
        return orders.find(difference.clientOrderId)?.request.instrumentIx ?? null;
    }
  }
}

function freshAgreement(tsUs: EpochUs, venueUs: EpochUs | null, heldAtoms: bigint): Agreement {
  return { tsUs, venueUs, heldAtoms, fills: 0, filledAtoms: 0n, forcedAtoms: 0n };
}
