/** The endpoints of market data: `GET /fapi/v1/...`, for everybody. */
import type { EpochUs } from '#core';
import type { InstrumentTable, TradeEvent } from '#domain';
import type { ApiParams } from './api-params.ts';
import { refuse } from './api-refusal.ts';
import { exchangeInfo, rateText } from './exchange-info.ts';
import type { ApiCall, ApiEndpoint } from './front-desk.ts';
import { KLINE_INTERVALS } from './kline-store.ts';
import type { MarketBoard, SymbolBoard } from './market-board.ts';
import {
  daySums,
  klineRow,
  levelsOf,
  markText,
  msOf,
  priceText,
  qtyText,
  quoteText,
} from './market-forms.ts';
import type { RequestLimits } from './request-limits.ts';

/** What market data is read from. */
export interface MarketEndpointParts {
  readonly instruments: InstrumentTable;
  readonly board: MarketBoard;
  readonly limits: RequestLimits;
  /** Lots that all accounts hold of an instrument, each contract once. */
  readonly openLots: (instrumentIx: number) => number;
}

type Weight = ApiEndpoint['weight'];
type Answer = ApiEndpoint['answer'];

const DEPTH_WEIGHTS: Readonly<Record<number, number>> = {
  5: 2,
  10: 2,
  20: 2,
  50: 2,
  100: 5,
  500: 10,
  1000: 20,
};
const MARKET_SUMS = [
  'openInterestHist',
  'topLongShortAccountRatio',
  'topLongShortPositionRatio',
  'globalLongShortAccountRatio',
  'takerlongshortRatio',
  'basis',
];
const DEPTH_LIMIT_DEFAULT = 500;
const KLINES_MAX = 1_500;
const ROWS_MAX = 1_000;
const ROWS_DEFAULT = 500;
const FUNDINGS_DEFAULT = 100;

/** Returns the endpoints of market data. */
export function marketEndpoints(parts: MarketEndpointParts): readonly ApiEndpoint[] {
  const { board, instruments, limits } = parts;
  const get = (path: string, weight: number | Weight, answer: Answer): ApiEndpoint => ({
    at: `GET ${path}`,
    security: 'none',
    weight: typeof weight === 'number' ? () => weight : weight,
    orders: null,
    answer,
  });
  /** One symbol, or all of them when none is named. */
  const some = (form: (symbol: SymbolBoard, nowUs: EpochUs) => unknown): Answer => {
    return ({ nowUs, params }) => {
      const name = params.text('symbol');
      if (name === null) return board.all.map((symbol) => form(symbol, nowUs));
      const symbol = board.find(name);
      return symbol === undefined ? refuse('-1121') : form(symbol, nowUs);
    };
  };
  const one = (form: (symbol: SymbolBoard, call: ApiCall) => unknown): Answer => {
    return (call) => withSymbol(board, call, form);
  };
  return [
    get('/fapi/v1/ping', 1, () => ({})),
    get('/fapi/v1/time', 1, ({ clockUs }) => ({ serverTime: msOf(clockUs) })),
    get('/fapi/v1/exchangeInfo', 1, ({ nowUs }) => exchangeInfo(instruments, limits, nowUs, board.isEnded)),
    get('/fapi/v1/depth', depthWeight, one(depthAnswer)),
    get('/fapi/v1/trades', 5, one(tradesAnswer)),
    get('/fapi/v1/historicalTrades', 20, one(tradesAnswer)),
    get('/fapi/v1/aggTrades', 20, one(aggTradesAnswer)),
    get('/fapi/v1/klines', klineWeight, one(klinesAnswer)),
    get('/fapi/v1/continuousKlines', klineWeight, (call) => withSymbol(board, call, klinesAnswer, 'pair')),
    get('/fapi/v1/ticker/price', perSymbol(1, 2), some(priceTicker)),
    get('/fapi/v2/ticker/price', perSymbol(1, 2), some(priceTicker)),
    get('/fapi/v1/ticker/bookTicker', perSymbol(2, 5), some(bookTicker)),
    get('/fapi/v1/ticker/24hr', perSymbol(1, 40), some(dayTicker)),
    get(
      '/fapi/v1/premiumIndex',
      perSymbol(1, 10),
      some((symbol, nowUs) => premiumIndex(board, symbol, nowUs)),
    ),
    get('/fapi/v1/fundingRate', 1, (call) => fundingRates(board, call)),
    get('/fapi/v1/fundingInfo', 1, () => []),
    // Sums over a whole market, which this exchange has not.
    ...MARKET_SUMS.map((path) => get(`/futures/data/${path}`, 1, () => refuse('-1020'))),
    get(
      '/fapi/v1/openInterest',
      1,
      one(({ instrument }, { nowUs }) => ({
        openInterest: qtyText(instrument, parts.openLots(instrument.ix)),
        symbol: instrument.symbol,
        time: msOf(nowUs),
      })),
    ),
  ];
}

