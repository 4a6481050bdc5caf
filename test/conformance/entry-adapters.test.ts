/** What every order-entry adapter keeps to, whatever its venue: six markets, every call that they have, numbered E1 to E8 (`docs/specs/venues.md`). */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { XylenError } from '#core';
import { openBinanceUsdmEntry } from '#venues/binance';
import { openCoinbaseEntry } from '#venues/coinbase';
import type { EntryAdapter, EntryCall, EntryInstrument, EntryOrder, OpenEntry } from '#venues/entry';
import { openKrakenFuturesEntry } from '#venues/kraken-futures';
import { openKrakenSpotEntry } from '#venues/kraken-spot';
import { openKucoinFuturesEntry, openKucoinSpotEntry } from '#venues/kucoin';
import { answerOf, bytesOf, limitOrder } from '../../src/venues/entry/test/samples.ts';

const HOSTS = { rest: 'https://rest.test', stream: 'wss://stream.test' };
const START_US = 1_700_000_000_000_000;
const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const HMAC_KEY = Buffer.from('a secret that must stand nowhere, long enough').toString('base64');

interface Market {
  readonly open: OpenEntry;
  readonly secret: string;
  readonly instrument: EntryInstrument;
}

function instrument(changes: Partial<EntryInstrument>): EntryInstrument {
  return {
    ix: 0,
    venue: 'binance-usdm',
    symbol: 'BTCUSDT',
    wireSymbol: 'BTCUSDT',
    restSymbol: 'BTCUSDT',
    kind: 'perpetual',
    baseAsset: 'BTC',
    quoteAsset: 'USDT',
    priceDecimals: 1,
    qtyDecimals: 3,
    ...changes,
  };
}

const named = (name: string): Pick<EntryInstrument, 'symbol' | 'wireSymbol' | 'restSymbol'> => ({
  symbol: name,
  wireSymbol: name,
  restSymbol: name,
});

const MARKETS: readonly Market[] = [
  { open: openBinanceUsdmEntry, secret: HMAC_KEY, instrument: instrument({}) },
  {
    open: openCoinbaseEntry,
    secret: EC_KEY,
    instrument: instrument({ venue: 'coinbase', kind: 'spot', quoteAsset: 'USD', ...named('BTC-USD') }),
  },
  {
    open: openKrakenSpotEntry,
    secret: HMAC_KEY,
    instrument: instrument({
      ...{ venue: 'kraken-spot', kind: 'spot', quoteAsset: 'USD' },
      ...named('BTC/USD'),
      restSymbol: 'XXBTZUSD',
    }),
  },
  {
    open: openKrakenFuturesEntry,
    secret: HMAC_KEY,
    instrument: instrument({ venue: 'kraken-futures', quoteAsset: 'USD', ...named('PF_XBTUSD') }),
  },
  {
    open: openKucoinSpotEntry,
    secret: HMAC_KEY,
    instrument: instrument({ venue: 'kucoin-spot', kind: 'spot', ...named('BTC-USDT') }),
  },
  {
    open: openKucoinFuturesEntry,
    secret: HMAC_KEY,
    instrument: instrument({ venue: 'kucoin-futures', lotsPerContract: 1, ...named('XBTUSDTM') }),
  },
];

const API_KEY = 'an-api-key-that-may-stand-in-headers';
const PASSPHRASE = 'a passphrase that must stand nowhere';

function opened({ instrument: one, open, secret }: Market): EntryAdapter {
  return open({
    hosts: HOSTS,
    keys: { apiKey: API_KEY, secret, passphrase: PASSPHRASE },
    instruments: [one],
  });
}

function orders(one: EntryInstrument): EntryOrder[] {
  const plain = limitOrder({
    clientOrderId: 'xy-1a2b3c4d-7-e',
    instrument: one,
    qtyLots: 10,
    priceTicks: 300_000,
  });
  const market: EntryOrder = { ...plain, type: 'market', priceTicks: null };
  const triggered = { reduceOnly: one.kind === 'perpetual', side: 'sell', triggerTicks: 290_000 } as const;
  return [
    plain,
    ...(['GTX', 'IOC', 'FOK'] as const).map((timeInForce) => ({ ...plain, timeInForce })),
    market,
    { ...market, side: 'sell', reduceOnly: one.kind === 'perpetual' },
    { ...market, ...triggered, type: 'stop_market' },
    { ...market, ...triggered, type: 'take_profit_market' },
    { ...plain, ...triggered, type: 'stop_limit' },
    { ...plain, ...triggered, type: 'take_profit_limit' },
    { ...market, ...triggered, type: 'trailing_stop', triggerTicks: null, callbackBps: 50 },
  ];
}

