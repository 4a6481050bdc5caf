/**
 * An independent, slow prediction of a replay (rules M44 to M55): one order at a time, everything that happens in one sorted list, books as plain
 * maps that are searched from end to end, formulas written out by name. Nothing is shared with `src/sim/queue` but the types.
 */
import { REPLAY_EVENT, type ReplayChunk } from '../fill-replay.ts';
import type { PlannedOrder } from '../replay-order.ts';

/** What the auditor expects of an order: status, last quantity, left, last price, exchange time, local time, all fills. */
export interface AuditedOrder {
  status: number;
  lastLots: number;
  leaves: number;
  lastTicks: number;
  exchUs: number;
  localUs: number;
  readonly fills: { readonly lots: number; readonly ticks: number; readonly isMaker: boolean }[];
}

/** What is audited. */
export interface AuditCase {
  readonly model: string;
  readonly isPartial: boolean;
  readonly entryUs: number;
  readonly responseUs: number;
  readonly events: ReplayChunk;
  readonly lastLocalUs: number;
}

interface Happening {
  readonly atUs: number;
  /** 0 market, 1 submission, 2 cancel. */
  readonly rank: number;
  readonly event: number;
}

interface SideBook {
  readonly levels: Map<number, number>;
  touch: number | null;
  /** The worst price shown since the side was last empty. */
  worst: number | null;
}

/** Returns what should become of one order. */
export function auditOrder(plan: PlannedOrder, audit: AuditCase): AuditedOrder {
  const { entryUs, events, lastLocalUs, responseUs } = audit;
  const happenings: Happening[] = [];
  for (let event = 0; event < events.count; event++)
    happenings.push({ atUs: events.exchUs[event] ?? 0, rank: 0, event });
  if (plan.submitLocalUs <= lastLocalUs)
    happenings.push({ atUs: plan.submitLocalUs + entryUs, rank: 1, event: -1 });
  if (plan.cancelLocalUs <= lastLocalUs)
    happenings.push({ atUs: plan.cancelLocalUs + entryUs, rank: 2, event: -1 });
  happenings.sort((a, b) => a.atUs - b.atUs || a.rank - b.rank || a.event - b.event);
  const life = new AuditedLife(plan, audit);
  for (const { atUs, event, rank } of happenings) {
    if (rank === 0) life.market(atUs, event);
    else if (rank === 1) life.submit(atUs);
    else if (!(life.isOver && life.order.exchUs + responseUs <= plan.cancelLocalUs)) life.cancel(atUs);
  }
  return life.order;
}

class AuditedLife {
  readonly order: AuditedOrder;
  readonly #plan: PlannedOrder;
  readonly #audit: AuditCase;
  readonly #bids: SideBook = { levels: new Map(), touch: null, worst: null };
  readonly #asks: SideBook = { levels: new Map(), touch: null, worst: null };
  #ahead = 0;
  #traded = 0;

  constructor(plan: PlannedOrder, audit: AuditCase) {
    this.#plan = plan;
    this.#audit = audit;
    this.order = {
      status: 0,
      lastLots: 0,
      leaves: plan.qtyLots,
      lastTicks: 0,
      exchUs: 0,
      localUs: 0,
      fills: [],
    };
  }

  get isOver(): boolean {
    return [2, 3, 4].includes(this.order.status);
  }

