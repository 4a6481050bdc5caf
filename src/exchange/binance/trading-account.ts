/**
 * One account of the exchange: its orders, fills and income as the venue tells of them, over a simulated venue of its own that matches,
 * charges and liquidates. Accounts share the market and never meet: own orders neither stand in the public book nor trade with each other.
 * Invariants: every fill of the simulator is booked once, on one order; an order that is open here is open there.
 */
import { assert, type EpochUs, type Prng } from '#core';
import { CostModel, DEPTH_RULE_DEFAULT, FeeSchedule } from '#costs';
import type {
  ExecutionEvent,
  FillEvent,
  FundingPaymentEvent,
  Instrument,
  InstrumentTable,
  MarketEvent,
  OrderAmendedEvent,
  OrderRejectedEvent,
  PositionSide,
  SelfTradeMode,
} from '#domain';
import {
  LATENCY_NONE,
  type PositionMode,
  type SimRules,
  SimulatedVenue,
  type SourceFeed,
  simRules,
} from '#sim';
import { AccountLedger } from './account-ledger.ts';
import { type ApiRefusal, refuse } from './api-refusal.ts';
import { ORDERS_OPEN_MAX } from './exchange-info.ts';
import type { MarketBoard } from './market-board.ts';
import { notionalRefusal } from './order-intake.ts';
import { isOpen, type OrderRecord, type OrderWish } from './order-record.ts';
import { OrderShelf } from './order-shelf.ts';
import { figuresOf } from './position-figures.ts';
import {
  type AccountChange,
  accountUpdate,
  type ExecutionKind,
  orderTradeUpdate,
  tradeLite,
  type UserFill,
} from './user-events.ts';

/** Why the simulator refused a request. */
type Rejection = Pick<OrderRejectedEvent, 'code' | 'message'>;

/** Numbers that all accounts draw from. */
export interface ExchangeIds {
  nextOrderId(): number;
  nextTradeId(): number;
  nextTransactionId(): number;
}

/** What an account is made of. */
export interface TradingAccountParts {
  readonly instruments: InstrumentTable;
  readonly feeds: readonly SourceFeed[];
  readonly cashAtoms: bigint;
  readonly openedUs: EpochUs;
  readonly leverage: number;
  readonly prng: Prng;
  readonly board: MarketBoard;
  readonly ids: ExchangeIds;
  /** Takes each event of the user stream. */
  readonly emit: (event: object) => void;
}

/** An account. */
export class TradingAccount {
  readonly orders: OrderShelf;
  readonly ledger: AccountLedger;
  readonly rules: SimRules;
  readonly #parts: TradingAccountParts;
  readonly #venue: SimulatedVenue;
  /** Why the last request was refused. */
  #rejected: Rejection | null = null;
  #simSeq = 0;
  /** Called when an order has ended, whatever ended it. */
  onOrderEnded: (record: OrderRecord, nowUs: EpochUs) => void = () => undefined;

