/** The public requests of every venue as far as history goes, answered from one invented market: the same bars everywhere, and in archives too. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  formatIso,
  parseDurationUs,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
} from '#core';
import { type TrueCandle, trueCandle, trueInterest, trueRate } from './true-history.ts';

interface Span {
  readonly fromUs: number;
  /** Exclusive. */
  readonly toUs: number;
}

/** Answers; what is asked for is noted. */
export class HistoryVenue {
  /** The venue's clock. */
  nowUs: number;
  /** Nothing has happened before. */
  sinceUs = 0;
  readonly asked: URL[] = [];
  /** Replaces the answer to requests whose path matches, while it is set. */
  override: { readonly path: RegExp; readonly status: number; readonly body: string } | null = null;

  constructor(nowUs: number) {
    this.nowUs = nowUs;
  }

  /** Answers a request; false when it is none of a venue. */
  readonly answer = (request: IncomingMessage, response: ServerResponse): boolean => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    // What looks like an archive and is none is not for a venue to answer.
    if (url.pathname.startsWith('/data/')) return false;
    this.asked.push(url);
    if (this.override?.path.test(url.pathname) === true) {
      response.writeHead(this.override.status).end(this.override.body);
      return true;
    }
    const body =
      this.#binance(url) ??
      this.#coinbase(url) ??
      this.#krakenSpot(url) ??
      this.#krakenFutures(url) ??
      this.#kucoin(url);
    if (body === undefined) return false;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    return true;
  };

  /** Requests whose path matches. */
  askedFor(path: RegExp): readonly URL[] {
    return this.asked.filter((url) => path.test(url.pathname));
  }

  #binance({ pathname, searchParams }: URL): unknown {
    const api = /^\/(fapi\/v1|api\/v3)\/(\w+)$/.exec(pathname)?.[2];
    const number = (name: string): number => Number(searchParams.get(name));
    const span = { fromUs: number('startTime') * US_PER_MS, toUs: (number('endTime') + 1) * US_PER_MS };
    const limit = number('limit');
    if (api === 'time') return { serverTime: this.nowUs / US_PER_MS };
    if (api === 'exchangeInfo') return { symbols: ['BTCUSDT', 'ETHUSDT'].map(binanceSymbol) };
    if (api === 'klines') {
      const timeframeUs = parseDurationUs(searchParams.get('interval') ?? '') ?? US_PER_MINUTE;
      return this.#candles(span, timeframeUs)
        .slice(0, limit)
        .map(({ close, high, low, open, openUs, volume }) => [
          ...[openUs / US_PER_MS, open, high, low, close, volume],
          ...[(openUs + timeframeUs) / US_PER_MS - 1, '1', 1, '1', '1', '0'],
        ]);
    }
    if (api === 'fundingRate')
      return this.#moments(span, US_PER_DAY / 3)
        .slice(0, limit)
        .map((us) => ({
          symbol: 'BTCUSDT',
          fundingTime: us / US_PER_MS,
          fundingRate: trueRate(us),
          markPrice: '1',
        }));
    if (pathname !== '/futures/data/openInterestHist') return undefined;
    return this.#moments(span, 5 * US_PER_MINUTE)
      .slice(0, limit)
      .map((us) => ({ symbol: 'BTCUSDT', sumOpenInterest: trueInterest(us), timestamp: us / US_PER_MS }));
  }

  #coinbase({ pathname, searchParams }: URL): unknown {
    if (pathname.endsWith('/brokerage/time')) return { epochMillis: String(this.nowUs / US_PER_MS) };
    if (pathname.endsWith('/brokerage/market/products'))
      return {
        products: [
          {
            product_id: 'BTC-USD',
            product_type: 'SPOT',
            base_increment: '0.001',
            quote_increment: '0.1',
            price_increment: '0.1',
            base_currency_id: 'BTC',
            quote_currency_id: 'USD',
          },
        ],
      };
    if (!/\/products\/BTC-USD\/candles$/.test(pathname)) return undefined;
    const second = (name: string): number => Number(searchParams.get(name)) * US_PER_SECOND;
    const lengths: Readonly<Record<string, number>> = { ONE_MINUTE: 1, FIVE_MINUTE: 5, ONE_HOUR: 60 };
    const timeframeUs = (lengths[searchParams.get('granularity') ?? ''] ?? 1) * US_PER_MINUTE;
    // The newest first, the unfinished one among them.
    const candles = this.#candles({ fromUs: second('start'), toUs: second('end') + 1 }, timeframeUs)
      .reverse()
      .map(({ openUs, ...values }) => ({ start: String(openUs / US_PER_SECOND), ...values }));
    return { candles };
  }

  #krakenSpot({ pathname, searchParams }: URL): unknown {
    if (pathname === '/0/public/Time')
      return { error: [], result: { unixtime: Math.floor(this.nowUs / US_PER_SECOND) } };
    if (pathname === '/0/public/AssetPairs')
      return {
        error: [],
        result: {
          XXBTZUSD: {
            altname: 'XBTUSD',
            wsname: 'XBT/USD',
            pair_decimals: 1,
            lot_decimals: 3,
            status: 'online',
          },
        },
      };
    if (pathname !== '/0/public/OHLC') return undefined;
    const timeframeUs = Number(searchParams.get('interval')) * US_PER_MINUTE;
    const lastUs = Math.floor(this.nowUs / timeframeUs) * timeframeUs;
    const sinceUs = Number(searchParams.get('since')) * US_PER_SECOND;
    // Always the last 720, whatever is asked for; the last one is not finished.
    const rows = this.#candles({ fromUs: lastUs - 719 * timeframeUs, toUs: this.nowUs }, timeframeUs)
      .filter(({ openUs }) => openUs > sinceUs)
      .map(({ close, high, low, open, openUs, volume }) => [
        openUs / US_PER_SECOND,
        open,
        high,
        low,
        close,
        close,
        volume,
        3,
      ]);
    return { error: [], result: { XXBTZUSD: rows, last: (lastUs - timeframeUs) / US_PER_SECOND } };
  }

  #krakenFutures({ pathname, searchParams }: URL): unknown {
    const second = (name: string): number => Number(searchParams.get(name)) * US_PER_SECOND;
    const iso = formatIso(this.nowUs);
    if (pathname === '/derivatives/api/v3/instruments/status') return { result: 'success', serverTime: iso };
    if (pathname === '/derivatives/api/v3/instruments')
      return { result: 'success', serverTime: iso, instruments: [krakenContract()] };
    if (pathname === '/derivatives/api/v3/historical-funding-rates') {
      const rates = this.#moments({ fromUs: this.nowUs - 40 * US_PER_DAY, toUs: this.nowUs }, US_PER_HOUR);
      return {
        result: 'success',
        rates: rates.map((us) => ({
          timestamp: formatIso(us),
          fundingRate: 1,
          relativeFundingRate: Number(trueRate(us)),
        })),
      };
    }
    if (pathname === '/api/charts/v1/analytics/PF_XBTUSD/open-interest') {
      const span = { fromUs: second('since'), toUs: second('to') };
      const moments = this.#moments(span, 5 * US_PER_MINUTE).slice(0, 1_000);
      const data = moments.map((us) => [trueInterest(us), '0', '0', '0']);
      return { result: { timestamp: moments.map((us) => us / US_PER_SECOND), data }, errors: [] };
    }
    const interval = /^\/api\/charts\/v1\/trade\/PF_XBTUSD\/(\w+)$/.exec(pathname)?.[1];
    if (interval === undefined) return undefined;
    const timeframeUs = parseDurationUs(interval) ?? US_PER_MINUTE;
    const candles = this.#candles({ fromUs: second('from'), toUs: second('to') }, timeframeUs).slice(
      0,
      2_000,
    );
    return {
      candles: candles.map(({ openUs, ...values }) => ({ time: openUs / US_PER_MS, ...values })),
      more_candles: false,
    };
  }

  #kucoin({ pathname, searchParams }: URL): unknown {
    const good = (data: unknown): unknown => ({ code: '200000', data });
    const number = (name: string): number => Number(searchParams.get(name));
    if (pathname === '/api/v1/timestamp') return good(this.nowUs / US_PER_MS);
    if (pathname === '/api/v2/symbols') return good([kucoinSymbol()]);
    if (pathname === '/api/v1/contracts/active') return good([kucoinContract()]);
    if (pathname === '/api/v1/market/candles') {
      const span = { fromUs: number('startAt') * US_PER_SECOND, toUs: number('endAt') * US_PER_SECOND + 1 };
      const minutes = /^(\d+)(min|hour)$/.exec(searchParams.get('type') ?? '');
      const timeframeUs = Number(minutes?.[1]) * (minutes?.[2] === 'hour' ? US_PER_HOUR : US_PER_MINUTE);
      return good(
        this.#candles(span, timeframeUs)
          .reverse()
          .map(({ close, high, low, open, openUs, volume }) => [
            String(openUs / US_PER_SECOND),
            open,
            close,
            high,
            low,
            volume,
            '1',
          ]),
      );
    }
    const span = { fromUs: number('from') * US_PER_MS, toUs: number('to') * US_PER_MS + 1 };
    if (pathname === '/api/v1/kline/query')
      return good(
        this.#candles(span, number('granularity') * US_PER_MINUTE)
          .slice(0, 200)
          .map(({ close, high, low, open, openUs }) => [
            openUs / US_PER_MS,
            ...[open, high, low, close].map(Number),
            12,
            3,
          ]),
      );
    if (pathname !== '/api/v1/contract/funding-rates') return undefined;
    const rates = this.#moments(span, US_PER_DAY / 3).slice(-100);
    return good(
      rates
        .reverse()
        .map((us) => ({ symbol: 'XBTUSDTM', timepoint: us / US_PER_MS, fundingRate: Number(trueRate(us)) })),
    );
  }

  /** Bars that open in a span and have begun. */
  #candles(span: Span, timeframeUs: number): ({ openUs: number } & TrueCandle)[] {
    return this.#moments(span, timeframeUs).map((openUs) => ({ openUs, ...trueCandle(openUs) }));
  }

  #moments({ fromUs, toUs }: Span, stepUs: number): number[] {
    const moments: number[] = [];
    const firstUs = Math.max(fromUs, this.sinceUs);
    const endUs = Math.min(toUs, this.nowUs + 1);
    for (let us = Math.ceil(firstUs / stepUs) * stepUs; us < endUs; us += stepUs) moments.push(us);
    return moments;
  }
}

