/**
 * The algo service of one account: conditional orders wait here for the last or the mark price and become orders of the account when it
 * comes. No margin is held meanwhile; what the venue refuses at the trigger ends as REJECTED with the reason.
 */
import { assert, type EpochUs, US_PER_MS } from '#core';
import type { Instrument } from '#domain';
import {
  type AlgoRecord,
  type AlgoState,
  type AlgoWish,
  algoUpdate,
  isTriggered,
  isWaiting,
} from './algo-record.ts';
import { type ApiRefusal, isRefusal, refuse } from './api-refusal.ts';
import { ORDERS_OPEN_MAX } from './exchange-info.ts';
import { isOpen, type OrderRecord } from './order-record.ts';
import type { TradingAccount } from './trading-account.ts';

/** Finished conditional orders that can still be asked for. */
const FINISHED_MAX = 5_000;

/** Conditional orders of one account. */
export class AlgoDesk {
  readonly #account: TradingAccount;
  readonly #nextAlgoId: () => number;
  /** All that are known, by algo id, oldest first. */
  readonly #records = new Map<number, AlgoRecord>();
  readonly #waiting = new Set<AlgoRecord>();
  /** Triggered ones whose order still lives, by order id. */
  readonly #triggered = new Map<number, AlgoRecord>();

  constructor(account: TradingAccount, nextAlgoId: () => number) {
    this.#account = account;
    this.#nextAlgoId = nextAlgoId;
    account.onOrderEnded = (order, nowUs) => this.#onOrderEnded(order, nowUs);
  }

  /** Takes in a conditional order; `ticks` is the present price of its kind, from where a trailing stop without activation trails. */
  place(wish: AlgoWish, ticks: number, nowUs: EpochUs): AlgoRecord | ApiRefusal {
    if (this.#waiting.size >= ORDERS_OPEN_MAX) return refuse('-4045');
    const { clientAlgoId } = wish;
    if (clientAlgoId !== null && this.open().some((one) => one.clientAlgoId === clientAlgoId))
      return refuse('-4116');
    const algoId = this.#nextAlgoId();
    const record: AlgoRecord = {
      ...wish,
      algoId,
      clientAlgoId: clientAlgoId ?? `sim-algo-${algoId}`,
      createdUs: nowUs,
      state: 'NEW',
      updatedUs: nowUs,
      triggeredUs: 0,
      order: null,
      extremeTicks: wish.type === 'TRAILING_STOP_MARKET' && wish.activateTicks === null ? ticks : Number.NaN,
      reason: '',
    };
    this.#records.set(algoId, record);
    this.#waiting.add(record);
    this.#tell(record, 'NEW', nowUs);
    this.#forgetOldest();
    return record;
  }

  /** Returns what waits, of one instrument or of all. */
  open(instrumentIx: number | null = null): AlgoRecord[] {
    return [...this.#waiting].filter(
      ({ instrument }) => instrumentIx === null || instrument.ix === instrumentIx,
    );
  }

  /** Returns all of an instrument, oldest first. */
  all(instrumentIx: number): AlgoRecord[] {
    return [...this.#records.values()].filter(({ instrument }) => instrument.ix === instrumentIx);
  }

  /** Returns the one of an id, or the latest one of a client's id. */
  find(algoId: number | null, clientAlgoId: string | null): AlgoRecord | undefined {
    if (algoId !== null) return this.#records.get(algoId);
    return [...this.#records.values()].findLast((one) => one.clientAlgoId === clientAlgoId);
  }

  /** Cancels one that waits. */
  cancel(record: AlgoRecord, nowUs: EpochUs): void {
    assert(isWaiting(record), `a conditional order waits when it is cancelled, was ${record.state}`);
    this.#waiting.delete(record);
    this.#tell(record, 'CANCELED', nowUs);
  }

  /** Ends those that were good until a moment that has come. */
  expire(nowUs: EpochUs): void {
    for (const record of [...this.#waiting]) {
      if (record.goodTillMs === 0 || record.goodTillMs * US_PER_MS > nowUs) continue;
      this.#waiting.delete(record);
      this.#tell(record, 'EXPIRED', nowUs);
    }
  }

  /** Looks whether a price brings something to life. */
  onPrice(instrument: Instrument, kind: AlgoWish['workingType'], ticks: number, nowUs: EpochUs): void {
    if (this.#waiting.size === 0) return;
    for (const record of [...this.#waiting]) {
      if (record.instrument.ix !== instrument.ix || record.workingType !== kind) continue;
      if (isWaiting(record) && isTriggered(record, ticks)) this.#trigger(record, ticks, nowUs);
    }
  }

  #trigger(record: AlgoRecord, ticks: number, nowUs: EpochUs): void {
    this.#waiting.delete(record);
    record.triggeredUs = nowUs;
    this.#tell(record, 'TRIGGERING', nowUs);
    const order = this.#placeOrder(record, ticks, nowUs);
    if (isRefusal(order)) {
      record.reason = order.msg;
      this.#tell(record, 'REJECTED', nowUs);
      return;
    }
    record.order = order;
    this.#tell(record, 'TRIGGERED', nowUs);
    if (isOpen(order)) this.#triggered.set(order.orderId, record);
    else this.#tell(record, 'FINISHED', nowUs);
  }

  #placeOrder(record: AlgoRecord, ticks: number, nowUs: EpochUs): OrderRecord | ApiRefusal {
    const { clientAlgoId, closePosition, instrument, positionSide, side, stpMode, type } = record;
    const { lots } = this.#account.ledger.stateOf(instrument.ix, positionSide);
    const closableLots = side === 'sell' ? lots : -lots;
    if (closePosition && closableLots <= 0) return refuse('-2022');
    const isTaken = this.#account.orders.openByClientId(clientAlgoId) !== undefined;
    const triggerTicks = type === 'TRAILING_STOP_MARKET' ? ticks : record.triggerTicks;
    return this.#account.place(
      {
        instrument,
        side,
        positionSide,
        type: record.priceTicks === null ? 'MARKET' : 'LIMIT',
        timeInForce: record.timeInForce,
        qtyLots: closePosition ? Math.min(closableLots, instrument.qtyLotsMax) : record.qtyLots,
        priceTicks: record.priceTicks,
        reduceOnly: record.reduceOnly || closePosition,
        clientOrderId: isTaken ? null : clientAlgoId,
        stpMode,
        priceMatch: 'NONE',
        goodTillMs: record.goodTillMs,
        origin: { type, triggerTicks, closePosition, workingType: record.workingType },
      },
      nowUs,
    );
  }

  #onOrderEnded(order: OrderRecord, nowUs: EpochUs): void {
    const record = this.#triggered.get(order.orderId);
    if (record === undefined) return;
    this.#triggered.delete(order.orderId);
    this.#tell(record, 'FINISHED', nowUs);
  }

  #tell(record: AlgoRecord, state: AlgoState, nowUs: EpochUs): void {
    record.state = state;
    record.updatedUs = nowUs;
    this.#account.emit(algoUpdate(record, nowUs));
  }

  #forgetOldest(): void {
    if (this.#records.size <= FINISHED_MAX + 2 * ORDERS_OPEN_MAX) return;
    for (const record of this.#records.values()) {
      if (isWaiting(record) || this.#triggered.has(record.order?.orderId ?? -1)) continue;
      this.#records.delete(record.algoId);
      return;
    }
  }
}