  constructor(parts: TradingAccountParts) {
    this.#parts = parts;
    const { cashAtoms, instruments, leverage, openedUs } = parts;
    this.orders = new OrderShelf();
    this.rules = simRules({
      costs: new CostModel(new FeeSchedule(), DEPTH_RULE_DEFAULT),
      latency: Object.fromEntries(instruments.all.map(({ venue }) => [venue, LATENCY_NONE])),
      leverage,
      ordersOpenMax: ORDERS_OPEN_MAX,
    });
    this.#venue = new SimulatedVenue({
      instruments,
      feeds: parts.feeds,
      cashAtoms,
      rules: this.rules,
      prng: parts.prng,
      deliver: (event) => this.#onExecution(event),
    });
    this.ledger = new AccountLedger(instruments, parts.board, this.orders, this.#venue, {
      cashAtoms,
      openedUs,
    });
  }

  /** Emits an event of the user stream. */
  emit(event: object): void {
    this.#parts.emit(event);
  }

  /** Passes a market event on to the simulator. */
  onMarket(event: MarketEvent, nowUs: EpochUs): void {
    this.#venue.onMarket(event, nowUs);
  }

  /** Takes an order in; it has met the market when this returns. */
  place(wish: OrderWish, nowUs: EpochUs): OrderRecord | ApiRefusal {
    const { clientOrderId } = wish;
    if (clientOrderId !== null && this.orders.openByClientId(clientOrderId) !== undefined)
      return refuse('-4116');
    const orderId = this.#parts.ids.nextOrderId();
    const record: OrderRecord = {
      ...wish,
      orderId,
      clientOrderId: clientOrderId ?? `sim-${orderId}`,
      createdUs: nowUs,
      filledLots: 0,
      filledTickLots: 0n,
      state: 'NEW',
      updatedUs: nowUs,
      simId: '',
      cancelState: 'CANCELED',
      amendCount: 0,
    };
    let rejected = this.#submit(record, nowUs);
    // All or nothing is not prevented order by order: the simulator refuses it in every mode.
    if (rejected?.code === 'self_trade' && wish.timeInForce === 'FOK' && wish.stpMode !== 'NONE') {
      if (wish.stpMode !== 'EXPIRE_TAKER') this.#expireCrossed(record, nowUs);
      if (wish.stpMode !== 'EXPIRE_MAKER') return this.#expiredInMatch(record, nowUs);
      rejected = this.#submit(record, nowUs);
    }
    return rejected === null ? record : refusalOf(rejected, wish.instrument);
  }

  /** Cancels an open order. */
  cancel(record: OrderRecord, nowUs: EpochUs, state: OrderRecord['cancelState'] = 'CANCELED'): void {
    assert(isOpen(record), `an order is open when it is cancelled, was ${record.state}`);
    record.cancelState = state;
    this.#cancelInSim(record, nowUs);
    assert(!isOpen(record), 'a cancelled order is over');
  }

  /**
   * Gives an open limit order another price and quantity. It keeps its place where its price stays and its quantity shrinks; at or below what was filled it is
   * cancelled, and a post-only order that would take expires. What market or margin refuse leaves it as it was.
   */
  amend(
    record: OrderRecord,
    to: { readonly priceTicks: number; readonly qtyLots: number },
    nowUs: EpochUs,
  ): ApiRefusal | null {
    this.#rejected = null;
    const { instrument, simId } = record;
    this.#venue.amend({ clientOrderId: simId, instrumentIx: instrument.ix, ...to }, nowUs);
    this.#receiveAll(nowUs);
    const rejected = this.#rejected as Rejection | null;
    return rejected === null ? null : refusalOf(rejected, instrument);
  }

  /** Chooses the leverage of an instrument. */
  setLeverage(instrument: Instrument, leverage: number): void {
    this.#venue.setLeverage(instrument.ix, leverage);
  }

  /** Closes everything by force, as the venue does with an account that cannot bear its positions. */
  liquidate(nowUs: EpochUs): void {
    this.#venue.liquidate(nowUs);
  }

  /** Chooses how an instrument is margined; only without position and open orders there. */
  setIsolated(instrument: Instrument, isIsolated: boolean): void {
    const refusal = this.#venue.controls.setMarginMode(instrument.ix, isIsolated ? 'isolated' : 'cross');
    assert(refusal === null, `a margin type is changed when it can be: ${refusal?.message}`);
  }

  /** One position a symbol, or a long and a short one. */
  get positionMode(): PositionMode {
    return this.#venue.controls.positionMode;
  }

  /** Chooses the position mode; only without positions and open orders. */
  setPositionMode(mode: PositionMode): void {
    const refusal = this.#venue.controls.setPositionMode(mode);
    assert(refusal === null, `a position mode is changed when it can be: ${refusal?.message}`);
  }

  /** Moves cash into the wallet of an isolated position, or out of it; false when that is more than can be moved. */
  moveMargin(
    instrument: Instrument,
    positionSide: PositionSide,
    amountAtoms: bigint,
    nowUs: EpochUs,
  ): boolean {
    const change = { instrumentIx: instrument.ix, positionSide, amountAtoms };
    if (this.#venue.controls.adjustMargin(change, nowUs) !== null) return false;
    this.#tellAccount('MARGIN_TRANSFER', change, 0n, nowUs);
    return true;
  }

  /** Sends an order to the simulator under a fresh id; `null` when it was taken in. */
  #submit(record: OrderRecord, nowUs: EpochUs): Rejection | null {
    record.simId = `x${record.orderId}-${++this.#simSeq}`;
    this.orders.name(record);
    this.#rejected = null;
    const { instrument, positionSide, priceTicks, reduceOnly, side, timeInForce } = record;
    this.#venue.submit(
      {
        clientOrderId: record.simId,
        instrumentIx: instrument.ix,
        side,
        type: record.type === 'LIMIT' ? 'limit' : 'market',
        label: 'ENTRY',
        qtyLots: record.qtyLots - record.filledLots,
        priceTicks,
        triggerTicks: null,
        timeInForce: timeInForce === 'GTD' ? 'GTC' : timeInForce,
        reduceOnly,
        positionSide,
        selfTrade: SELF_TRADES[record.stpMode],
      },
      nowUs,
    );
    this.#receiveAll(nowUs);
    const rejected = this.#rejected as Rejection | null;
    if (rejected !== null) this.orders.unname(record);
    return rejected;
  }

  #cancelInSim(record: OrderRecord, nowUs: EpochUs): void {
    this.#venue.cancel({ clientOrderId: record.simId, instrumentIx: record.instrument.ix }, nowUs);
    this.#receiveAll(nowUs);
  }

  #receiveAll(nowUs: EpochUs): void {
    while (this.#venue.nextRequestUs <= nowUs) this.#venue.receive(nowUs);
  }

  /** Expires the own orders of the other side that an order would reach. */
  #expireCrossed(taker: OrderRecord, nowUs: EpochUs): void {
    const limitTicks = Number(taker.priceTicks);
    for (const record of this.orders.open(taker.instrument.ix)) {
      const ticks = Number(record.priceTicks);
      const isReached = taker.side === 'buy' ? ticks <= limitTicks : ticks >= limitTicks;
      if (record.side !== taker.side && isReached) this.cancel(record, nowUs, 'EXPIRED_IN_MATCH');
    }
  }

  #expiredInMatch(record: OrderRecord, nowUs: EpochUs): OrderRecord {
    this.orders.add(record);
    this.#tell(record, 'NEW', null, nowUs);
    this.#end(record, 'EXPIRED_IN_MATCH', nowUs);
    return record;
  }

  #onExecution(event: ExecutionEvent): void {
    if (event.kind === 'funding-payment') this.#onFunding(event);
    else if (event.kind === 'fill') this.#onFill(event);
    else this.#onOrderEvent(event);
  }

  #onOrderEvent(event: Exclude<ExecutionEvent, FillEvent | FundingPaymentEvent>): void {
    const record = this.orders.bySimId(event.clientOrderId);
    assert(record !== undefined, `an order of the simulator is known, was ${event.clientOrderId}`);
    const nowUs = event.tsVenueUs;
    switch (event.kind) {
      case 'order-accepted':
        this.orders.add(record);
        this.#tell(record, 'NEW', null, nowUs);
        break;
      case 'order-rejected':
        this.#rejected = event;
        break;
      case 'order-canceled':
        this.#end(record, event.reason === 'post_only_would_take' ? 'EXPIRED' : record.cancelState, nowUs);
        break;
      case 'order-expired':
        this.#end(record, event.reason === 'self_trade' ? 'EXPIRED_IN_MATCH' : 'EXPIRED', nowUs);
        break;
      case 'order-amended':
        this.#onAmended(record, event);
        break;
      case 'amend-rejected':
        this.#rejected = event;
        break;
      case 'order-triggered':
      case 'cancel-rejected':
        assert(false, `the exchange asks the simulator for nothing that ends in ${event.kind}`);
    }
  }

  #onAmended(record: OrderRecord, { priceTicks, qtyLots, tsVenueUs }: OrderAmendedEvent): void {
    Object.assign(record, { priceTicks, qtyLots, updatedUs: tsVenueUs });
    record.amendCount++;
    this.#tell(record, 'AMENDMENT', null, tsVenueUs);
  }

  #onFill(event: FillEvent): void {
    const nowUs = event.tsVenueUs;
    const record = this.orders.bySimId(event.clientOrderId) ?? this.#liquidationOrder(event);
    record.filledLots += event.qtyLots;
    record.filledTickLots += BigInt(event.qtyLots) * BigInt(event.priceTicks);
    record.updatedUs = nowUs;
    record.state = record.filledLots === record.qtyLots ? 'FILLED' : 'PARTIALLY_FILLED';
    const { feeAtoms, liquidity, priceTicks, qtyLots } = event;
    const realisedAtoms = this.ledger.realisedOfFill(event);
    const fill: UserFill = {
      tradeId: this.#parts.ids.nextTradeId(),
      orderId: record.orderId,
      record,
      priceTicks,
      qtyLots,
      feeAtoms,
      realisedAtoms,
      isMaker: liquidity === 'maker',
      tsUs: nowUs,
    };
    this.ledger.addFill(fill, () => this.#parts.ids.nextTransactionId());
    if (!event.isLiquidation) this.emit(tradeLite(fill));
    this.#tellAccount('ORDER', event, 0n, nowUs);
    this.#tell(record, event.isLiquidation ? 'CALCULATED' : 'TRADE', fill, nowUs);
    if (record.state === 'FILLED') this.#ended(record, nowUs);
  }

  /** The venue closes by force under an order of its own. */
  #liquidationOrder(event: FillEvent): OrderRecord {
    assert(
      event.isLiquidation,
      `only a liquidation has an order that was not sent, was ${event.clientOrderId}`,
    );
    const nowUs = event.tsVenueUs;
    const orderId = this.#parts.ids.nextOrderId();
    const record: OrderRecord = {
      instrument: this.#parts.instruments.at(event.instrumentIx),
      side: event.side,
      positionSide: event.positionSide ?? 'both',
      type: 'LIMIT',
      timeInForce: 'IOC',
      qtyLots: event.qtyLots,
      priceTicks: event.priceTicks,
      reduceOnly: true,
      clientOrderId: `autoclose-${Math.floor(nowUs)}${orderId}`.slice(0, 36),
      stpMode: 'NONE',
      priceMatch: 'NONE',
      goodTillMs: 0,
      origin: null,
      orderId,
      createdUs: nowUs,
      filledLots: 0,
      filledTickLots: 0n,
      state: 'NEW',
      updatedUs: nowUs,
      simId: event.clientOrderId,
      cancelState: 'CANCELED',
      amendCount: 0,
    };
    this.orders.name(record);
    this.orders.add(record);
    this.#tell(record, 'NEW', null, nowUs);
    return record;
  }

  #onFunding(event: FundingPaymentEvent): void {
    this.ledger.addFunding(event, this.#parts.ids.nextTransactionId());
    this.#tellAccount('FUNDING_FEE', event, event.amountAtoms, event.tsVenueUs);
  }

  #end(record: OrderRecord, state: 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH', nowUs: EpochUs): void {
    record.state = state;
    record.updatedUs = nowUs;
    this.#tell(record, state === 'CANCELED' ? 'CANCELED' : 'EXPIRED', null, nowUs);
    this.#ended(record, nowUs);
  }

  #ended(record: OrderRecord, nowUs: EpochUs): void {
    this.orders.finish(record);
    this.onOrderEnded(record, nowUs);
  }

  #tell(record: OrderRecord, kind: ExecutionKind, fill: UserFill | null, nowUs: EpochUs): void {
    this.emit(orderTradeUpdate(record, kind, fill, nowUs));
  }

  #tellAccount(
    reason: AccountChange,
    changed: { readonly instrumentIx: number; readonly positionSide?: PositionSide },
    changeAtoms: bigint,
    nowUs: EpochUs,
  ): void {
    const { ledger } = this;
    const state = ledger.stateOf(changed.instrumentIx, changed.positionSide ?? 'both');
    this.emit(
      accountUpdate({
        reason,
        asset: ledger.asset,
        walletText: ledger.moneyText(ledger.walletAtoms),
        crossWalletText: ledger.moneyText(ledger.crossWalletAtoms),
        changeText: ledger.moneyText(changeAtoms),
        // Funding of a cross position changes the balance alone.
        position: reason !== 'FUNDING_FEE' || state.isIsolated ? figuresOf(state) : null,
        nowUs,
      }),
    );
  }
}