function binanceSymbol(symbol: string): unknown {
  return {
    symbol,
    pair: symbol,
    status: 'TRADING',
    contractType: 'PERPETUAL',
    marginAsset: 'USDT',
    baseAsset: symbol.replace(/USDT$/, ''),
    quoteAsset: 'USDT',
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.1', maxPrice: '10000000', tickSize: '0.1' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000000', stepSize: '0.001' },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.001', maxQty: '100000', stepSize: '0.001' },
      { filterType: 'MIN_NOTIONAL', notional: '5' },
      { filterType: 'NOTIONAL', minNotional: '5' },
    ],
  };
}

function krakenContract(): unknown {
  const levels = [{ contracts: 0, initialMargin: 0.02, maintenanceMargin: 0.01 }];
  return {
    symbol: 'PF_XBTUSD',
    type: 'flexible_futures',
    base: 'XBT',
    quote: 'USD',
    pair: 'XBT:USD',
    tickSize: 0.1,
    contractSize: 1,
    contractValueTradePrecision: 4,
    tradeable: true,
    maxPositionSize: 1_000_000,
    marginLevels: levels,
    retailMarginLevels: levels,
  };
}

function kucoinSymbol(): unknown {
  return {
    symbol: 'BTC-USDT',
    baseCurrency: 'BTC',
    quoteCurrency: 'USDT',
    baseMinSize: '0.001',
    quoteMinSize: '0.1',
    baseMaxSize: '10000',
    baseIncrement: '0.001',
    quoteIncrement: '0.1',
    priceIncrement: '0.1',
    minFunds: '0.1',
    enableTrading: true,
  };
}

function kucoinContract(): unknown {
  return {
    symbol: 'XBTUSDTM',
    baseCurrency: 'XBT',
    quoteCurrency: 'USDT',
    settleCurrency: 'USDT',
    type: 'FFWCSX',
    tickSize: 0.1,
    lotSize: 1,
    multiplier: 0.001,
    maxOrderQty: 1_000_000,
    maxLeverage: 125,
    maintainMargin: 0.004,
    status: 'Open',
  };
}
