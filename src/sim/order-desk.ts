/**
 * The desk of the simulated venue: it owns all orders, books every execution and tells the trader. It does not decide when or at what price
 * something trades (the matchers do) nor whether an order may come in (`order-rules.ts`).
 * Invariants: an order never fills above its quantity; a reduce-only order never opens; a client order id names one order only.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import { feeAtoms } from '#costs';
import {
  type ExecutionEvent,
  floorToLot,
  type InstrumentIx,
  type InstrumentTable,
  isConditionalType,
  notionalAtoms,
  type OrderRequest,
  type PositionSide,
  type Side,
  type VenueOrder,
  type VenueRejectCode,
} from '#domain';
import type { SimAccount } from './account.ts';
import type { PositionSlot } from './account-settings.ts';
import type { FeeModel } from './fees/index.ts';
import type { MessageLatency } from './latency/index.ts';
import type { Execution, MatchDesk } from './matcher.ts';
import { refusesOwn } from './self-trade.ts';
import {
  leavesOf,
  NOT_QUEUED,
  type OrderPlace,
  revivedOrder,
  type SimOrder,
  simOrderOf,
} from './sim-order.ts';

/** What the desk works with. */
export interface OrderDeskParts {
  readonly instruments: InstrumentTable;
  readonly account: SimAccount;
  readonly fees: FeeModel;
  readonly latency: MessageLatency;
  readonly ordersKeptMax: number;
  /** Takes each private event, stamped with the moment at which the trader sees it. */
  readonly deliver: (event: ExecutionEvent) => void;
  /** Returns why a triggered order may not trade, `null` when it may. */
  readonly triggerRefusal: (order: SimOrder, nowUs: EpochUs) => VenueRejectCode | null;
}

/** What distinguishes one private event from another, without times and instrument. */
type EventBody<E> = E extends ExecutionEvent ? Omit<E, 'tsVenueUs' | 'tsLocalUs' | 'instrumentIx'> : never;

const NO_SIDE = {} as const;

/** All orders of the account and their bookkeeping. */
export class OrderDesk implements MatchDesk, Checkpointable {
  readonly #parts: OrderDeskParts;
  readonly #byClientId = new Map<string, SimOrder>();
  readonly #open: SimOrder[][];
  /** Client ids of finished orders, oldest first, from `#finishedFrom` on; what lies before is forgotten. */
  #finished: string[] = [];
  #finishedFrom = 0;
  #openCount = 0;
  #orderSeq = 0;
  #execSeq = 0;

  constructor(parts: OrderDeskParts) {
    this.#parts = parts;
    this.#open = parts.instruments.all.map(() => []);
  }

  /** How many orders are alive. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Returns the order of a client id in whatever state. */
  find(clientOrderId: string): SimOrder | undefined {
    return this.#byClientId.get(clientOrderId);
  }

  openOrders(instrumentIx: InstrumentIx): readonly SimOrder[] {
    return this.#open[instrumentIx]!;
  }

  netLots(instrumentIx: InstrumentIx): number {
    return this.#parts.account.netLots(instrumentIx);
  }

  /** Returns the rest of live orders of one side that may open a position: conditional and reducing ones do not count. */
  openingLots(instrumentIx: InstrumentIx, side: Side): number {
    let lots = 0;
    for (const order of this.#open[instrumentIx]!) {
      if (order.side === side && !order.isReducing && order.phase !== 'conditional') lots += leavesOf(order);
    }
    return lots;
  }

