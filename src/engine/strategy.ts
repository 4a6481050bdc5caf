/**
 * Strategies: small classes that hear events and ask for orders through a context. They never see the venue, the clock or the network;
 * everything they ask for passes risk first. The ensemble is one of them; a user's own (`--strategy ./mine.ts`) is another.
 */
import type { EpochUs } from '#core';
import type {
  Action,
  BookEvent,
  CandleEvent,
  FillEvent,
  InstrumentIx,
  InstrumentTable,
  PlainOrderType,
  Side,
  TimeInForce,
  TradeEvent,
} from '#domain';
import type { PredictionEvent } from './events.ts';

/** What may start a decision. */
export type Trigger = 'bar_close' | 'heartbeat' | 'book_signal';

/** The snapshot that a prediction answers. */
export interface AnsweredSnapshot {
  readonly snapshotId: number;
  readonly instrumentIx: InstrumentIx;
  readonly priceTicks: number;
  readonly tsUs: EpochUs;
  /** Row numbers of the predictions: the first belongs to the first reply, and so on. */
  readonly firstPredictionId: number;
}

/** An order that a strategy asks for. Give either `qtyLots` or `signal`. */
export interface StrategyOrder {
  readonly instrumentIx: InstrumentIx;
  readonly side: Side;
  /** Default `market`. */
  readonly type?: PlainOrderType;
  /** Quantity in lots; risk may refuse it, never enlarges it. */
  readonly qtyLots?: number;
  /** Lets risk size the order from a signal. */
  readonly signal?: OrderSignal;
  /** Limit price of a `limit` order, a multiple of the tick step. */
  readonly priceTicks?: number;
  /** Trigger of a `stop_market` or `take_profit_market` order. */
  readonly triggerTicks?: number;
  /** Default GTC for `limit`, else IOC. */
  readonly timeInForce?: TimeInForce;
  /** May only shrink the position; passes every rule that guards entries. */
  readonly reduceOnly?: boolean;
  /** Protective orders to be placed with the first fill and ended with the position. */
  readonly protection?: Protection;
  /** The decision that asks for it, when there is one. */
  readonly decision?: DecisionReference;
  /** One line for the record: why. */
  readonly reason: string;
}

/** What sizes an order. */
export interface OrderSignal {
  /** In [0, 1]. */
  readonly strength: number;
  /** Calibrated probability in [0, 1] that the side is right. */
  readonly probability: number;
  /** Expected return of the side before costs, a fraction. */
  readonly expectedReturn: number;
}

/** Stop and target of a position, in ticks. */
export interface Protection {
  readonly stopTicks: number;
  readonly targetTicks: number | null;
}

/** Ties an order to the decision that asked for it. */
export interface DecisionReference {
  readonly decisionId: number;
  readonly snapshotId: number;
  readonly confidence: number;
  readonly expectedValue: number;
  /** JSON. */
  readonly modelVotes: string;
}

/** A decision with its reasons: what a strategy hands over to have it recorded, with or without an order. */
export interface Decision {
  readonly instrumentIx: InstrumentIx;
  readonly snapshotId: number;
  readonly action: Action;
  /** In [0, 1]. */
  readonly confidence: number;
  /** After costs, a fraction of the notional. */
  readonly expectedValue: number;
  /** `inverse_variance`, ...; for plain strategies `strategy`. */
  readonly method: string;
  readonly modelCount: number;
  /** Share of the votes on the side of the action, in [0, 1]. */
  readonly agreement: number;
  /** Standard deviation of the fused probability. */
  readonly uncertainty: number;
  /** Reason code when the decision is to do nothing; `null` when it asks for an order. */
  readonly holdReason: string | null;
  /** JSON. */
  readonly modelVotes: string;
  /** Votes, weights, gates, costs: plain data. */
  readonly explanation: Readonly<Record<string, unknown>>;
}

