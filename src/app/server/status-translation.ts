/** The engine's figures of the moment as the dashboard reads them: atoms, ticks and lots become numbers for people. Pure. */
import { assert } from '#core';
import { type Instrument, moneyOf, priceOf, qtyOf } from '#domain';
import type { PositionView } from '#portfolio';
import type { RiskOptions, RiskSnapshot } from '#risk';
import type { TradeRow } from '#store';
import {
  type Account,
  type LimitUse,
  type Order,
  type Performance,
  type Position,
  type Price,
  type Risk,
  type Status,
  SYMBOLS_MAX,
  WORKERS_MAX,
} from '#wire';
import { textOfCode } from './code-texts.ts';
import type { RunFeed, StatusFeed } from './feed.ts';
import type { InstrumentNames } from './instrument-names.ts';
import { shortened } from './row-translation.ts';

/** What the status alone does not say. */
export interface StatusContext {
  readonly run: RunFeed;
  readonly names: InstrumentNames;
  /** Orders that may still fill. */
  readonly openOrders: readonly Order[];
  /** The open trade of an instrument by its name, if one is known. */
  readonly openTrades: ReadonlyMap<string, TradeRow>;
  readonly droppedMessages: number;
}

const BYTES_PER_MB = 1024 * 1024;

/** Returns the status for the dashboard. */
export function statusOf(feed: StatusFeed, context: StatusContext): Status {
  const { run, names } = context;
  return {
    tsUs: feed.tsUs,
    speed: feed.speed,
    prices: run.instruments
      .slice(0, SYMBOLS_MAX)
      .map((instrument): Price => priceEntry(feed, instrument, names)),
    account: accountOf(feed, run),
    positions: feed.account.positions.slice(0, SYMBOLS_MAX).map((position) => positionOf(position, context)),
    performance: performanceOf(feed),
    risk: riskOf(feed, context),
    system: {
      eventCount: feed.eventCount,
      eventsPerS: feed.eventsPerS,
      loopLagP99Ms: feed.loopLagP99Ms,
      rssMb: feed.rssBytes / BYTES_PER_MB,
      droppedMessages: context.droppedMessages,
      workers: feed.workers.slice(0, WORKERS_MAX),
    },
  };
}

/** Returns the decimals of the account's atom. */
export function atomDecimalsOf(run: RunFeed): number {
  const decimals = run.instruments[0]?.atomDecimals;
  assert(decimals !== undefined, 'a run has at least one instrument');
  return decimals;
}

/** Returns how much of each limit of risk is used, the account's own limits first. */
export function limitsOf(
  risk: RiskSnapshot,
  options: RiskOptions,
  account: { readonly largestPosition: number | null; readonly openOrderCount: number },
): LimitUse[] {
  const fraction = (key: string, label: string, used: number | null, limit: number): LimitUse => ({
    key,
    label,
    unit: 'fraction',
    used,
    limit,
  });
  const count = (key: string, label: string, used: number, limit: number): LimitUse => ({
    key,
    label,
    unit: 'count',
    used,
    limit,
  });
  return [
    fraction('exposure_max', 'Exposure of all positions', risk.exposureFraction, options.exposureMax),
    fraction(
      'position_fraction_max',
      'Largest position',
      account.largestPosition,
      options.positionFractionMax,
    ),
    fraction('daily_loss_max', 'Loss of the day', risk.dayLossFraction, options.dailyLossMax),
    fraction(
      'emergency_daily_loss',
      'Loss of the day, emergency stop',
      risk.dayLossFraction,
      options.emergencyDailyLoss,
    ),
    fraction('drawdown_max', 'Fall from the high-water mark', risk.drawdownFraction, options.drawdownMax),
    count(
      'consecutive_losses_max',
      'Losing trades in a row',
      risk.consecutiveLosses,
      options.consecutiveLossesMax,
    ),
    count('open_orders_max', 'Open orders', account.openOrderCount, options.openOrdersMax),
  ];
}

