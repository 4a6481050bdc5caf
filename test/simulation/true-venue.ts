/**
 * The simulated venue itself: orders, matching against a price that moves, positions, fees, funding, liquidation, deleveraging. It knows no network and makes no
 * mistakes: what it did is the truth that the trader's books are held against. Its state outlives every crash of the trader and every restart of its own servers.
 */
import { assert, divCeil, type EpochUs, type Prng, US_PER_SECOND } from '#core';
import type { InstrumentIx, InstrumentTable, OrderStatus, Side } from '#domain';
import {
  type Force,
  isOpen,
  isWaitingForTrigger,
  type OrderWish,
  type PlaceResult,
  type TrueFill,
  type TrueFunding,
  type TrueOrder,
  type VenueNews,
} from './venue-record.ts';

/** What a venue is made of. */
export interface TrueVenueParts {
  readonly instruments: InstrumentTable;
  readonly prng: Prng;
  readonly nowUs: () => EpochUs;
  /** By instrument. */
  readonly priceTicks: readonly number[];
  readonly cashAtoms: bigint;
  /** Hears everything that happens, at once. */
  readonly onNews: (news: VenueNews) => void;
  /** Hears of each new order before anything else happens to it. */
  readonly onCreated: (order: TrueOrder) => void;
}

/** An id that was used may not be used again so soon, whatever became of its order; later the venue has forgotten it. */
const ID_TAKEN_US = 10 * US_PER_SECOND;
/** Fees in parts of 10^5. */
const TAKER_FEE = 37n;
const MAKER_FEE = 13n;
const FEE_UNIT = 100_000n;

/** The venue. */
export class TrueVenue {
  readonly fills: TrueFill[] = [];
  readonly fundings: TrueFunding[] = [];
  /** Wishes that came and were refused, by code. */
  refusedCount = 0;
  /** The next orders are refused for lack of margin. */
  refusesNext = 0;
  orderCount = 0;
  readonly #parts: TrueVenueParts;
  readonly #orders = new Map<string, TrueOrder>();
  readonly #byVenueId = new Map<string, TrueOrder>();
  readonly #open = new Set<TrueOrder>();
  readonly #prices: number[];
  readonly #lots: number[];
  /** Cost of what is open: signed sum of ticks x lots, by the average. */
  readonly #cost: bigint[];
  #walletAtoms: bigint;
  #nextId = 1;

  constructor(parts: TrueVenueParts) {
    this.#parts = parts;
    this.#prices = [...parts.priceTicks];
    this.#lots = parts.priceTicks.map(() => 0);
    this.#cost = parts.priceTicks.map(() => 0n);
    this.#walletAtoms = parts.cashAtoms;
  }