  get #rests(): boolean {
    return this.order.status === 1 || this.order.status === 5;
  }

  submit(atUs: number): void {
    const { plan, order } = { plan: this.#plan, order: this.order };
    order.localUs = plan.submitLocalUs;
    order.exchUs = atUs;
    const mayWait = plan.timeInForce === 'GTC' || plan.timeInForce === 'GTX';
    const met = this.#met(plan.side === 1 ? this.#asks : this.#bids);
    if (met.length === 0) {
      order.status = mayWait ? 1 : 2;
      const own = plan.side === 1 ? this.#bids : this.#asks;
      this.#ahead = own.levels.get(plan.priceTicks) ?? 0;
      return;
    }
    if (plan.timeInForce === 'GTX') {
      order.status = 2;
      return;
    }
    if (!this.#audit.isPartial) {
      this.#fill(met[0]?.[0] ?? 0, order.leaves, false);
      return;
    }
    const there = met.reduce((sum, [, lots]) => sum + lots, 0);
    if (plan.timeInForce === 'FOK' && there < plan.qtyLots) {
      order.status = 2;
      return;
    }
    for (const [ticks, lots] of met)
      if (order.leaves > 0) this.#fill(ticks, Math.min(lots, order.leaves), false);
    if (order.leaves > 0 && plan.timeInForce === 'IOC') order.status = 2;
  }

  cancel(atUs: number): void {
    this.order.localUs = this.#plan.cancelLocalUs;
    if (!this.#rests) return;
    this.order.status = 4;
    this.order.exchUs = atUs;
  }

  market(atUs: number, event: number): void {
    const { kind, priceTicks, qtyLots } = this.#audit.events;
    const what = kind[event] ?? 0;
    const ticks = priceTicks[event] ?? 0;
    const lots = qtyLots[event] ?? 0;
    if (what === REPLAY_EVENT.bid || what === REPLAY_EVENT.ask)
      this.#level(atUs, what === REPLAY_EVENT.bid, ticks, lots);
    else this.#trade(atUs, what === REPLAY_EVENT.boughtTrade, ticks, lots);
  }

  #level(atUs: number, isBid: boolean, ticks: number, lots: number): void {
    const { priceTicks, side } = this.#plan;
    const own = isBid ? this.#bids : this.#asks;
    const before = own.touch;
    const previous = own.levels.get(ticks) ?? 0;
    this.#change(isBid, ticks, lots);
    if (!this.#rests) return;
    const isOwnSide = (side === 1) === isBid;
    if (isOwnSide && ticks === priceTicks) this.#queueChange(previous, lots);
    if (isOwnSide || own.touch === null) return;
    const isBetter = before === null || (isBid ? own.touch > before : own.touch < before);
    const isReached = isBid ? own.touch >= priceTicks : own.touch <= priceTicks;
    if (isBetter && isReached) this.#maker(atUs, this.order.leaves);
  }

  /** The level, and the touch as the newest update says. */
  #change(isBid: boolean, ticks: number, lots: number): void {
    const own = isBid ? this.#bids : this.#asks;
    const other = isBid ? this.#asks : this.#bids;
    const sign = isBid ? 1 : -1;
    if (lots === 0) {
      own.levels.delete(ticks);
      if (own.touch !== ticks) return;
      own.touch = this.#nextBehind(own, sign, ticks);
      if (own.touch === null) own.worst = null;
      return;
    }
    own.levels.set(ticks, lots);
    if (own.worst === null || sign * ticks < sign * own.worst) own.worst = ticks;
    if (own.touch !== null && sign * ticks <= sign * own.touch) return;
    own.touch = ticks;
    if (other.touch !== null && sign * ticks >= sign * other.touch)
      other.touch = this.#nextBehind(other, -sign, ticks);
  }

  /** The best level of a side that is worse than a price, among those that the side has shown since it was empty. */
  #nextBehind(side: SideBook, sign: number, ticks: number): number | null {
    const { worst } = side;
    const behind = [...side.levels.keys()].filter(
      (price) => sign * price < sign * ticks && worst !== null && sign * price >= sign * worst,
    );
    behind.sort((a, b) => sign * (b - a));
    return behind[0] ?? null;
  }

  /** Levels that the order would meet, best first. */
  #met(side: SideBook): readonly (readonly [number, number])[] {
    const { priceTicks, side: way } = this.#plan;
    const { touch, worst } = side;
    if (touch === null || worst === null) return [];
    const isMet = (ticks: number): boolean =>
      way === 1
        ? ticks >= touch && ticks <= priceTicks && ticks <= worst
        : ticks <= touch && ticks >= priceTicks && ticks >= worst;
    return [...side.levels].filter(([ticks]) => isMet(ticks)).sort(([a], [b]) => way * (a - b));
  }

  #trade(atUs: number, isBought: boolean, ticks: number, lots: number): void {
    const { priceTicks, side } = this.#plan;
    if (!this.#rests || isBought === (side === 1)) return;
    if (side * ticks < side * priceTicks) this.#maker(atUs, this.order.leaves);
    else if (ticks === priceTicks) {
      this.#ahead -= lots;
      this.#traded += lots;
      const passed = Math.round(-this.#ahead);
      if (passed < 1) return;
      this.#ahead = 0;
      this.#maker(
        atUs,
        this.#audit.isPartial ? Math.min(passed, lots, this.order.leaves) : this.order.leaves,
      );
    }
  }

  #queueChange(previous: number, lots: number): void {
    if (this.#audit.model === 'risk_adverse') {
      this.#ahead = Math.min(this.#ahead, lots);
      return;
    }
    const cancelled = previous - lots - this.#traded;
    this.#traded = 0;
    if (cancelled >= 0) {
      const front = this.#ahead;
      const back = previous - front;
      let p = shareBehind(this.#audit.model, front, back);
      if (p === Number.POSITIVE_INFINITY || p === Number.NEGATIVE_INFINITY) p = 1;
      const overflow = back - p * cancelled < 0 ? back - p * cancelled : 0;
      this.#ahead = front - (1 - p) * cancelled + overflow;
    }
    if (!(this.#ahead <= lots)) this.#ahead = lots;
  }

  #maker(atUs: number, lots: number): void {
    this.order.exchUs = atUs;
    this.#fill(this.#plan.priceTicks, lots, true);
  }

  #fill(ticks: number, lots: number, isMaker: boolean): void {
    const { order } = this;
    order.fills.push({ lots, ticks, isMaker });
    order.leaves -= lots;
    order.lastLots = lots;
    order.lastTicks = ticks;
    order.status = order.leaves === 0 ? 3 : 5;
  }
}

/** The probabilities by name, as the documents of hftbacktest state them; quantities in lots. */
function shareBehind(model: string, front: number, back: number): number {
  const [, family = model, power = '1'] = /^(power_prob[23]?)_(.+)$/.exec(model) ?? [];
  const n = Number(power);
  if (family === 'power_prob') return back ** n / (back ** n + front ** n);
  if (family === 'power_prob2') return back ** n / (back + front) ** n;
  if (family === 'power_prob3') return 1 - (front / (front + back)) ** n;
  if (family === 'log_prob') return Math.log(1 + back) / (Math.log(1 + back) + Math.log(1 + front));
  return Math.log(1 + back) / Math.log(1 + back + front);
}
