/** The rules of trading as `exchangeInfo` tells them, made of the instruments that the simulator trades by. */
import { type EpochUs, US_PER_MS } from '#core';
import { FUNDING_RATE_DECIMALS, type Instrument, type InstrumentTable } from '#domain';
import { fixedText, quotientText } from './number-text.ts';
import type { RequestLimits } from './request-limits.ts';

/** How far from mark a limit may lie, ppm: a buy at most above, a sell at most below. */
export const PERCENT_PRICE_PPM = 150_000;
/** Open orders and open conditional orders of an account. */
export const ORDERS_OPEN_MAX = 200;
/** Highest price as a multiple of nothing: what an integer of ticks may be. */
export const PRICE_TICKS_MAX = 1_000_000_000_000;

const PPM = 1_000_000;

/** Returns a fraction in 10^-12 as the venue writes funding rates. */
export function rateText(rateE12: number): string {
  return quotientText(BigInt(rateE12), 10n ** BigInt(FUNDING_RATE_DECIMALS), 8);
}

/** Returns parts per million as a plain decimal. */
export function ppmText(ppm: number, decimals: number): string {
  return quotientText(BigInt(ppm), BigInt(PPM), decimals);
}

/** Returns the answer of `GET /fapi/v1/exchangeInfo`. */
export function exchangeInfo(
  instruments: InstrumentTable,
  limits: RequestLimits,
  nowUs: EpochUs,
  isEnded: boolean,
): unknown {
  const quotes = [...new Set(instruments.all.map(({ quoteAsset }) => quoteAsset))];
  const limit = (rateLimitType: string, interval: string, intervalNum: number, count: number): unknown => ({
    rateLimitType,
    interval,
    intervalNum,
    limit: count,
  });
  return {
    timezone: 'UTC',
    serverTime: Math.floor(nowUs / US_PER_MS),
    futuresType: 'U_MARGINED',
    simulated: true,
    rateLimits: [
      limit('REQUEST_WEIGHT', 'MINUTE', 1, limits.weightPerMinute),
      limit('ORDERS', 'MINUTE', 1, limits.ordersPerMinute),
      limit('ORDERS', 'SECOND', 10, limits.ordersPer10s),
    ],
    exchangeFilters: [],
    assets: quotes.map((asset) => ({ asset, marginAvailable: true, autoAssetExchange: '-10000' })),
    symbols: instruments.all.map((instrument) => symbolInfo(instrument, isEnded ? 'CLOSE' : 'TRADING')),
  };
}

function symbolInfo(instrument: Instrument, status: 'TRADING' | 'CLOSE'): unknown {
  const { baseAsset, leverageMax, maintenanceMarginPpm, priceDecimals, qtyDecimals, quoteAsset, symbol } =
    instrument;
  return {
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    deliveryDate: 4_133_404_800_000,
    onboardDate: 1_569_398_400_000,
    status,
    maintMarginPercent: quotientText(BigInt(maintenanceMarginPpm), 10_000n, 4),
    requiredMarginPercent: quotientText(100n, BigInt(leverageMax), 4),
    baseAsset,
    quoteAsset,
    marginAsset: quoteAsset,
    pricePrecision: priceDecimals,
    quantityPrecision: qtyDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [],
    settlePlan: 0,
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: ppmText(PERCENT_PRICE_PPM, 2),
    maxMoveOrderLimit: 10_000,
    filters: filtersOf(instrument),
    orderTypes: [
      'LIMIT',
      'MARKET',
      'STOP',
      'STOP_MARKET',
      'TAKE_PROFIT',
      'TAKE_PROFIT_MARKET',
      'TRAILING_STOP_MARKET',
    ],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  };
}

function filtersOf(instrument: Instrument): unknown {
  const {
    atomDecimals,
    lotStep,
    notionalAtomsMin,
    priceDecimals,
    qtyDecimals,
    qtyLotsMax,
    qtyLotsMin,
    tickStep,
  } = instrument;
  const price = (ticks: number): string => fixedText(ticks, priceDecimals);
  const qty = (lots: number): string => fixedText(lots, qtyDecimals);
  const lots = { minQty: qty(qtyLotsMin), maxQty: qty(qtyLotsMax), stepSize: qty(lotStep) };
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: price(tickStep),
      maxPrice: price(PRICE_TICKS_MAX),
      tickSize: price(tickStep),
    },
    { filterType: 'LOT_SIZE', ...lots },
    { filterType: 'MARKET_LOT_SIZE', ...lots },
    { filterType: 'MAX_NUM_ORDERS', limit: ORDERS_OPEN_MAX },
    { filterType: 'MIN_NOTIONAL', notional: notionalText(notionalAtomsMin, atomDecimals) },
    {
      filterType: 'PERCENT_PRICE',
      multiplierUp: ppmText(PPM + PERCENT_PRICE_PPM, 4),
      multiplierDown: ppmText(PPM - PERCENT_PRICE_PPM, 4),
      multiplierDecimal: '4',
    },
    { filterType: 'POSITION_RISK_CONTROL', positionControlSide: 'NONE', notionalLimit: 'NONE' },
  ];
}

/** Returns a smallest notional without needless decimals, as the venue does. */
export function notionalText(atoms: bigint, atomDecimals: number): string {
  return fixedText(atoms, atomDecimals).replace(/\.?0+$/, '');
}
