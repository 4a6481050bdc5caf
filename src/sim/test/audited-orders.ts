/**
 * What happens to orders on a synthetic market (M6 to M11, M17 to M25, M60 to M66, without margin, fees and latency), for the auditors of candles and
 * prints, from the text of `docs/specs/matching.md` alone. It shares no code with the simulator but the shapes of its input.
 */
import type { DepthRule } from '#costs';
import type { AmendRequest, Instrument, MarkEvent, OrderRequest, Side } from '#domain';
import { isStop, reduces, sideFault } from './audited-requests.ts';
import { type Command, START_US } from './market-builders.ts';

/** An order as the auditors see it. */
export interface AuditOrder {
  readonly request: OrderRequest;
  readonly side: Side;
  readonly reduces: boolean;
  readonly byMark: boolean;
  state: 'held' | 'conditional' | 'resting' | 'working' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  qty: number;
  limit: number | null;
  filled: number;
  /** Resting: the last price must reach this for a fill on candles, or by a print on its own side. */
  need: number;
  /** Resting: lots of the assumed queue before it, which prints at its price use up. */
  ahead: number;
  /** Trailing: the best price since it was placed. */
  best: number;
}

/** The synthetic market that orders meet: the last price, and a ladder around it. */
export interface AuditedMarket {
  readonly instrument: Instrument;
  readonly price: number;
  readonly nowUs: number;
  readonly isLive: boolean;
  readonly room: number;
  used: number;
  readonly taken: Record<Side, number>;
  levelLots(): number;
  levelPrice(side: Side, base: number, level: number): number;
  nextLevel(side: Side, base: number): { readonly price: number; readonly left: number } | null;
  lotsWithin(side: Side, limit: number, base: number): number;
}

/** What an auditor says has happened. */
export interface Audit {
  /** As `fills` of the builders writes them. */
  readonly fills: string[];
  /** Final state by client order id: a refusal's code in lower case, else the state. */
  readonly states: Map<string, string>;
}

/** What a script is played on. */
export interface AuditSetup {
  readonly instrument: Instrument;
  readonly rule: DepthRule;
  readonly isHedged: boolean;
  readonly markAgeUsMax: number;
}

/** The orders of one account on one market; when they are looked at is for the auditor of that market. */
export abstract class AuditedOrders<M extends AuditedMarket> {
  readonly fills: string[] = [];
  readonly states = new Map<string, string>();
  /** By arrival. */
  readonly orders: AuditOrder[] = [];
  readonly positions = { both: 0, long: 0, short: 0 };
  readonly market: M;
  readonly isHedged: boolean;
  readonly hasMark: boolean;
  readonly markAgeUsMax: number;
  mark = Number.NaN;
  markUs = Number.NEGATIVE_INFINITY;

  constructor({ isHedged, markAgeUsMax }: AuditSetup, market: M, hasMark: boolean) {
    this.market = market;
    this.isHedged = isHedged;
    this.hasMark = hasMark;
    this.markAgeUsMax = markAgeUsMax;
  }

  /** Called after an order has met the market. */
  abstract onTraded(): void;

  /** Called after a mark price has brought orders to life. */
  abstract afterMark(): void;

  /** Gives one command of a script. */
  give(command: Command): void {
    if ('submit' in command) this.submit(command.submit);
    else if ('amend' in command) this.amend(command.amend);
    else this.cancel(command.cancel);
  }

  /** What has become of everything. */
  audit(): Audit {
    for (const order of this.orders) this.states.set(order.request.clientOrderId, order.state);
    return { fills: this.fills, states: this.states };
  }

  get net(): number {
    return this.positions.both + this.positions.long + this.positions.short;
  }

  reaches({ limit, side }: Pick<AuditOrder, 'limit' | 'side'>, price: number): boolean {
    if (limit === null) return true;
    return side === 'buy' ? price <= limit : price >= limit;
  }

  closable({ request, side }: Pick<AuditOrder, 'request' | 'side'>): number {
    const lots = this.positions[request.positionSide ?? 'both'];
    return Math.max(0, side === 'buy' ? -lots : lots);
  }

  tradable(order: AuditOrder): number {
    const leaves = order.qty - order.filled;
    return order.reduces ? Math.min(leaves, this.closable(order)) : leaves;
  }