/** What became of a strategy's order. */
export type SubmitOutcome =
  | {
      readonly kind: 'submitted';
      readonly orderId: number;
      readonly clientOrderId: string;
      readonly qtyLots: number;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** What a strategy may see and do while it handles an event. */
export interface StrategyContext {
  readonly nowUs: EpochUs;
  readonly instruments: InstrumentTable;
  /** Signed: positive long, negative short. */
  positionLots(instrumentIx: InstrumentIx): number;
  /** Last price; 0 before the first event. */
  lastPriceTicks(instrumentIx: InstrumentIx): number;
  /** Orders of this instrument that may still fill, protective ones excepted. */
  workingOrderCount(instrumentIx: InstrumentIx): number;
  /** Account equity as a double in the account's currency. */
  readonly equity: number;
  /** True when the features of the instrument count (history long enough). */
  isWarm(instrumentIx: InstrumentIx): boolean;
  /** The current feature vector (names: `featureSet`), only valid while warm; not to be kept or changed. */
  features(instrumentIx: InstrumentIx): Float64Array;
  /** Average true range of the decision timeframe as a fraction of the price; NaN while cold. */
  atrFraction(instrumentIx: InstrumentIx): number;
  /** Traded volume of the last 24 hours in base currency; NaN until the data reach back that far. */
  volume24h(instrumentIx: InstrumentIx): number;
  /** Age of the newest market event of the instrument, or how long the next bar of the features is overdue, whichever is more. */
  dataAgeUs(instrumentIx: InstrumentIx): number;
  /** The last funding rate and its interval; `null` where unknown. */
  fundingOf(instrumentIx: InstrumentIx): { readonly rateE12: number; readonly intervalUs: number } | null;
  /** Takes a snapshot and asks all models; the replies arrive at `onPrediction`. `null` when the rate cap or the warm-up forbids it. */
  askModels(instrumentIx: InstrumentIx): number | null;
  submit(order: StrategyOrder): SubmitOutcome;
  /**
   * Records a decision about a snapshot and submits its order (`null` = none). Strategies that call `submit` alone get a plain
   * decision record for each entry.
   */
  decide(decision: Decision, order: StrategyOrder | null): SubmitOutcome | null;
  /** Records what became of a prediction: P&L of following it per unit of notional, before costs. */
  recordOutcome(predictionId: number, outcomePnl: number, isCorrect: boolean): void;
  /**
   * Brings the position to `targetLots` (signed) with a market order; does nothing when it is there already or an order is working. A position
   * with a stop or target at the venue is turned around by two: one closes it, and once it is flat another opens the other side, if risk
   * lets it. A flip that risk refuses still closes what is open.
   */
  setTarget(instrumentIx: InstrumentIx, targetLots: number, reason: string): SubmitOutcome | null;
  /** Closes the position with a market order; `null` when flat or a closing order is working. */
  closePosition(instrumentIx: InstrumentIx, reason: string): SubmitOutcome | null;
  /** Asks for the end of an order; true when a request went out. */
  cancel(clientOrderId: string): boolean;
  /** Wakes this strategy (`onTimer`) at a moment. */
  setTimer(key: string, atUs: EpochUs): void;
}

/** A strategy; every handler is optional. Handlers must not keep the context. */
export interface Strategy {
  readonly name: string;
  /** True when it reads features or asks models; without it no feature is computed. */
  readonly needsFeatures?: boolean;
  /** Why its positions need no stop at the venue, for strategies that ask for none; it stands in the record of a run at a real venue. */
  readonly protectionWaiver?: string;
  onStart?(context: StrategyContext): void;
  /** A candle of the source timeframe has closed. */
  onCandle?(candle: CandleEvent, context: StrategyContext): void;
  /** It is time to decide about an instrument: a bar of the decision timeframe closed, the heart beat, the book moved. */
  onTrigger?(trigger: Trigger, instrumentIx: InstrumentIx, context: StrategyContext): void;
  onTrade?(trade: TradeEvent, context: StrategyContext): void;
  onBook?(book: BookEvent, context: StrategyContext): void;
  onTimer?(key: string, context: StrategyContext): void;
  /** The replies to its question have arrived. */
  onPrediction?(prediction: PredictionEvent, snapshot: AnsweredSnapshot, context: StrategyContext): void;
  onFill?(fill: FillEvent, context: StrategyContext): void;
  /** Plain data that survives a crash; needed by every strategy that remembers anything. */
  saveState?(): unknown;
  loadState?(state: unknown): void;
}
