/**
 * What a trade costs, as fractions of its notional: one model for the expected value of a decision and for the simulator's fills. All
 * parts are costs (positive = paid), funding alone may be an income. An estimate, not a ledger: floats, no rounding to atoms.
 */
import type { L2Book } from '#book';
import { assert, type EpochUs } from '#core';
import { type Instrument, oppositeSide, type Side } from '#domain';
import { checkDepthRule, type DepthLadder, type DepthRule, depthLadder } from './depth-rule.ts';
import type { FeeSchedule } from './fee-schedule.ts';
import { fundingFraction } from './funding-cost.ts';

/** What is known of the other side: a book, the volume traded per minute, or nothing. */
export type KnownDepth =
  | { readonly kind: 'book'; readonly book: L2Book }
  | { readonly kind: 'volume'; readonly minuteVolumeLots: number }
  | { readonly kind: 'unknown' };

/** How one side of a trade is executed. */
export interface LegQuestion {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly qtyLots: number;
  /** Middle of the market (candles: last price). */
  readonly priceTicks: number;
  readonly liquidity: 'maker' | 'taker';
  readonly depth: KnownDepth;
}

/** The cost of one side of a trade as fractions of its notional. A maker pays neither spread nor slippage. */
export interface LegCost {
  readonly feesFraction: number;
  readonly spreadFraction: number;
  readonly slippageFraction: number;
}

/** A position from its opening to its closing. */
export interface RoundTripQuestion {
  readonly instrument: Instrument;
  /** `buy` = long. */
  readonly side: Side;
  readonly qtyLots: number;
  readonly priceTicks: number;
  readonly entry: 'maker' | 'taker';
  readonly exit: 'maker' | 'taker';
  readonly depth: KnownDepth;
  readonly openUs: EpochUs;
  readonly holdUs: number;
  /** The expected rate per settlement and the time between settlements; `null` where unknown or without funding. */
  readonly funding: { readonly rateE12: number; readonly intervalUs: number } | null;
}

/** The cost of a round trip as fractions of the entry's notional; `totalFraction` is their sum. */
export interface RoundTripCost extends LegCost {
  readonly fundingFraction: number;
  readonly totalFraction: number;
}

const PPM = 1_000_000;

/** Fees, spread, slippage and funding of one account. */
export class CostModel {
  readonly fees: FeeSchedule;
  readonly depthRule: DepthRule;

  /** @throws XY_CONFIG_INVALID when the rule has a value out of range. */
  constructor(fees: FeeSchedule, depthRule: DepthRule) {
    this.fees = fees;
    this.depthRule = checkDepthRule(depthRule);
  }

  /** Returns what one side of a trade is expected to cost. */
  leg(question: LegQuestion): LegCost {
    const { instrument, qtyLots, priceTicks, liquidity } = question;
    assert(qtyLots > 0 && priceTicks > 0, 'a trade has a quantity and a price above 0');
    const feesFraction = this.fees.ppm(instrument.venue, liquidity) / PPM;
    if (liquidity === 'maker') return { feesFraction, spreadFraction: 0, slippageFraction: 0 };
    const taken = this.#take(question);
    return {
      feesFraction,
      spreadFraction: taken.spreadTicks / priceTicks,
      slippageFraction: taken.slippageTicks / priceTicks,
    };
  }

  /** Returns what a position is expected to cost from opening to closing. */
  roundTrip(question: RoundTripQuestion): RoundTripCost {
    const entry = this.leg({ ...question, liquidity: question.entry });
    const exit = this.leg({ ...question, side: oppositeSide(question.side), liquidity: question.exit });
    const feesFraction = entry.feesFraction + exit.feesFraction;
    const spreadFraction = entry.spreadFraction + exit.spreadFraction;
    const slippageFraction = entry.slippageFraction + exit.slippageFraction;
    const funding =
      question.funding === null
        ? 0
        : fundingFraction({
            ...question.funding,
            side: question.side,
            openUs: question.openUs,
            holdUs: question.holdUs,
          });
    return {
      feesFraction,
      spreadFraction,
      slippageFraction,
      fundingFraction: funding,
      totalFraction: feesFraction + spreadFraction + slippageFraction + funding,
    };
  }

  #take(question: LegQuestion): TakenTicks {
    const { instrument, qtyLots, priceTicks, depth } = question;
    if (depth.kind === 'book') return this.#takeBook(depth.book, question);
    const minuteVolumeLots = depth.kind === 'volume' ? depth.minuteVolumeLots : 0;
    const isKnown = minuteVolumeLots > 0;
    const rule: DepthRule = isKnown ? this.depthRule : { ...this.depthRule, kind: 'fixed' };
    return takeLadder(depthLadder(rule, instrument, priceTicks, minuteVolumeLots), qtyLots);
  }

  /** Walks the book; what it cannot hold pays the last resort beyond its last level. */
  #takeBook(book: L2Book, question: LegQuestion): TakenTicks {
    const { side, qtyLots, priceTicks } = question;
    const sign = side === 'buy' ? 1 : -1;
    const opposite = oppositeSide(side);
    const levelCount = book.levelCount(opposite);
    const resortTicks = (priceTicks * this.depthRule.slippagePpm) / PPM;
    if (levelCount === 0) {
      return { spreadTicks: (priceTicks * this.depthRule.halfSpreadPpm) / PPM, slippageTicks: resortTicks };
    }
    const bestTicks = book.priceTicksAt(opposite, 0);
    let restLots = qtyLots;
    let awayTickLots = 0;
    for (let i = 0; i < levelCount && restLots > 0; i++) {
      const lots = Math.min(restLots, book.qtyLotsAt(opposite, i));
      awayTickLots += lots * sign * (book.priceTicksAt(opposite, i) - bestTicks);
      restLots -= lots;
    }
    const lastTicks = book.priceTicksAt(opposite, levelCount - 1);
    awayTickLots += restLots * (sign * (lastTicks - bestTicks) + resortTicks);
    return { spreadTicks: sign * (bestTicks - priceTicks), slippageTicks: awayTickLots / qtyLots };
  }
}

/** The average distance from the price at which a quantity trades. */
interface TakenTicks {
  readonly spreadTicks: number;
  readonly slippageTicks: number;
}

/** Averages over the ladder; an order larger than the ladder is executed in several goes, each on a ladder that has refilled. */
function takeLadder(ladder: DepthLadder, qtyLots: number): TakenTicks {
  const baseTicks = ladder.offsetTicks - ladder.halfSpreadTicks;
  if (ladder.lotsPerLevel === Number.POSITIVE_INFINITY) {
    return { spreadTicks: ladder.halfSpreadTicks, slippageTicks: baseTicks };
  }
  const ladderLots = ladder.lotsPerLevel * ladder.levelCount;
  const fullWalks = Math.floor(qtyLots / ladderLots);
  const restLots = qtyLots - fullWalks * ladderLots;
  const levelSum = fullWalks * levelLots(ladder, ladderLots) + levelLots(ladder, restLots);
  return {
    spreadTicks: ladder.halfSpreadTicks,
    slippageTicks: baseTicks + (levelSum * ladder.levelStepTicks) / qtyLots,
  };
}

/** Sum over the levels of (level index x lots taken there), at most one ladder. */
function levelLots(ladder: DepthLadder, lots: number): number {
  const full = Math.floor(lots / ladder.lotsPerLevel);
  return ((full * (full - 1)) / 2) * ladder.lotsPerLevel + full * (lots - full * ladder.lotsPerLevel);
}