  book(order: AuditOrder, qty: number, price: number, liquidity: 'maker' | 'taker'): void {
    const { side, clientOrderId, positionSide = 'both' } = order.request;
    order.filled += qty;
    this.positions[positionSide] += side === 'buy' ? qty : -qty;
    this.fills.push(`${this.market.nowUs - START_US} ${clientOrderId} ${side} ${qty}@${price} ${liquidity}`);
    if (order.filled === order.qty) order.state = 'FILLED';
    else if (this.tradable(order) === 0) order.state = 'EXPIRED';
  }

  /** Own orders of the other side within the limit, best first, then by arrival. */
  ownInReach(order: AuditOrder): AuditOrder[] {
    const sign = order.side === 'buy' ? 1 : -1;
    return this.orders
      .filter((one) => one.state === 'resting' && one.side !== order.side && this.reaches(order, one.limit!))
      .sort((a, b) => sign * (a.limit! - b.limit!) || this.orders.indexOf(a) - this.orders.indexOf(b));
  }

  isOver({ state }: AuditOrder): boolean {
    return state === 'FILLED' || state === 'EXPIRED' || state === 'CANCELED';
  }

  /** Takes level after level; own orders in the way are met where they are strictly better (M65). */
  take(order: AuditOrder, base: number): void {
    const { selfTrade = 'refuse' } = order.request;
    if (this.tradable(order) === 0) order.state = 'EXPIRED';
    const owns = selfTrade === 'refuse' ? [] : this.ownInReach(order);
    const sign = order.side === 'buy' ? 1 : -1;
    while (!this.isOver(order)) {
      const next = this.market.nextLevel(order.side, base);
      if (next === null) break;
      if (owns[0] !== undefined && sign * (next.price - owns[0].limit!) > 0) {
        this.meetOwn(order, owns.shift()!, selfTrade);
        continue;
      }
      const wanted = Math.min(this.tradable(order), this.market.room);
      if (wanted === 0 || !this.reaches(order, next.price)) break;
      const qty = Math.min(wanted, next.left);
      this.market.taken[order.side] += qty;
      this.market.used += qty;
      this.book(order, qty, next.price, 'taker');
    }
    this.onTraded();
  }

  meetOwn(taker: AuditOrder, maker: AuditOrder, mode: string): void {
    if (maker.state !== 'resting') return;
    if (mode !== 'none') {
      if (mode !== 'expire_taker') maker.state = 'EXPIRED';
      if (mode !== 'expire_maker') taker.state = 'EXPIRED';
      return;
    }
    const qty = Math.min(this.tradable(maker), this.tradable(taker));
    if (this.tradable(maker) === 0) maker.state = 'EXPIRED';
    if (qty === 0) return;
    this.book(maker, qty, maker.limit!, 'maker');
    this.book(taker, qty, maker.limit!, 'taker');
  }

  /** Lets an order meet the market, around the price or a worse one. */
  meet(order: AuditOrder, base = this.market.price): void {
    const { timeInForce, side, selfTrade = 'refuse' } = order.request;
    if (order.limit === null) {
      order.state = 'working';
      this.take(order, base);
      return;
    }
    const touches = this.reaches(order, this.market.levelPrice(side, base, 0));
    const isTaking = this.reaches(order, this.market.levelPrice(side, this.market.price, 0));
    const isTooMuch =
      timeInForce === 'FOK' && this.market.lotsWithin(side, order.limit, base) < this.tradable(order);
    if ((isTaking && timeInForce === 'GTX') || isTooMuch) {
      order.state = 'EXPIRED';
      return;
    }
    if (touches || selfTrade !== 'refuse') this.take(order, base);
    if (this.isOver(order)) return;
    if (timeInForce === 'IOC' || timeInForce === 'FOK') order.state = 'EXPIRED';
    else if (touches) order.state = 'working';
    else {
      order.state = 'resting';
      order.need =
        side === 'buy'
          ? Math.min(order.limit, this.market.price) - 1
          : Math.max(order.limit, this.market.price) + 1;
      const beside = this.orders.filter(
        (one) => one !== order && one.state === 'resting' && one.side === side && one.limit === order.limit,
      );
      order.ahead = Math.max(this.market.levelLots(), ...beside.map(({ ahead }) => ahead));
      this.alignNeeds(side);
    }
  }

  /** M19: whoever stands behind needs at least what those before him need. */
  alignNeeds(side: Side): void {
    const mine = this.orders.filter((one) => one.state === 'resting' && one.side === side);
    for (const [at, one] of mine.entries()) {
      for (const [otherAt, other] of mine.entries()) {
        const better = side === 'buy' ? other.limit! - one.limit! : one.limit! - other.limit!;
        if (better > 0 || (better === 0 && otherAt < at)) {
          one.need = side === 'buy' ? Math.min(one.need, other.need) : Math.max(one.need, other.need);
        }
      }
    }
  }

