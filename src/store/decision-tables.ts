/** The tables of the decision cycle: what was seen, what the models said, what was decided. Definitions only. */

import {
  bool,
  defineTable,
  eventRef,
  features,
  int,
  json,
  orNull,
  real,
  text,
  time,
} from './record-column.ts';
import type { EnsembleDecisionRow, ModelPredictionRow, SnapshotRow } from './rows.ts';

const QUOTE = { unit: 'quote currency' } as const;
const FRACTION = { unit: 'fraction' } as const;
const INDEXED = { indexed: true } as const;

/** A snapshot as it lies in the store: features and event reference are JSON text. */
export interface StoredSnapshotRow extends Omit<SnapshotRow, 'features' | 'eventSeq' | 'eventHash'> {
  readonly features: string;
  readonly rawData: string;
}

/** What the engine saw when it was triggered. */
export const SNAPSHOTS = defineTable<StoredSnapshotRow>({
  name: 'snapshots',
  meaning: 'What the engine saw when it was triggered.',
  write: 'insert',
  fields: {
    snapshotId: int('number of the snapshot in the run, from 1'),
    timestamp: time('moment of the trigger', INDEXED),
    venue: text('venue id'),
    symbol: text('symbol at the venue', INDEXED),
    currentPrice: real('last price', QUOTE),
    bid: orNull(real('best bid', QUOTE)),
    ask: orNull(real('best ask', QUOTE)),
    spread: orNull(real('ask - bid', QUOTE)),
    volume24h: orNull(real('volume of the last 24 h', { unit: 'base currency' })),
    priceChange24h: orNull(real('change of price over the last 24 h', FRACTION)),
    featureSetHash: text('hash of the feature set that names the features'),
    features: features('{"name": value, ...}; null where a feature is not defined yet'),
    rawData: eventRef('{"event_seq", "event_hash"}: the triggering event and the rolling hash up to it'),
  },
});

/** Answers of the models. */
export const MODEL_PREDICTIONS = defineTable<ModelPredictionRow>({
  name: 'model_predictions',
  meaning:
    "A model's answer to a snapshot, or why there was none. The outcome is filled in after its horizon.",
  write: 'insert',
  fields: {
    predictionId: int('number of the prediction in the run, from 1'),
    timestamp: time('moment of the answer', INDEXED),
    snapshotId: int('snapshot asked about', { references: 'snapshots' }),
    modelName: text('name of the model'),
    modelEndpoint: text('where it was served'),
    action: text('long, short, hold, or none (no vote)', INDEXED),
    confidence: orNull(real('certainty of the action, 0 to 1', FRACTION)),
    probability: orNull(real('probability that the price is higher at the horizon', FRACTION)),
    expectedReturn: orNull(real('expected return over the horizon, before costs', FRACTION)),
    latencyMs: orNull(real('time to answer; simulated in a replay', { unit: 'ms' })),
    rawResponse: json('the whole answer'),
    outcomePnl: orNull(real('return that followed the action, before costs', FRACTION)),
    outcomeCorrect: orNull(int('1 when the action was right, else 0')),
  },
});

/** Fused decisions. */
export const ENSEMBLE_DECISIONS = defineTable<EnsembleDecisionRow>({
  name: 'ensemble_decisions',
  meaning: 'The decision of each cycle and why it was taken or refused.',
  write: 'insert',
  fields: {
    decisionId: int('number of the decision in the run, from 1'),
    timestamp: time('moment of the decision', INDEXED),
    snapshotId: int('snapshot decided on', { references: 'snapshots' }),
    venue: text('venue id'),
    symbol: text('symbol at the venue', INDEXED),
    strategy: text('name of the strategy'),
    finalAction: text('long, short or hold', INDEXED),
    finalConfidence: real('confidence after fusion, 0 to 1', FRACTION),
    expectedValue: real('expected return after costs', FRACTION),
    aggregationMethod: text('how the votes were fused'),
    modelCount: int('models that voted'),
    modelAgreement: real('share of the votes for the final action', FRACTION),
    uncertainty: real('measure that the uncertainty gate looked at'),
    riskCheckPassed: orNull(bool('verdict of risk; NULL when risk was not asked')),
    positionSize: real('quantity that risk allowed', { unit: 'base currency' }),
    rejected: bool('no order went out'),
    rejectionReason: orNull(text('code of the gate or risk rule; NULL when an order went out')),
    positionLots: int('quantity that risk allowed', { unit: 'lots' }),
    explanation: json('votes, weights, gates, costs, risk verdicts'),
  },
});
