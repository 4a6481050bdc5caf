/** Rows of the record from the engine's own values. Pure translation: REAL columns for people, integers for sums. */
import { type FillEvent, type FundingPaymentEvent, type Instrument, moneyOf, priceOf, qtyOf } from '#domain';
import type { Order } from '#orders';
import { type AccountSnapshot, type Trade, tradeFigures } from '#portfolio';
import type { FillRow, FundingPaymentRow, OrderRow, PortfolioStateRow, TradeRow } from '#store';
import type { DecisionReference } from './strategy.ts';

/** What a trade row needs beyond the trade itself. */
export interface TradeContext {
  readonly strategy: string;
  readonly entryOrderId: number | null;
  readonly exitOrderId: number | null;
  readonly decision: DecisionReference | null;
}

/** Average price of `notionalAtoms` over `qtyLots`, as a double in quote currency. */
function averagePrice(instrument: Instrument, notionalAtoms: bigint, qtyLots: number): number | null {
  if (qtyLots === 0) return null;
  const ticks = Number(notionalAtoms / BigInt(instrument.atomsPerTickLot)) / qtyLots;
  return priceOf(instrument, ticks);
}

/** Builds the row of a trade as it stands. */
export function tradeRow(trade: Trade, instrument: Instrument, context: TradeContext): TradeRow {
  const figures = tradeFigures(trade, instrument);
  return {
    table: 'trades',
    tradeId: trade.tradeId,
    timestamp: trade.entryUs,
    venue: instrument.venue,
    symbol: instrument.symbol,
    strategy: context.strategy,
    side: trade.side,
    entryPrice: priceOf(instrument, figures.entryTicks),
    exitPrice: figures.exitTicks === null ? null : priceOf(instrument, figures.exitTicks),
    quantity: qtyOf(instrument, trade.qtyLotsMax),
    pnl: moneyOf(instrument.atomDecimals, trade.netAtoms),
    pnlPercent: figures.netFraction * 100,
    status: trade.status,
    entryOrderId: context.entryOrderId,
    exitOrderId: context.exitOrderId,
    entryTime: trade.entryUs,
    exitTime: trade.exitUs,
    holdDuration: figures.holdUs,
    decisionConfidence: context.decision?.confidence ?? null,
    decisionExpectedValue: context.decision?.expectedValue ?? null,
    riskExposure: figures.exposureFraction,
    maxDrawdown: figures.maxAdverseFraction,
    snapshotId: context.decision?.snapshotId ?? null,
    modelVotes: context.decision?.modelVotes ?? null,
    priceTicks: figures.entryTicksRounded,
    qtyLots: trade.qtyLotsMax,
    entryNotionalAtoms: trade.entryNotionalAtoms,
    exitNotionalAtoms: trade.exitNotionalAtoms,
    pnlAtoms: trade.netAtoms,
    feesAtoms: trade.feesAtoms,
    fundingAtoms: trade.fundingAtoms,
  };
}

/** What an order row needs beyond the order itself. */
export interface OrderContext {
  readonly tradeId: number | null;
  readonly stopLossOrderId: number | null;
  readonly takeProfitOrderId: number | null;
}