  retry(state: 'working' | 'held'): void {
    for (const order of this.orders.filter((one) => one.state === state)) this.meet(order);
  }

  fallsTo(order: AuditOrder): boolean {
    if (order.state === 'resting') return order.side === 'buy';
    return isStop(order.request) ? order.side === 'sell' : order.side === 'buy';
  }

  /** M62: the first price at which a trailing stop triggers, found by trying; `null` while it does not follow. */
  triggerOf({ best, request, side }: AuditOrder): number | null {
    const { callbackBps, triggerTicks, type } = request;
    if (type !== 'trailing_stop') return triggerTicks;
    if (Number.isNaN(best)) return null;
    if (triggerTicks !== null && (side === 'sell' ? best < triggerTicks : best > triggerTicks)) return null;
    let price = best;
    while (Math.abs(best - price) * 10_000 < best * callbackBps!) price += side === 'sell' ? -1 : 1;
    return price;
  }

  targetOf(order: AuditOrder): number {
    return order.state === 'resting' ? order.need : (this.triggerOf(order) ?? Number.NaN);
  }

  follow(order: AuditOrder, price: number): void {
    if (order.request.type !== 'trailing_stop' || Number.isNaN(price)) return;
    if (Number.isNaN(order.best)) order.best = price;
    order.best = order.side === 'sell' ? Math.max(order.best, price) : Math.min(order.best, price);
  }

  followLast(): void {
    for (const order of this.orders) {
      if (order.state === 'conditional' && !order.byMark) this.follow(order, this.market.price);
    }
  }

  isDue(order: AuditOrder, price: number): boolean {
    return this.fallsTo(order) ? price <= this.targetOf(order) : price >= this.targetOf(order);
  }

  /** The most urgent of some orders (M21). */
  firstOf(due: readonly AuditOrder[]): AuditOrder | undefined {
    const falling = due.filter((order) => this.fallsTo(order));
    if (falling.length > 0) return falling.reduce((a, b) => (this.targetOf(b) > this.targetOf(a) ? b : a));
    return due.reduce<AuditOrder | undefined>(
      (a, b) => (a === undefined || this.targetOf(b) < this.targetOf(a) ? b : a),
      undefined,
    );
  }

  /** M19: an own taker that stands before a resting order is still being served. */
  mustWait(order: AuditOrder): boolean {
    const { limit, side } = order;
    return this.orders.some((other, at) => {
      if (other.state !== 'working' || other.side !== side) return false;
      if (other.limit === null) return true;
      if (other.limit === limit) return at < this.orders.indexOf(order);
      return side === 'buy' ? other.limit > limit! : other.limit < limit!;
    });
  }

  /** False when the order expired instead. */
  wakes(order: AuditOrder): boolean {
    if (order.request.closePosition === true) order.qty = this.closable(order);
    if (this.tradable(order) === 0 || (order.limit !== null && this.isInOwnWay(order)))
      order.state = 'EXPIRED';
    return !this.isOver(order);
  }

  isInOwnWay(order: AuditOrder): boolean {
    const { selfTrade = 'refuse', timeInForce } = order.request;
    if (selfTrade !== 'refuse' && timeInForce !== 'FOK' && timeInForce !== 'GTX') return false;
    return this.ownInReach(order).length > 0;
  }

  trigger(order: AuditOrder): void {
    const target = this.targetOf(order);
    if (!this.wakes(order)) return;
    this.meet(
      order,
      order.side === 'buy' ? Math.max(this.market.price, target) : Math.min(this.market.price, target),
    );
  }

  /** M61: a mark price brings those to life that wait for it; they meet the market of that moment. */
  onMark(event: MarkEvent): void {
    this.mark = event.markTicks;
    this.markUs = event.tsVenueUs;
    const waiting = this.orders.filter((order) => order.state === 'conditional' && order.byMark);
    for (const order of waiting) this.follow(order, this.mark);
    const touched = waiting.filter((order) => this.isDue(order, this.mark));
    for (let next = this.firstOf(touched); next !== undefined; next = this.firstOf(touched)) {
      touched.splice(touched.indexOf(next), 1);
      if (this.wakes(next)) this.arrive(next);
    }
    this.afterMark();
  }

  // --- requests ---

  /** An order that may trade comes to the market, or waits for one. */
  arrive(order: AuditOrder): void {
    const { timeInForce } = order.request;
    order.state = 'held';
    if (this.market.isLive) this.meet(order);
    else if (order.limit !== null && (timeInForce === 'IOC' || timeInForce === 'FOK'))
      order.state = 'EXPIRED';
  }