function perSymbol(one: number, all: number): Weight {
  return (params) => (params.has('symbol') ? one : all);
}

function depthWeight(params: ApiParams): number {
  return DEPTH_WEIGHTS[Number(params.text('limit') ?? DEPTH_LIMIT_DEFAULT)] ?? 1;
}

function klineWeight(params: ApiParams): number {
  const limit = Number(params.text('limit') ?? ROWS_DEFAULT);
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1_000 ? 5 : 10;
}

function withSymbol(
  board: MarketBoard,
  call: ApiCall,
  form: (symbol: SymbolBoard, call: ApiCall) => unknown,
  name = 'symbol',
): unknown {
  const text = call.params.need(name);
  if (call.params.fault !== null) return call.params.fault;
  const symbol = board.find(text);
  if (symbol === undefined) return refuse('-1121');
  const answer = form(symbol, call);
  return call.params.fault ?? answer;
}

function depthAnswer(symbol: SymbolBoard, { nowUs, params }: ApiCall): unknown {
  const limit = params.integer('limit') ?? DEPTH_LIMIT_DEFAULT;
  if (DEPTH_WEIGHTS[limit] === undefined) return refuse('-4021', limit);
  return {
    lastUpdateId: symbol.updateId,
    E: msOf(nowUs),
    T: msOf(symbol.bookUs),
    bids: levelsOf(symbol, 'buy', limit),
    asks: levelsOf(symbol, 'sell', limit),
  };
}

function tradesAnswer({ instrument, trades }: SymbolBoard, { params }: ApiCall): unknown {
  const limit = params.integer('limit', 1, ROWS_MAX) ?? ROWS_DEFAULT;
  const fromId = params.integer('fromId');
  const from = fromId === null ? [] : trades.filter(({ tradeId }) => tradeId >= fromId);
  const rows = fromId === null ? trades.slice(-limit) : from.slice(0, limit);
  return rows.map((trade) => ({
    id: trade.tradeId,
    price: priceText(instrument, trade.priceTicks),
    qty: qtyText(instrument, trade.qtyLots),
    quoteQty: quoteText(instrument, trade.priceTicks * trade.qtyLots),
    time: msOf(trade.tsVenueUs),
    isBuyerMaker: trade.takerSide === 'sell',
    isRPITrade: false,
  }));
}

function aggTradesAnswer(symbol: SymbolBoard, { params }: ApiCall): unknown {
  const { instrument, trades } = symbol;
  const limit = params.integer('limit', 1, ROWS_MAX) ?? ROWS_DEFAULT;
  const fromId = params.integer('fromId');
  const range = timeRange(params);
  if (params.fault !== null) return null;
  if (fromId !== null && range !== null) return refuse('-1128');
  const isIn = ({ tradeId, tsVenueUs }: TradeEvent): boolean =>
    fromId === null
      ? range === null || (msOf(tsVenueUs) >= range.fromMs && msOf(tsVenueUs) <= range.toMs)
      : tradeId >= fromId;
  const isLatest = fromId === null && range?.isFromGiven !== true;
  const found = trades.filter(isIn);
  const rows = isLatest ? found.slice(-limit) : found.slice(0, limit);
  return rows.map((trade) => ({
    a: trade.tradeId,
    p: priceText(instrument, trade.priceTicks),
    q: qtyText(instrument, trade.qtyLots),
    nq: qtyText(instrument, trade.qtyLots),
    f: trade.tradeId,
    l: trade.tradeId,
    T: msOf(trade.tsVenueUs),
    m: trade.takerSide === 'sell',
  }));
}

