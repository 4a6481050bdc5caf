/** The conversation of a KuCoin socket: silence before the welcome, one id a message, its own pings; sockets stay within the venue's limits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import type { StreamKind } from '#domain';
import type { DialogueStep, SocketPlan, Subscription } from '../market/index.ts';
import { KUCOIN_FUTURES, KUCOIN_SPOT } from './adapter.ts';
import { KucoinDialogue } from './dialogue.ts';
import { FUTURES_TOPICS, SPOT_TOPICS } from './topics.ts';

function subscription(symbol: string, stream: StreamKind, timeframeUs: number | null = null): Subscription {
  const instrument = {
    ix: 0,
    venue: 'kucoin-spot' as const,
    symbol,
    wireSymbol: symbol,
    priceDecimals: 2,
    qtyDecimals: 2,
  };
  return { instrument, stream, timeframeUs };
}

function topicsSent(step: DialogueStep): readonly string[] {
  return step.send.map((text) => (JSON.parse(text) as { topic: string }).topic);
}

const WELCOME = { kind: 'welcome', pingIntervalUs: 18_000_000 } as const;

test('nothing is said before the welcome, and it is answered once', () => {
  const dialogue = new KucoinDialogue(
    SPOT_TOPICS,
    [subscription('A-B', 'book'), subscription('A-B', 'candles', 60_000_000)],
    null,
  );
  assert.deepEqual(dialogue.onOpen().send, []);
  const step = dialogue.onControl(WELCOME);
  assert.deepEqual(
    step.send.map((text) => JSON.parse(text)),
    [
      {
        id: 'subscribe-0',
        type: 'subscribe',
        topic: '/market/level2:A-B',
        privateChannel: false,
        response: true,
      },
      {
        id: 'subscribe-1',
        type: 'subscribe',
        topic: '/market/candles:A-B_1min',
        privateChannel: false,
        response: true,
      },
    ],
  );
  assert.deepEqual(dialogue.onControl(WELCOME).send, []);
});

test('at most 100 symbols a message; each message is confirmed or refused by its id, once', () => {
  const own = Array.from({ length: 150 }, (_, i) => subscription(`S${i}-B`, 'book'));
  const dialogue = new KucoinDialogue(SPOT_TOPICS, own, null);
  const topics = topicsSent(dialogue.onControl(WELCOME));
  assert.deepEqual(
    topics.map((topic) => topic.split(',').length),
    [100, 50],
  );
  assert.equal(dialogue.onControl({ kind: 'ack', id: 'subscribe-1' }).confirmed.length, 50);
  assert.equal(dialogue.onControl({ kind: 'ack', id: 'subscribe-1' }).confirmed.length, 0);
  assert.equal(dialogue.onControl({ kind: 'ack', id: 'ping-3' }).confirmed.length, 0);
  const refusal = {
    kind: 'refused',
    id: 'subscribe-0',
    channel: null,
    symbol: null,
    message: '404 not found',
  } as const;
  const { refused } = dialogue.onControl(refusal);
  assert.equal(refused.length, 100);
  assert.equal(refused[0]?.message, '/market/level2: 404 not found');
  assert.equal(dialogue.onControl(refusal).refused.length, 0);
});

test('a refusal without an id is about the oldest message without an answer', () => {
  const dialogue = new KucoinDialogue(
    SPOT_TOPICS,
    [subscription('A-B', 'book'), subscription('A-B', 'trades')],
    null,
  );
  dialogue.onControl(WELCOME);
  dialogue.onControl({ kind: 'ack', id: 'subscribe-0' });
  const { refused } = dialogue.onControl({
    kind: 'refused',
    id: '',
    channel: null,
    symbol: null,
    message: '509 too many',
  });
  assert.deepEqual(
    refused.map(({ subscription: { stream } }) => stream),
    ['trades'],
  );
});

test('two streams share a topic, one stream takes two: confirmed when all of it is', () => {
  const mark = subscription('AM', 'mark-price');
  const funding = subscription('AM', 'funding-rate');
  const dialogue = new KucoinDialogue(FUTURES_TOPICS, [mark, funding], null);
  assert.deepEqual(topicsSent(dialogue.onControl(WELCOME)), [
    '/contract/instrument:AM',
    '/contract/announcement:AM',
  ]);
  assert.deepEqual(dialogue.onControl({ kind: 'ack', id: 'subscribe-0' }).confirmed, [mark]);
  assert.deepEqual(dialogue.onControl({ kind: 'ack', id: 'subscribe-1' }).confirmed, [funding]);
});

test('a stream of which one topic is refused is refused once and never confirmed', () => {
  const funding = subscription('AM', 'funding-rate');
  const dialogue = new KucoinDialogue(FUTURES_TOPICS, [funding], null);
  dialogue.onControl(WELCOME);
  const no = (id: string) => ({ kind: 'refused', id, channel: null, symbol: null, message: 'no' }) as const;
  assert.equal(dialogue.onControl(no('subscribe-1')).refused.length, 1);
  assert.equal(dialogue.onControl({ kind: 'ack', id: 'subscribe-0' }).confirmed.length, 0);
});

test("pings are the venue's own, as often as it wants and at least every 18 s", () => {
  const dialogue = new KucoinDialogue(SPOT_TOPICS, [], 50_000_000);
  assert.deepEqual(dialogue.ping, { kind: 'text', everyUs: 18_000_000, timeoutUs: 10_000_000 });
  dialogue.onControl({ kind: 'welcome', pingIntervalUs: 9_000_000 });
  assert.equal(dialogue.ping.everyUs, 9_000_000);
  dialogue.onControl({ kind: 'welcome', pingIntervalUs: null });
  assert.equal(dialogue.ping.everyUs, 9_000_000);
  assert.deepEqual(JSON.parse(dialogue.pingText(4)), { id: 'ping-4', type: 'ping' });
  assert.deepEqual(dialogue.resubscribe().send, []);
});

const BULLET = {
  code: '200000',
  data: {
    token: 'a b==.c',
    instanceServers: [
      {
        endpoint: 'wss://push.example/endpoint',
        encrypt: true,
        protocol: 'websocket',
        pingInterval: 5_000,
        pingTimeout: 10_000,
      },
    ],
  },
};

function onlyPlan(subscriptions: readonly Subscription[], hosts = KUCOIN_SPOT.hosts): SocketPlan {
  const plans = KUCOIN_SPOT.plan(subscriptions, hosts);
  assert.equal(plans.length, 1);
  const [plan] = plans;
  assert.ok(plan !== undefined);
  return plan;
}

test('an address is asked for before each attempt; its server says how often it wants a ping', () => {
  const plan = onlyPlan([subscription('A-B', 'book')]);
  const address = plan.address('id/1');
  assert.ok(address.kind === 'token');
  assert.deepEqual(
    [address.call.method, address.call.url],
    ['POST', 'https://api.kucoin.com/api/v1/bullet-public'],
  );
  assert.equal(
    address.call.parse(Buffer.from(JSON.stringify(BULLET))),
    'wss://push.example/endpoint?token=a%20b%3D%3D.c&connectId=id%2F1',
  );
  assert.equal(plan.openDialogue().ping?.everyUs, 5_000_000);
  const local = onlyPlan([subscription('A-B', 'book')], {
    ...KUCOIN_SPOT.hosts,
    stream: 'ws://127.0.0.1:9/x?y=1',
  }).address('c');
  assert.ok(local.kind === 'token');
  assert.equal(
    local.call.parse(Buffer.from(JSON.stringify(BULLET))),
    'ws://127.0.0.1:9/x?y=1&token=a%20b%3D%3D.c&connectId=c',
  );
});

test('a token answer without token, server or address is not as documented', () => {
  const { data } = BULLET;
  for (const bad of [
    { ...BULLET, code: '400100' },
    { ...BULLET, data: { ...data, token: '' } },
    { ...BULLET, data: { ...data, instanceServers: [] } },
    { ...BULLET, data: { ...data, instanceServers: [{ endpoint: 'https://elsewhere' }] } },
    { code: '200000' },
  ]) {
    const address = onlyPlan([subscription('A-B', 'book')]).address('c');
    assert.ok(address.kind === 'token');
    const parse = () => address.call.parse(Buffer.from(JSON.stringify(bad)));
    assert.throws(parse, (thrown) => thrown instanceof XylenError && thrown.code === 'XY_VENUE_REPLY');
  }
});

test('sockets hold at most their topics, the same subscriptions give the same plan', () => {
  const own = Array.from({ length: 300 }, (_, i) =>
    subscription(`S${i}M`, i % 2 === 0 ? 'funding-rate' : 'book'),
  );
  const plans = KUCOIN_FUTURES.plan(own, KUCOIN_FUTURES.hosts);
  assert.deepEqual(
    plans.map(({ name }) => name),
    ['public-0', 'public-1'],
  );
  assert.equal(plans.flatMap(({ subscriptions }) => subscriptions).length, 300);
  for (const { subscriptions } of plans) {
    const topics = subscriptions.reduce((sum, { stream }) => sum + (stream === 'book' ? 1 : 2), 0);
    assert.ok(topics <= KUCOIN_FUTURES.limits.streamsMax);
  }
  assert.deepEqual(
    KUCOIN_FUTURES.plan(own, KUCOIN_FUTURES.hosts).map(({ subscriptions }) => subscriptions.length),
    plans.map(({ subscriptions }) => subscriptions.length),
  );
});

test('what the venue does not have is refused in words, what is polled needs no socket', () => {
  const plan = (one: Subscription) => () => KUCOIN_FUTURES.plan([one], KUCOIN_FUTURES.hosts);
  assert.throws(plan(subscription('AM', 'liquidations')), /kucoin-futures has no liquidations/);
  assert.throws(plan(subscription('AM', 'candles', 7_000_000)), /has no candles of that length/);
  assert.deepEqual(plan(subscription('AM', 'open-interest'))(), []);
  assert.throws(
    () => KUCOIN_SPOT.plan([subscription('A-B', 'open-interest')], KUCOIN_SPOT.hosts),
    /has no open-interest/,
  );
});
