/**
 * The auditor of prints: the rules of matching on trades (M26 to M28 with M17 to M25 and M60 to M66, without margin, fees and latency) a second time, from
 * the text of `docs/specs/matching.md` alone. Slow on purpose: the volume of a minute is added up from all prints whenever it is asked for. It
 * shares no code with the simulator but the shapes of its input.
 */
import type { DepthRule } from '#costs';
import type { Instrument, MarkEvent, Side, TradeEvent } from '#domain';
import {
  type Audit,
  type AuditedMarket,
  AuditedOrders,
  type AuditOrder,
  type AuditSetup,
} from './audited-orders.ts';
import { type Command, START_US } from './market-builders.ts';

const MINUTE_US = 60_000_000;

/** The ladder around the last print (M22 to M26). */
class AuditedPrints implements AuditedMarket {
  readonly instrument: Instrument;
  readonly rule: DepthRule;
  readonly prints: TradeEvent[] = [];
  nowUs = 0;
  used = 0;
  taken = { buy: 0, sell: 0 };

  constructor(instrument: Instrument, rule: DepthRule) {
    this.instrument = instrument;
    this.rule = rule;
  }

  get price(): number {
    return this.prints.at(-1)?.priceTicks ?? Number.NaN;
  }

  get isLive(): boolean {
    const last = this.prints.at(-1);
    return last !== undefined && this.nowUs - last.tsVenueUs < MINUTE_US;
  }

  add(print: TradeEvent): void {
    const before = this.prints.at(-1);
    this.prints.push(print);
    if (before !== undefined && minuteOf(before) === minuteOf(print)) return;
    this.used = 0;
    this.taken = { buy: 0, sell: 0 };
  }

  /** The volume of the minute of the last print or of the minute before it, whichever is larger. */
  get volume(): number {
    const minute = minuteOf(this.prints.at(-1)!);
    const of = (which: number): number =>
      this.prints.reduce((sum, print) => sum + (minuteOf(print) === which ? print.qtyLots : 0), 0);
    return Math.max(of(minute), of(minute - 1));
  }

  get room(): number {
    const step = this.instrument.lotStep;
    const most = Math.floor((this.volume * this.rule.participationMaxPpm) / 1_000_000 / step) * step;
    return Math.max(0, most - this.used);
  }

  levelLots(): number {
    const step = this.instrument.lotStep;
    return Math.max(step, Math.floor((this.volume * this.rule.levelVolumePpm) / 1_000_000 / step) * step);
  }

  levelPrice(side: Side, base: number, level: number): number {
    const step = this.instrument.tickStep;
    const steps = (ppm: number): number => Math.ceil((base * ppm) / (1_000_000 * step)) * step;
    const away = steps(this.rule.halfSpreadPpm) + level * Math.max(step, steps(this.rule.levelStepPpm));
    return side === 'buy' ? Math.ceil((base + away) / step) * step : Math.floor((base - away) / step) * step;
  }

  nextLevel(side: Side, base: number): { readonly price: number; readonly left: number } | null {
    const level = Math.floor(this.taken[side] / this.levelLots());
    const price = this.levelPrice(side, base, level);
    if (level >= this.rule.levelCountMax || price <= 0) return null;
    return { price, left: this.levelLots() * (level + 1) - this.taken[side] };
  }

  lotsWithin(side: Side, limit: number, base: number): number {
    let lots = 0;
    for (let level = 0; level < this.rule.levelCountMax; level++) {
      const price = this.levelPrice(side, base, level);
      if (price > 0 && (side === 'buy' ? price <= limit : price >= limit)) lots += this.levelLots();
    }
    return Math.min(this.room, Math.max(0, lots - this.taken[side]));
  }
}

class TradeAudit extends AuditedOrders<AuditedPrints> {
  onTraded(): void {
    // A print does not bend.
  }

  afterMark(): void {
    // What the mark has made possible waits for the next print.
  }

  onPrint(print: TradeEvent): void {
    this.market.add(print);
    this.share(print);
    this.retry('working');
    this.followLast();
    const touched = this.orders.filter(
      (order) => order.state === 'conditional' && !order.byMark && this.isDue(order, print.priceTicks),
    );
    for (let next = this.firstOf(touched); next !== undefined; next = this.firstOf(touched)) {
      touched.splice(touched.indexOf(next), 1);
      this.trigger(next);
    }
    this.retry('held');
  }

  /** M27, M28: first those on the other side of the taker, through their queue, then those that the taker's own side has left behind. */
  share(print: TradeEvent): void {
    let left = print.qtyLots;
    for (const order of this.waiting(print.takerSide === 'buy' ? 'sell' : 'buy')) {
      const better = order.side === 'buy' ? order.limit! - print.priceTicks : print.priceTicks - order.limit!;
      if (left <= 0 || better < 0) break;
      const ahead = better > 0 ? 0 : order.ahead;
      order.ahead = Math.max(0, ahead - left);
      if (left > ahead) left -= this.makeOf(order, left - ahead);
    }
    for (const order of this.waiting(print.takerSide)) {
      if (left <= 0 || !this.isDue(order, print.priceTicks)) break;
      left -= this.makeOf(order, left);
    }
  }

  /** Resting orders of a side that wait for no own taker, best price first, then by arrival. */
  waiting(side: Side): AuditOrder[] {
    const sign = side === 'buy' ? -1 : 1;
    return this.orders
      .filter((order) => order.state === 'resting' && order.side === side && !this.mustWait(order))
      .sort((a, b) => sign * (a.limit! - b.limit!) || this.orders.indexOf(a) - this.orders.indexOf(b));
  }

  makeOf(order: AuditOrder, most: number): number {
    const step = this.market.instrument.lotStep;
    const qty = Math.floor(Math.min(this.tradable(order), most) / step) * step;
    if (this.tradable(order) === 0) order.state = 'EXPIRED';
    else if (qty > 0) this.book(order, qty, order.limit!, 'maker');
    return qty;
  }
}

function minuteOf({ tsVenueUs }: TradeEvent): number {
  return Math.floor(tsVenueUs / MINUTE_US);
}

/** Predicts every fill and every final state of a script over prints, in the order in which the simulator must make them. */
export function auditTrades(
  setup: AuditSetup,
  events: readonly (TradeEvent | MarkEvent)[],
  script: readonly Command[],
): Audit {
  const market = new AuditedPrints(setup.instrument, setup.rule);
  const hasMark = events.some(({ kind }) => kind === 'mark');
  const audit = new TradeAudit(setup, market, hasMark);
  const coming = [...events];
  const letPass = (untilUs: number): void => {
    while (coming.length > 0 && coming[0]!.tsVenueUs <= untilUs) {
      const event = coming.shift()!;
      market.nowUs = event.tsVenueUs;
      if (event.kind === 'mark') audit.onMark(event);
      else audit.onPrint(event);
    }
  };
  for (const command of script) {
    letPass(START_US + command.afterUs);
    market.nowUs = START_US + command.afterUs;
    audit.give(command);
  }
  letPass(Number.POSITIVE_INFINITY);
  return audit.audit();
}
