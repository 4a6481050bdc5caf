/**
 * The auditor: the rules of candle matching (M6 to M24 without margin, fees and latency) a second time, from the text of
 * `docs/specs/matching.md` alone. Slow on purpose: it walks the price tick by tick and the ladder lot by lot, in exact arithmetic, and plans nothing
 * ahead. It shares no code with the simulator but the shapes of its input.
 */
import type { DepthRule } from '#costs';
import type { CandleEvent, Instrument, OrderRequest } from '#domain';
import { type Command, START_US } from './market-builders.ts';

interface AuditOrder {
  readonly request: OrderRequest;
  state: 'held' | 'conditional' | 'resting' | 'working' | 'FILLED' | 'CANCELED' | 'EXPIRED';
  filled: number;
  need: number;
}

/** What the auditor says has happened. */
export interface Audit {
  /** As `fills` of the builders writes them. */
  readonly fills: string[];
  /** Final state by client order id: a refusal's code in lower case, else the state. */
  readonly states: Map<string, string>;
}

const QUARTERS = [1, 2, 1];

class CandleAudit {
  readonly fills: string[] = [];
  readonly states = new Map<string, string>();
  readonly orders: AuditOrder[] = [];
  position = 0;
  bar: CandleEvent | null = null;
  /** Corner points of the path: time and price; the first is replaced by a turn. */
  corners: [number, number][] = [];
  segment = 0;
  price = Number.NaN;
  nowUs = 0;
  used = 0;
  taken = { buy: 0, sell: 0 };
  readonly instrument: Instrument;
  readonly rule: DepthRule;

  constructor(instrument: Instrument, rule: DepthRule) {
    this.instrument = instrument;
    this.rule = rule;
  }

  // --- the path ---

  priceAt(us: number): number {
    const [fromUs, from] = this.corners[this.segment]!;
    const [toUs, to] = this.corners[this.segment + 1]!;
    const ticks = (BigInt(Math.abs(to - from)) * BigInt(us - fromUs)) / BigInt(toUs - fromUs);
    return from + Math.sign(to - from) * Number(ticks);
  }

  /** The next moment at which the price changes or a segment ends. */
  nextChangeUs(): number {
    const [fromUs, from] = this.corners[this.segment]!;
    const [toUs, to] = this.corners[this.segment + 1]!;
    const span = Math.abs(to - from);
    const done = Math.abs(this.price - from);
    if (done >= span) return toUs;
    const spanUs = BigInt(toUs - fromUs);
    const us = (BigInt(done + 1) * spanUs + BigInt(span) - 1n) / BigInt(span);
    return fromUs + Number(us);
  }

  get isLive(): boolean {
    return this.bar !== null && this.bar.volumeLots > 0 && this.nowUs < this.bar.tsVenueUs;
  }

