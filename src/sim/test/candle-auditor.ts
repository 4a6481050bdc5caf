/**
 * The auditor: the rules of candle matching (M6 to M24 and M60 to M66, without margin, fees and latency) a second time, from the text of
 * `docs/specs/matching.md` alone. Slow on purpose: it walks the price tick by tick and the ladder level by level, in exact arithmetic, and plans
 * nothing ahead. It shares no code with the simulator but the shapes of its input.
 */
import type { DepthRule } from '#costs';
import type { AmendRequest, CandleEvent, Instrument, MarkEvent, OrderRequest, Side } from '#domain';
import { AuditedBars } from './audited-bars.ts';
import { isStop, reduces, sideFault } from './audited-requests.ts';
import { type Command, START_US } from './market-builders.ts';

interface AuditOrder {
  readonly request: OrderRequest;
  readonly side: Side;
  readonly reduces: boolean;
  readonly byMark: boolean;
  state: 'held' | 'conditional' | 'resting' | 'working' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  qty: number;
  limit: number | null;
  filled: number;
  need: number;
  /** Trailing: the best price since it was placed. */
  best: number;
}

/** What the auditor says has happened. */
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

class CandleAudit extends AuditedBars {
  readonly fills: string[] = [];
  readonly states = new Map<string, string>();
  /** By arrival. */
  readonly orders: AuditOrder[] = [];
  readonly positions = { both: 0, long: 0, short: 0 };
  readonly isHedged: boolean;
  readonly hasMark: boolean;
  readonly markAgeUsMax: number;
  mark = Number.NaN;
  markUs = Number.NEGATIVE_INFINITY;

  constructor({ instrument, isHedged, markAgeUsMax, rule }: AuditSetup, hasMark: boolean) {
    super(instrument, rule);
    this.isHedged = isHedged;
    this.hasMark = hasMark;
    this.markAgeUsMax = markAgeUsMax;
  }

  // --- time ---

  get net(): number {
    return this.positions.both + this.positions.long + this.positions.short;
  }

  openBar(bar: CandleEvent): void {
    this.begin(bar, this.net === 0 ? this.lowFirstFlat(bar) : this.net > 0);
    if (!this.isLive) return;
    this.followLast();
    this.retry('working');
    this.settle();
    this.retry('held');
    this.settle();
  }

  /** M13, M60: without a position the direction of the bar decides, unless entries by stop lie on one side of its open. */
  lowFirstFlat(bar: CandleEvent): boolean {
    const rising = bar.closeTicks >= bar.openTicks;
    if (bar.volumeLots === 0) return rising;
    const entries = this.orders.filter(
      (one) => one.state === 'conditional' && !one.byMark && !one.reduces && isStop(one.request),
    );
    const lies = (side: Side, isThere: (trigger: number) => boolean): boolean =>
      entries.some((one) => {
        const trigger = this.triggerOf(one);
        return one.side === side && trigger !== null && isThere(trigger);
      });
    const above = lies('buy', (trigger) => trigger > bar.openTicks && trigger <= bar.highTicks);
    const below = lies('sell', (trigger) => trigger < bar.openTicks && trigger >= bar.lowTicks);
    if (above && !below) return false;
    return below && !above ? true : rising;
  }

  /** Lets the bar unfold until a moment: [.., untilUs], or beyond the close to its end. */
  unfold(untilUs: number): void {
    while (this.bar !== null && this.nowUs < this.bar.tsVenueUs) {
      const nextUs = this.nextChangeUs();
      if (nextUs > untilUs) break;
      this.nowUs = nextUs;
      this.price = this.priceAt(nextUs);
      const isLive = this.bar.volumeLots > 0;
      if (isLive) this.followLast();
      if (nextUs === this.corners[this.segment + 1]![0] && this.segment < 2) {
        this.segment++;
        this.price = this.corners[this.segment]![1];
        this.freshVolume();
        if (isLive) this.retry('working');
      }
      if (isLive) this.settle();
    }
    if (untilUs > this.nowUs) this.nowUs = untilUs;
  }

  turnIfHurt(): void {
    if (this.net !== 0) this.turn(this.net > 0);
  }

