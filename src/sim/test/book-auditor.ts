/**
 * The auditor of the book level: rules M6 to M11, M20, M21, M29 to M32 and M60 to M66 (without margin, fees and latency) a second time, from the text of
 * `docs/specs/matching.md` alone. Slow on purpose: everything is looked up in plain lists at every step, own and recorded offers are sorted
 * into one ladder, nothing is kept that can be asked again. It shares no code with the simulator but the shapes of its input.
 */
import type {
  AmendRequest,
  BookEvent,
  Instrument,
  MarketEvent,
  OrderRequest,
  Side,
  TradeEvent,
} from '#domain';
import { isStop, reduces, sideFault } from './audited-requests.ts';
import { type Command, START_US } from './market-builders.ts';

/** How the account is set up. */
export interface BookAuditSetup {
  readonly instrument: Instrument;
  readonly isHedged: boolean;
  readonly ordersOpenMax: number;
  readonly markAgeUsMax: number;
}

/** What the auditor says has happened. */
export interface BookAudited {
  /** Every private event in short with its moment, as the test writes them. */
  readonly said: readonly string[];
  /** Signed lots by position side. */
  readonly positions: Readonly<Record<'both' | 'long' | 'short', number>>;
}

interface Own {
  readonly request: OrderRequest;
  readonly side: Side;
  readonly reduces: boolean;
  readonly byMark: boolean;
  seq: number;
  qty: number;
  limit: number | null;
  filled: number;
  state: 'conditional' | 'met' | 'resting' | 'over';
  ahead: number;
  best: number;
}

/** Something that a taker can have: a level of the book, or an own order. */
interface Offer {
  readonly ticks: number;
  readonly own: Own | null;
}

const CALLBACK = 10_000;

class BookAudit {
  readonly said: string[] = [];
  readonly positions = { both: 0, long: 0, short: 0 };
  readonly owns: Own[] = [];
  readonly answers = new Map<string, string>();
  readonly shown = { buy: new Map<number, number>(), sell: new Map<number, number>() };
  readonly taken = { buy: new Map<number, number>(), sell: new Map<number, number>() };
  readonly setup: BookAuditSetup;
  readonly hasMark: boolean;
  nowUs = 0;
  last = Number.NaN;
  wasPrinted = false;
  mark = Number.NaN;
  markUs = Number.NEGATIVE_INFINITY;
  seq = 0;

  constructor(setup: BookAuditSetup, hasMark: boolean) {
    this.setup = setup;
    this.hasMark = hasMark;
  }

  say(text: string): void {
    this.said.push(`${this.nowUs - START_US} ${text}`);
  }

  // --- the market ---

  onEvent(event: MarketEvent): void {
    this.nowUs = event.tsVenueUs;
    if (event.kind === 'book') this.onBook(event);
    else if (event.kind === 'trade') this.onPrint(event);
    else if (event.kind === 'mark') {
      this.mark = event.markTicks;
      this.markUs = this.nowUs;
      this.wake(true, event.markTicks);
      return;
    } else return;
    if (!Number.isNaN(this.last)) this.wake(false, this.last);
  }

  onBook(event: BookEvent): void {
    for (const side of ['buy', 'sell'] as const) {
      const pairs = side === 'buy' ? event.bids : event.asks;
      const told = new Map<number, number>();
      for (let at = 0; at < pairs.length; at += 2) told.set(pairs[at]!, pairs[at + 1]!);
      if (event.isSnapshot) {
        this.shown[side].clear();
        this.taken[side].clear();
      }
      for (const [ticks, lots] of told) {
        this.taken[side].delete(ticks);
        this.shown[side].delete(ticks);
        if (lots > 0) this.shown[side].set(ticks, lots);
      }
      const deepest = side === 'buy' ? Math.min(...told.keys()) : Math.max(...told.keys());
      for (const own of this.resting(side)) {
        const isInside = side === 'buy' ? own.limit! > deepest : own.limit! < deepest;
        if (!told.has(own.limit!) && !(event.isSnapshot && isInside)) continue;
        own.ahead = Math.min(own.ahead, this.shown[side].get(own.limit!) ?? 0);
      }
    }
    const bid = Math.max(...this.shown.buy.keys());
    const ask = Math.min(...this.shown.sell.keys());
    if (!this.wasPrinted && Number.isFinite(bid) && Number.isFinite(ask)) {
      this.last = Math.floor((bid + ask) / 2);
    }
    this.cross('buy');
    this.cross('sell');
  }