/** Every call that the adapter has, orders of every form that it takes. */
function callsOf(adapter: EntryAdapter, one: EntryInstrument): EntryCall<unknown>[] {
  const taken = orders(one).filter((order) => adapter.unsupported(order) === null);
  const refs = [false, true].flatMap((isConditional) =>
    [null, '12345'].map((venueOrderId) => ({
      instrument: one,
      clientOrderId: 'xy-1a2b3c4d-7-e',
      venueOrderId,
      isConditional,
    })),
  );
  const range = { instrument: one, fromUs: START_US - 1e9, toUs: START_US, afterExecId: null };
  const { keepAlive, ticket } = adapter.stream;
  return [
    adapter.serverTime(),
    ...taken.map((order) => adapter.place(order)),
    adapter.placeBatch(
      taken.filter(({ type }) => type === 'limit').slice(0, Math.min(2, adapter.placeBatchMax)),
    ),
    ...refs.flatMap((order) => [
      adapter.cancel(order),
      adapter.order(order),
      order.isConditional ? null : adapter.amend({ order, side: 'buy', qtyLots: 20, priceTicks: 300_001 }),
    ]),
    ...adapter.cancelAll(one),
    adapter.deadMan(one, 60_000_000),
    ...adapter.openOrders([one]),
    adapter.fills(range),
    adapter.balances(),
    adapter.positions([one]),
    adapter.setLeverage(one, 3),
    adapter.setMarginMode(one, 'cross'),
    adapter.setPositionMode('one-way'),
    adapter.keyRights(),
    ticket,
    keepAlive?.call('a-ticket-of-the-stream') ?? null,
  ].filter((call) => call !== null);
}

const stamp = (turn: number) => ({
  venueUs: START_US + turn * 1_000,
  nonce: BigInt(START_US + turn),
  random: new Uint8Array(16).fill(turn),
});

/** Bodies that say nothing. */
const SILENT = ['', '{', '<html>502</html>', 'null', '[]', '{}', '"text"', '%%%'];

