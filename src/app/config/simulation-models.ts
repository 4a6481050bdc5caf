/** The models of the simulated venue, as keys of `simulation`: queue, impact, latency by leg, fee tiers. */
import { key, keyOfRecords, section } from './key.ts';
import { OTHER_VENUE, venueId } from './market-sections.ts';
import {
  bps,
  choice,
  duration,
  fraction,
  money,
  orNull,
  parsedText,
  real,
  text,
  type ValueType,
} from './value-type.ts';

const LEGS_MAX = 64;
const TIERS_MAX = 200;
const FEE_BPS = { min: -10, max: 1000 };
const TRAVEL = { min: '0ms', max: '1m' };
const HALF_LIFE = { min: '1ms', max: '30d' };

/** Returns the type of the name of a queue model. */
function queueName(): ValueType<string> {
  return parsedText(
    {
      pattern: /^[a-z0-9_.]{1,40}$/,
      allowed:
        'one of risk_adverse, power_prob_N, power_prob2_N, power_prob3_N, log_prob, log_prob2, with N above 0',
    },
    (name) => {
      const power = /^power_prob[23]?_(\d{1,4}(?:\.\d{1,12})?)$/.exec(name)?.[1];
      const isKnown = power === undefined ? /^(risk_adverse|log_prob2?)$/.test(name) : Number(power) > 0;
      return isKnown ? name : undefined;
    },
  );
}

/** `simulation.queue` */
export const queueModel = key('queue', queueName(), {
  default: 'risk_adverse',
  doc: 'Guess of the place in a queue where a book is recorded by levels; all but risk_adverse fill earlier',
});

/** `simulation.impact` */
export const impact = section('impact', 'What own orders leave behind in a recorded book', {
  model: key('model', choice(['none', 'consume', 'square_root']), {
    default: 'none',
    doc: 'none: what was taken is gone until its level is told anew; consume: and comes back slowly; square_root: and the market moves away',
  }),
  half_life: key('halfLifeUs', duration(HALF_LIFE), {
    default: '10s',
    doc: 'Time in which half of what was taken from a level comes back',
  }),
  coefficient: key('coefficient', real({ min: 0, max: 10, unit: 'times' }), {
    default: 1,
    doc: 'Factor on the square root of the share of the volume, in units of its volatility',
  }),
  permanent: key('permanent', real({ min: 0, max: 10, unit: 'times' }), {
    default: 0.314,
    doc: 'Factor of the part of a move that stays, by the share of a day of volume',
  }),
  decay: key('decayUs', duration(HALF_LIFE), {
    default: '5m',
    doc: 'Time in which half of the flow behind the square root is forgotten',
  }),
});

const leg = section(
  'leg',
  'One leg of the way between trader and venue',
  {
    venue: key('venue', venueOrOther(), {
      doc: 'Venue, or other for every venue without a line for this leg',
    }),
    leg: key('leg', choice(['entry', 'response', 'feed']), {
      doc: 'entry: an order to the venue; response: its answers back; feed: market data',
    }),
    model: key('model', choice(['constant', 'uniform', 'log_normal', 'recorded']), {
      doc: 'How long it takes',
    }),
    time: key('us', duration(TRAVEL), { default: '0ms', doc: 'constant: the time' }),
    min: key('minUs', duration(TRAVEL), { default: '0ms', doc: 'uniform: shortest time' }),
    max: key('maxUs', duration(TRAVEL), { default: '0ms', doc: 'uniform: longest time without a spike' }),
    spike_probability: key('spikeProbability', fraction({ min: 0, max: 1 }), {
      default: 0,
      doc: 'uniform: part of the messages that meet a spike',
    }),
    spike_factor: key('spikeFactor', real({ min: 2, max: 1000, unit: 'times' }), {
      default: 5,
      doc: 'uniform: largest factor on the time in a spike',
    }),
    median: key('medianUs', duration(TRAVEL), {
      default: '0ms',
      doc: 'log_normal: time that half of the messages stay below',
    }),
    sigma: key('sigma', real({ min: 0, max: 5, unit: 'of the logarithm' }), {
      default: 0.5,
      doc: 'log_normal: standard deviation of the logarithm of the time',
    }),
    cap: key('capUs', duration(TRAVEL), { default: '1m', doc: 'log_normal: longest time' }),
    file: key('file', orNull(text({ pattern: /^\S.{0,500}$/, allowed: 'a path' }), 'none'), {
      default: null,
      doc: 'recorded: CSV with req_ts, exch_ts and resp_ts in nanoseconds; times between its rows are interpolated',
    }),
  },
  ({ capUs, file, leg: which, maxUs, medianUs, minUs, model }, report) => {
    if (minUs > maxUs) report('min', 'expected at most max');
    if (model === 'log_normal' && medianUs === 0) report('median', 'expected more than 0 for log_normal');
    if (medianUs > capUs) report('median', 'expected at most cap');
    if ((model === 'recorded') !== (file !== null))
      report('file', 'expected for the model recorded, and for no other');
    if (model === 'recorded' && which === 'feed')
      report('leg', 'expected entry or response for the model recorded');
  },
);

/** `simulation.latency_legs` */
export const latencyLegs = keyOfRecords('latencyLegs', leg, {
  default: [],
  max: LEGS_MAX,
  doc: 'Legs with a latency model of their own; the others follow simulation.latency, market data keep their recorded times',
});

const feeTier = section('fee_tier', 'One fee tier of a venue', {
  venue: key('venue', venueId(), { doc: 'Venue' }),
  volume_30d: key('volume30d', money({ min: 0 }), {
    doc: 'Volume of the 30 days before today (UTC) from which it applies',
  }),
  maker_bps: key('makerPpm', bps(FEE_BPS), { doc: 'Fee of an order that rested; negative = rebate' }),
  taker_bps: key('takerPpm', bps(FEE_BPS), { doc: 'Fee of an order that took liquidity' }),
});

/** `simulation.fee_tiers` */
export const feeTiers = keyOfRecords('feeTiers', feeTier, {
  default: [],
  max: TIERS_MAX,
  doc: 'Fees by volume, rising for each venue; an account starts without any volume, below its first tier venues.fees applies',
});

/** A venue id, or the word for all others. */
function venueOrOther(): ValueType<string> {
  const { allowed } = venueId();
  return parsedText({ pattern: /^[a-z0-9:_-]{1,45}$/, allowed: `${allowed}, or ${OTHER_VENUE}` }, (name) => {
    if (name === OTHER_VENUE) return name;
    return venueId().schema.safeParse(name).success ? name : undefined;
  });
}