  /** Orders that may still fill, oldest first. */
  get open(): readonly TrueOrder[] {
    return [...this.#open];
  }

  /** Money of the account: cash at the start, realised profit by the average cost, fees, funding. */
  get walletAtoms(): bigint {
    return this.#walletAtoms;
  }

  /** Signed position. */
  lots(ix: InstrumentIx): number {
    return this.#lots[ix] ?? 0;
  }

  /** Cost of a position by the average: signed sum of ticks x lots. */
  cost(ix: InstrumentIx): bigint {
    return this.#cost[ix] ?? 0n;
  }

  /** The price at which the next order trades. */
  price(ix: InstrumentIx): number {
    const price = this.#prices[ix];
    assert(price !== undefined, `instrument ${ix} is traded here`);
    return price;
  }

  /** Returns the newest order of a client's id, or that of a venue's id. */
  find(id: string, venueId = ''): TrueOrder | undefined {
    return this.#orders.get(id) ?? this.#byVenueId.get(venueId);
  }

  /** Takes an order, or refuses it. */
  place(wish: OrderWish): PlaceResult {
    const code = this.#obstacle(wish);
    if (code !== null) {
      this.refusedCount++;
      return { kind: 'refused', code };
    }
    const nowUs = this.#parts.nowUs();
    const isConditional = wish.triggerTicks !== null;
    const venueId = `${isConditional ? 'a' : 'v'}${this.#nextId++}`;
    const order: TrueOrder = {
      ...wish,
      ...{ venueId, conditionalId: isConditional ? venueId : null, filledLots: 0, status: 'ACCEPTED' },
      ...{ reason: '', createdUs: nowUs, updatedUs: nowUs },
    };
    this.orderCount++;
    this.#orders.set(wish.id, order);
    this.#byVenueId.set(venueId, order);
    this.#open.add(order);
    this.#parts.onCreated(order);
    this.#say(order);
    if (wish.type === 'market') this.#execute(order);
    else if (wish.type === 'limit') this.#take(order);
    return { kind: 'taken', order };
  }

  /** Ends an order; false when there is none to end. */
  cancel(id: string, venueId = ''): boolean {
    const order = this.find(id, venueId);
    if (order === undefined || !isOpen(order)) return false;
    this.#end(order, 'CANCELED', '');
    return true;
  }

  /** The price moves: triggers trade, limits fill. */
  movePrice(ix: InstrumentIx, priceTicks: number): void {
    this.#prices[ix] = priceTicks;
    for (const order of this.open) {
      if (order.ix !== ix || !isOpen(order)) continue;
      if (isWaitingForTrigger(order)) this.#trigger(order, priceTicks);
      else if (order.priceTicks !== null && this.#isCrossed(order)) this.#fillSome(order, order.priceTicks);
    }
  }

  /** Closes a position by force: all of it, and every order with it, or a part of it. */
  force(ix: InstrumentIx, by: Force): boolean {
    const lots = this.lots(ix);
    if (lots === 0) return false;
    if (by === 'liquidation') {
      for (const order of this.open) if (order.ix === ix) this.#end(order, 'CANCELED', 'liquidation');
    }
    const { prng } = this.#parts;
    const size = Math.abs(lots);
    const qtyLots = by === 'adl' ? prng.integer(1, size + 1) : size;
    const side = lots > 0 ? 'sell' : 'buy';
    const priceTicks = this.price(ix);
    const venueId = `f${this.#nextId++}`;
    this.#book({ id: '', venueId, ix, side, priceTicks, qtyLots, liquidity: 'taker', forcedBy: by });
    return true;
  }

  /** Settles funding at a rate in parts of a million. */
  payFunding(ix: InstrumentIx, ratePpm: number): void {
    const lots = this.lots(ix);
    if (lots === 0) return;
    const notional = BigInt(lots) * BigInt(this.price(ix)) * this.#atomsPerTickLot(ix);
    // Whoever pays, pays the whole atom.
    const amountAtoms = -((notional * BigInt(ratePpm)) / 1_000_000n) - 1n;
    const funding: TrueFunding = { ix, amountAtoms, atUs: this.#parts.nowUs() };
    this.fundings.push(funding);
    this.#walletAtoms += amountAtoms;
    this.#parts.onNews({ kind: 'funding', funding });
  }

  #obstacle({ id, ix, reduceOnly, side, triggerTicks, type }: OrderWish) {
    const known = this.#orders.get(id);
    const nowUs = this.#parts.nowUs();
    if (known !== undefined && (isOpen(known) || nowUs - known.createdUs < ID_TAKEN_US))
      return 'duplicate_client_order_id';
    if (this.refusesNext > 0) {
      this.refusesNext--;
      return 'insufficient_margin';
    }
    const lots = this.lots(ix);
    if (reduceOnly && type === 'market' && (side === 'sell' ? lots <= 0 : lots >= 0)) return 'reduce_only';
    if (triggerTicks !== null && isReached({ side, triggerTicks, type }, this.price(ix)))
      return 'would_trigger_immediately';
    return null;
  }

  #trigger(order: TrueOrder, priceTicks: number): void {
    const { side, triggerTicks, type } = order;
    if (triggerTicks === null || !isReached({ side, triggerTicks, type }, priceTicks)) return;
    const venueId = `v${this.#nextId++}`;
    order.updatedUs = this.#parts.nowUs();
    this.#parts.onNews({ kind: 'order', order: { ...order, status: 'TRIGGERED' }, triggeredId: venueId });
    order.venueId = venueId;
    this.#byVenueId.set(venueId, order);
    this.#execute(order);
  }

  /** Executes at the price, in one fill or some; what reduce-only forbids and what finds nobody ends. */
  #execute(order: TrueOrder): void {
    const { prng } = this.#parts;
    const lots = this.lots(order.ix);
    const closable = Math.max(0, order.side === 'sell' ? lots : -lots);
    let left = order.reduceOnly ? Math.min(order.qtyLots, closable) : order.qtyLots;
    if (left > 1 && prng.uniform() < 0.03) left = prng.integer(1, left);
    while (left > 0) {
      const qtyLots = left > 1 && prng.uniform() < 0.3 ? prng.integer(1, left) : left;
      this.#fill(order, qtyLots, this.price(order.ix), 'taker');
      left -= qtyLots;
    }
    if (isOpen(order)) this.#end(order, 'EXPIRED', 'nothing more to trade with');
  }

