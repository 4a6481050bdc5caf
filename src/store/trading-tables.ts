/** The tables of trading itself: trades, orders, fills, funding, the account. Definitions only. */

import { atoms, bool, defineTable, duration, int, json, orNull, real, text, time } from './record-column.ts';
import type { FillRow, FundingPaymentRow, OrderRow, PortfolioStateRow, TradeRow } from './rows.ts';

const QUOTE = { unit: 'quote currency' } as const;
const BASE = { unit: 'base currency' } as const;
const CURRENCY = { unit: 'account currency' } as const;
const FRACTION = { unit: 'fraction' } as const;
const TICKS = { unit: 'ticks' } as const;
const LOTS = { unit: 'lots' } as const;
const INDEXED = { indexed: true } as const;

/** Round trips, from flat to flat. */
export const TRADES = defineTable<TradeRow>({
  name: 'trades',
  meaning: 'Round trips: from flat to flat, or to now while OPEN. One row a trade, rewritten as it changes.',
  write: 'upsert',
  fields: {
    tradeId: int('number of the trade in the run, from 1'),
    timestamp: time('when the trade was opened', INDEXED),
    venue: text('venue id'),
    symbol: text('symbol at the venue', INDEXED),
    strategy: text('name of the strategy that opened it'),
    side: text('LONG or SHORT'),
    entryPrice: real('average entry price', QUOTE),
    exitPrice: orNull(real('average exit price so far', QUOTE)),
    quantity: real('largest open quantity', BASE),
    pnl: real('profit or loss net of fees and funding; the realised part while OPEN', CURRENCY),
    pnlPercent: real('pnl over the notional at entry', { unit: 'percent' }),
    status: text('OPEN, CLOSED, LIQUIDATED or CANCELLED', INDEXED),
    entryOrderId: orNull(int('order that opened it', { references: 'orders' })),
    exitOrderId: orNull(int('order that closed it', { references: 'orders' })),
    entryTime: time('first fill'),
    exitTime: orNull(time('last fill')),
    holdDuration: orNull(duration('exit_time - entry_time')),
    decisionConfidence: orNull(real('confidence of the decision behind it, 0 to 1', FRACTION)),
    decisionExpectedValue: orNull(real('expected return after costs of that decision', FRACTION)),
    riskExposure: real('notional at entry over equity', FRACTION),
    maxDrawdown: real('largest adverse excursion over the notional at entry', FRACTION),
    snapshotId: orNull(int('snapshot of the decision', { references: 'snapshots' })),
    modelVotes: orNull(json('votes and weights of the models')),
    priceTicks: int('average entry price to the nearest tick', TICKS),
    qtyLots: int('largest open quantity', LOTS),
    entryNotionalAtoms: atoms('sum of the entry fills'),
    exitNotionalAtoms: atoms('sum of the exit fills'),
    pnlAtoms: atoms('net: gross - fees + funding'),
    feesAtoms: atoms('fees paid'),
    fundingAtoms: atoms('funding received (negative: paid)'),
  },
});

