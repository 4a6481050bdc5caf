/** The forms of replies and stream events hold every field that the samples of the official connector hold. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { US_PER_MINUTE } from '#core';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { ExchangeClient } from './test/exchange-client.ts';

type Fields = Record<string, unknown>;
type Params = Readonly<Record<string, string | number | boolean>>;

/** Fields of samples that only trailing stops have, and the number that a client may give an amendment. */
const OF_SOME = ['activatePrice', 'priceRate', 'modifyId'];

function sample(folder: string, name: string): unknown {
  const path = sharedPath('fixtures', 'binance-usdm', 'official-js-v37', folder, `${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as unknown;
}

function first(body: unknown): Fields {
  const found: unknown = Array.isArray(body) ? (body as unknown[])[0] : body;
  assert.ok(typeof found === 'object' && found !== null, `an object, was ${JSON.stringify(body)}`);
  return { ...found };
}

function assertHolds(ours: unknown, theirs: unknown, name: string): void {
  const missing = Object.keys(first(theirs)).filter((key) => !(key in first(ours)) && !OF_SOME.includes(key));
  assert.deepEqual(missing, [], name);
}

const symbol = 'BTCUSDT';

test('replies hold the fields of the official samples', { skip: skipWithoutShared }, () => {
  const client = new ExchangeClient();
  client.pass(US_PER_MINUTE);
  const ask = (name: string, method: string, path: string, params: Params = {}): Fields => {
    const { body, status, text } = client.signed(method, `/fapi/${path}`, params);
    assert.equal(status, 200, text);
    assertHolds(body, sample('rest-api', name), name);
    return first(body);
  };
  const market = (name: string, path: string, params: Params = { symbol }): void =>
    assertHolds(
      client.open('GET', `/fapi/${path}`, params).body,
      sample('rest-api', `MarketDataApi_${name}`),
      name,
    );
  market('checkServerTime', 'v1/time', {});
  market('exchangeInformation', 'v1/exchangeInfo', {});
  const info = client.open('GET', '/fapi/v1/exchangeInfo').body as { symbols: unknown };
  assertHolds(
    info.symbols,
    (sample('rest-api', 'MarketDataApi_exchangeInformation') as typeof info).symbols,
    'symbols',
  );
  market('orderBook', 'v1/depth');
  market('oldTradesLookup', 'v1/historicalTrades');
  market('compressedAggregateTradesList', 'v1/aggTrades');
  market('markPrice', 'v1/premiumIndex');
  market('symbolPriceTicker', 'v2/ticker/price');
  market('symbolOrderBookTicker', 'v1/ticker/bookTicker');

  ask('AccountApi_futuresAccountBalanceV3', 'GET', 'v3/balance');
  ask('TradeApi_changeInitialLeverage', 'POST', 'v1/leverage', { symbol, leverage: 7 });
  ask('AccountApi_getCurrentPositionMode', 'GET', 'v1/positionSide/dual');
  ask('AccountApi_symbolConfiguration', 'GET', 'v1/symbolConfig', { symbol });
  ask('AccountApi_userCommissionRate', 'GET', 'v1/commissionRate', { symbol });
  ask('AccountApi_notionalAndLeverageBrackets', 'GET', 'v1/leverageBracket', { symbol });
  ask('TradeApi_newOrder', 'POST', 'v1/order', { symbol, side: 'BUY', type: 'MARKET', quantity: '0.1' });
  const price = '58000.0';
  const limit = { symbol, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.1', price };
  const { orderId } = ask('TradeApi_newOrder', 'POST', 'v1/order', limit);
  const one = { symbol, orderId: Number(orderId) };
  ask('TradeApi_modifyOrder', 'PUT', 'v1/order', { ...one, side: 'BUY', quantity: '0.2', price });
  ask('TradeApi_queryOrder', 'GET', 'v1/order', one);
  ask('TradeApi_currentAllOpenOrders', 'GET', 'v1/openOrders', { symbol });
  ask('TradeApi_cancelOrder', 'DELETE', 'v1/order', one);
  ask('TradeApi_allOrders', 'GET', 'v1/allOrders', { symbol });
  ask('TradeApi_cancelAllOpenOrders', 'DELETE', 'v1/allOpenOrders', { symbol });
  ask('TradeApi_accountTradeList', 'GET', 'v1/userTrades', { symbol });
  ask('AccountApi_getIncomeHistory', 'GET', 'v1/income');
  ask('TradeApi_positionInformationV2', 'GET', 'v2/positionRisk', { symbol });
  ask('TradeApi_positionInformationV3', 'GET', 'v3/positionRisk');
  const account = ask('AccountApi_accountInformationV3', 'GET', 'v3/account');
  const theirs = sample('rest-api', 'AccountApi_accountInformationV3') as Fields;
  for (const part of ['assets', 'positions']) assertHolds(account[part], theirs[part], part);
  const stop = {
    algoType: 'CONDITIONAL',
    symbol,
    side: 'SELL',
    type: 'STOP_MARKET',
    triggerPrice: '50000',
    quantity: '0.1',
  };
  ask('TradeApi_currentAllAlgoOpenOrders', 'POST', 'v1/algoOrder', stop);
  ask('TradeApi_currentAllAlgoOpenOrders', 'GET', 'v1/openAlgoOrders');
  ask('TradeApi_cancelAllAlgoOpenOrders', 'DELETE', 'v1/algoOpenOrders', { symbol });
});

test('stream events hold the fields of the official samples', { skip: skipWithoutShared }, () => {
  const client = new ExchangeClient();
  const samples: Readonly<Record<string, string>> = {
    'btcusdt@aggTrade': 'MarketApi_aggregateTradeStreams',
    'btcusdt@kline_1m': 'MarketApi_klineCandlestickStreams',
    'btcusdt@markPrice': 'MarketApi_markPriceStream',
    'btcusdt@ticker': 'MarketApi_individualSymbolTickerStreams',
    'btcusdt@miniTicker': 'MarketApi_individualSymbolMiniTickerStream',
    'btcusdt@bookTicker': 'PublicApi_individualSymbolBookTickerStreams',
    'btcusdt@depth5': 'PublicApi_partialBookDepthStreams',
    'btcusdt@depth': 'PublicApi_partialBookDepthStreams',
    '!bookTicker': 'PublicApi_allBookTickersStream',
    '!miniTicker@arr': 'MarketApi_allMarketMiniTickersStream',
    '!ticker@arr': 'MarketApi_allMarketTickersStreams',
  };
  const { ear } = client.listen('/stream', `streams=${Object.keys(samples).join('/')}`);
  client.pass(US_PER_MINUTE);
  for (const [stream, name] of Object.entries(samples)) {
    const told = ear.heard.find((message) => message.stream === stream)?.data;
    assert.ok(told !== undefined, `${stream} tells something`);
    const theirs = sample('websocket-streams', name);
    assertHolds(told, theirs, stream);
    if (stream.includes('kline')) assertHolds(first(told).k, first(theirs).k, stream);
  }
});