  submit(request: OrderRequest): void {
    const { clientOrderId, priceTicks, qtyLots, side, triggerBy, type } = request;
    if (
      this.states.has(clientOrderId) ||
      this.orders.some((one) => one.request.clientOrderId === clientOrderId)
    )
      return;
    const order: AuditOrder = {
      request,
      side,
      reduces: reduces(request),
      byMark: triggerBy === 'mark' && this.hasMark,
      state: type === 'market' || type === 'limit' ? 'held' : 'conditional',
      qty: qtyLots,
      limit: priceTicks,
      filled: 0,
      need: Number.NaN,
      ahead: 0,
      best: Number.NaN,
    };
    const code = this.refusal(order);
    if (code !== null) {
      this.states.set(clientOrderId, code);
      return;
    }
    this.follow(order, this.watched(order.byMark));
    this.orders.push(order);
    if (order.state === 'held') this.arrive(order);
  }

  /** The price that a trigger looks at (M35, M61). */
  watched(byMark: boolean): number {
    return byMark && this.market.nowUs - this.markUs <= this.markAgeUsMax ? this.mark : this.market.price;
  }

  refusal(order: AuditOrder): string | null {
    const { limit, request, side } = order;
    const { closePosition, qtyLots, timeInForce, triggerTicks, type } = request;
    const { tickStep, lotStep } = this.market.instrument;
    if ([limit, triggerTicks].some((ticks) => ticks !== null && ticks % tickStep !== 0))
      return 'price_filter';
    if (closePosition !== true && (qtyLots % lotStep !== 0 || qtyLots <= 0)) return 'quantity_filter';
    const fault = sideFault(request, this.isHedged);
    if (fault !== null) return fault;
    if (Number.isNaN(this.market.price)) return 'no_liquidity';
    if (order.reduces && order.state === 'held' && this.closable(order) === 0) return 'reduce_only';
    if (triggerTicks !== null) {
      const mustRise = (isStop(request) && type !== 'trailing_stop') === (side === 'buy');
      const now = this.watched(order.byMark);
      if (mustRise ? now >= triggerTicks : now <= triggerTicks) return 'would_trigger_immediately';
    }
    if (type !== 'limit') return null;
    if (this.isInOwnWay(order)) return 'self_trade';
    if (timeInForce === 'GTX' && this.isMarketable(order)) return 'post_only_would_take';
    const lots = this.market.isLive ? this.market.lotsWithin(side, limit!, this.market.price) : 0;
    return timeInForce === 'FOK' && lots < qtyLots ? 'fok_unfilled' : null;
  }

  isMarketable(order: Pick<AuditOrder, 'limit' | 'side'>): boolean {
    return (
      this.market.isLive && this.reaches(order, this.market.levelPrice(order.side, this.market.price, 0))
    );
  }

  /** M64; what is refused changes nothing. */
  amend({ clientOrderId, priceTicks, qtyLots }: Omit<AmendRequest, 'instrumentIx'>): void {
    const order = this.orders.find((one) => one.request.clientOrderId === clientOrderId);
    if (order === undefined || this.isOver(order) || order.limit === null || order.state === 'conditional')
      return;
    const limit = priceTicks ?? order.limit;
    const qty = qtyLots ?? order.qty;
    const isOff = limit % this.market.instrument.tickStep !== 0 || qty % this.market.instrument.lotStep !== 0;
    if (isOff || (limit === order.limit && qty === order.qty)) return;
    const isInPlace = limit === order.limit && qty < order.qty;
    const { selfTrade = 'refuse', timeInForce } = order.request;
    const to = { ...order, limit };
    if (qty > order.filled && !isInPlace) {
      const isRefusing = selfTrade === 'refuse' || timeInForce === 'GTX';
      if (isRefusing && this.ownInReach(to).length > 0) return;
    }
    const isEnded = qty <= order.filled || (!isInPlace && timeInForce === 'GTX' && this.isMarketable(to));
    if (isEnded) {
      order.state = 'CANCELED';
      return;
    }
    order.limit = limit;
    order.qty = qty;
    if (isInPlace) return;
    this.orders.splice(this.orders.indexOf(order), 1);
    this.orders.push(order);
    this.arrive(order);
  }

  cancel(id: string): void {
    const order = this.orders.find((one) => one.request.clientOrderId === id);
    if (order !== undefined && !this.isOver(order)) order.state = 'CANCELED';
  }
}