  /** M31. */
  cross(side: Side): void {
    for (const own of this.resting(side)) {
      if (this.lotsWithin(side, own.limit!) === 0) return;
      this.takeAll(own, own.limit);
      if (own.state === 'resting') own.ahead = 0;
    }
  }

  /** M27, M28, M30. */
  onPrint(print: TradeEvent): void {
    this.last = print.priceTicks;
    this.wasPrinted = true;
    const side = print.takerSide === 'buy' ? 'sell' : 'buy';
    let left = print.qtyLots;
    for (const own of this.resting(side)) {
      const better = side === 'buy' ? own.limit! - print.priceTicks : print.priceTicks - own.limit!;
      if (left <= 0 || better < 0) break;
      const reaching = better > 0 ? left : Math.max(0, left - own.ahead);
      own.ahead = better > 0 ? 0 : Math.max(0, own.ahead - left);
      if (reaching === 0) continue;
      if (this.tradable(own) === 0) {
        this.expire(own, 'reduce_only');
        continue;
      }
      const lots = this.steps(Math.min(this.tradable(own), reaching));
      if (lots === 0) continue;
      left -= lots;
      this.fill(own, lots, own.limit!, 'maker');
    }
  }

  free(side: Side, ticks: number): number {
    return Math.max(0, (this.shown[side].get(ticks) ?? 0) - (this.taken[side].get(ticks) ?? 0));
  }

  /** What a taker of a side can have at a price or better. */
  lotsWithin(side: Side, limit: number): number {
    return this.ladder(side, limit, []).reduce((sum, { ticks }) => sum + this.free(other(side), ticks), 0);
  }

  /** All that a taker of a side would meet, best first: at equal prices what is recorded, then own orders by their time. */
  ladder(side: Side, limit: number | null, owns: readonly Own[]): Offer[] {
    const offers: Offer[] = [...this.shown[other(side)].keys()].map((ticks) => ({ ticks, own: null }));
    for (const own of owns) offers.push({ ticks: own.limit!, own });
    const sign = side === 'buy' ? 1 : -1;
    return offers
      .filter(({ ticks }) => limit === null || sign * (limit - ticks) >= 0)
      .sort((a, b) => sign * (a.ticks - b.ticks) || (a.own?.seq ?? 0) - (b.own?.seq ?? 0));
  }

  // --- orders ---

  alive(): Own[] {
    return this.owns.filter(({ state }) => state !== 'over').sort((a, b) => a.seq - b.seq);
  }

  resting(side: Side): Own[] {
    const sign = side === 'buy' ? -1 : 1;
    return this.alive()
      .filter((own) => own.state === 'resting' && own.side === side)
      .sort((a, b) => sign * (a.limit! - b.limit!) || a.seq - b.seq);
  }

  isOver({ state }: Own): boolean {
    return state === 'over';
  }

  position(own: Own): 'both' | 'long' | 'short' {
    return own.request.positionSide ?? 'both';
  }

  closable(own: Own): number {
    const lots = this.positions[this.position(own)];
    return Math.max(0, own.side === 'buy' ? -lots : lots);
  }

  tradable(own: Own): number {
    const leaves = own.qty - own.filled;
    return own.reduces ? Math.min(leaves, this.closable(own)) : leaves;
  }

  steps(lots: number): number {
    return Math.floor(lots / this.setup.instrument.lotStep) * this.setup.instrument.lotStep;
  }

  fill(own: Own, lots: number, ticks: number, liquidity: 'maker' | 'taker'): void {
    own.filled += lots;
    this.positions[this.position(own)] += own.side === 'buy' ? lots : -lots;
    if (own.filled === own.qty) own.state = 'over';
    this.say(`fill ${own.request.clientOrderId} ${lots}@${ticks} ${liquidity}`);
    if (own.state !== 'over' && this.tradable(own) === 0) this.expire(own, 'reduce_only');
  }

