/**
 * The auditor of candles: the rules of candle matching (M6 to M24 and M60 to M66, without margin, fees and latency) a second time, from the text of
 * `docs/specs/matching.md` alone. Slow on purpose: it walks the price tick by tick and the ladder level by level, in exact arithmetic, and plans
 * nothing ahead. It shares no code with the simulator but the shapes of its input.
 */
import type { CandleEvent, MarkEvent, Side } from '#domain';
import { AuditedBars } from './audited-bars.ts';
import { type Audit, AuditedOrders, type AuditOrder, type AuditSetup } from './audited-orders.ts';
import { isStop } from './audited-requests.ts';
import { type Command, START_US } from './market-builders.ts';

class CandleAudit extends AuditedOrders<AuditedBars> {
  openBar(bar: CandleEvent): void {
    this.market.begin(bar, this.net === 0 ? this.lowFirstFlat(bar) : this.net > 0);
    if (!this.market.isLive) return;
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
    while (this.market.bar !== null && this.market.nowUs < this.market.bar.tsVenueUs) {
      const nextUs = this.market.nextChangeUs();
      if (nextUs > untilUs) break;
      this.market.nowUs = nextUs;
      this.market.price = this.market.priceAt(nextUs);
      const isLive = this.market.bar.volumeLots > 0;
      if (isLive) this.followLast();
      if (nextUs === this.market.corners[this.market.segment + 1]![0] && this.market.segment < 2) {
        this.market.segment++;
        this.market.price = this.market.corners[this.market.segment]![1];
        this.market.freshVolume();
        if (isLive) this.retry('working');
      }
      if (isLive) this.settle();
    }
    if (untilUs > this.market.nowUs) this.market.nowUs = untilUs;
  }

  onTraded(): void {
    if (this.net !== 0) this.market.turn(this.net > 0);
  }

  afterMark(): void {
    if (this.market.isLive) this.settle();
  }

  settle(): void {
    for (;;) {
      const due = this.orders.filter((order) => {
        if (order.state === 'conditional') return !order.byMark && this.isDue(order, this.market.price);
        if (
          order.state !== 'resting' ||
          this.market.room < this.market.instrument.lotStep ||
          this.mustWait(order)
        )
          return false;
        return this.isDue(order, this.market.price);
      });
      const pick = this.firstOf(due);
      if (pick === undefined) return;
      if (pick.state === 'resting') this.make(pick);
      else this.trigger(pick);
    }
  }

  make(order: AuditOrder): void {
    const qty = Math.min(this.tradable(order), this.market.room);
    if (qty === 0) order.state = 'EXPIRED';
    else {
      this.market.used += qty;
      this.book(order, qty, order.limit!, 'maker');
    }
    this.onTraded();
  }
}

/** Predicts every fill and every final state of a script over candles, in the order in which the simulator must make them. */
export function auditCandles(
  setup: AuditSetup,
  candles: readonly CandleEvent[],
  marks: readonly MarkEvent[],
  script: readonly Command[],
): Audit {
  const audit = new CandleAudit(setup, new AuditedBars(setup.instrument, setup.rule), marks.length > 0);
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
      else audit.give(command);
      // M21: a request may have cleared the way for an order that waited.
      if (audit.market.isLive) audit.settle();
    }
    audit.unfold(bar === null ? Math.max(endUs, audit.market.nowUs) : bar.openTsUs);
    if (bar !== null) audit.openBar(candles[at]!);
  }
  return audit.audit();
}
