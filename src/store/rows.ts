/**
 * The rows of the record (schema v2), as the engine hands them over. Times are epoch microseconds of the run's own clock
 * (simulated in a replay), so that equal runs give equal rows; the only wall-clock values stand in `RunRow.wall*`.
 * Beside the readable REAL columns stand exact integer ones: ticks, lots, atoms.
 */
import type { OrderLabel, OrderStatus, OrderType, TimeInForce } from '#domain';

/** One run of the program over one account. */
export interface RunRow {
  readonly table: 'runs';
  readonly runId: string;
  readonly mode: 'replay' | 'backtest' | 'paper' | 'demo' | 'dry-run' | 'testnet' | 'live';
  readonly seed: number;
  readonly atomDecimals: number;
  readonly currency: string;
  readonly equityStartAtoms: bigint;
  /** Canonical JSON of the manifest without wall-clock, host or commit. */
  readonly manifest: string;
  /** Wall clock at start, epoch microseconds; excluded from `db hash`. */
  readonly wallStartedAt: number;
  /** Commit of the program; excluded from `db hash`. */
  readonly commitId: string;
}

/** A round trip: from flat to flat (or to now). Upserted by `tradeId`. */
export interface TradeRow {
  readonly table: 'trades';
  readonly tradeId: number;
  readonly timestamp: number;
  readonly venue: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly side: 'LONG' | 'SHORT';
  readonly entryPrice: number;
  readonly exitPrice: number | null;
  readonly quantity: number;
  /** Net of fees and funding; realised part only while OPEN. */
  readonly pnl: number;
  readonly pnlPercent: number;
  readonly status: 'OPEN' | 'CLOSED' | 'LIQUIDATED' | 'CANCELLED';
  readonly entryOrderId: number | null;
  readonly exitOrderId: number | null;
  readonly entryTime: number;
  readonly exitTime: number | null;
  /** Microseconds. */
  readonly holdDuration: number | null;
  readonly decisionConfidence: number | null;
  readonly decisionExpectedValue: number | null;
  /** Notional at entry as a fraction of equity. */
  readonly riskExposure: number;
  /** Largest adverse excursion of the trade as a fraction of its entry notional. */
  readonly maxDrawdown: number;
  readonly snapshotId: number | null;
  /** JSON. */
  readonly modelVotes: string | null;
  /** Average entry price to the nearest tick. */
  readonly priceTicks: number;
  /** Largest open quantity. */
  readonly qtyLots: number;
  readonly entryNotionalAtoms: bigint;
  readonly exitNotionalAtoms: bigint;
  /** Net: gross - fees + funding. */
  readonly pnlAtoms: bigint;
  readonly feesAtoms: bigint;
  readonly fundingAtoms: bigint;
}

/** An order through its life. Upserted by `orderId`. */
export interface OrderRow {
  readonly table: 'orders';
  readonly orderId: number;
  readonly tradeId: number | null;
  readonly timestamp: number;
  readonly venue: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  readonly quantity: number;
  readonly price: number | null;
  readonly filledQty: number;
  readonly avgFillPrice: number | null;
  readonly status: OrderStatus;
  readonly orderTypeLabel: OrderLabel;
  readonly stopLossOrderId: number | null;
  readonly takeProfitOrderId: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly clientOrderId: string;
  readonly venueOrderId: string | null;
  readonly decisionId: number | null;
  readonly rejectReason: string | null;
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
  readonly qtyLots: number;
  readonly filledLots: number;
  readonly filledNotionalAtoms: bigint;
  readonly feesAtoms: bigint;
}

/** A fill, once per venue execution id. */
export interface FillRow {
  readonly table: 'fills';
  readonly fillId: number;
  readonly timestamp: number;
  readonly orderId: number | null;
  readonly tradeId: number | null;
  readonly venue: string;
  readonly symbol: string;
  readonly execId: string;
  readonly side: 'BUY' | 'SELL';
  readonly price: number;
  readonly quantity: number;
  readonly liquidity: 'maker' | 'taker';
  readonly isLiquidation: boolean;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feesAtoms: bigint;
  /** Gross P&L realised by this fill. */
  readonly pnlAtoms: bigint;
}