  // --- orders ---

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
    this.fills.push(`${this.nowUs - START_US} ${clientOrderId} ${side} ${qty}@${price} ${liquidity}`);
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
      const next = this.nextLevel(order.side, base);
      if (next === null) break;
      if (owns[0] !== undefined && sign * (next.price - owns[0].limit!) > 0) {
        this.meetOwn(order, owns.shift()!, selfTrade);
        continue;
      }
      const wanted = Math.min(this.tradable(order), this.room);
      if (wanted === 0 || !this.reaches(order, next.price)) break;
      const qty = Math.min(wanted, next.left);
      this.taken[order.side] += qty;
      this.used += qty;
      this.book(order, qty, next.price, 'taker');
    }
    this.turnIfHurt();
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
  meet(order: AuditOrder, base = this.price): void {
    const { timeInForce, side, selfTrade = 'refuse' } = order.request;
    if (order.limit === null) {
      order.state = 'working';
      this.take(order, base);
      return;
    }
    const touches = this.reaches(order, this.levelPrice(side, base, 0));
    const isTaking = this.reaches(order, this.levelPrice(side, this.price, 0));
    const isTooMuch =
      timeInForce === 'FOK' && this.lotsWithin(side, order.limit, base) < this.tradable(order);
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
        side === 'buy' ? Math.min(order.limit, this.price) - 1 : Math.max(order.limit, this.price) + 1;
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
      if (order.state === 'conditional' && !order.byMark) this.follow(order, this.price);
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

  settle(): void {
    for (;;) {
      const due = this.orders.filter((order) => {
        if (order.state === 'conditional') return !order.byMark && this.isDue(order, this.price);
        if (order.state !== 'resting' || this.room < this.instrument.lotStep || this.mustWait(order))
          return false;
        return this.isDue(order, this.price);
      });
      const pick = this.firstOf(due);
      if (pick === undefined) return;
      if (pick.state === 'resting') this.make(pick);
      else this.trigger(pick);
    }
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

  make(order: AuditOrder): void {
    const qty = Math.min(this.tradable(order), this.room);
    if (qty === 0) order.state = 'EXPIRED';
    else {
      this.used += qty;
      this.book(order, qty, order.limit!, 'maker');
    }
    this.turnIfHurt();
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
    this.meet(order, order.side === 'buy' ? Math.max(this.price, target) : Math.min(this.price, target));
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
    if (this.isLive) this.settle();
  }

  // --- requests ---

  /** An order that may trade comes to the market, or waits for one. */
  arrive(order: AuditOrder): void {
    const { timeInForce } = order.request;
    order.state = 'held';
    if (this.isLive) this.meet(order);
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
    return byMark && this.nowUs - this.markUs <= this.markAgeUsMax ? this.mark : this.price;
  }

  refusal(order: AuditOrder): string | null {
    const { limit, request, side } = order;
    const { closePosition, qtyLots, timeInForce, triggerTicks, type } = request;
    const { tickStep, lotStep } = this.instrument;
    if ([limit, triggerTicks].some((ticks) => ticks !== null && ticks % tickStep !== 0))
      return 'price_filter';
    if (closePosition !== true && (qtyLots % lotStep !== 0 || qtyLots <= 0)) return 'quantity_filter';
    const fault = sideFault(request, this.isHedged);
    if (fault !== null) return fault;
    if (Number.isNaN(this.price)) return 'no_liquidity';
    if (order.reduces && order.state === 'held' && this.closable(order) === 0) return 'reduce_only';
    if (triggerTicks !== null) {
      const mustRise = (isStop(request) && type !== 'trailing_stop') === (side === 'buy');
      const now = this.watched(order.byMark);
      if (mustRise ? now >= triggerTicks : now <= triggerTicks) return 'would_trigger_immediately';
    }
    if (type !== 'limit') return null;
    if (this.isInOwnWay(order)) return 'self_trade';
    if (timeInForce === 'GTX' && this.isMarketable(order)) return 'post_only_would_take';
    const lots = this.isLive ? this.lotsWithin(side, limit!, this.price) : 0;
    return timeInForce === 'FOK' && lots < qtyLots ? 'fok_unfilled' : null;
  }

  isMarketable(order: Pick<AuditOrder, 'limit' | 'side'>): boolean {
    return this.isLive && this.reaches(order, this.levelPrice(order.side, this.price, 0));
  }

  /** M64; what is refused changes nothing. */
  amend({ clientOrderId, priceTicks, qtyLots }: Omit<AmendRequest, 'instrumentIx'>): void {
    const order = this.orders.find((one) => one.request.clientOrderId === clientOrderId);
    if (order === undefined || this.isOver(order) || order.limit === null || order.state === 'conditional')
      return;
    const limit = priceTicks ?? order.limit;
    const qty = qtyLots ?? order.qty;
    const isOff = limit % this.instrument.tickStep !== 0 || qty % this.instrument.lotStep !== 0;
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

/** Predicts every fill and every final state of a script over candles, in the order in which the simulator must make them. */
export function auditCandles(
  setup: AuditSetup,
  candles: readonly CandleEvent[],
  marks: readonly MarkEvent[],
  script: readonly Command[],
): Audit {
  const audit = new CandleAudit(setup, marks.length > 0);
  // At one moment marks come before requests (M1).
  const waiting = [...marks.map((mark) => ({ afterUs: mark.tsVenueUs - START_US, mark })), ...script].sort(
    (a, b) => a.afterUs - b.afterUs || Number('mark' in b) - Number('mark' in a),
  );
  const endUs = candles.at(-1)!.tsVenueUs;
  for (const [at, bar] of [...candles, null].entries()) {
    const openUs = bar?.openTsUs ?? Number.POSITIVE_INFINITY;
    while (waiting.length > 0 && START_US + waiting[0]!.afterUs < openUs) {
      const command = waiting.shift()!;
      audit.unfold(START_US + command.afterUs);
      if ('mark' in command) audit.onMark(command.mark);
      else if ('submit' in command) audit.submit(command.submit);
      else if ('amend' in command) audit.amend(command.amend);
      else audit.cancel(command.cancel);
      // M21: a request may have cleared the way for an order that waited.
      if (audit.isLive) audit.settle();
    }
    audit.unfold(bar === null ? Math.max(endUs, audit.nowUs) : bar.openTsUs);
    if (bar !== null) audit.openBar(candles[at]!);
  }
  for (const order of audit.orders) audit.states.set(order.request.clientOrderId, order.state);
  return { fills: audit.fills, states: audit.states };
}
