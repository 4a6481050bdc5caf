/**
 * The market of the candle auditor: the path of the price through a bar, the ladder around it and the share of the volume (M12 to M16, M22 to M24), from
 * the text of `docs/specs/matching.md` alone, tick by tick and in exact arithmetic. It knows no orders.
 */
import type { DepthRule } from '#costs';
import type { CandleEvent, Instrument, Side } from '#domain';

const QUARTERS = [1, 2, 1];

/** One instrument's bars, one after the other. */
export class AuditedBars {
  bar: CandleEvent | null = null;
  segment = 0;
  price = Number.NaN;
  nowUs = 0;
  used = 0;
  taken = { buy: 0, sell: 0 };
  readonly instrument: Instrument;
  readonly rule: DepthRule;
  /** Corner points of the path: time and price; the first is replaced by a turn. */
  corners: [number, number][] = [];

  constructor(instrument: Instrument, rule: DepthRule) {
    this.instrument = instrument;
    this.rule = rule;
  }

  get isLive(): boolean {
    return this.bar !== null && this.bar.volumeLots > 0 && this.nowUs < this.bar.tsVenueUs;
  }

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

  begin(bar: CandleEvent, lowFirst: boolean): void {
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
  }

  /** M13: the extreme that hurts a position of that sign comes first from now on. */
  turn(isLong: boolean): void {
    if (this.segment !== 0 || this.bar === null || this.nowUs >= this.corners[1]![0]) return;
    const { lowTicks, highTicks } = this.bar;
    const hurt = isLong ? lowTicks : highTicks;
    const other = isLong ? highTicks : lowTicks;
    if (this.corners[1]![1] === hurt) return;
    this.corners[0] = [this.nowUs, this.price];
    this.corners[1] = [this.corners[1]![0], hurt];
    this.corners[2] = [this.corners[2]![0], other];
  }

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

  levelPrice(side: Side, base: number, level: number): number {
    const step = this.instrument.tickStep;
    const between = Math.max(step, this.#steps(this.rule.levelStepPpm, base));
    const away = this.#steps(this.rule.halfSpreadPpm, base) + level * between;
    return side === 'buy' ? Math.ceil((base + away) / step) * step : Math.floor((base - away) / step) * step;
  }

  /** The level at which a taker of a side would go on, and how much of it is left; `null` = the ladder is used up. */
  nextLevel(side: Side, base: number): { readonly price: number; readonly left: number } | null {
    const level = Math.floor(this.taken[side] / this.levelLots());
    const price = this.levelPrice(side, base, level);
    if (level >= this.rule.levelCountMax || price <= 0) return null;
    return { price, left: this.levelLots() * (level + 1) - this.taken[side] };
  }

  /** Lots to be had at a limit or better around a price, level by level. */
  lotsWithin(side: Side, limit: number, base: number): number {
    let lots = 0;
    for (let level = 0; level < this.rule.levelCountMax; level++) {
      const price = this.levelPrice(side, base, level);
      if (price > 0 && (side === 'buy' ? price <= limit : price >= limit)) lots += this.levelLots();
    }
    return Math.min(this.room, Math.max(0, lots - this.taken[side]));
  }

  #steps(ppm: number, price: number): number {
    const step = this.instrument.tickStep;
    return Math.ceil((price * ppm) / (1_000_000 * step)) * step;
  }
}