function priceEntry(
  { lastTicks, isWarm }: StatusFeed,
  instrument: Instrument,
  names: InstrumentNames,
): Price {
  const ticks = lastTicks[instrument.ix] ?? 0;
  return {
    symbol: names.of(instrument),
    price: ticks > 0 ? priceOf(instrument, ticks) : null,
    isWarm: isWarm[instrument.ix] === true,
  };
}

function accountOf({ account, risk }: StatusFeed, run: RunFeed): Account {
  const decimals = atomDecimalsOf(run);
  return {
    equity: moneyOf(decimals, account.equityAtoms),
    cash: moneyOf(decimals, account.cashAtoms),
    unrealised: moneyOf(decimals, account.unrealisedAtoms),
    feesPaid: moneyOf(decimals, account.feesAtoms),
    funding: moneyOf(decimals, account.fundingAtoms),
    dayPnl: moneyOf(decimals, account.dayPnlAtoms),
    maxDrawdown: account.maxDrawdown,
    exposure: risk.exposureFraction,
  };
}

function positionOf(view: PositionView, { run, names, openOrders, openTrades }: StatusContext): Position {
  const instrument = run.instruments[view.instrumentIx];
  assert(instrument !== undefined, `a position has an instrument, was ${view.instrumentIx}`);
  const symbol = names.of(instrument);
  const decimals = instrument.atomDecimals;
  const trade = openTrades.get(symbol);
  const unrealised = moneyOf(decimals, view.unrealisedAtoms);
  const markPrice = priceOf(instrument, view.markTicks);
  return {
    symbol,
    side: view.qtyLots > 0 ? 'LONG' : 'SHORT',
    quantity: qtyOf(instrument, Math.abs(view.qtyLots)),
    entryPrice: view.entryTicks === null ? null : priceOf(instrument, view.entryTicks),
    markPrice,
    notional: moneyOf(decimals, view.notionalAtoms),
    unrealised,
    netPnl: trade === undefined ? null : unrealised + moneyOf(decimals, trade.pnlAtoms),
    stopPrice: nearestPrice(openOrders, symbol, 'SL', markPrice),
    targetPrice: nearestPrice(openOrders, symbol, 'TP', markPrice),
  };
}

function nearestPrice(
  orders: readonly Order[],
  symbol: string,
  label: Order['label'],
  markPrice: number,
): number | null {
  const prices = orders
    .filter((order) => order.symbol === symbol && order.label === label)
    .flatMap((order) => (order.price === null ? [] : [order.price]))
    .sort((a, b) => Math.abs(a - markPrice) - Math.abs(b - markPrice));
  return prices[0] ?? null;
}

function performanceOf({ performance }: StatusFeed): Performance {
  return {
    closedTrades: performance.tradeCount,
    dayCount: performance.dayCount,
    totalReturn: performance.totalReturn,
    winRate: performance.winRate,
    profitFactor: performance.profitFactor,
    expectancy: performance.expectancy,
    sharpe: performance.sharpe,
    sortino: performance.sortino,
  };
}

function riskOf({ account, risk, riskOptions }: StatusFeed, { openOrders }: StatusContext): Risk {
  const equity = Number(account.equityAtoms);
  const largest = Math.max(0, ...account.positions.map((position) => Number(position.notionalAtoms)));
  return {
    breaker: risk.breaker,
    breakerCause: shortened(risk.breakerCause),
    coolDownEndTsUs: risk.coolDownEndUs,
    consecutiveLosses: risk.consecutiveLosses,
    halt:
      risk.halt === null
        ? null
        : { code: risk.halt.code, message: shortened(risk.halt.message), sinceTsUs: risk.halt.sinceUs },
    isReduceOnly: risk.isReduceOnlyMode,
    approvedCount: risk.approvedCount,
    refusedCount: risk.refusedCount,
    refusals: Object.entries(risk.refusals)
      .map(([code, count]) => ({ code, text: textOfCode(code), count }))
      .sort((a, b) => b.count - a.count),
    limits: limitsOf(risk, riskOptions, {
      largestPosition: equity > 0 ? largest / equity : null,
      openOrderCount: openOrders.length,
    }),
  };
}
