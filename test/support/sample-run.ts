/**
 * An invented run for tests and benches: what event number n writes is a pure function of n, so that a test can say what a record
 * must hold after any number of events. The numbers mean nothing.
 */
import type { RecordRow, RunRow, SnapshotRow, TradeRow } from '#store';

/** Feature names of the invented feature set. */
export const SAMPLE_FEATURES: readonly string[] = Array.from({ length: 50 }, (_, i) => `feature_${i}`);
/** Hash of the invented feature set. */
export const SAMPLE_FEATURE_SET = 'sample-set';

const START_US = 1_700_000_000_000_000;
const STEP_US = 300_000_000;
/** Every how many events a trade opens; it closes three events later. */
const TRADE_EVERY = 8;
const HOLD_EVENTS = 3;
/** After how many events the outcome of a prediction is known. */
const HORIZON_EVENTS = 5;

/** Returns the run row. */
export function sampleRun(runId: string): RunRow {
  return {
    table: 'runs',
    runId,
    mode: 'replay',
    seed: 7,
    atomDecimals: 8,
    currency: 'USDT',
    equityStartAtoms: 1_000_000_000_000n,
    manifest: '{"dataHash":"none","seed":7}',
    wallStartedAt: 1_800_000_000_000_000,
    commitId: 'abc',
  };
}

/** Returns the run's clock at event `seq`. */
export function sampleTimeUs(seq: number): number {
  return START_US + seq * STEP_US;
}

/** Returns the rows that event `seq` (from 1) writes, in order. */
export function sampleRows(seq: number): RecordRow[] {
  const rows: RecordRow[] = [sampleSnapshot(seq), ...samplePredictions(seq), sampleDecision(seq)];
  if (seq % TRADE_EVERY === 0) rows.push(...openingRows(seq));
  if (seq % TRADE_EVERY === HOLD_EVENTS && seq > TRADE_EVERY) rows.push(...closingRows(seq - HOLD_EVENTS));
  if (seq > HORIZON_EVENTS) {
    const predictionId = 2 * (seq - HORIZON_EVENTS) - 1;
    rows.push({
      table: 'prediction_outcomes',
      predictionId,
      outcomePnl: wave(seq) / 100,
      outcomeCorrect: seq % 2,
    });
  }
  rows.push(sampleState(seq));
  if (seq % 20 === 0) rows.push(sampleEvent(seq / 20, sampleTimeUs(seq)));
  return rows;
}

/** A smooth, repeatable number in (-1, 1). */
function wave(seq: number): number {
  return ((seq * 7919) % 2003) / 1002 - 0.999;
}

function sampleSnapshot(seq: number): SnapshotRow {
  const price = 30_000 + 1_000 * wave(seq);
  return {
    table: 'snapshots',
    snapshotId: seq,
    timestamp: sampleTimeUs(seq),
    venue: 'sim',
    symbol: seq % 3 === 0 ? 'ETHUSDT' : 'BTCUSDT',
    currentPrice: price,
    bid: null,
    ask: price + 0.1,
    spread: null,
    volume24h: 1_234.5,
    priceChange24h: wave(seq) / 10,
    featureSetHash: SAMPLE_FEATURE_SET,
    features: Float64Array.from(SAMPLE_FEATURES, (_, i) => (seq < 3 && i > 40 ? Number.NaN : wave(seq + i))),
    eventSeq: seq,
    eventHash: seq.toString(16).padStart(16, '0'),
  };
}

function samplePredictions(seq: number): RecordRow[] {
  return ['trend', 'gbm'].map((modelName, i) => ({
    table: 'model_predictions',
    predictionId: 2 * seq - 1 + i,
    timestamp: sampleTimeUs(seq),
    snapshotId: seq,
    modelName,
    modelEndpoint: `worker:${modelName}@v1`,
    action: seq % 5 === 4 ? 'none' : wave(seq + i) > 0 ? 'long' : 'short',
    confidence: seq % 5 === 4 ? null : Math.abs(wave(seq + i)),
    probability: seq % 5 === 4 ? null : 0.5 + wave(seq + i) / 2,
    expectedReturn: seq % 5 === 4 ? null : wave(seq) / 50,
    latencyMs: 1.5,
    rawResponse: `{"raw_score":${wave(seq + i)}}`,
    outcomePnl: null,
    outcomeCorrect: null,
  }));
}

function sampleDecision(seq: number): RecordRow {
  const isTaken = seq % TRADE_EVERY === 0;
  return {
    table: 'ensemble_decisions',
    decisionId: seq,
    timestamp: sampleTimeUs(seq),
    snapshotId: seq,
    venue: 'sim',
    symbol: seq % 3 === 0 ? 'ETHUSDT' : 'BTCUSDT',
    strategy: 'ensemble',
    finalAction: isTaken ? 'long' : 'hold',
    finalConfidence: Math.abs(wave(seq)),
    expectedValue: wave(seq) / 1_000,
    aggregationMethod: 'inverse_variance',
    modelCount: 2,
    modelAgreement: 1,
    uncertainty: 0.1,
    riskCheckPassed: isTaken ? true : null,
    positionSize: isTaken ? 0.01 : 0,
    rejected: !isTaken,
    rejectionReason: isTaken ? null : seq % 2 === 0 ? 'uncertainty' : 'expected_value',
    positionLots: isTaken ? 10 : 0,
    explanation: `{"gates":["uncertainty","expected_value"],"votes":{"gbm":${wave(seq)},"trend":1}}`,
  };
}