/** Builds the row of an order as it stands. */
export function orderRow(order: Order, instrument: Instrument, context: OrderContext): OrderRow {
  const { request } = order;
  const filledNotionalAtoms = order.filledTickLots * BigInt(instrument.atomsPerTickLot);
  const limitTicks = request.priceTicks ?? request.triggerTicks;
  return {
    table: 'orders',
    orderId: order.orderId,
    tradeId: context.tradeId,
    timestamp: order.createdUs,
    venue: instrument.venue,
    symbol: instrument.symbol,
    strategy: order.origin.strategy,
    side: request.side === 'buy' ? 'BUY' : 'SELL',
    type: request.type,
    timeInForce: request.timeInForce,
    reduceOnly: request.reduceOnly,
    quantity: qtyOf(instrument, request.qtyLots),
    price: limitTicks === null ? null : priceOf(instrument, limitTicks),
    filledQty: qtyOf(instrument, order.filledLots),
    avgFillPrice: averagePrice(instrument, filledNotionalAtoms, order.filledLots),
    status: order.status,
    orderTypeLabel: request.label,
    stopLossOrderId: context.stopLossOrderId,
    takeProfitOrderId: context.takeProfitOrderId,
    createdAt: order.createdUs,
    updatedAt: order.updatedUs,
    clientOrderId: request.clientOrderId,
    venueOrderId: order.venueOrderId,
    decisionId: order.origin.decisionId,
    rejectReason: order.reason,
    priceTicks: request.priceTicks,
    triggerTicks: request.triggerTicks,
    qtyLots: request.qtyLots,
    filledLots: order.filledLots,
    filledNotionalAtoms,
    feesAtoms: order.feesAtoms,
  };
}

/** Builds the row of a fill. */
export function fillRow(
  fill: FillEvent,
  instrument: Instrument,
  ids: { readonly fillId: number; readonly orderId: number | null; readonly tradeId: number | null },
  pnlAtoms: bigint,
): FillRow {
  return {
    table: 'fills',
    fillId: ids.fillId,
    timestamp: fill.tsVenueUs,
    orderId: ids.orderId,
    tradeId: ids.tradeId,
    venue: instrument.venue,
    symbol: instrument.symbol,
    execId: fill.execId,
    side: fill.side === 'buy' ? 'BUY' : 'SELL',
    price: priceOf(instrument, fill.priceTicks),
    quantity: qtyOf(instrument, fill.qtyLots),
    liquidity: fill.liquidity,
    isLiquidation: fill.isLiquidation,
    priceTicks: fill.priceTicks,
    qtyLots: fill.qtyLots,
    feesAtoms: fill.feeAtoms,
    pnlAtoms,
  };
}

/** Builds the row of a funding payment. */
export function fundingPaymentRow(
  payment: FundingPaymentEvent,
  instrument: Instrument,
  paymentId: number,
  tradeId: number | null,
): FundingPaymentRow {
  return {
    table: 'funding_payments',
    paymentId,
    timestamp: payment.tsVenueUs,
    tradeId,
    venue: instrument.venue,
    symbol: instrument.symbol,
    rate: payment.rateE12 / 1e12,
    positionLots: payment.positionLots,
    markTicks: payment.markTicks,
    fundingAtoms: payment.amountAtoms,
  };
}

/** Builds the row of the account's state. */
export function portfolioStateRow(
  account: AccountSnapshot,
  instruments: readonly Instrument[],
  at: { readonly stateId: number; readonly timestamp: number; readonly benchmark: number | null },
): PortfolioStateRow {
  const decimals = instruments[0]?.atomDecimals ?? 0;
  const positions = account.positions.map((position) => {
    const instrument = instruments[position.instrumentIx]!;
    return {
      venue: instrument.venue,
      symbol: instrument.symbol,
      quantity: qtyOf(instrument, position.qtyLots),
      entry_price: position.entryTicks === null ? null : priceOf(instrument, position.entryTicks),
      mark_price: priceOf(instrument, position.markTicks),
      unrealised_pnl: moneyOf(decimals, position.unrealisedAtoms),
    };
  });
  return {
    table: 'portfolio_state',
    ...at,
    cashBalance: moneyOf(decimals, account.cashAtoms),
    totalValue: moneyOf(decimals, account.equityAtoms),
    positions: JSON.stringify(positions),
    dailyPnl: moneyOf(decimals, account.dayPnlAtoms),
    maxDrawdown: account.maxDrawdown,
    cashAtoms: account.cashAtoms,
    equityAtoms: account.equityAtoms,
    unrealisedAtoms: account.unrealisedAtoms,
    realisedAtoms: account.realisedAtoms,
    feesAtoms: account.feesAtoms,
    fundingAtoms: account.fundingAtoms,
  };
}
