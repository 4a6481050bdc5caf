/**
 * The impact model `square_root` (M92): the market moves away from own trading, by the square root of what was traded lately and a little for
 * ever, beside the holes that it leaves in the book. What it is not: a gift; where own trading would have moved the market in the trader's
 * favour, the record stands.
 */
import { assert, type EpochUs, stateRecord, US_PER_DAY } from '#core';
import type { Side } from '#domain';
import { ConsumeImpact } from './consume-impact.ts';
import { StreamActivity } from './stream-activity.ts';

/** Figures of the model. */
export interface SquareRootRule {
  /** Factor Y of the temporary part, about 1. */
  readonly coefficient: number;
  /** Factor gamma of the permanent part. */
  readonly permanent: number;
  /** The temporary part's flow halves in this time, microseconds. */
  readonly decayUs: number;
  /** Half-life of consumed levels (M91), microseconds. */
  readonly halfLifeUs: number;
  /** Moves are rounded up to whole steps of it. */
  readonly tickStep: number;
}

/** Own flow counts as at most what the market trades in this time. */
const FLOW_US_MAX = US_PER_DAY;

/**
 * Square-root law with decay. With x the own signed executed lots, decayed by `decayUs`, X all of them, v the volume per time and s the standard
 * deviation of the log price per square root of time (both estimated from what has passed):
 * move / price = Y s sgn(x) sqrt(|x| / v) + gamma s_day X / v_day. The time unit cancels in the first part, the second is per day.
 * Sources: the square-root law as in Toth et al., "Anomalous price impact and the critical nature of liquidity in financial markets" (Phys. Rev. X 1, 2011),
 * Y about 1; the linear permanent part and gamma = 0.314 from Almgren, Thum, Hauptmann, Li, "Direct estimation of equity market impact" (Risk, 2005), its
 * factor of shares outstanding over daily volume set to 1. Almgren's own temporary exponent is 0.6; with 0.5 small flows cost more.
 */
export class SquareRootImpact extends ConsumeImpact {
  override readonly name = 'square_root';
  override readonly needsMarket = true;
  readonly #rule: SquareRootRule;
  readonly #activity = new StreamActivity();
  #midTicks = Number.NaN;
  #recentLots = 0;
  #recentUs: EpochUs = 0;
  #totalLots = 0;

  constructor(rule: SquareRootRule) {
    super(rule.halfLifeUs);
    const { coefficient, decayUs, permanent, tickStep } = rule;
    assert(coefficient >= 0 && permanent >= 0, 'impact is never negative');
    assert(decayUs > 0 && tickStep > 0, 'the decay and the tick step of an impact are above 0');
    this.#rule = rule;
  }

  override onOwnFill(side: Side, lots: number, nowUs: EpochUs): void {
    const signed = side === 'buy' ? lots : -lots;
    this.#recentLots = this.#recentAt(nowUs) + signed;
    this.#recentUs = nowUs;
    this.#totalLots += signed;
  }

  override onPrint(lots: number): void {
    this.#activity.onPrint(lots);
  }

  override onMid(midTicks: number, nowUs: EpochUs): void {
    this.#midTicks = midTicks;
    this.#activity.onMid(midTicks, nowUs);
  }

  override shiftTicks(side: Side, nowUs: EpochUs): number {
    if (this.#recentLots === 0 && this.#totalLots === 0) return 0;
    const fraction = this.#moveFraction(nowUs);
    const against = side === 'buy' ? fraction : -fraction;
    if (!(against > 0) || Number.isNaN(this.#midTicks)) return 0;
    const { tickStep } = this.#rule;
    return Math.ceil((against * this.#midTicks) / tickStep) * tickStep;
  }

  override saveState(): unknown {
    return {
      holes: super.saveState(),
      activity: this.#activity.saveState(),
      flow: [this.#midTicks, this.#recentLots, this.#recentUs, this.#totalLots],
    };
  }

  override loadState(state: unknown): void {
    const { activity, flow, holes } = stateRecord(state, 'square-root impact');
    super.loadState(holes);
    this.#activity.loadState(activity);
    [this.#midTicks, this.#recentLots, this.#recentUs, this.#totalLots] = flow as [
      number,
      number,
      number,
      number,
    ];
  }

  #recentAt(nowUs: EpochUs): number {
    if (this.#recentLots === 0) return 0;
    return this.#recentLots * 2 ** (-(nowUs - this.#recentUs) / this.#rule.decayUs);
  }

  #moveFraction(nowUs: EpochUs): number {
    const { coefficient, permanent } = this.#rule;
    const sigma = this.#activity.sigmaPerRootUs;
    const lotsPerUs = this.#activity.lotsPerUs;
    const recent = this.#recentAt(nowUs);
    const usOf = (lots: number): number => Math.min(FLOW_US_MAX, lots === 0 ? 0 : Math.abs(lots) / lotsPerUs);
    const temporary = coefficient * sigma * Math.sqrt(usOf(recent)) * Math.sign(recent);
    const lasting =
      permanent *
      sigma *
      Math.sqrt(US_PER_DAY) *
      (usOf(this.#totalLots) / US_PER_DAY) *
      Math.sign(this.#totalLots);
    return temporary + lasting;
  }
}