  openBar(bar: CandleEvent): void {
    const lowFirst = this.position === 0 ? this.lowFirstFlat(bar) : this.position > 0;
    const quarterUs = Math.floor(bar.timeframeUs / 4);
    const extremes = lowFirst ? [bar.lowTicks, bar.highTicks] : [bar.highTicks, bar.lowTicks];
    this.bar = bar;
    this.segment = 0;
    this.corners = [
      [bar.openTsUs, bar.openTicks],
      [bar.openTsUs + quarterUs, extremes[0]!],
      [bar.openTsUs + Math.floor((3 * bar.timeframeUs) / 4), extremes[1]!],
      [bar.tsVenueUs, bar.closeTicks],
    ];
    this.nowUs = bar.openTsUs;
    this.price = bar.openTicks;
    this.freshVolume();
    if (!this.isLive) return;
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
      ({ request, state }) =>
        state === 'conditional' && request.type === 'stop_market' && !request.reduceOnly,
    );
    const above = entries.some(
      ({ request: { side, triggerTicks } }) =>
        side === 'buy' && triggerTicks! > bar.openTicks && triggerTicks! <= bar.highTicks,
    );
    const below = entries.some(
      ({ request: { side, triggerTicks } }) =>
        side === 'sell' && triggerTicks! < bar.openTicks && triggerTicks! >= bar.lowTicks,
    );
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
      if (nextUs === this.corners[this.segment + 1]![0] && this.segment < 2) {
        this.segment++;
        this.price = this.corners[this.segment]![1];
        this.freshVolume();
        if (this.bar.volumeLots > 0) this.retry('working');
      }
      if (this.bar.volumeLots > 0) this.settle();
    }
    if (untilUs > this.nowUs) this.nowUs = untilUs;
  }

  turnIfHurt(): void {
    if (this.position === 0 || this.segment !== 0 || this.bar === null || this.nowUs >= this.corners[1]![0])
      return;
    const { lowTicks, highTicks } = this.bar;
    const hurt = this.position > 0 ? lowTicks : highTicks;
    const other = this.position > 0 ? highTicks : lowTicks;
    if (this.corners[1]![1] === hurt) return;
    this.corners[0] = [this.nowUs, this.price];
    this.corners[1] = [this.corners[1]![0], hurt];
    this.corners[2] = [this.corners[2]![0], other];
  }

  // --- liquidity ---

  freshVolume(): void {
    this.used = 0;
    this.taken = { buy: 0, sell: 0 };
  }

  get room(): number {
    const share = (this.bar!.volumeLots * QUARTERS[this.segment]!) / 4;
    const step = this.instrument.lotStep;
    const max = Math.floor((share * this.rule.participationMaxPpm) / 1_000_000 / step) * step;
    return Math.max(0, max - this.used);
  }

  levelLots(): number {
    const minute = (this.bar!.volumeLots * 60_000_000) / this.bar!.timeframeUs;
    const step = this.instrument.lotStep;
    return Math.max(step, Math.floor((minute * this.rule.levelVolumePpm) / 1_000_000 / step) * step);
  }

  steps(ppm: number, price: number): number {
    const step = this.instrument.tickStep;
    return Math.ceil((price * ppm) / (1_000_000 * step)) * step;
  }

  levelPrice(side: 'buy' | 'sell', base: number, level: number): number {
    const step = this.instrument.tickStep;
    const between = Math.max(step, this.steps(this.rule.levelStepPpm, base));
    const away = this.steps(this.rule.halfSpreadPpm, base) + level * between;
    return side === 'buy' ? Math.ceil((base + away) / step) * step : Math.floor((base - away) / step) * step;
  }

  reaches(request: OrderRequest, price: number): boolean {
    if (request.priceTicks === null) return true;
    return request.side === 'buy' ? price <= request.priceTicks : price >= request.priceTicks;
  }

  // --- orders ---

  tradable(order: AuditOrder): number {
    const leaves = order.request.qtyLots - order.filled;
    if (!order.request.reduceOnly) return leaves;
    const closable = order.request.side === 'buy' ? -this.position : this.position;
    return Math.max(0, Math.min(leaves, closable));
  }

  book(order: AuditOrder, qty: number, price: number, liquidity: 'maker' | 'taker'): void {
    const { side, clientOrderId } = order.request;
    order.filled += qty;
    this.position += side === 'buy' ? qty : -qty;
    this.used += qty;
    this.fills.push(`${this.nowUs - START_US} ${clientOrderId} ${side} ${qty}@${price} ${liquidity}`);
    if (order.filled === order.request.qtyLots) order.state = 'FILLED';
    else if (this.tradable(order) === 0) order.state = 'EXPIRED';
  }

  /** Takes lot by lot; equal prices of one level in a row are one fill. */
  take(order: AuditOrder, base: number): void {
    const { side } = order.request;
    let wanted = Math.min(this.tradable(order), this.room);
    if (this.tradable(order) === 0) order.state = 'EXPIRED';
    while (wanted > 0) {
      const level = Math.floor(this.taken[side] / this.levelLots());
      const price = this.levelPrice(side, base, level);
      if (level >= this.rule.levelCountMax || price <= 0 || !this.reaches(order.request, price)) break;
      let qty = 0;
      while (wanted > 0 && Math.floor(this.taken[side] / this.levelLots()) === level) {
        qty += this.instrument.lotStep;
        this.taken[side] += this.instrument.lotStep;
        wanted -= this.instrument.lotStep;
      }
      this.book(order, qty, price, 'taker');
    }
    this.turnIfHurt();
  }

  meet(order: AuditOrder): void {
    const { type, timeInForce, side, priceTicks } = order.request;
    if (type !== 'limit') {
      order.state = 'working';
      this.take(order, this.price);
      return;
    }
    const touches = this.reaches(order.request, this.levelPrice(side, this.price, 0));
    if (touches && timeInForce === 'GTX') {
      order.state = 'EXPIRED';
      return;
    }
    if (touches) this.take(order, this.price);
    if (order.state === 'FILLED' || order.state === 'EXPIRED') return;
    if (timeInForce === 'IOC' || timeInForce === 'FOK') order.state = 'EXPIRED';
    else if (touches) order.state = 'working';
    else {
      order.state = 'resting';
      order.need =
        side === 'buy' ? Math.min(priceTicks!, this.price) - 1 : Math.max(priceTicks!, this.price) + 1;
      this.alignNeeds(side);
    }
  }

  /** M19: whoever stands behind needs at least what those before him need. */
  alignNeeds(side: 'buy' | 'sell'): void {
    const mine = this.orders.filter((one) => one.state === 'resting' && one.request.side === side);
    for (const [at, one] of mine.entries()) {
      for (const [otherAt, other] of mine.entries()) {
        const better =
          side === 'buy'
            ? other.request.priceTicks! - one.request.priceTicks!
            : one.request.priceTicks! - other.request.priceTicks!;
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
    const { side, type } = order.request;
    if (order.state === 'resting') return side === 'buy';
    return type === 'stop_market' ? side === 'sell' : side === 'buy';
  }

  targetOf(order: AuditOrder): number {
    return order.state === 'resting' ? order.need : order.request.triggerTicks!;
  }

  settle(): void {
    for (;;) {
      const due = this.orders.filter((order) => {
        if (order.state !== 'conditional' && order.state !== 'resting') return false;
        if (order.state === 'resting' && (this.room < this.instrument.lotStep || this.mustWait(order)))
          return false;
        return this.fallsTo(order) ? this.price <= this.targetOf(order) : this.price >= this.targetOf(order);
      });
      const falling = due.filter((order) => this.fallsTo(order));
      const pick =
        falling.length > 0
          ? falling.reduce((a, b) => (this.targetOf(b) > this.targetOf(a) ? b : a))
          : due.reduce<AuditOrder | undefined>(
              (a, b) => (a === undefined || this.targetOf(b) < this.targetOf(a) ? b : a),
              undefined,
            );
      if (pick === undefined) return;
      if (pick.state === 'resting') this.make(pick);
      else this.trigger(pick);
    }
  }

  /** M19: an own taker that stands before a resting order is still being served. */
  mustWait(order: AuditOrder): boolean {
    const { side, priceTicks } = order.request;
    return this.orders.some((other, at) => {
      if (other.state !== 'working' || other.request.side !== side) return false;
      const limit = other.request.priceTicks;
      if (limit === null) return true;
      if (limit === priceTicks) return at < this.orders.indexOf(order);
      return side === 'buy' ? limit > priceTicks! : limit < priceTicks!;
    });
  }

  make(order: AuditOrder): void {
    const qty = Math.min(this.tradable(order), this.room);
    if (qty === 0) order.state = 'EXPIRED';
    else this.book(order, qty, order.request.priceTicks!, 'maker');
    this.turnIfHurt();
  }

  trigger(order: AuditOrder): void {
    if (this.tradable(order) === 0) {
      order.state = 'EXPIRED';
      return;
    }
    order.state = 'working';
    const { side, triggerTicks } = order.request;
    const worse = side === 'buy' ? Math.max(this.price, triggerTicks!) : Math.min(this.price, triggerTicks!);
    this.take(order, worse);
  }

  // --- requests ---

  submit(request: OrderRequest): void {
    if (
      this.states.has(request.clientOrderId) ||
      this.orders.some((one) => one.request.clientOrderId === request.clientOrderId)
    )
      return;
    const code = this.refusal(request);
    if (code !== null) {
      this.states.set(request.clientOrderId, code);
      return;
    }
    const order: AuditOrder = {
      request,
      state: request.triggerTicks === null ? 'held' : 'conditional',
      filled: 0,
      need: Number.NaN,
    };
    this.orders.push(order);
    if (order.state !== 'held') return;
    if (this.isLive) this.meet(order);
    else if (request.timeInForce === 'IOC' && request.type === 'limit') order.state = 'EXPIRED';
  }

  refusal(request: OrderRequest): string | null {
    const { side, type, priceTicks, triggerTicks, qtyLots, timeInForce, reduceOnly } = request;
    const { tickStep, lotStep } = this.instrument;
    if ((priceTicks ?? triggerTicks ?? tickStep) % tickStep !== 0) return 'price_filter';
    if (qtyLots % lotStep !== 0 || qtyLots <= 0) return 'quantity_filter';
    if (Number.isNaN(this.price)) return 'no_liquidity';
    const closable = side === 'buy' ? -this.position : this.position;
    if (reduceOnly && triggerTicks === null && closable <= 0) return 'reduce_only';
    if (triggerTicks !== null) {
      const isAbove = type === 'stop_market' ? side === 'buy' : side === 'sell';
      if (isAbove ? this.price >= triggerTicks : this.price <= triggerTicks)
        return 'would_trigger_immediately';
    }
    if (priceTicks === null) return null;
    const own = this.orders.filter((one) => one.state === 'resting' && one.request.side !== side);
    if (own.some((one) => this.reaches(request, one.request.priceTicks!))) return 'self_trade';
    const touch = this.isLive ? this.levelPrice(side, this.price, 0) : Number.NaN;
    if (timeInForce === 'GTX' && this.reaches(request, touch)) return 'post_only_would_take';
    if (timeInForce === 'FOK' && this.fillableNow(request) < qtyLots) return 'fok_unfilled';
    return null;
  }

  fillableNow(request: OrderRequest): number {
    if (!this.isLive) return 0;
    let lots = 0;
    for (let level = 0; level < this.rule.levelCountMax; level++) {
      const price = this.levelPrice(request.side, this.price, level);
      if (price > 0 && this.reaches(request, price)) lots += this.levelLots();
    }
    return Math.min(this.room, Math.max(0, lots - this.taken[request.side]));
  }

  cancel(id: string): void {
    const order = this.orders.find((one) => one.request.clientOrderId === id);
    if (order === undefined) return;
    if (['held', 'conditional', 'resting', 'working'].includes(order.state)) order.state = 'CANCELED';
  }
}

/** Predicts every fill and every final state of a script over candles, in the order in which the simulator must make them. */
export function auditCandles(
  instrument: Instrument,
  rule: DepthRule,
  candles: readonly CandleEvent[],
  script: readonly Command[],
): Audit {
  const audit = new CandleAudit(instrument, rule);
  const waiting = [...script];
  const endUs = candles.at(-1)!.tsVenueUs;
  for (const [at, bar] of [...candles, null].entries()) {
    const openUs = bar?.openTsUs ?? Number.POSITIVE_INFINITY;
    while (waiting.length > 0 && START_US + waiting[0]!.afterUs < openUs) {
      const command = waiting.shift()!;
      audit.unfold(START_US + command.afterUs);
      if ('submit' in command) audit.submit(command.submit);
      else if ('cancel' in command) audit.cancel(command.cancel);
      // M21: a request may have cleared the way for an order that waited.
      if (audit.isLive) audit.settle();
    }
    audit.unfold(bar === null ? Math.max(endUs, audit.nowUs) : bar.openTsUs);
    if (bar !== null) audit.openBar(candles[at]!);
  }
  for (const order of audit.orders) audit.states.set(order.request.clientOrderId, order.state);
  return { fills: audit.fills, states: audit.states };
}
