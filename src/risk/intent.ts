/** What is asked of risk, what risk is told of the world, and what it answers. */
import type { EpochUs } from '#core';
import type {
  Instrument,
  InstrumentIx,
  OrderLabel,
  OrderRequest,
  PlainOrderType,
  RiskApproved,
  Side,
  TimeInForce,
} from '#domain';
import type { PortfolioView } from '#portfolio';
import type { RefusalCode } from './codes.ts';

/** Lets risk find the size of an entry. All figures are of the trade's own side. */
export interface SignalSize {
  readonly kind: 'signal';
  /** In [0, 1]. */
  readonly strength: number;
  /** Calibrated probability that the trade wins, in [0, 1]. */
  readonly probability: number;
  /** Expected return of the trade after costs, a fraction; `kelly` gives no size when it is not above 0. */
  readonly expectedReturn: number;
  /**
   * What a win brings per unit lost, for the win that `probability` speaks of. A forecast of direction over a horizon is an even bet: 1.
   * The ratio of target to stop only when `probability` is that of reaching the target before the stop.
   */
  readonly rewardRisk: number;
  /** Distance of the stop as a fraction of the price, in (0, 1). */
  readonly stopFraction: number;
}

/** How large an order shall be. */
export type IntentSize =
  | SignalSize
  /** So many lots: risk takes them or refuses; an exit is cut to the open position. */
  | { readonly kind: 'lots'; readonly qtyLots: number }
  /** All that is open; only with `reduceOnly`. */
  | { readonly kind: 'close' };

/** An order that somebody wants. With `reduceOnly` it is an exit and no rule that guards entries can hold it back. */
export interface OrderIntent {
  readonly clientOrderId: string;
  readonly instrumentIx: InstrumentIx;
  readonly side: Side;
  readonly label: OrderLabel;
  readonly type: PlainOrderType;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  /** Limit price; `null` unless type is `limit`. */
  readonly priceTicks: number | null;
  /** Trigger; `null` unless type is `stop_market` or `take_profit_market`. */
  readonly triggerTicks: number | null;
  readonly size: IntentSize;
  /** Stop and target that the position is to have, in ticks; `null` when the order brings none. */
  readonly protection: { readonly stopTicks: number; readonly targetTicks: number | null } | null;
  /** Who asks. */
  readonly strategy: string;
}

/** What risk is told at the moment of an order; the whole account, not one strategy. */
export interface RiskContext {
  readonly nowUs: EpochUs;
  readonly instrument: Instrument;
  readonly portfolio: PortfolioView;
  /** Lots of approved entries of this instrument and this side that may still fill. */
  readonly pendingSideLots: number;
  /** Lots of reduce-only orders of this instrument and this side that may still fill: they may close what an entry counts on. */
  readonly reducingSideLots: number;
  /** Notional that approved entries of all other instruments may still add to the present exposure at worst. */
  readonly pendingOthersAtoms: bigint;
  /** Last price of the instrument and when it was received; NaN or 0 when there is none. */
  readonly lastPriceTicks: number;
  readonly lastPriceTsUs: EpochUs;
  /** Volatility per bar, a fraction of the price; NaN when not known. */
  readonly volatility: number;
  /** True when reconciliation or the operator allows nothing but exits. */
  readonly isReduceOnlyMode: boolean;
  /** Orders that rest or are on their way, protective ones included. */
  readonly openOrderCount: number;
}

/** What one rule found. `limit` and `value` are in the unit of the rule; not finite when there is none. */
export interface RuleOutcome {
  readonly rule: RefusalCode;
  /** `cut` = the size was reduced to the limit. */
  readonly verdict: 'pass' | 'cut' | 'refuse';
  readonly value: number;
  readonly limit: number;
}

/** The answer: a sealed order, or a coded reason. */
export type RiskVerdict =
  | {
      readonly kind: 'approved';
      readonly order: RiskApproved<OrderRequest>;
      readonly qtyLots: number;
      /** Notional that the order may add to the account's exposure at once; 0 for exits. */
      readonly reservedAtoms: bigint;
      readonly rules: readonly RuleOutcome[];
    }
  | {
      readonly kind: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
      /** Up to and including the rule that refused. */
      readonly rules: readonly RuleOutcome[];
    };