function klinesAnswer({ instrument, klines }: SymbolBoard, { params }: ApiCall): unknown {
  const interval = params.need('interval');
  const limit = params.integer('limit', 1, KLINES_MAX) ?? ROWS_DEFAULT;
  const range = timeRange(params);
  if (params.fault !== null) return null;
  if (!KLINE_INTERVALS.includes(interval)) return refuse('-1120');
  const [fromUs, toUs] =
    range === null ? [0, Number.MAX_SAFE_INTEGER] : [range.fromMs * 1_000, range.toMs * 1_000];
  const bars = klines.bars(interval, fromUs, toUs);
  const rows = range?.isFromGiven === true ? bars.slice(0, limit) : bars.slice(-limit);
  return rows.map((bar) => klineRow(instrument, interval, bar));
}

/** A range of time that was asked for, in milliseconds, both ends in. */
interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isFromGiven: boolean;
}

/** Returns the range of `startTime` and `endTime`; `null` when neither was sent. */
export function timeRange(params: ApiParams): TimeRange | null {
  const fromMs = params.integer('startTime');
  const toMs = params.integer('endTime');
  if (fromMs === null && toMs === null) return null;
  if (fromMs !== null && toMs !== null && fromMs > toMs) params.refuse(refuse('-1023'));
  // In microseconds still a safe integer.
  return { fromMs: fromMs ?? 0, toMs: Math.min(toMs ?? 9e12, 9e12), isFromGiven: fromMs !== null };
}

function priceTicker({ instrument, lastTicks }: SymbolBoard, nowUs: EpochUs): unknown {
  return { symbol: instrument.symbol, price: priceText(instrument, lastTicks), time: msOf(nowUs) };
}

function bookTicker(symbol: SymbolBoard): unknown {
  const { instrument } = symbol;
  const [bid, ask] = [levelsOf(symbol, 'buy', 1)[0], levelsOf(symbol, 'sell', 1)[0]];
  return {
    symbol: instrument.symbol,
    bidPrice: bid?.[0] ?? '0',
    bidQty: bid?.[1] ?? '0',
    askPrice: ask?.[0] ?? '0',
    askQty: ask?.[1] ?? '0',
    time: msOf(symbol.bookUs),
    lastUpdateId: symbol.updateId,
  };
}

function dayTicker(symbol: SymbolBoard, nowUs: EpochUs): unknown {
  const day = daySums(symbol, nowUs);
  if (day === null) return { symbol: symbol.instrument.symbol };
  return {
    symbol: symbol.instrument.symbol,
    priceChange: day.change,
    priceChangePercent: day.changePercent,
    weightedAvgPrice: day.weightedAverage,
    lastPrice: day.last,
    lastQty: day.lastQty,
    openPrice: day.open,
    highPrice: day.high,
    lowPrice: day.low,
    volume: day.volume,
    quoteVolume: day.quoteVolume,
    openTime: day.openMs,
    closeTime: day.closeMs,
    firstId: day.firstId,
    lastId: day.lastId,
    count: day.count,
  };
}

function premiumIndex(board: MarketBoard, { instrument, markTicks }: SymbolBoard, nowUs: EpochUs): unknown {
  const mark = markText(instrument, markTicks);
  return {
    symbol: instrument.symbol,
    markPrice: mark,
    indexPrice: mark,
    estimatedSettlePrice: mark,
    lastFundingRate: rateText(board.fundingE12(instrument.ix)),
    interestRate: '0.00010000',
    nextFundingTime: msOf(board.nextFundingUs(nowUs)),
    time: msOf(nowUs),
  };
}

function fundingRates(board: MarketBoard, { params }: ApiCall): unknown {
  const name = params.text('symbol');
  const limit = params.integer('limit', 1, ROWS_MAX) ?? FUNDINGS_DEFAULT;
  const range = timeRange(params);
  if (params.fault !== null) return params.fault;
  if (name !== null && board.find(name) === undefined) return refuse('-1121');
  const rows = board.all
    .filter(({ instrument }) => name === null || instrument.symbol === name)
    .flatMap(({ fundings, instrument }) => fundings.map((funding) => ({ instrument, ...funding })))
    .filter(({ tsUs }) => range === null || (msOf(tsUs) >= range.fromMs && msOf(tsUs) <= range.toMs))
    .sort((a, b) => a.tsUs - b.tsUs);
  const chosen = range?.isFromGiven === true ? rows.slice(0, limit) : rows.slice(-limit);
  return chosen.map(({ instrument, markTicks, rateE12, tsUs }) => ({
    symbol: instrument.symbol,
    fundingRate: rateText(rateE12),
    fundingTime: msOf(tsUs),
    markPrice: Number.isNaN(markTicks) ? '' : markText(instrument, markTicks),
    rateType: 'Regular',
  }));
}