/** Orders through their lives. */
export const ORDERS = defineTable<OrderRow>({
  name: 'orders',
  meaning: 'Orders, one row each, rewritten at every change of state. order_id is ours.',
  write: 'upsert',
  unique: [['client_order_id']],
  fields: {
    orderId: int('number of the order in the run, from 1'),
    tradeId: orNull(int('trade it belongs to', { references: 'trades' })),
    timestamp: time('when the order was intended', INDEXED),
    venue: text('venue id'),
    symbol: text('symbol at the venue', INDEXED),
    strategy: text('name of the strategy'),
    side: text('BUY or SELL'),
    type: text('market, limit, stop_market or take_profit_market'),
    timeInForce: text('GTC, IOC, FOK or GTX'),
    reduceOnly: bool('may only shrink the position'),
    quantity: real('quantity asked for', BASE),
    price: orNull(real('limit or trigger price; NULL for market orders', QUOTE)),
    filledQty: real('quantity filled so far', BASE),
    avgFillPrice: orNull(real('average price of the fills', QUOTE)),
    status: text('state of the order machine', INDEXED),
    orderTypeLabel: text('ENTRY, EXIT, SL or TP'),
    stopLossOrderId: orNull(int('protective stop of this entry', { references: 'orders' })),
    takeProfitOrderId: orNull(int('target of this entry', { references: 'orders' })),
    createdAt: time('when the order was intended'),
    updatedAt: time('last change of state'),
    clientOrderId: text('our id at the venue, unique'),
    venueOrderId: orNull(text("the venue's id")),
    decisionId: orNull(int('decision behind it', { references: 'ensemble_decisions' })),
    rejectReason: orNull(text('code of the refusal')),
    priceTicks: orNull(int('limit price', TICKS)),
    triggerTicks: orNull(int('trigger price of a stop or target', TICKS)),
    qtyLots: int('quantity asked for', LOTS),
    filledLots: int('quantity filled so far', LOTS),
    filledNotionalAtoms: atoms('sum of the fills'),
    feesAtoms: atoms('fees paid so far'),
  },
});

/** Executions. */
export const FILLS = defineTable<FillRow>({
  name: 'fills',
  meaning: 'Executions, once per execution id of the venue.',
  write: 'insert',
  unique: [['venue', 'symbol', 'exec_id']],
  fields: {
    fillId: int('number of the fill in the run, from 1'),
    timestamp: time('when the fill became known', INDEXED),
    orderId: orNull(int('order filled; NULL when it was not ours (liquidation)', { references: 'orders' })),
    tradeId: orNull(int('trade it belongs to', { references: 'trades' })),
    venue: text('venue id'),
    symbol: text('symbol at the venue', INDEXED),
    execId: text("the venue's execution id"),
    side: text('BUY or SELL'),
    price: real('price', QUOTE),
    quantity: real('quantity', BASE),
    liquidity: text('maker or taker'),
    isLiquidation: bool('forced by the venue'),
    priceTicks: int('price', TICKS),
    qtyLots: int('quantity', LOTS),
    feesAtoms: atoms('fee of this fill (negative: rebate)'),
    pnlAtoms: atoms('gross profit or loss realised by this fill'),
  },
});

/** Funding settlements of positions. */
export const FUNDING_PAYMENTS = defineTable<FundingPaymentRow>({
  name: 'funding_payments',
  meaning: 'Funding settled on open positions.',
  write: 'insert',
  fields: {
    paymentId: int('number of the payment in the run, from 1'),
    timestamp: time('settlement', INDEXED),
    tradeId: orNull(int('trade it belongs to', { references: 'trades' })),
    venue: text('venue id'),
    symbol: text('symbol at the venue', INDEXED),
    rate: real('funding rate of the interval', FRACTION),
    positionLots: int('signed position at the settlement', LOTS),
    markTicks: int('mark price at the settlement', TICKS),
    fundingAtoms: atoms('received (negative: paid)'),
  },
});

/** The account over time. */
export const PORTFOLIO_STATE = defineTable<PortfolioStateRow>({
  name: 'portfolio_state',
  meaning: 'The account at a moment: the equity curve.',
  write: 'insert',
  fields: {
    stateId: int('number of the state in the run, from 1'),
    timestamp: time('moment', INDEXED),
    cashBalance: real('cash', CURRENCY),
    totalValue: real('equity: cash and open profit or loss', CURRENCY),
    positions: json('open positions'),
    dailyPnl: real('change of equity since 00:00 UTC', CURRENCY),
    maxDrawdown: real('worst fall below the high-water mark so far', FRACTION),
    benchmark: orNull(real('equal-weighted buy and hold without costs, 1 = first price', FRACTION)),
    cashAtoms: atoms('cash'),
    equityAtoms: atoms('equity'),
    unrealisedAtoms: atoms('open profit or loss'),
    realisedAtoms: atoms('gross profit or loss realised so far'),
    feesAtoms: atoms('fees paid so far'),
    fundingAtoms: atoms('funding received so far (negative: paid)'),
  },
});
