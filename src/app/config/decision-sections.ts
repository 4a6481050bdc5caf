/** Sections about how a decision comes about: `engine`, `models`, `ensemble`, `sizing`. */
import { key, keyOfRecords, section } from './key.ts';
import { bps, choice, count, duration, flag, fraction, listOf, money, real, text } from './value-type.ts';

const MODELS_MAX = 16;

/** `engine`: when decisions are made. */
export const engine = section('engine', 'When decisions are made', {
  triggers: key('triggers', listOf(choice(['bar_close', 'heartbeat', 'book_signal']), { min: 1, max: 3 }), {
    default: ['bar_close'],
    doc: 'What starts a decision: the close of a bar of the first timeframe, the clock, a signal of the order book',
  }),
  heartbeat: key('heartbeatUs', duration({ min: '1s', max: '1d' }), {
    default: '60s',
    doc: 'Time between two decisions of the heartbeat trigger, on the clock',
    reloadable: true,
  }),
  decision_rate_max_per_minute: key(
    'decisionRateMaxPerMinute',
    count({ min: 1, max: 6000, unit: 'decisions a minute' }),
    {
      default: 60,
      doc: 'Cap on decisions of one symbol, whatever triggers them',
      reloadable: true,
    },
  ),
  decision_timeout: key('decisionTimeoutUs', duration({ min: '10ms', max: '10m' }), {
    default: '5s',
    doc: 'A decision that takes longer than this is dropped',
    reloadable: true,
  }),
});

const model = section('model', 'One model of the ensemble', {
  name: key(
    'name',
    text({
      pattern: /^[a-z][a-z0-9_-]{0,31}$/,
      allowed: 'a name of lower-case letters, digits, - and _, 32 at most',
    }),
    { doc: 'Name of the model: `trend`, `gbm` or one of the registry' },
  ),
  enabled: key('enabled', flag(), { default: true, doc: 'Whether the model is asked' }),
  weight: key('weight', real({ min: 0, max: 100, unit: '' }), {
    default: 1,
    doc: 'Weight before performance is known, relative to the other models',
  }),
});

/** `models`: which models are asked, and how. */
export const models = section(
  'models',
  'Which models are asked, and how',
  {
    mode: key('mode', choice(['worker', 'in_process']), {
      default: 'worker',
      doc: 'Whether models run in a worker thread or in the engine itself',
    }),
    timeout: key('timeoutUs', duration({ min: '1ms', max: '1m' }), {
      default: '1s',
      doc: 'A model that answers later than this has no vote',
      reloadable: true,
    }),
    simulated_latency: key('simulatedLatencyUs', duration({ min: '0ms', max: '1m' }), {
      default: '5ms',
      doc: 'Time that an answer takes in a replay',
    }),
    list: keyOfRecords('list', model, {
      default: [{ name: 'trend' }, { name: 'gbm' }],
      max: MODELS_MAX,
      doc: 'The models of the ensemble',
    }),
  },
  ({ list }, report) => {
    const names = list.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) report('list', `has two models named ${twice}`);
  },
);

const gate = section('gate', 'When the ensemble abstains', {
  disagreement_max: key('disagreementMax', fraction({ min: 0, max: 0.5 }), {
    default: 0.15,
    doc: 'Largest standard deviation between the probabilities of the models',
    reloadable: true,
  }),
  variance_max: key('varianceMax', fraction({ min: 0, max: 0.25 }), {
    default: 0.04,
    doc: 'Largest variance of the fused probability',
    reloadable: true,
  }),
  models_min: key('modelsMin', count({ min: 1, max: MODELS_MAX, unit: 'models' }), {
    default: 1,
    doc: 'Fewest models that must have voted',
    reloadable: true,
  }),
  expected_value_margin_bps: key('expectedValueMarginPpm', bps({ min: 0, max: 1000 }), {
    default: 1,
    doc: 'What must remain of the expected return after fees, spread, slippage and funding',
    reloadable: true,
  }),
});

const performance = section('performance', 'How past outcomes weigh', {
  half_life: key('halfLifeCount', count({ min: 1, max: 1_000_000, unit: 'outcomes' }), {
    default: 200,
    doc: 'Number of outcomes after which an old one counts half',
  }),
});

/** `ensemble`: how votes become one decision. */
export const ensemble = section('ensemble', 'How votes become one decision', {
  method: key('method', choice(['inverse_variance', 'weighted_vote', 'best_single']), {
    default: 'inverse_variance',
    doc: 'How votes are fused',
    reloadable: true,
  }),
  prior_variance: key('priorVariance', real({ min: 0.000001, max: 0.25, unit: 'probability squared' }), {
    default: 0.01,
    doc: 'Variance of the prior belief that up and down are equally likely; smaller = more caution',
    reloadable: true,
  }),
  horizon_bars: key('horizonBars', count({ min: 1, max: 10_000, unit: 'bars of the first timeframe' }), {
    default: 48,
    doc: 'How far ahead the models predict',
  }),
  gate,
  performance,
});

/** `sizing`: how large an order is. */
export const sizing = section('sizing', 'How large an order is', {
  method: key('method', choice(['fixed_fraction', 'kelly', 'fixed_amount']), {
    default: 'fixed_fraction',
    doc: 'How the size is found',
  }),
  risk_fraction: key('riskFraction', fraction({ min: 0, max: 1 }), {
    default: 0.02,
    doc: 'Part of the equity in fixed_fraction, before signal strength and signal_scale',
    reloadable: true,
    tighter: 'lower',
  }),
  signal_scale: key('signalScale', fraction({ min: 0, max: 1 }), {
    default: 0.25,
    doc: 'Factor on the signal strength in fixed_fraction',
    reloadable: true,
    tighter: 'lower',
  }),
  kelly_fraction: key('kellyFraction', fraction({ min: 0, max: 1 }), {
    default: 0.25,
    doc: 'Part of the full Kelly stake in kelly',
    reloadable: true,
    tighter: 'lower',
  }),
  fixed_amount: key('fixedAmount', money({ min: 0 }), {
    default: 100,
    doc: 'Notional of an order in fixed_amount',
    reloadable: true,
    tighter: 'lower',
  }),
  position_fraction_max: key('positionFractionMax', fraction({ min: 0, max: 1 }), {
    default: 0.25,
    doc: 'Largest position as a part of the equity',
    reloadable: true,
    tighter: 'lower',
    env: 'MAX_POSITION_SIZE',
  }),
  order_notional_min: key('orderNotionalMin', money({ min: 0 }), {
    default: 10,
    doc: 'Smaller orders are not sent',
  }),
});
