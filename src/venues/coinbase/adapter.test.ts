/** The conversation, the plan of sockets and the requests of Coinbase. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal, XylenError } from '#core';
import type { StreamKind } from '#domain';
import type { HttpAnswer } from '#net';
import { DecodedCollector } from '../../../test/support/decoded-collector.ts';
import { feedInstrumentOf, type RestCall, type Subscription } from '../market/index.ts';
import { COINBASE } from './adapter.ts';
import { CoinbaseDialogue } from './dialogue.ts';

const REST = COINBASE.rest(COINBASE.hosts);

function subscription(symbol: string, stream: StreamKind, timeframeUs: number | null = null): Subscription {
  const instrument = {
    ix: 0,
    venue: 'coinbase' as const,
    symbol,
    wireSymbol: symbol,
    priceDecimals: 2,
    qtyDecimals: 4,
  };
  return { instrument, stream, timeframeUs };
}

const BOOK = subscription('A-USD', 'book');
const OTHER_BOOK = subscription('A-USDT', 'book');
const TRADES = subscription('A-USD', 'trades');

function subscribed(channel: string, symbol: string) {
  return { kind: 'subscribed', channel, symbol } as const;
}

function refused(message: string) {
  return { kind: 'refused', id: null, channel: null, symbol: null, message } as const;
}

test('heartbeats first, then one message a channel', () => {
  const dialogue = new CoinbaseDialogue([BOOK, TRADES, OTHER_BOOK]);
  assert.deepEqual(
    dialogue.onOpen().send.map((text) => JSON.parse(text)),
    [
      { type: 'subscribe', channel: 'heartbeats' },
      { type: 'subscribe', product_ids: ['A-USD', 'A-USDT'], channel: 'level2' },
      { type: 'subscribe', product_ids: ['A-USD'], channel: 'market_trades' },
    ],
  );
  assert.equal(dialogue.ping, null);
});

test('acknowledgements list everything: each stream is confirmed once', () => {
  const dialogue = new CoinbaseDialogue([BOOK, TRADES]);
  dialogue.onOpen();
  assert.deepEqual(dialogue.onControl(subscribed('heartbeats', 'heartbeats')).confirmed, []);
  assert.deepEqual(dialogue.onControl(subscribed('level2', 'A-USD')).confirmed, [BOOK]);
  assert.deepEqual(dialogue.onControl(subscribed('level2', 'A-USD')).confirmed, []);
  assert.deepEqual(dialogue.onControl(subscribed('market_trades', 'A-USD')).confirmed, [TRADES]);
  assert.deepEqual(dialogue.onControl({ kind: 'heartbeat' }), { send: [], confirmed: [], refused: [] });
});

test('an error is about the product it names, else about the oldest message without an answer', () => {
  const dialogue = new CoinbaseDialogue([OTHER_BOOK, BOOK, TRADES]);
  dialogue.onOpen();
  const named = dialogue.onControl(refused('A-USD is not a valid product'));
  assert.deepEqual(
    named.refused.map(({ subscription: { stream } }) => stream),
    ['book', 'trades'],
  );
  assert.deepEqual(dialogue.onControl(refused('authentication failure')).refused, [
    { subscription: OTHER_BOOK, message: 'authentication failure' },
  ]);
  assert.deepEqual(dialogue.onControl(refused('too many')).refused, []);
});

test('a book is asked for anew by leaving and joining again, and is then confirmed again', () => {
  const dialogue = new CoinbaseDialogue([BOOK]);
  dialogue.onOpen();
  dialogue.onControl(subscribed('level2', 'A-USD'));
  assert.deepEqual(
    dialogue.resubscribe(BOOK).send.map((text) => JSON.parse(text)),
    [
      { type: 'unsubscribe', product_ids: ['A-USD'], channel: 'level2' },
      { type: 'subscribe', product_ids: ['A-USD'], channel: 'level2' },
    ],
  );
  assert.deepEqual(dialogue.onControl(subscribed('level2', 'A-USD')).confirmed, [BOOK]);
});

test('sockets are filled in order within the limit; polled streams need none', () => {
  const own = Array.from({ length: 100 }, (_, i) =>
    subscription(`S${i}-USD`, i % 10 === 0 ? 'funding-rate' : 'quotes'),
  );
  const plans = COINBASE.plan(own, { ...COINBASE.hosts, stream: 'ws://127.0.0.1:1' });
  assert.deepEqual(
    plans.map(({ name, subscriptions }) => [name, subscriptions.length]),
    [
      ['market-0', 40],
      ['market-1', 40],
      ['market-2', 10],
    ],
  );
  assert.deepEqual(plans[0]?.address('x'), { kind: 'url', url: 'ws://127.0.0.1:1' });
  assert.equal(plans[2]?.openDialogue().onOpen().send.length, 2);
});

test('what the venue does not stream is refused in words', () => {
  const plan =
    (...own: readonly Subscription[]) =>
    () =>
      COINBASE.plan(own, COINBASE.hosts);
  assert.throws(plan(subscription('A-USD', 'candles', 60_000_000)), /candles of 5m alone/);
  assert.throws(plan(subscription('A-USD', 'liquidations')), /coinbase has no liquidations/);
  const alias = { ...BOOK, instrument: { ...BOOK.instrument, symbol: 'A-USDC' } };
  assert.throws(plan(BOOK, alias), /follow one of them/);
  assert.equal(plan(subscription('A-USD', 'candles', 300_000_000))().length, 1);
});

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: Buffer.from(body) };
}

test('what an answer means', () => {
  const judge = (of: HttpAnswer) => REST.judge(of, 5_000_000);
  const limited = '{"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]}';
  assert.equal(judge(answer(200, '{}')).kind, 'good');
  assert.deepEqual(judge(answer(429, limited, { 'retry-after': '3' })), {
    kind: 'limited',
    untilUs: 8_000_000,
    message: `HTTP 429: ${limited}`,
  });
  const without = judge(answer(403, limited));
  assert.ok(without.kind === 'limited' && without.untilUs === 15_000_000);
  assert.equal(judge(answer(502, '<html>')).kind, 'unavailable');
  assert.equal(judge(answer(404, '{"error":"NOT_FOUND"}')).kind, 'refused');
});

function parse<T>(call: RestCall<T> | null, body: string): T {
  assert.ok(call !== null);
  return call.parse(Buffer.from(body));
}

test('the time of the venue, and answers that are not as documented', () => {
  assert.equal(
    parse(REST.serverTime(), '{"iso":"x","epochSeconds":"1","epochMillis":"1732000000123"}'),
    1_732_000_000_123_000,
  );
  for (const body of ['{"iso":"x"}', '[]', '']) {
    assert.throws(
      () => parse(REST.serverTime(), body),
      (thrown) => thrown instanceof XylenError && thrown.code === 'XY_VENUE_REPLY',
    );
  }
  assert.throws(() => parse(REST.instruments(), '{"num_products":0}'), /a member 'products'/);
});

test('pages of candles hold at most 300, both ends inclusive', () => {
  const range = { instrument: BOOK.instrument, restSymbol: 'A-USD', fromUs: 600_000_000, toUs: 1e15 };
  const call = REST.candles(range, 300_000_000);
  assert.equal(
    call?.url,
    'https://api.coinbase.com/api/v3/brokerage/market/products/A-USD/candles?start=600&end=90599&granularity=FIVE_MINUTE&limit=300',
  );
  assert.equal(call?.coversToUs, 90_600_000_000);
  const row = (start: number): string =>
    `{"start":"${start}","low":"1","high":"4","open":"2","close":"3","volume":"0.5"}`;
  const candles = parse(call, `{"candles":[${row(90_600)},${row(900)},${row(600)},${row(300)}]}`);
  assert.deepEqual(candles, [
    {
      openTsUs: 600_000_000,
      openTicks: 200,
      highTicks: 400,
      lowTicks: 100,
      closeTicks: 300,
      volumeLots: 5_000,
    },
    {
      openTsUs: 900_000_000,
      openTicks: 200,
      highTicks: 400,
      lowTicks: 100,
      closeTicks: 300,
      volumeLots: 5_000,
    },
  ]);
  assert.equal(REST.candles(range, 7), null);
  assert.throws(() => parse(call, '{"candles":[{"start":"600"}]}'), XylenError);
  assert.throws(() => parse(call, '{}'), XylenError);
});

function product(symbol: string, more: object): object {
  return {
    product_id: symbol,
    base_increment: '0.0001',
    quote_increment: '0.01',
    price_increment: '0.1',
    base_min_size: '0.0001',
    base_max_size: '50',
    quote_min_size: '10',
    base_currency_id: 'A',
    quote_currency_id: 'USD',
    product_type: 'SPOT',
    alias: '',
    ...more,
  };
}

const PERPETUAL = {
  product_type: 'FUTURE',
  base_currency_id: '',
  future_product_details: {
    contract_expiry_type: 'PERPETUAL',
    contract_root_unit: 'A',
    funding_interval: '3600s',
    perpetual_details: {
      max_leverage: '20',
      funding_rate: '-0.0000123',
      funding_time: '2026-04-07T03:00:00Z',
      open_interest: '12.34567',
    },
  },
};

test('products become instruments with the finer of their price steps', () => {
  const products = [
    product('A-USD', {}),
    product('A-PERP-INTX', PERPETUAL),
    product('A-24APR26-CDE', {
      product_type: 'FUTURE',
      future_product_details: { contract_expiry_type: 'EXPIRING' },
    }),
    product('B-USD', { trading_disabled: true }),
    product('C-USD', { status: 'delisted' }),
    product('D-USD', { base_increment: '' }),
    product('E-USD', { base_min_size: '0.00000001' }),
  ];
  const listed = parse(REST.instruments(), JSON.stringify({ products }));
  assert.deepEqual(
    listed.map(({ restSymbol, spec, status }) => [
      restSymbol,
      spec.kind,
      spec.priceDecimals,
      spec.tickSize,
      spec.leverageMax,
      spec.maintenanceMarginPpm,
      spec.qtyMin,
      status,
    ]),
    [
      ['A-USD', 'spot', 2, '0.1', 1, 0, '0.0001', 'trading'],
      ['A-PERP-INTX', 'perpetual', 2, '0.1', 20, 50_000, '0.0001', 'trading'],
      ['B-USD', 'spot', 2, '0.1', 1, 0, '0.0001', 'halted'],
      ['C-USD', 'spot', 2, '0.1', 1, 0, '0.0001', 'closed'],
      ['E-USD', 'spot', 2, '0.1', 1, 0, '0.0001', 'trading'],
    ],
  );
  assert.equal(listed[1]?.spec.baseAsset, 'A');
});

test('contracts of CDE are listed and told in base units', () => {
  const cde = (size: string | undefined): object =>
    product('A-20DEC30-CDE', {
      product_type: 'FUTURE',
      base_increment: '1',
      base_min_size: '1',
      base_max_size: '5000',
      future_product_details: {
        venue: 'cde',
        contract_size: size,
        funding_interval: '3600s',
        open_interest: '7',
      },
    });
  const scales = ['0.01', '5', '100', '2.5'].map((size) => {
    const body = JSON.stringify({ products: [cde(size)] });
    const [listed] = parse(REST.instruments(), body);
    assert.ok(listed !== undefined);
    const instrument = feedInstrumentOf(listed, 0);
    const collector = new DecodedCollector();
    const trade = `{"product_id":"A-20DEC30-CDE","trade_id":"1","price":"8.1","size":"7","time":"2026-04-07T03:00:00Z","side":"BUY"}`;
    const frame = `{"channel":"market_trades","timestamp":"2026-04-07T03:00:00Z","sequence_num":0,"events":[{"type":"update","trades":[${trade}]}]}`;
    COINBASE.openDecoder([instrument]).decode(Buffer.from(frame), 1, collector);
    const level = `{"side":"bid","event_time":"2026-04-07T03:00:00Z","price_level":"8.1","new_quantity":"7"}`;
    const book = `{"channel":"l2_data","timestamp":"2026-04-07T03:00:00Z","sequence_num":1,"events":[{"type":"snapshot","product_id":"A-20DEC30-CDE","updates":[${level}]}]}`;
    COINBASE.openDecoder([instrument]).decode(Buffer.from(book), 1, collector);
    const [poll] = REST.polls('open-interest', [{ instrument, restSymbol: 'A-20DEC30-CDE' }]);
    poll?.decode(Buffer.from(body), 1, collector);
    const lots = [
      collector.trades[0]?.qtyLots,
      collector.books[0]?.bids[0]?.[1],
      collector.interests[0]?.openInterestLots,
    ];
    const { lotSize, qtyDecimals, qtyMax } = listed.spec;
    return [lotSize, qtyMax, ...lots.map((count) => formatDecimal(count ?? -1, qtyDecimals))];
  });
  assert.deepEqual(scales, [
    ['0.01', '50', '0.07', '0.07', '0.07'],
    ['5', '25000', '35', '35', '35'],
    ['100', '500000', '700', '700', '700'],
    ['2.5', '12500', '17.5', '17.5', '17.5'],
  ]);
  assert.deepEqual(parse(REST.instruments(), JSON.stringify({ products: [cde(undefined)] })), []);
});

test('funding and open interest are polled; the next settlement is in the future', () => {
  const instrument = { ...BOOK.instrument, ix: 6 };
  const many = Array.from({ length: 51 }, (_, i) => ({ instrument, restSymbol: `S${i}` }));
  assert.deepEqual(
    REST.polls('funding-rate', many).map(({ call }) => (call.url.match(/product_ids=/g) ?? []).length),
    [50, 1],
  );
  assert.deepEqual(REST.polls('quotes', many), []);
  const body = Buffer.from(
    JSON.stringify({ products: [product('A-PERP-INTX', PERPETUAL), product('Z', {})] }),
  );
  const nextAt = (nowUs: number): number => {
    const collector = new DecodedCollector();
    const [plan] = REST.polls('funding-rate', [{ instrument, restSymbol: 'A-PERP-INTX' }]);
    plan?.decode(body, nowUs, collector);
    assert.deepEqual(
      collector.fundings.map(({ instrumentIx, isSettled, rateE12 }) => [instrumentIx, isSettled, rateE12]),
      [[6, false, -12_300_000]],
    );
    return collector.fundings[0]?.nextFundingUs ?? 0;
  };
  const settledUs = 1_775_530_800_000_000;
  assert.equal(nextAt(settledUs - 1), settledUs);
  assert.equal(nextAt(settledUs), settledUs + 3_600_000_000);
  assert.equal(nextAt(settledUs + 7_200_000_001), settledUs + 3 * 3_600_000_000);
  const collector = new DecodedCollector();
  REST.polls('open-interest', [{ instrument, restSymbol: 'A-PERP-INTX' }])[0]?.decode(body, 1, collector);
  assert.equal(collector.interests[0]?.openInterestLots, 123_457);
});