  /** A limit that can trade at once does. */
  #take(order: TrueOrder): void {
    if (this.#isCrossed(order)) this.#fillSome(order, this.price(order.ix));
  }

  #isCrossed({ ix, priceTicks, side }: TrueOrder): boolean {
    if (priceTicks === null) return false;
    return side === 'buy' ? this.price(ix) <= priceTicks : this.price(ix) >= priceTicks;
  }

  #fillSome(order: TrueOrder, priceTicks: number): void {
    const { prng } = this.#parts;
    const left = order.qtyLots - order.filledLots;
    const qtyLots = left > 1 && prng.uniform() < 0.5 ? prng.integer(1, left) : left;
    this.#fill(order, qtyLots, priceTicks, 'maker');
  }

  #fill(order: TrueOrder, qtyLots: number, priceTicks: number, liquidity: 'maker' | 'taker'): void {
    const { id, ix, side, venueId } = order;
    order.filledLots += qtyLots;
    assert(order.filledLots <= order.qtyLots, 'an order fills its quantity at most');
    order.status = order.filledLots === order.qtyLots ? 'FILLED' : 'PARTIALLY_FILLED';
    if (!isOpen(order)) this.#open.delete(order);
    this.#book({ id, venueId, ix, side, priceTicks, qtyLots, liquidity, forcedBy: null });
    this.#say(order);
  }

  #book(fill: Omit<TrueFill, 'execId' | 'feeAtoms' | 'atUs'>): void {
    const { ix, liquidity, priceTicks, qtyLots } = fill;
    const notional = BigInt(priceTicks) * BigInt(qtyLots) * this.#atomsPerTickLot(ix);
    const fee = notional * (liquidity === 'taker' ? TAKER_FEE : MAKER_FEE);
    const whole: TrueFill = {
      ...fill,
      execId: `e${this.fills.length + 1}`,
      feeAtoms: (fee + FEE_UNIT - 1n) / FEE_UNIT,
      atUs: this.#parts.nowUs(),
    };
    this.#move(whole);
    this.fills.push(whole);
    this.#parts.onNews({ kind: 'fill', fill: whole });
  }

  /** Moves the position and realises what it closes; a share of the cost is rounded against the account. */
  #move({ feeAtoms, ix, priceTicks, qtyLots, side }: TrueFill): void {
    const before = this.lots(ix);
    const signed = side === 'buy' ? qtyLots : -qtyLots;
    const closed = before !== 0 && before > 0 !== signed > 0 ? Math.min(Math.abs(before), qtyLots) : 0;
    const cost = this.#cost[ix] ?? 0n;
    const price = BigInt(priceTicks);
    const costOut = closed === 0 ? 0n : divCeil(cost * BigInt(closed), BigInt(Math.abs(before)));
    const opened = BigInt(qtyLots - closed) * price;
    this.#cost[ix] = cost - costOut + (signed > 0 ? opened : -opened);
    const proceeds = BigInt(closed) * price;
    const realised = (signed > 0 ? -proceeds : proceeds) - costOut;
    this.#walletAtoms += realised * this.#atomsPerTickLot(ix) - feeAtoms;
    this.#lots[ix] = before + signed;
  }

  #end(order: TrueOrder, status: OrderStatus, reason: string): void {
    order.status = status;
    order.reason = reason;
    this.#open.delete(order);
    this.#say(order);
  }

  #say(order: TrueOrder): void {
    order.updatedUs = this.#parts.nowUs();
    this.#parts.onNews({ kind: 'order', order, triggeredId: null });
  }

  #atomsPerTickLot(ix: InstrumentIx): bigint {
    return BigInt(this.#parts.instruments.at(ix).atomsPerTickLot);
  }
}

/** True when a trigger trades at that price. */
function isReached(
  { side, triggerTicks, type }: { side: Side; triggerTicks: number; type: OrderWish['type'] },
  priceTicks: number,
): boolean {
  const isBelow = (type === 'stop_market') === (side === 'sell');
  return isBelow ? priceTicks <= triggerTicks : priceTicks >= triggerTicks;
}
