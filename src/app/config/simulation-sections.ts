/** Sections about simulated trading: `simulation`, `synthetic`, `demo`. */
import { key, keyOfRecords, section } from './key.ts';
import { OTHER_VENUE, symbol } from './market-sections.ts';
import { feeTiers, impact, latencyLegs, queueModel } from './simulation-models.ts';
import { bps, count, duration, fraction, money, real } from './value-type.ts';

const MARKETS_MAX = 50;
const SEED = { min: 0, max: 4_294_967_295, unit: '' };

const latencyOfVenue = <const As extends string>(venue: As, min: string, max: string) =>
  section(
    venue,
    `Time from sending an order to its effect at ${venue === OTHER_VENUE ? 'every venue without a line of its own' : venue}`,
    {
      min: key('minUs', duration({ min: '0ms', max: '1m' }), { default: min, doc: 'Shortest time' }),
      max: key('maxUs', duration({ min: '0ms', max: '1m' }), {
        default: max,
        doc: 'Longest time without a spike',
      }),
      spike_probability: key('spikeProbability', fraction({ min: 0, max: 1 }), {
        default: 0.01,
        doc: 'Part of the orders that meet a spike',
      }),
      spike_factor: key('spikeFactor', real({ min: 2, max: 1000, unit: 'times' }), {
        default: 5,
        doc: 'Factor on the time in a spike',
      }),
    },
    ({ minUs, maxUs }, report) => {
      if (minUs > maxUs) report('min', 'expected at most max');
    },
  );

const latency = section('latency', 'Order latency by venue, uniform between two times with spikes', {
  'binance-usdm': latencyOfVenue('binance-usdm', '50ms', '100ms'),
  'binance-spot': latencyOfVenue('binance-spot', '50ms', '100ms'),
  'binanceus-spot': latencyOfVenue('binanceus-spot', '50ms', '100ms'),
  coinbase: latencyOfVenue('coinbase', '100ms', '200ms'),
  'kraken-spot': latencyOfVenue('kraken-spot', '80ms', '180ms'),
  'kraken-futures': latencyOfVenue('kraken-futures', '80ms', '180ms'),
  'kucoin-spot': latencyOfVenue('kucoin-spot', '70ms', '150ms'),
  'kucoin-futures': latencyOfVenue('kucoin-futures', '70ms', '150ms'),
  sim: latencyOfVenue('sim', '50ms', '100ms'),
  [OTHER_VENUE]: latencyOfVenue(OTHER_VENUE, '100ms', '200ms'),
});

/** `simulation`: the simulated account and what the simulated venue assumes. */
export const simulation = section(
  'simulation',
  'The simulated account and what the simulated venue assumes',
  {
    start_cash: key('startCash', money({ min: 1 }), { default: 10000, doc: 'Cash of a new account' }),
    leverage: key('leverage', count({ min: 1, max: 125, unit: 'times' }), {
      default: 1,
      doc: 'Leverage that positions are margined with',
    }),
    latency,
    latency_legs: latencyLegs,
    queue: queueModel,
    impact,
    fee_tiers: feeTiers,
    participation_max: key('participationMax', fraction({ min: 0.0001, max: 1 }), {
      default: 0.1,
      doc: 'Largest part of the volume of a candle that own orders may fill',
    }),
    slippage_bps: key('slippagePpm', bps({ min: 0, max: 1000 }), {
      default: 5,
      doc: 'Slippage of a market order where no depth is known (the last resort)',
    }),
    half_spread_bps: key('halfSpreadPpm', bps({ min: 0, max: 1000 }), {
      default: 0.5,
      doc: 'Half of the bid-ask spread where only candles are known',
    }),
    feed_latency: key('feedLatencyUs', duration({ min: '0ms', max: '1m' }), {
      default: '5ms',
      doc: 'Time from a market event at the venue to its arrival here',
    }),
    liquidation_fee_bps: key('liquidationFeePpm', bps({ min: 0, max: 1000 }), {
      default: 125,
      doc: 'Fee on the notional of a liquidation',
    }),
    seed: key('seed', count(SEED), {
      default: 7,
      doc: 'Seed of everything random in a simulation; the same seed gives the same run',
    }),
  },
);

const market = section('market', 'One synthetic market', {
  symbol: key('symbol', symbol(), { doc: 'Symbol of the market' }),
  base_price: key('basePrice', money({ min: 0.0001, max: 1_000_000 }), { doc: 'First price' }),
  volatility_annual: key('volatilityAnnual', fraction({ min: 0.01, max: 5 }), {
    default: 0.6,
    doc: 'Standard deviation of a year of returns',
  }),
});

/** `synthetic`: the seeded synthetic market of the demo and of `xylen exchange`. */
export const synthetic = section(
  'synthetic',
  'The seeded synthetic market; its seed is `simulation.seed`',
  {
    markets: keyOfRecords('markets', market, {
      default: [
        { symbol: 'BTCUSDT', base_price: 60000, volatility_annual: 0.55 },
        { symbol: 'ETHUSDT', base_price: 3000, volatility_annual: 0.7 },
      ],
      max: MARKETS_MAX,
      doc: 'The markets that are made',
    }),
    bar: key('barUs', duration({ min: '1s', max: '1h' }), {
      default: '1m',
      doc: 'Length of the candles that are made',
    }),
    trend_strength: key('trendStrength', real({ min: 0, max: 20, unit: 'times a daily volatility a day' }), {
      default: 4,
      doc: 'Drift of a trend: how much there is to learn here; real markets have close to nothing of it',
    }),
    history_days: key('historyDays', count({ min: 1, max: 3650, unit: 'days' }), {
      default: 120,
      doc: 'History before the start, to train on',
    }),
  },
  ({ markets }, report) => {
    const symbols = markets.map((entry) => entry.symbol);
    const twice = symbols.find((name, index) => symbols.indexOf(name) !== index);
    if (twice !== undefined) report('markets', `has two markets of ${twice}`);
    if (symbols.length === 0) report('markets', 'expected at least one market');
  },
);

/** `demo`: `xylen demo`. */
export const demo = section('demo', 'What `xylen demo` does', {
  speed: key('speed', real({ min: 1, max: 100_000, unit: 'times real time' }), {
    default: 1200,
    doc: 'How much faster than the clock the demo trades',
  }),
});
