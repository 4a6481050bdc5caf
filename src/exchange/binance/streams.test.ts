import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_SECOND } from '#core';
import { carries, StreamHub, streamPathOf } from './stream-hub.ts';
import { Ear, ExchangeClient, fallingMarket, START_US } from './test/exchange-client.ts';

type Fields = Record<string, unknown>;
type Levels = readonly (readonly [string, string])[];

interface Depth {
  readonly lastUpdateId: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

interface Diff {
  readonly U: number;
  readonly u: number;
  readonly pu: number;
  readonly b: Levels;
  readonly a: Levels;
}

test('paths of all clients are understood', () => {
  const cases: readonly (readonly [string, string, unknown])[] = [
    ['/ws/btcusdt@depth', '', { route: 'any', isCombined: false, streams: ['btcusdt@depth'] }],
    ['/ws', '', { route: 'any', isCombined: false, streams: [] }],
    [
      '/stream',
      'streams=a@aggTrade/b@depth',
      { route: 'any', isCombined: true, streams: ['a@aggTrade', 'b@depth'] },
    ],
    ['/public/ws/0', '', { route: 'public', isCombined: false, streams: [] }],
    [
      '/market/stream',
      'streams=!markPrice@arr',
      { route: 'market', isCombined: true, streams: ['!markPrice@arr'] },
    ],
    [
      '/private/ws',
      'listenKey=K&events=ORDER_TRADE_UPDATE',
      { route: 'private', isCombined: false, streams: ['K'] },
    ],
    ['/private/ws/K', '', { route: 'private', isCombined: false, streams: ['K'] }],
    ['/elsewhere', '', null],
    ['/', '', null],
  ];
  for (const [path, query, expected] of cases) assert.deepEqual(streamPathOf(path, query), expected, path);
  const routes = [
    'btcusdt@depth5@100ms',
    'btcusdt@bookTicker',
    'btcusdt@aggTrade',
    'btcusdt@kline_1m',
    '!bookTicker',
    'KeyOfSomebody',
  ];
  const carried = routes.map((stream) =>
    (['public', 'market', 'private'] as const).filter((route) => carries(route, stream)),
  );
  assert.deepEqual(carried.flat(), ['public', 'public', 'market', 'market', 'public', 'private']);
});

test('control messages are answered, also for streams that the route does not carry', () => {
  const client = new ExchangeClient();
  const { ear, receiver } = client.listen('/market/ws');
  const say = (message: unknown): Fields | undefined => {
    receiver.onMessage(typeof message === 'string' ? message : JSON.stringify(message));
    return ear.heard.at(-1);
  };
  const params = ['btcusdt@depth', 'btcusdt@aggTrade'];
  assert.deepEqual(say({ method: 'SUBSCRIBE', params, id: 1 }), { result: null, id: 1 });
  assert.deepEqual(say({ method: 'LIST_SUBSCRIPTIONS', id: 'a' }), { result: params, id: 'a' });
  client.pass(10 * US_PER_SECOND);
  const kinds = new Set(ear.heard.map(({ e }) => e));
  assert.deepEqual([kinds.has('aggTrade'), kinds.has('depthUpdate')], [true, false]);
  assert.deepEqual(say({ method: 'UNSUBSCRIBE', params, id: 2 }), { result: null, id: 2 });
  const heard = ear.heard.length;
  client.pass(10 * US_PER_SECOND);
  assert.equal(ear.heard.length, heard);
  for (const [wrong, code] of [
    ['{', 3],
    ['[]', 3],
    [{ method: 'DANCE', id: 3 }, 2],
    [{ method: 'SUBSCRIBE', params: [7], id: 4 }, 2],
  ] as const)
    assert.equal((say(wrong)?.error as Fields).code, code);
});

test('a client that says too much is sent away with 1008', () => {
  const client = new ExchangeClient();
  const { ear, receiver } = client.listen('/ws');
  for (let n = 0; n < 10; n++) receiver.onMessage('{"method":"LIST_SUBSCRIPTIONS","id":1}');
  assert.equal(ear.closed, null);
  receiver.onMessage('{"method":"LIST_SUBSCRIPTIONS","id":1}');
  assert.equal(ear.closed, 1008);
});

test('a connection ends after a day', () => {
  let nowUs = START_US;
  const hub = new StreamHub(() => nowUs);
  const ear = new Ear();
  hub.open({ route: 'any', isCombined: false, streams: ['btcusdt@trade'] }, ear);
  nowUs += US_PER_DAY - 1;
  hub.closeOld(nowUs);
  assert.equal(ear.closed, null);
  hub.closeOld(nowUs + 1);
  assert.equal(ear.closed, 1001);
  assert.equal(hub.isWanted('btcusdt@trade'), false);
});

/** Rebuilds a book as clients do: buffer, snapshot, drop, bridge, chain. Returns it as texts. */
function rebuilt(diffs: readonly Diff[], snapshot: Depth): [Map<string, string>, Map<string, string>] {
  const [bids, asks] = [new Map(snapshot.bids), new Map(snapshot.asks)];
  let before: number | null = null;
  for (const diff of diffs) {
    if (diff.u <= snapshot.lastUpdateId) continue;
    if (before === null)
      assert.ok(diff.U <= snapshot.lastUpdateId + 1, 'the first event reaches back to the snapshot');
    else assert.equal(diff.pu, before);
    before = diff.u;
    for (const [levels, changes] of [
      [bids, diff.b],
      [asks, diff.a],
    ] as const)
      for (const [price, qty] of changes) {
        if (Number(qty) === 0) levels.delete(price);
        else levels.set(price, qty);
      }
  }
  return [bids, asks];
}

for (const stream of ['btcusdt@depth@100ms', 'btcusdt@depth', 'btcusdt@depth@500ms']) {
  test(`a book that is kept by ${stream} is the book of the exchange`, () => {
    const client = new ExchangeClient();
    const { ear } = client.listen(`/public/ws/${stream}`);
    client.pass(3_210_000);
    const depth = (): Depth =>
      client.open('GET', '/fapi/v1/depth', { symbol: 'BTCUSDT', limit: 1000 }).body as Depth;
    const snapshot = depth();
    client.pass(30 * US_PER_SECOND);
    client.exchange.advanceTo(Math.ceil(client.exchange.nowUs / US_PER_SECOND) * US_PER_SECOND);
    const now = depth();
    const diffs = ear.texts.map((text) => JSON.parse(text) as Diff);
    assert.equal(diffs.at(-1)?.u, now.lastUpdateId);
    const [bids, asks] = rebuilt(diffs, snapshot);
    assert.deepEqual(
      [...bids].toSorted(([a], [b]) => Number(b) - Number(a)),
      now.bids,
    );
    assert.deepEqual(
      [...asks].toSorted(([a], [b]) => Number(a) - Number(b)),
      now.asks,
    );
  });
}

test('partial books, best prices, bars and marks say what requests say', () => {
  const client = new ExchangeClient();
  const names = ['depth5@100ms', 'bookTicker', 'kline_1m', 'markPrice@1s', 'ticker', 'miniTicker'];
  const { ear } = client.listen('/stream', `streams=${names.map((name) => `btcusdt@${name}`).join('/')}`);
  client.exchange.advanceTo(Math.ceil(client.exchange.nowUs / 60e6) * 60e6 + 90e6);
  const last = (name: string): Fields =>
    ear.heard.findLast(({ stream }) => stream === `btcusdt@${name}`)?.data as Fields;
  const get = (path: string, params = {}): Fields =>
    client.open('GET', `/fapi/v1/${path}`, { symbol: 'BTCUSDT', ...params }).body as Fields;
  const { asks, bids } = get('depth', { limit: 5 });
  assert.deepEqual([last('depth5@100ms').b, last('depth5@100ms').a], [bids, asks]);
  const best = get('ticker/bookTicker');
  const { A, B, a, b, u } = last('bookTicker');
  assert.deepEqual([b, B, a, A], [best.bidPrice, best.bidQty, best.askPrice, best.askQty]);
  assert.ok(Number(u) <= Number(last('depth5@100ms').u));
  const bars = client.open('GET', '/fapi/v1/klines', { symbol: 'BTCUSDT', interval: '1m', limit: 1 });
  const [row] = bars.body as unknown[][];
  const bar = last('kline_1m').k as Fields;
  assert.deepEqual([bar.t, bar.o, bar.h, bar.l, bar.c, bar.v], row?.slice(0, 6));
  assert.equal(last('markPrice@1s').p, get('premiumIndex').markPrice);
  assert.equal(last('ticker').c, last('miniTicker').c);
  const closed = ear.heard
    .flatMap(({ data }) => ((data as Fields).e === 'kline' ? [(data as { k: Fields }).k] : []))
    .filter(({ x }) => x === true);
  assert.equal(closed.length, 1, 'a bar is closed once');
});

function kindsOf(ear: Ear): unknown[] {
  return ear.heard.map(({ e, o }) => (e === 'ORDER_TRADE_UPDATE' ? (o as Fields).x : e));
}

test('a user stream tells of its own account alone, and of the end of its key', () => {
  // Nothing but time passes in this market.
  const client = new ExchangeClient(7, 2, 10_000_00000000n, fallingMarket(0));
  const listenKey = (): string =>
    (client.signed('POST', '/fapi/v1/listenKey').body as { listenKey: string }).listenKey;
  const key = listenKey();
  assert.equal(listenKey(), key, 'asked again it is the same');
  const { ear } = client.listen('/private/ws', `listenKey=${key}`);
  client.as(1);
  const other = client.listen(`/ws/${listenKey()}`).ear;
  client.as(0);
  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
  assert.equal(client.signed('POST', '/fapi/v1/order', order).status, 200);
  assert.deepEqual(kindsOf(ear), ['NEW', 'TRADE_LITE', 'ACCOUNT_UPDATE', 'TRADE']);
  assert.equal(other.heard.length, 0);
  client.pass(50 * 60 * US_PER_SECOND);
  assert.equal(client.signed('PUT', '/fapi/v1/listenKey').status, 200);
  client.pass(59 * 60 * US_PER_SECOND);
  assert.equal(
    ear.heard.some(({ e }) => e === 'listenKeyExpired'),
    false,
  );
  assert.equal(other.heard.at(-1)?.e, 'listenKeyExpired');
  client.pass(2 * 60 * US_PER_SECOND);
  assert.equal(ear.heard.at(-1)?.e, 'listenKeyExpired');
  assert.equal((client.signed('PUT', '/fapi/v1/listenKey').body as Fields).code, -1125);
});

test('a position that the account cannot bear is closed by the venue, and told as such', () => {
  const client = new ExchangeClient(7, 1, 200_00000000n, fallingMarket(0.06));
  const { listenKey } = client.signed('POST', '/fapi/v1/listenKey').body as { listenKey: string };
  const { ear } = client.listen(`/ws/${listenKey}`);
  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.060' };
  assert.equal(client.signed('POST', '/fapi/v1/order', order).status, 200);
  client.pass(10 * US_PER_SECOND);
  const told = ear.heard.findLast(({ e }) => e === 'ORDER_TRADE_UPDATE')?.o as Fields;
  assert.match(String(told.c), /^autoclose-/);
  assert.deepEqual([told.x, told.S, told.X, told.q], ['CALCULATED', 'SELL', 'FILLED', '0.060']);
  assert.deepEqual(client.signed('GET', '/fapi/v3/positionRisk').body, []);
  assert.equal((client.signed('GET', '/fapi/v1/forceOrders').body as unknown[]).length, 1);
});