  expire(own: Own, reason: string): void {
    own.state = 'over';
    this.say(`order-expired ${own.request.clientOrderId} ${reason}`);
  }

  /** Takes the ladder; `asMaker` = at the own price, what the book brings to a resting order. */
  takeAll(own: Own, asMaker: number | null): void {
    if (this.tradable(own) === 0) {
      this.expire(own, 'reduce_only');
      return;
    }
    const mode = own.request.selfTrade ?? 'refuse';
    const owns = mode === 'refuse' || asMaker !== null ? [] : this.resting(other(own.side));
    for (const offer of this.ladder(own.side, own.limit, owns)) {
      if (own.state === 'over') return;
      if (offer.own !== null) {
        this.meetOwn(own, offer.own, mode);
        continue;
      }
      const lots = this.steps(Math.min(this.tradable(own), this.free(other(own.side), offer.ticks)));
      if (lots === 0) continue;
      const taken = this.taken[other(own.side)];
      taken.set(offer.ticks, (taken.get(offer.ticks) ?? 0) + lots);
      this.fill(own, lots, asMaker ?? offer.ticks, asMaker === null ? 'taker' : 'maker');
    }
  }

  /** M65. */
  meetOwn(taker: Own, maker: Own, mode: string): void {
    if (mode === 'none') {
      if (this.tradable(maker) === 0) {
        this.expire(maker, 'reduce_only');
        return;
      }
      const lots = this.steps(Math.min(this.tradable(maker), this.tradable(taker)));
      if (lots === 0) return;
      this.fill(maker, lots, maker.limit!, 'maker');
      this.fill(taker, lots, maker.limit!, 'taker');
      return;
    }
    if (mode !== 'expire_taker') this.expire(maker, 'self_trade');
    if (mode !== 'expire_maker') this.expire(taker, 'self_trade');
  }

  /** Lets an order that has come to life meet the market. */
  meet(own: Own): void {
    const { timeInForce } = own.request;
    own.state = 'met';
    if (own.limit !== null) {
      const isTaking = this.ladder(own.side, own.limit, []).length > 0;
      if (isTaking && timeInForce === 'GTX') {
        this.expire(own, 'post_only_would_take');
        return;
      }
      if (timeInForce === 'FOK' && this.lotsWithin(own.side, own.limit) < this.tradable(own)) {
        this.expire(own, 'fok_unfilled');
        return;
      }
      const isMeetingOwn = (own.request.selfTrade ?? 'refuse') !== 'refuse';
      if (isTaking || isMeetingOwn) this.takeAll(own, null);
    } else this.takeAll(own, null);
    if (this.isOver(own)) return;
    if (own.limit === null) this.expire(own, 'no_liquidity');
    else if (timeInForce === 'IOC' || timeInForce === 'FOK') this.expire(own, 'not_filled_at_once');
    else {
      own.state = 'resting';
      own.ahead = this.shown[own.side].get(own.limit) ?? 0;
    }
  }

  // --- triggers ---

  fallsTo(own: Own): boolean {
    return isStop(own.request) ? own.side === 'sell' : own.side === 'buy';
  }

  /** M62 in fractions: null = it does not follow yet. */
  triggerOf(own: Own): number | null {
    const { callbackBps, triggerTicks, type } = own.request;
    if (type !== 'trailing_stop') return triggerTicks;
    if (Number.isNaN(own.best)) return null;
    const isSell = own.side === 'sell';
    if (triggerTicks !== null && (isSell ? own.best < triggerTicks : own.best > triggerTicks)) return null;
    const numerator = BigInt(own.best) * BigInt(isSell ? CALLBACK - callbackBps! : CALLBACK + callbackBps!);
    const whole = numerator / BigInt(CALLBACK);
    // Prices are whole: at or below a fraction is at or below its floor, at or above it at or above its ceiling.
    return Number(isSell || whole * BigInt(CALLBACK) === numerator ? whole : whole + 1n);
  }

  follow(own: Own, ticks: number): void {
    if (own.request.type !== 'trailing_stop' || Number.isNaN(ticks)) return;
    if (Number.isNaN(own.best)) own.best = ticks;
    own.best = own.side === 'sell' ? Math.max(own.best, ticks) : Math.min(own.best, ticks);
  }

