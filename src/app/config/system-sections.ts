/** Sections about the program itself: `storage`, `learning`, `monitoring`. */
import { key, section } from './key.ts';
import { choice, count, duration, fraction, orNull, real, text } from './value-type.ts';

/** 0 = any that is free: the program prints which. */
const PORT = { min: 0, max: 65_535, unit: 'TCP port' };

/** `storage`: where and how data are kept. */
export const storage = section('storage', 'Where and how data are kept', {
  data_dir: key('dataDir', text({ pattern: /^[^\0]{1,1000}$/, allowed: 'a path of 1 to 1000 characters' }), {
    default: 'data',
    doc: 'Folder of everything that is written, relative to the working directory; `--data-dir` and XYLEN_DATA_DIR come first',
    env: 'XYLEN_DATA_DIR',
  }),
  checkpoint_events: key('checkpointEvents', count({ min: 1, max: 1_000_000, unit: 'events' }), {
    default: 256,
    doc: 'Events between two checkpoints; after a crash at most twice as many are done again (a replay at full speed takes at least 8192)',
  }),
  intent_durability: key('intentDurability', choice(['full', 'normal']), {
    default: 'full',
    doc: 'Whether an order intent is forced to the disk before it is sent (full) or only handed to the system (normal)',
  }),
  archive_codec: key('archiveCodec', choice(['zstd', 'gzip']), {
    default: 'zstd',
    doc: 'Compression of the Parquet archive',
  }),
});

const gbm = section('gbm', 'Gradient boosting', {
  rounds: key('rounds', count({ min: 1, max: 10_000, unit: 'trees' }), {
    default: 300,
    doc: 'Largest number of trees',
  }),
  learning_rate: key('learningRate', real({ min: 0.0001, max: 1, unit: '' }), {
    default: 0.03,
    doc: 'Part of each tree that is taken',
  }),
  leaves: key('leavesMax', count({ min: 2, max: 4096, unit: 'leaves' }), {
    default: 8,
    doc: 'Largest number of leaves of a tree; overlapping labels make larger trees learn noise',
  }),
  depth_max: key('depthMax', orNull(count({ min: 1, max: 64, unit: 'levels' }), 'no limit'), {
    default: null,
    doc: 'Largest depth of a tree',
  }),
  min_data_in_leaf: key('minDataInLeaf', count({ min: 1, max: 1_000_000, unit: 'rows' }), {
    default: 500,
    doc: 'Fewest rows in a leaf',
  }),
  lambda_l2: key('lambdaL2', real({ min: 0, max: 1000, unit: '' }), {
    default: 10,
    doc: 'L2 penalty on leaf values',
  }),
  feature_fraction: key('featureFraction', fraction({ min: 0.01, max: 1 }), {
    default: 0.5,
    doc: 'Part of the features that a tree sees',
  }),
  bagging_fraction: key('baggingFraction', fraction({ min: 0.01, max: 1 }), {
    default: 0.8,
    doc: 'Part of the rows that a tree sees',
  }),
  bins_max: key('binsMax', count({ min: 2, max: 255, unit: 'bins' }), {
    default: 255,
    doc: 'Largest number of histogram bins of a feature',
  }),
  early_stopping_rounds: key(
    'earlyStoppingRounds',
    orNull(count({ min: 1, max: 1000, unit: 'trees' }), 'never'),
    {
      default: 30,
      doc: 'Training ends when the validation loss has not improved for so many trees',
    },
  ),
});

/** `learning`: training on honest data. */
export const learning = section('learning', 'Training on honest data', {
  quarantine: key('quarantineUs', duration({ min: '30d', max: '365d' }), {
    default: '30d',
    doc: 'No row whose label ends within this time of now is trained on; 30 days is the least',
  }),
  horizon_bars: key(
    'horizonBars',
    orNull(count({ min: 1, max: 10_000, unit: 'bars of the first timeframe' }), 'as `ensemble.horizon_bars`'),
    { default: null, doc: 'How far ahead the label looks' },
  ),
  validation_fraction: key('validationFraction', fraction({ min: 0.05, max: 0.5 }), {
    default: 0.2,
    doc: 'Each of the three blocks kept from the fit (stop, calibrate, test) takes this part of the rows before the next',
  }),
  embargo: key('embargoUs', duration({ min: '0ms', max: '90d' }), {
    default: '1d',
    doc: 'Gap between training and validation rows beyond the length of the label',
  }),
  gbm,
  seed: key('seed', count({ min: 0, max: 4_294_967_295, unit: '' }), {
    default: 1,
    doc: 'Seed of training; the same seed and data give the same model',
  }),
});

/** `monitoring`: ports and log. */
export const monitoring = section(
  'monitoring',
  'Ports and log',
  {
    host: key('host', text({ pattern: /^[A-Za-z0-9.:_-]{1,253}$/, allowed: 'a host name or IP address' }), {
      default: '127.0.0.1',
      doc: 'Address that the servers listen on; one that other machines can reach demands XYLEN_API_TOKEN',
    }),
    metrics_port: key('metricsPort', count(PORT), {
      default: 9464,
      doc: 'Port of `/metrics` and `/health`; 0 = any that is free',
    }),
    dashboard_port: key('dashboardPort', count(PORT), {
      default: 8765,
      doc: 'Port of the dashboard and its WebSocket; 0 = any that is free',
    }),
    log_level: key('logLevel', choice(['debug', 'info', 'warn', 'error']), {
      default: 'info',
      doc: 'Least level that is logged; `--log-level` comes first',
      reloadable: true,
    }),
  },
  ({ metricsPort, dashboardPort }, report) => {
    if (metricsPort !== 0 && metricsPort === dashboardPort)
      report('dashboard_port', 'expected another port than metrics_port');
  },
);
