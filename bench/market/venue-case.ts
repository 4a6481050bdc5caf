/** The venues of the bench: adapter and dialect as the hostile venues have them, and a book of the form that the venue's own messages have. */
import type { TrueInstrument } from '../../test/hostile/true-market.ts';
import { VENUES_UNDER_TEST, type VenueUnderTest } from '../../test/hostile/venues.ts';
import type { BookShape } from './deep-book.ts';

/** One venue to be measured. */
export interface VenueCase {
  readonly under: VenueUnderTest;
  readonly instrument: TrueInstrument;
  readonly shape: BookShape;
  /** Writes a frame as the venue does, where the dialect leaves digits out. */
  readonly spell: (frame: string) => string;
  /** Messages of a full run. */
  readonly messageCount: number;
}

type Scale = Pick<TrueInstrument, 'priceDecimals' | 'qtyDecimals' | 'midTicks'>;

interface CaseForm {
  readonly scale: Scale;
  readonly shape: Partial<BookShape>;
  readonly messageCount: number;
  readonly spell?: (frame: string) => string;
}

/** Levels of a change as recorded: a mean of 69 at Binance, of one to a few elsewhere. */
const BINANCE_CHANGE_LEVELS = 34.5;
const SHAPE: BookShape = {
  sideLevels: 1_000,
  stepTicks: 1,
  changeLevels: 1,
  newSteps: 367,
  knownRank: 246,
  moveSteps: 6,
  startId: 1_545_896_669_105,
};
const SPOT_DECIMALS = 8;
const SIDE_LEVELS_MIN = 150;

const FORMS: Readonly<Record<string, CaseForm>> = {
  'binance-usdm': {
    scale: { priceDecimals: 2, qtyDecimals: 3, midTicks: 6_394_740 },
    shape: {
      ...{ changeLevels: BINANCE_CHANGE_LEVELS, sideLevels: 4_500 },
      ...{ stepTicks: 10, startId: 5_123_107_832_349 },
    },
    messageCount: 2_500,
  },
  'binance-spot': {
    scale: { priceDecimals: 2, qtyDecimals: 5, midTicks: 6_394_740 },
    shape: { changeLevels: BINANCE_CHANGE_LEVELS, sideLevels: 2_000, moveSteps: 20, startId: 50_123_107_832 },
    messageCount: 2_500,
    spell: withEightDecimals,
  },
  coinbase: {
    scale: { priceDecimals: 2, qtyDecimals: 8, midTicks: 6_394_740 },
    shape: { changeLevels: 4, sideLevels: 5_000, moveSteps: 20 },
    messageCount: 5_000,
  },
  'kraken-spot': {
    scale: { priceDecimals: 1, qtyDecimals: 8, midTicks: 639_474 },
    // Deeper than the 100 levels that are subscribed, so that levels come up from below.
    shape: { changeLevels: 2, sideLevels: 300, newSteps: 30, knownRank: 20, moveSteps: 3 },
    messageCount: 5_000,
  },
  'kraken-futures': {
    scale: { priceDecimals: 1, qtyDecimals: 4, midTicks: 639_470 },
    shape: { stepTicks: 5, newSteps: 90, knownRank: 60, moveSteps: 2, startId: 326_094_134 },
    messageCount: 10_000,
  },
  'kucoin-spot': {
    scale: { priceDecimals: 1, qtyDecimals: 8, midTicks: 639_474 },
    shape: { changeLevels: 2, moveSteps: 3 },
    messageCount: 10_000,
  },
  'kucoin-futures': {
    scale: { priceDecimals: 1, qtyDecimals: 0, midTicks: 639_474 },
    shape: { moveSteps: 2 },
    messageCount: 10_000,
  },
};

/** Every venue that can be under test and has a form here. */
export const VENUE_CASES: readonly VenueCase[] = VENUES_UNDER_TEST.flatMap((under) => {
  const form = FORMS[under.venue];
  const [instrument] = under.instruments(1);
  if (form === undefined || instrument === undefined) return [];
  return [
    {
      under,
      instrument: { ...instrument, ...form.scale },
      shape: { ...SHAPE, ...form.shape },
      spell: form.spell ?? ((frame) => frame),
      messageCount: form.messageCount,
    },
  ];
});

/** Returns a case with a share of the messages and of the levels; deep enough for what is subscribed. */
export function smaller(venueCase: VenueCase, share: number): VenueCase {
  const { messageCount, shape } = venueCase;
  const sideLevels = Math.min(
    shape.sideLevels,
    Math.max(SIDE_LEVELS_MIN, Math.ceil(shape.sideLevels * share)),
  );
  return { ...venueCase, shape: { ...shape, sideLevels }, messageCount: Math.ceil(messageCount * share) };
}

/** Binance writes eight decimals on spot, whatever the steps are. */
function withEightDecimals(frame: string): string {
  return frame.replace(
    /"(\d+)\.(\d+)"/g,
    (_, whole: string, fraction: string) => `"${whole}.${fraction.padEnd(SPOT_DECIMALS, '0')}"`,
  );
}