  wake(byMark: boolean, ticks: number): void {
    const waiting = this.alive().filter((own) => own.state === 'conditional' && own.byMark === byMark);
    for (const own of waiting) this.follow(own, ticks);
    const touched = waiting.flatMap((own) => {
      const at = this.triggerOf(own);
      if (at === null || (this.fallsTo(own) ? ticks > at : ticks < at)) return [];
      return [{ own, at }];
    });
    const falling = touched.filter(({ own }) => this.fallsTo(own));
    const rising = touched.filter(({ own }) => !this.fallsTo(own));
    falling.sort((a, b) => b.at - a.at || a.own.seq - b.own.seq);
    rising.sort((a, b) => a.at - b.at || a.own.seq - b.own.seq);
    for (const { own } of [...falling, ...rising]) this.trigger(own);
  }

  trigger(own: Own): void {
    const { clientOrderId, closePosition } = own.request;
    this.say(`order-triggered ${clientOrderId}`);
    if (closePosition === true) own.qty = this.closable(own);
    if (this.tradable(own) === 0) this.expire(own, 'reduce_only');
    else if (own.limit !== null && this.isInOwnWay(own.request, own.limit)) this.expire(own, 'self_trade');
    else this.meet(own);
  }

  isInOwnWay({ selfTrade = 'refuse', side, timeInForce }: OrderRequest, limit: number): boolean {
    if (selfTrade !== 'refuse' && timeInForce !== 'FOK' && timeInForce !== 'GTX') return false;
    return this.resting(other(side)).some((own) =>
      side === 'buy' ? own.limit! <= limit : own.limit! >= limit,
    );
  }

  // --- requests ---

  submit(request: OrderRequest): void {
    const { clientOrderId } = request;
    const known = this.answers.get(clientOrderId);
    if (known !== undefined) {
      this.say(known);
      return;
    }
    const code = this.refusal(request);
    const answer =
      code === null ? `order-accepted ${clientOrderId}` : `order-rejected ${clientOrderId} ${code}`;
    this.answers.set(clientOrderId, answer);
    this.say(answer);
    if (code !== null) return;
    const { priceTicks, qtyLots, side, triggerBy, type } = request;
    const own: Own = {
      request,
      side,
      reduces: reduces(request),
      byMark: triggerBy === 'mark' && this.hasMark,
      seq: ++this.seq,
      qty: qtyLots,
      limit: priceTicks,
      filled: 0,
      state: type === 'market' || type === 'limit' ? 'met' : 'conditional',
      ahead: 0,
      best: Number.NaN,
    };
    this.owns.push(own);
    this.follow(own, this.watched(own.byMark));
    if (own.state === 'met') this.meet(own);
  }

  /** The price that a trigger looks at (M35, M61). */
  watched(byMark: boolean): number {
    return byMark && this.nowUs - this.markUs <= this.setup.markAgeUsMax ? this.mark : this.last;
  }

  refusal(request: OrderRequest): string | null {
    const { closePosition, positionSide = 'both', qtyLots, side, timeInForce, triggerTicks, type } = request;
    const { tickStep, lotStep, qtyLotsMax } = this.setup.instrument;
    const isOff = (ticks: number | null): boolean => ticks !== null && (ticks <= 0 || ticks % tickStep !== 0);
    if (isOff(request.priceTicks) || isOff(triggerTicks)) return 'price_filter';
    if (closePosition !== true && (qtyLots <= 0 || qtyLots % lotStep !== 0 || qtyLots > qtyLotsMax))
      return 'quantity_filter';
    const fault = sideFault(request, this.setup.isHedged);
    if (fault !== null) return fault;
    if (Number.isNaN(this.last)) return 'no_liquidity';
    const isPlain = type === 'market' || type === 'limit';
    const lots = this.positions[positionSide];
    if (isPlain && reduces(request) && (side === 'buy' ? -lots : lots) <= 0) return 'reduce_only';
    if (triggerTicks !== null) {
      const nowTicks = this.watched(request.triggerBy === 'mark' && this.hasMark);
      const mustRise =
        type === 'trailing_stop' ? side === 'sell' : isStop(request) ? side === 'buy' : side === 'sell';
      if (mustRise ? nowTicks >= triggerTicks : nowTicks <= triggerTicks) return 'would_trigger_immediately';
    }
    const limit = request.priceTicks;
    if (type === 'limit' && limit !== null) {
      if (this.isInOwnWay(request, limit)) return 'self_trade';
      if (timeInForce === 'GTX' && this.ladder(side, limit, []).length > 0) return 'post_only_would_take';
      if (timeInForce === 'FOK' && this.lotsWithin(side, limit) < qtyLots) return 'fok_unfilled';
    }
    return this.alive().length >= this.setup.ordersOpenMax ? 'too_many_orders' : null;
  }