/** The order names its trade and the trade its order: neither can come first. */
function openingRows(seq: number): RecordRow[] {
  const tradeId = seq / TRADE_EVERY;
  return [
    sampleOrder(tradeId, seq),
    sampleTrade(tradeId, seq, null),
    sampleFill(2 * tradeId - 1, tradeId, seq),
  ];
}

function closingRows(openedSeq: number): RecordRow[] {
  const tradeId = openedSeq / TRADE_EVERY;
  const closedSeq = openedSeq + HOLD_EVENTS;
  return [
    sampleTrade(tradeId, openedSeq, closedSeq),
    {
      table: 'funding_payments',
      paymentId: tradeId,
      timestamp: sampleTimeUs(closedSeq),
      tradeId,
      venue: 'sim',
      symbol: 'BTCUSDT',
      rate: 0.0001,
      positionLots: 10,
      markTicks: 300_000,
      fundingAtoms: -3_000_000n,
    },
  ];
}

function sampleOrder(orderId: number, seq: number): RecordRow {
  return {
    table: 'orders',
    orderId,
    tradeId: orderId,
    timestamp: sampleTimeUs(seq),
    venue: 'sim',
    symbol: 'BTCUSDT',
    strategy: 'ensemble',
    side: 'BUY',
    type: 'market',
    timeInForce: 'IOC',
    reduceOnly: false,
    quantity: 0.01,
    price: null,
    filledQty: 0.01,
    avgFillPrice: 30_000,
    status: 'FILLED',
    orderTypeLabel: 'ENTRY',
    stopLossOrderId: null,
    takeProfitOrderId: null,
    createdAt: sampleTimeUs(seq),
    updatedAt: sampleTimeUs(seq),
    clientOrderId: `x-${orderId}`,
    venueOrderId: `v-${orderId}`,
    decisionId: seq,
    rejectReason: null,
    priceTicks: null,
    triggerTicks: null,
    qtyLots: 10,
    filledLots: 10,
    filledNotionalAtoms: 30_000_000_000n,
    feesAtoms: 12_000_000n,
  };
}

function sampleTrade(tradeId: number, openedSeq: number, closedSeq: number | null): TradeRow {
  const pnlAtoms = closedSeq === null ? -12_000_000n : BigInt(Math.round(wave(openedSeq) * 1e9));
  return {
    table: 'trades',
    tradeId,
    timestamp: sampleTimeUs(openedSeq),
    venue: 'sim',
    symbol: 'BTCUSDT',
    strategy: 'ensemble',
    side: 'LONG',
    entryPrice: 30_000,
    exitPrice: closedSeq === null ? null : 30_100,
    quantity: 0.01,
    pnl: Number(pnlAtoms) / 1e8,
    pnlPercent: Number(pnlAtoms) / 3e8,
    status: closedSeq === null ? 'OPEN' : 'CLOSED',
    entryOrderId: tradeId,
    exitOrderId: null,
    entryTime: sampleTimeUs(openedSeq),
    exitTime: closedSeq === null ? null : sampleTimeUs(closedSeq),
    holdDuration: closedSeq === null ? null : HOLD_EVENTS * STEP_US,
    decisionConfidence: 0.6,
    decisionExpectedValue: 0.001,
    riskExposure: 0.03,
    maxDrawdown: 0.002,
    snapshotId: openedSeq,
    modelVotes: '{"gbm":0.4,"trend":0.6}',
    priceTicks: 300_000,
    qtyLots: 10,
    entryNotionalAtoms: 30_000_000_000n,
    exitNotionalAtoms: closedSeq === null ? 0n : 30_100_000_000n,
    pnlAtoms,
    feesAtoms: 12_000_000n,
    fundingAtoms: closedSeq === null ? 0n : -3_000_000n,
  };
}

function sampleFill(fillId: number, orderId: number, seq: number): RecordRow {
  return {
    table: 'fills',
    fillId,
    timestamp: sampleTimeUs(seq),
    orderId,
    tradeId: orderId,
    venue: 'sim',
    symbol: 'BTCUSDT',
    execId: `e-${fillId}`,
    side: 'BUY',
    price: 30_000,
    quantity: 0.01,
    liquidity: 'taker',
    isLiquidation: false,
    priceTicks: 300_000,
    qtyLots: 10,
    feesAtoms: 12_000_000n,
    pnlAtoms: 0n,
  };
}

function sampleState(seq: number): RecordRow {
  const equityAtoms = 1_000_000_000_000n + BigInt(Math.round(wave(seq) * 1e10));
  return {
    table: 'portfolio_state',
    stateId: seq,
    timestamp: sampleTimeUs(seq),
    cashBalance: 10_000,
    totalValue: Number(equityAtoms) / 1e8,
    positions: '[]',
    dailyPnl: wave(seq),
    maxDrawdown: Math.min(seq / 1e6, 0.5),
    benchmark: 1 + wave(seq) / 100,
    cashAtoms: 1_000_000_000_000n,
    equityAtoms,
    unrealisedAtoms: equityAtoms - 1_000_000_000_000n,
    realisedAtoms: 0n,
    feesAtoms: 12_000_000n * BigInt(Math.floor(seq / TRADE_EVERY)),
    fundingAtoms: 0n,
  };
}

function sampleEvent(eventId: number, timestamp: number): RecordRow {
  return {
    table: 'system_events',
    eventId,
    timestamp,
    eventType: 'note',
    severity: 'info',
    component: 'sample',
    message: `line one, "quoted"\nline two of event ${eventId}`,
    details: '{}',
  };
}