for (const market of MARKETS) {
  const { venue } = market.instrument;

  test(`${venue} E1: every call costs budgets that the venue has, and no more than they hold at once`, () => {
    const adapter = opened(market);
    const limits = new Map(adapter.limits.map((limit) => [limit.name, limit]));
    assert.equal(limits.size, adapter.limits.length, 'limits have distinct names');
    for (const { costs, name } of callsOf(adapter, market.instrument)) {
      for (const { amount, limit } of costs) {
        const rule = limits.get(limit);
        assert.ok(rule !== undefined, `${name} costs ${limit}`);
        assert.ok(
          Number.isSafeInteger(amount) && amount >= 0 && amount <= rule.amount / 2,
          `${name}: ${amount}`,
        );
      }
    }
  });

  test(`${venue} E2: requests go to the host that was given; secrets stand in none of them`, () => {
    const adapter = opened(market);
    const secrets = [market.secret, PASSPHRASE, Buffer.from(market.secret).toString('base64')];
    for (const call of callsOf(adapter, market.instrument)) {
      const { body, headers, url } = call.request(stamp(1));
      assert.ok(url.startsWith(`${HOSTS.rest}/`), `${call.name}: ${url.slice(0, 60)}`);
      const sent = `${url} ${JSON.stringify(headers)} ${body ?? ''}`;
      for (const secret of secrets) assert.equal(sent.includes(secret), false, call.name);
      assert.equal(url.includes(API_KEY), false, `${call.name} has no key in its address`);
    }
  });

  test(`${venue} E3: a changed stamp changes every signed request, the same stamp gives the same one`, () => {
    const adapter = opened(market);
    // Signatures of elliptic curves are drawn anew each time.
    const isDrawn = market.secret === EC_KEY;
    for (const call of callsOf(adapter, market.instrument)) {
      if (call.name.includes('time')) continue;
      const [first, again, later] = [1, 1, 2].map((turn) => JSON.stringify(call.request(stamp(turn))));
      if (!isDrawn) assert.equal(first, again, call.name);
      const isKeyAlone = adapter.venue === 'binance-usdm' && /listen-key|keep-alive/.test(call.name);
      if (!isKeyAlone) assert.notEqual(first, later, call.name);
    }
  });

  test(`${venue} E4: cancels go first, protective orders before others, questions last`, () => {
    const adapter = opened(market);
    const { instrument: one } = market;
    for (const order of orders(one)) {
      if (adapter.unsupported(order) !== null) continue;
      const { effect, priority } = adapter.place(order);
      assert.equal(effect, 'change');
      const isProtective = order.type !== 'limit' && order.type !== 'market';
      if (isProtective || order.reduceOnly) assert.equal(priority, 'protect', order.type);
      else assert.equal(priority, 'order', order.type);
    }
    for (const call of [...adapter.openOrders([one]), adapter.balances()])
      assert.deepEqual([call.priority, call.effect], ['query', 'read'], call.name);
    for (const call of adapter.cancelAll(one)) assert.equal(call.priority, 'cancel');
  });

  test(`${venue} E5: an answer that says nothing never turns a change into one that was not done`, () => {
    const adapter = opened(market);
    const changes = callsOf(adapter, market.instrument).filter(({ effect }) => effect === 'change');
    assert.ok(changes.length > 3);
    for (const call of changes) {
      for (const status of [408, 500, 502, 503, 504])
        for (const body of SILENT)
          assert.equal(
            adapter.judge(call, answerOf(body, status), START_US).kind,
            'unknown',
            `${call.name} ${status} ${body}`,
          );
    }
  });

  test(`${venue} E6: whatever is answered, it is judged, and what is good is read or refused as a whole`, () => {
    const adapter = opened(market);
    for (const call of callsOf(adapter, market.instrument)) {
      for (const status of [200, 201, 204, 301, 400, 401, 403, 404, 408, 418, 429, 500, 503]) {
        for (const body of [...SILENT, '{"code":0}', '{"error":[]}', '{"result":"success"}', '{"data":{}}']) {
          const verdict = adapter.judge(call, answerOf(body, status), START_US);
          if (verdict.kind === 'limited') assert.ok(verdict.untilUs >= START_US);
          if (verdict.kind !== 'good') continue;
          try {
            call.parse(bytesOf(body));
          } catch (error) {
            assert.ok(
              error instanceof XylenError && error.code === 'XY_VENUE_REPLY',
              `${call.name}: ${error}`,
            );
          }
        }
      }
    }
  });

  test(`${venue} E7: too many requests are a limit, with or without a word on how long`, () => {
    const adapter = opened(market);
    for (const call of callsOf(adapter, market.instrument)) {
      for (const headers of [{}, { 'retry-after': '7' }]) {
        const verdict = adapter.judge(call, { ...answerOf({}, 429), headers }, START_US);
        assert.equal(verdict.kind, 'limited', call.name);
        if (verdict.kind === 'limited') assert.ok(verdict.untilUs > START_US, call.name);
      }
    }
  });

  test(`${venue} E8: a private message that is no JSON ends the stream by an error that quotes nothing`, () => {
    const adapter = opened(market);
    const dialogue = adapter.stream.open([market.instrument]);
    dialogue.onOpen(stamp(1));
    const unheard = (): never => assert.fail('nothing is told');
    const sink = {
      ...{ onOrder: unheard, onFill: unheard, onBalance: unheard, onPosition: unheard },
      ...{ onFunding: unheard, onStreamEnd: unheard, onNotice: unheard },
    };
    for (const text of ['{"cut', '[[[', '%%% secret words'])
      assert.throws(
        () => dialogue.onMessage(bytesOf(text), stamp(2), sink),
        (error) =>
          error instanceof XylenError && error.code === 'XY_VENUE_REPLY' && !error.message.includes('secret'),
        text,
      );
  });
}