  find(id: string): Own | undefined {
    return this.owns.find(({ request, state }) => request.clientOrderId === id && state !== 'over');
  }

  cancel(id: string): void {
    const own = this.find(id);
    if (own === undefined) {
      this.say(`cancel-rejected ${id} unknown_order`);
      return;
    }
    own.state = 'over';
    this.say(`order-canceled ${id} requested`);
  }

  /** M64. */
  amend({ clientOrderId: id, priceTicks, qtyLots }: Omit<AmendRequest, 'instrumentIx'>): void {
    const own = this.find(id);
    const limit = priceTicks ?? own?.limit ?? Number.NaN;
    const qty = qtyLots ?? own?.qty ?? Number.NaN;
    const fault = own === undefined ? 'unknown_order' : this.amendFault(own, limit, qty);
    if (own === undefined || fault !== null) {
      this.say(`amend-rejected ${id} ${fault}`);
      return;
    }
    const staysInPlace = limit === own.limit && qty < own.qty;
    const isTaking = !staysInPlace && this.ladder(own.side, limit, []).length > 0;
    const isPostOnly = own.request.timeInForce === 'GTX';
    if (qty <= own.filled || (isPostOnly && isTaking)) {
      own.state = 'over';
      const reason = qty <= own.filled ? 'amended_below_filled' : 'post_only_would_take';
      this.say(`order-canceled ${id} ${reason}`);
      return;
    }
    own.limit = limit;
    own.qty = qty;
    this.say(`order-amended ${id} ${qty}@${limit}`);
    if (staysInPlace) return;
    own.seq = ++this.seq;
    this.meet(own);
  }

  amendFault(own: Own, limit: number, qty: number): string | null {
    if (own.state !== 'resting') return 'other';
    const { tickStep, lotStep, qtyLotsMax } = this.setup.instrument;
    if (limit <= 0 || limit % tickStep !== 0) return 'price_filter';
    if (qty <= 0 || qty % lotStep !== 0 || qty > qtyLotsMax) return 'quantity_filter';
    if (limit === own.limit && qty === own.qty) return 'other';
    if (qty <= own.filled || (limit === own.limit && qty < own.qty)) return null;
    const { selfTrade = 'refuse', timeInForce } = own.request;
    const inWay = this.resting(other(own.side)).some((one) =>
      own.side === 'buy' ? one.limit! <= limit : one.limit! >= limit,
    );
    return inWay && (selfTrade === 'refuse' || timeInForce === 'GTX') ? 'self_trade' : null;
  }
}

function other(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/** Predicts every private event of a script over a recorded book, in the order in which the simulator must tell them. */
export function auditBook(
  setup: BookAuditSetup,
  events: readonly MarketEvent[],
  script: readonly Command[],
): BookAudited {
  const audit = new BookAudit(
    setup,
    events.some(({ kind }) => kind === 'mark'),
  );
  const waiting = [...events];
  const letPass = (untilUs: number): void => {
    while (waiting.length > 0 && waiting[0]!.tsVenueUs <= untilUs) audit.onEvent(waiting.shift()!);
  };
  for (const command of script) {
    const nowUs = START_US + command.afterUs;
    letPass(nowUs);
    audit.nowUs = nowUs;
    if ('submit' in command) audit.submit(command.submit);
    else if ('amend' in command) audit.amend(command.amend);
    else audit.cancel(command.cancel);
  }
  letPass(Number.POSITIVE_INFINITY);
  return { said: audit.said, positions: audit.positions };
}