  fillableLots(order: SimOrder): number {
    return order.isReducing
      ? Math.max(0, Math.min(leavesOf(order), this.#closableLots(order)))
      : leavesOf(order);
  }

  floorLots(order: SimOrder, lots: number): number {
    return floorToLot(this.#parts.instruments.at(order.instrumentIx), lots);
  }

  /** Takes an order in and says so. */
  accept(request: OrderRequest, place: OrderPlace, nowUs: EpochUs): SimOrder {
    const order = this.#remember(request, place, nowUs);
    order.phase = isConditionalType(order.type) ? 'conditional' : 'held';
    this.#open[order.instrumentIx]!.push(order);
    this.#openCount++;
    this.#tell(order, { kind: 'order-accepted', ...idsOf(order) }, nowUs);
    return order;
  }

  /** Refuses an order and says why; the refusal is remembered under its client id. */
  refuse(request: OrderRequest, code: VenueRejectCode, message: string, nowUs: EpochUs): void {
    const { account } = this.#parts;
    const slot = account.settings.slotOf(request.instrumentIx, request.positionSide ?? 'both');
    const isReducing = request.reduceOnly;
    const order = this.#remember(request, { slot, isReducing, triggerBy: 'last' }, nowUs);
    order.status = 'REJECTED';
    order.rejectCode = code;
    order.rejectMessage = message;
    this.#keepFinished(order);
    this.answerAgain(order, nowUs);
  }

  /** Answers a repeated request with the order that exists. */
  answerAgain(order: SimOrder, nowUs: EpochUs): void {
    if (order.rejectCode === null) {
      this.#tell(order, { kind: 'order-accepted', ...idsOf(order) }, nowUs);
      return;
    }
    this.#tell(
      order,
      {
        kind: 'order-rejected',
        clientOrderId: order.clientOrderId,
        venueOrderId: '',
        code: order.rejectCode,
        message: order.rejectMessage,
      },
      nowUs,
    );
  }

  /** Gives an order another price and quantity (rule M64); `keepsPlace` = it stands where it stood, else it arrives anew. */
  amend(
    order: SimOrder,
    to: { readonly priceTicks: number; readonly qtyLots: number; readonly keepsPlace: boolean },
    nowUs: EpochUs,
  ): void {
    assert(
      to.qtyLots > order.filledLots && order.phase !== 'done',
      'a live order is amended to more than it has',
    );
    order.priceTicks = to.priceTicks;
    order.qtyLots = to.qtyLots;
    order.updatedUs = nowUs;
    if (!to.keepsPlace) {
      order.seq = ++this.#orderSeq;
      order.phase = 'held';
      Object.assign(order, NOT_QUEUED);
      order.throughTicks = Number.NaN;
      const list = this.#open[order.instrumentIx]!;
      list.splice(list.indexOf(order), 1);
      list.push(order);
    }
    const { priceTicks, qtyLots } = to;
    this.#tell(order, { kind: 'order-amended', ...idsOf(order), priceTicks, qtyLots }, nowUs);
  }

  /** Refuses an amend. */
  refuseAmend(
    request: { readonly clientOrderId: string; readonly instrumentIx: InstrumentIx },
    code: VenueRejectCode,
    message: string,
    nowUs: EpochUs,
  ): void {
    const { clientOrderId } = request;
    const venueOrderId = this.find(clientOrderId)?.venueOrderId ?? '';
    this.#tell(request, { kind: 'amend-rejected', clientOrderId, venueOrderId, code, message }, nowUs);
  }

  /** Ends an order by request or by a rule of the venue. */
  cancel(order: SimOrder, reason: string, nowUs: EpochUs): void {
    this.#end(order, 'CANCELED', nowUs);
    this.#tell(order, { kind: 'order-canceled', ...idsOf(order), reason }, nowUs);
  }

  /** Refuses a cancel. */
  refuseCancel(
    request: { readonly clientOrderId: string; readonly instrumentIx: InstrumentIx },
    message: string,
    nowUs: EpochUs,
  ): void {
    const venueOrderId = this.find(request.clientOrderId)?.venueOrderId ?? '';
    this.#tell(
      request,
      {
        kind: 'cancel-rejected',
        clientOrderId: request.clientOrderId,
        venueOrderId,
        code: 'unknown_order',
        message,
      },
      nowUs,
    );
  }

  expire(order: SimOrder, reason: string, nowUs: EpochUs): void {
    this.#end(order, 'EXPIRED', nowUs);
    this.#tell(order, { kind: 'order-expired', ...idsOf(order), reason }, nowUs);
  }

  trigger(order: SimOrder, nowUs: EpochUs): boolean {
    assert(order.phase === 'conditional', `only a conditional order is triggered, was ${order.phase}`);
    order.status = 'TRIGGERED';
    order.updatedUs = nowUs;
    this.#tell(order, { kind: 'order-triggered', ...idsOf(order) }, nowUs);
    if (order.isClosingAll) order.qtyLots = Math.max(0, this.#closableLots(order));
    const refusal = this.#triggerRefusal(order, nowUs);
    if (refusal === null) {
      order.phase = 'held';
      return true;
    }
    this.expire(order, refusal, nowUs);
    return false;
  }

  #triggerRefusal(order: SimOrder, nowUs: EpochUs): VenueRejectCode | null {
    if (this.fillableLots(order) === 0) return 'reduce_only';
    if (refusesOwn(order, this.#open[order.instrumentIx]!)) return 'self_trade';
    return this.#parts.triggerRefusal(order, nowUs);
  }

  #closableLots(order: SimOrder): number {
    const positionLots = this.#parts.account.positionLots(order.slot);
    return order.side === 'buy' ? -positionLots : positionLots;
  }

  fill(order: SimOrder, execution: Execution, nowUs: EpochUs): void {
    const { priceTicks, qtyLots, liquidity } = execution;
    if (!(qtyLots > 0 && qtyLots <= this.fillableLots(order)))
      assert(false, `${order.clientOrderId} fills at most ${this.fillableLots(order)} lots, was ${qtyLots}`);
    const instrument = this.#parts.instruments.at(order.instrumentIx);
    const ppm = this.#parts.fees.ppm(instrument.venue, liquidity, nowUs);
    const notional = notionalAtoms(instrument, priceTicks, qtyLots);
    const fee = feeAtoms(notional, ppm);
    this.#parts.fees.onFill(instrument.venue, notional, nowUs);
    const { side, slot } = order;
    this.#parts.account.applyFill({ instrument, slot, side, priceTicks, qtyLots, feeAtoms: fee });
    order.filledLots += qtyLots;
    order.updatedUs = nowUs;
    order.status = 'PARTIALLY_FILLED';
    const leavesLots = leavesOf(order);
    if (leavesLots === 0) this.#end(order, 'FILLED', nowUs);
    this.#tellFill(order, execution, { leavesLots, feeAtoms: fee, isLiquidation: false }, nowUs);
    if (leavesLots > 0 && this.fillableLots(order) === 0) this.expire(order, 'reduce_only', nowUs);
  }

  /** Books a forced close under an order id of the venue's own. */
  liquidate(
    close: Execution & {
      readonly instrumentIx: InstrumentIx;
      readonly slot: PositionSlot;
      readonly side: Side;
      readonly feeAtoms: bigint;
    },
    nowUs: EpochUs,
  ): void {
    const instrument = this.#parts.instruments.at(close.instrumentIx);
    this.#parts.account.applyFill({ ...close, instrument });
    const venueOrderId = `S${++this.#orderSeq}`;
    const positionSide = this.#parts.account.settings.sideOf(close.slot);
    const order = { ...close, positionSide, clientOrderId: `autoclose-${venueOrderId}`, venueOrderId };
    this.#tellFill(order, close, { leavesLots: 0, feeAtoms: close.feeAtoms, isLiquidation: true }, nowUs);
  }

  /** Tells of a funding payment that was booked. */
  tellFunding(
    payment: {
      readonly instrumentIx: InstrumentIx;
      readonly amountAtoms: bigint;
      readonly rateE12: number;
      readonly positionLots: number;
      readonly markTicks: number;
      readonly positionSide: PositionSide;
    },
    nowUs: EpochUs,
  ): void {
    const { instrumentIx, positionSide, ...body } = payment;
    this.#tell({ instrumentIx }, { kind: 'funding-payment', ...body, ...sideOf({ positionSide }) }, nowUs);
  }

  /** Returns an order as the venue reports it. */
  report(order: SimOrder): VenueOrder {
    return {
      clientOrderId: order.clientOrderId,
      venueOrderId: order.venueOrderId,
      instrumentIx: order.instrumentIx,
      side: order.side,
      type: order.type,
      qtyLots: order.qtyLots,
      filledLots: order.filledLots,
      priceTicks: order.priceTicks,
      triggerTicks: order.callbackBps === 0 ? order.triggerTicks : trailedTicks(order),
      status: order.status,
      updatedUs: order.updatedUs,
      ...sideOf(order),
    };
  }

  saveState(): unknown {
    return {
      open: this.#open.flat().map((order) => ({ ...order })),
      finished: this.#finished.slice(this.#finishedFrom).map((id) => ({ ...this.#known(id) })),
      orderSeq: this.#orderSeq,
      execSeq: this.#execSeq,
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'order desk');
    const open = (record.open as readonly SimOrder[]).map(revivedOrder);
    const finished = (record.finished as readonly SimOrder[]).map(revivedOrder);
    this.#byClientId.clear();
    for (const order of [...finished, ...open]) this.#byClientId.set(order.clientOrderId, order);
    for (const list of this.#open) list.length = 0;
    for (const order of open) this.#open[order.instrumentIx]!.push(order);
    this.#openCount = open.length;
    this.#finished = finished.map((order) => order.clientOrderId);
    this.#finishedFrom = 0;
    this.#orderSeq = record.orderSeq as number;
    this.#execSeq = record.execSeq as number;
  }

  #known(clientOrderId: string): SimOrder {
    const order = this.#byClientId.get(clientOrderId);
    assert(order !== undefined, `${clientOrderId} is known`);
    return order;
  }

  #remember(request: OrderRequest, place: OrderPlace, nowUs: EpochUs): SimOrder {
    if (this.#byClientId.has(request.clientOrderId))
      assert(false, `${request.clientOrderId} names one order only`);
    const order = simOrderOf(request, place, ++this.#orderSeq, nowUs);
    this.#byClientId.set(order.clientOrderId, order);
    return order;
  }

  #end(order: SimOrder, status: 'FILLED' | 'CANCELED' | 'EXPIRED', nowUs: EpochUs): void {
    const list = this.#open[order.instrumentIx]!;
    const at = list.indexOf(order);
    if (!(at >= 0 && order.phase !== 'done')) assert(false, `${order.clientOrderId} is alive when it ends`);
    list.splice(at, 1);
    this.#openCount--;
    order.status = status;
    order.updatedUs = nowUs;
    order.phase = 'done';
    this.#keepFinished(order);
  }

  #keepFinished(order: SimOrder): void {
    this.#finished.push(order.clientOrderId);
    const { ordersKeptMax } = this.#parts;
    if (this.#finished.length - this.#finishedFrom <= ordersKeptMax) return;
    const oldest = this.#finished[this.#finishedFrom++];
    assert(oldest !== undefined && this.#byClientId.delete(oldest), 'a finished order is known');
    if (this.#finishedFrom <= ordersKeptMax) return;
    // Half of it is forgotten: to move the rest now costs each order one step.
    this.#finished = this.#finished.slice(this.#finishedFrom);
    this.#finishedFrom = 0;
  }

  #tellFill(
    order: {
      readonly clientOrderId: string;
      readonly venueOrderId: string;
      readonly instrumentIx: InstrumentIx;
      readonly side: Side;
      readonly positionSide: PositionSide;
    },
    execution: Execution,
    more: { readonly leavesLots: number; readonly feeAtoms: bigint; readonly isLiquidation: boolean },
    nowUs: EpochUs,
  ): void {
    const { priceTicks, qtyLots, liquidity } = execution;
    const execId = `X${++this.#execSeq}`;
    this.#tell(
      order,
      {
        kind: 'fill',
        ...idsOf(order),
        execId,
        side: order.side,
        priceTicks,
        qtyLots,
        ...more,
        liquidity,
        ...sideOf(order),
      },
      nowUs,
    );
  }

  #tell(
    about: { readonly instrumentIx: InstrumentIx },
    body: EventBody<ExecutionEvent>,
    nowUs: EpochUs,
  ): void {
    const { instrumentIx } = about;
    const tsLocalUs = this.#parts.latency.arrivalUs('response', instrumentIx, nowUs);
    this.#parts.deliver({ ...body, tsVenueUs: nowUs, tsLocalUs, instrumentIx });
  }
}

function idsOf(order: { readonly clientOrderId: string; readonly venueOrderId: string }): {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
} {
  return { clientOrderId: order.clientOrderId, venueOrderId: order.venueOrderId };
}

/** What is said of a position side: nothing in one-way mode. */
function sideOf({ positionSide }: { readonly positionSide: PositionSide }): {
  readonly positionSide?: PositionSide;
} {
  return positionSide === 'both' ? NO_SIDE : { positionSide };
}

function trailedTicks({ stopTicks }: SimOrder): number | null {
  return Number.isNaN(stopTicks) ? null : stopTicks;
}
