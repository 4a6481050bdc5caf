/** Addresses, frames and answers of Binance's sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import type { StreamKind } from '#domain';
import type { FeedInstrument, Subscription } from '../market/index.ts';
import { BINANCE_SPOT, BINANCE_USDM, BINANCEUS_SPOT } from './index.ts';
import { BTCUSDT } from './test/frames.ts';

function subscription(
  stream: StreamKind,
  symbol = 'BTCUSDT',
  timeframeUs: number | null = null,
): Subscription {
  const instrument: FeedInstrument = { ...BTCUSDT, symbol, wireSymbol: symbol };
  return { instrument, stream, timeframeUs };
}

const ALL = [
  subscription('book'),
  subscription('trades'),
  subscription('candles', 'BTCUSDT', 300_000_000),
  subscription('quotes'),
  subscription('mark-price'),
  subscription('funding-rate'),
  subscription('open-interest'),
  subscription('liquidations'),
];

test('USD-M streams are asked for under their route, each once, in the documented form', () => {
  const plans = BINANCE_USDM.plan(ALL, BINANCE_USDM.hosts);
  assert.deepEqual(
    plans.map((plan) => [plan.name, plan.address('1'), plan.openDialogue().onOpen().send]),
    [
      [
        'public-0',
        { kind: 'url', url: 'wss://fstream.binance.com/public/stream' },
        ['{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","btcusdt@bookTicker"],"id":1}'],
      ],
      [
        'market-0',
        { kind: 'url', url: 'wss://fstream.binance.com/market/stream' },
        [
          '{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@kline_5m","btcusdt@markPrice@1s","btcusdt@forceOrder"],"id":1}',
        ],
      ],
    ],
  );
  assert.deepEqual(
    plans.flatMap((plan) => plan.subscriptions.map(({ stream }) => stream)),
    ['book', 'quotes', 'trades', 'candles', 'mark-price', 'funding-rate', 'liquidations'],
  );
});

test('spot has one address for all streams and single trades', () => {
  const asked = [subscription('book'), subscription('trades')];
  for (const [adapter, url] of [
    [BINANCE_SPOT, 'wss://stream.binance.com:9443/stream'],
    [BINANCEUS_SPOT, 'wss://stream.binance.us:9443/stream'],
  ] as const) {
    const sent = adapter
      .plan(asked, adapter.hosts)
      .map((plan) => [plan.address('1'), plan.openDialogue().onOpen().send]);
    assert.deepEqual(sent, [
      [{ kind: 'url', url }, ['{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1}']],
      [{ kind: 'url', url }, ['{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}']],
    ]);
  }
});

test('many streams are spread over sockets and requests within the limits, the same way every time', () => {
  const asked = Array.from({ length: 450 }, (_, i) => subscription('book', `S${i}USDT`));
  const plans = BINANCE_USDM.plan(asked, BINANCE_USDM.hosts);
  assert.deepEqual(
    plans.map(({ name, subscriptions }) => [name, subscriptions.length]),
    [
      ['public-0', 200],
      ['public-1', 200],
      ['public-2', 50],
    ],
  );
  const frames = plans.flatMap((plan) => plan.openDialogue().onOpen().send);
  assert.equal(frames.length, 5);
  for (const frame of frames) assert.ok(frame.length < 4_000);
  const again = BINANCE_USDM.plan(asked, BINANCE_USDM.hosts).flatMap(
    (plan) => plan.openDialogue().onOpen().send,
  );
  assert.deepEqual(again, frames);
});

test('an answer confirms what its request asked for, once; a refusal names what was refused', () => {
  const asked = Array.from({ length: 150 }, (_, i) => subscription('book', `S${i}USDT`));
  const [plan] = BINANCE_USDM.plan(asked, BINANCE_USDM.hosts);
  const dialogue = plan?.openDialogue() ?? assert.fail();
  assert.equal(dialogue.onOpen().send.length, 2);
  assert.deepEqual(dialogue.onControl({ kind: 'ack', id: '2' }).confirmed, asked.slice(100));
  assert.deepEqual(dialogue.onControl({ kind: 'ack', id: '2' }).confirmed, []);
  const refusal = {
    kind: 'refused',
    id: null,
    channel: null,
    symbol: null,
    message: '2 Invalid request',
  } as const;
  const { refused } = dialogue.onControl(refusal);
  assert.deepEqual(
    refused,
    asked.slice(0, 100).map((of) => ({ subscription: of, message: '2 Invalid request' })),
  );
  assert.deepEqual(dialogue.onControl(refusal).refused, []);
  assert.deepEqual(dialogue.onControl({ kind: 'pong' }).confirmed, []);
});

test('a candle length or a kind that the venue has not is refused with words', () => {
  const plan = (of: Subscription) => () => BINANCE_SPOT.plan([of], BINANCE_SPOT.hosts);
  for (const of of [
    subscription('candles', 'BTCUSDT', 7_000_000),
    subscription('candles'),
    subscription('orders'),
  ]) {
    assert.throws(plan(of), (thrown) => thrown instanceof XylenError && thrown.code === 'XY_USAGE');
  }
});