/** A funding payment of a position. */
export interface FundingPaymentRow {
  readonly table: 'funding_payments';
  readonly paymentId: number;
  readonly timestamp: number;
  readonly tradeId: number | null;
  readonly venue: string;
  readonly symbol: string;
  readonly rate: number;
  readonly positionLots: number;
  readonly markTicks: number;
  readonly fundingAtoms: bigint;
}

/** What the engine saw when it was triggered. */
export interface SnapshotRow {
  readonly table: 'snapshots';
  readonly snapshotId: number;
  readonly timestamp: number;
  readonly venue: string;
  readonly symbol: string;
  readonly currentPrice: number;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly spread: number | null;
  readonly volume24h: number | null;
  readonly priceChange24h: number | null;
  /** Names come from the feature set of that hash; the writer makes the JSON column. NaN becomes null. */
  readonly featureSetHash: string;
  readonly features: Float64Array;
  /** Sequence number of the triggering event in the run, the reference into the event log. */
  readonly eventSeq: number;
  /** Rolling hash of all events up to it (16 hex digits). */
  readonly eventHash: string;
}

/** A model's answer to a snapshot, or why there was none. */
export interface ModelPredictionRow {
  readonly table: 'model_predictions';
  readonly predictionId: number;
  readonly timestamp: number;
  readonly snapshotId: number;
  readonly modelName: string;
  readonly modelEndpoint: string;
  readonly action: 'long' | 'short' | 'hold' | 'none';
  readonly confidence: number | null;
  readonly probability: number | null;
  readonly expectedReturn: number | null;
  readonly latencyMs: number | null;
  /** JSON. */
  readonly rawResponse: string;
  readonly outcomePnl: number | null;
  readonly outcomeCorrect: number | null;
}

/** Fills in the outcome of a prediction once its horizon has passed. */
export interface PredictionOutcomeRow {
  readonly table: 'prediction_outcomes';
  readonly predictionId: number;
  readonly outcomePnl: number;
  readonly outcomeCorrect: number;
}

/** The fused decision of a cycle. */
export interface EnsembleDecisionRow {
  readonly table: 'ensemble_decisions';
  readonly decisionId: number;
  readonly timestamp: number;
  readonly snapshotId: number;
  readonly venue: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly finalAction: 'long' | 'short' | 'hold';
  readonly finalConfidence: number;
  readonly expectedValue: number;
  readonly aggregationMethod: string;
  readonly modelCount: number;
  readonly modelAgreement: number;
  readonly uncertainty: number;
  readonly riskCheckPassed: boolean | null;
  /** Quantity in base currency that risk allowed; 0 when none. */
  readonly positionSize: number;
  readonly rejected: boolean;
  /** A gate's or a risk rule's code; `null` when an order went out. */
  readonly rejectionReason: string | null;
  readonly positionLots: number;
  /** JSON: votes, weights, gates, costs, risk verdicts. */
  readonly explanation: string;
}

/** Something that happened to the program itself. */
export interface SystemEventRow {
  readonly table: 'system_events';
  readonly eventId: number;
  readonly timestamp: number;
  readonly eventType: string;
  readonly severity: 'debug' | 'info' | 'warning' | 'error' | 'critical';
  readonly component: string;
  readonly message: string;
  /** JSON. */
  readonly details: string;
}

/** The account at a moment. */
export interface PortfolioStateRow {
  readonly table: 'portfolio_state';
  readonly stateId: number;
  readonly timestamp: number;
  readonly cashBalance: number;
  readonly totalValue: number;
  /** JSON. */
  readonly positions: string;
  readonly dailyPnl: number;
  /** Fraction below the high-water mark so far, worst. */
  readonly maxDrawdown: number;
  /** Value of an equal-weighted basket of the instruments, bought at the first price without costs; 1 = then, `null` before. */
  readonly benchmark: number | null;
  readonly cashAtoms: bigint;
  readonly equityAtoms: bigint;
  readonly unrealisedAtoms: bigint;
  readonly realisedAtoms: bigint;
  readonly feesAtoms: bigint;
  readonly fundingAtoms: bigint;
}

/** A row for the record. */
export type RecordRow =
  | RunRow
  | TradeRow
  | OrderRow
  | FillRow
  | FundingPaymentRow
  | SnapshotRow
  | ModelPredictionRow
  | PredictionOutcomeRow
  | EnsembleDecisionRow
  | SystemEventRow
  | PortfolioStateRow;