/** The modes of the venue in the simulator's words. */
const SELF_TRADES: Readonly<Record<OrderWish['stpMode'], SelfTradeMode>> = {
  EXPIRE_MAKER: 'expire_maker',
  EXPIRE_TAKER: 'expire_taker',
  EXPIRE_BOTH: 'expire_both',
  NONE: 'none',
};

/** Returns the venue's words for what the simulator refuses. */
function refusalOf(rejected: Rejection, instrument: Instrument): ApiRefusal {
  switch (rejected.code) {
    case 'insufficient_margin':
      return refuse('-2019');
    case 'price_filter':
      return refuse('-4014');
    case 'quantity_filter':
      return refuse('-4005');
    case 'min_notional':
      return notionalRefusal(instrument);
    case 'reduce_only':
      return refuse('-2022');
    // A post-only order that would meet an own one would take as well.
    case 'self_trade':
    case 'post_only_would_take':
      return refuse('-5022');
    case 'position_side':
      return refuse('-4061');
    case 'leverage':
      return refuse('-2027');
    case 'fok_unfilled':
      return refuse('-5021');
    case 'no_liquidity':
      return refuse('-2020');
    case 'too_many_orders':
      return refuse('-2025');
    case 'would_trigger_immediately':
      return refuse('-2021');
    case 'duplicate_client_order_id':
      return refuse('-4116');
    default:
      return refuse('-2010');
  }
}
