/** What is said on a socket of Kraken futures: one feed of a product in each request, refusals found by their words or their turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamKind } from '#domain';
import type { ControlMessage, Subscription } from '#venues/market';
import { KRAKEN_FUTURES } from './adapter.ts';
import { KrakenFuturesDialogue } from './dialogue.ts';

function want(wireSymbol: string, stream: StreamKind): Subscription {
  const instrument = {
    ix: 0,
    venue: 'kraken-futures',
    symbol: wireSymbol,
    wireSymbol,
    priceDecimals: 1,
    qtyDecimals: 0,
  } as const;
  return { instrument, stream, timeframeUs: null };
}

function refusal(fields: Partial<Extract<ControlMessage, { kind: 'refused' }>>): ControlMessage {
  return { kind: 'refused', id: null, channel: null, symbol: null, message: 'no', ...fields };
}

const BOOK = want('PF_XBTUSD', 'book');
const OTHER = want('PF_ETHUSD', 'book');
const MARK = want('PF_XBTUSD', 'mark-price');
const FUNDING = want('PF_XBTUSD', 'funding-rate');
const TRADES = want('PF_XBTUSD', 'trades');
const FORCED = want('PF_XBTUSD', 'liquidations');

function refused(
  dialogue: KrakenFuturesDialogue,
  fields: Parameters<typeof refusal>[0],
): readonly Subscription[] {
  return dialogue.onControl(refusal(fields)).refused.map(({ subscription }) => subscription);
}

test('the heartbeat comes first, streams of one feed are one request and are confirmed together', () => {
  const dialogue = new KrakenFuturesDialogue([BOOK, MARK, FUNDING, TRADES, FORCED]);
  assert.deepEqual(dialogue.onOpen().send, [
    '{"event":"subscribe","feed":"heartbeat"}',
    '{"event":"subscribe","feed":"book","product_ids":["PF_XBTUSD"]}',
    '{"event":"subscribe","feed":"ticker","product_ids":["PF_XBTUSD"]}',
    '{"event":"subscribe","feed":"trade","product_ids":["PF_XBTUSD"]}',
  ]);
  const confirm = (channel: string, symbol: string | null): readonly Subscription[] =>
    dialogue.onControl({ kind: 'subscribed', channel, symbol }).confirmed;
  assert.deepEqual(confirm('ticker', 'PF_XBTUSD'), [MARK, FUNDING]);
  assert.deepEqual(confirm('heartbeat', null), []);
  assert.deepEqual(confirm('book', 'PF_ETHUSD'), []);
  assert.deepEqual(confirm('trade', 'PF_XBTUSD'), [TRADES, FORCED]);
});

test('a refusal is of the product it names, else of the oldest request without an answer', () => {
  const dialogue = new KrakenFuturesDialogue([BOOK, OTHER, MARK]);
  dialogue.onOpen();
  dialogue.onControl({ kind: 'subscribed', channel: 'heartbeat', symbol: null });
  assert.deepEqual(refused(dialogue, { symbol: 'PF_ETHUSD' }), [OTHER]);
  assert.deepEqual(refused(dialogue, {}), [BOOK]);
  assert.deepEqual(refused(dialogue, { channel: 'ticker', symbol: 'PF_XBTUSD' }), [MARK]);
  assert.deepEqual(refused(dialogue, {}), []);
});

test('a refusal that is the turn of the heartbeat or of an ended subscription is of no stream', () => {
  const dialogue = new KrakenFuturesDialogue([BOOK]);
  dialogue.onOpen();
  assert.deepEqual(refused(dialogue, {}), []);
  dialogue.onControl({ kind: 'subscribed', channel: 'book', symbol: 'PF_XBTUSD' });
  assert.deepEqual(dialogue.resubscribe(BOOK).send, [
    '{"event":"unsubscribe","feed":"book","product_ids":["PF_XBTUSD"]}',
    '{"event":"subscribe","feed":"book","product_ids":["PF_XBTUSD"]}',
  ]);
  assert.deepEqual(refused(dialogue, {}), []);
  assert.deepEqual(refused(dialogue, {}), [BOOK]);
});

test('an ended subscription that is confirmed leaves the turn to the new one', () => {
  const dialogue = new KrakenFuturesDialogue([BOOK]);
  dialogue.onOpen();
  dialogue.onControl({ kind: 'subscribed', channel: 'heartbeat', symbol: null });
  dialogue.onControl({ kind: 'subscribed', channel: 'book', symbol: 'PF_XBTUSD' });
  dialogue.resubscribe(BOOK);
  dialogue.onControl({ kind: 'unsubscribed', channel: 'book', symbol: 'PF_XBTUSD' });
  assert.deepEqual(refused(dialogue, {}), [BOOK]);
});

test('pings are those of the protocol, well within the minute that Kraken allows', () => {
  const { ping } = new KrakenFuturesDialogue([BOOK]);
  assert.equal(ping.kind, 'protocol');
  assert.ok(ping.everyUs + ping.timeoutUs < 60_000_000);
});

test('a feed of a product stands on one socket with all of its streams', () => {
  const wishes = Array.from({ length: 150 }, (_, i) => [
    want(`P${i}`, 'quotes'),
    want(`P${i}`, 'open-interest'),
  ]).flat();
  const plan = KRAKEN_FUTURES.plan(wishes, KRAKEN_FUTURES.hosts);
  assert.deepEqual(
    plan.map(({ name, subscriptions }) => [name, subscriptions.length]),
    [
      ['public-0', 200],
      ['public-1', 100],
    ],
  );
  assert.deepEqual(plan[0]?.address('1'), { kind: 'url', url: 'wss://futures.kraken.com/ws/v1' });
  const of = (index: number): ReadonlySet<string> =>
    new Set(plan[index]?.subscriptions.map(({ instrument }) => instrument.wireSymbol));
  assert.equal([...of(0)].filter((name) => of(1).has(name)).length, 0);
});

test('what Kraken futures does not have is refused in words', () => {
  const plan = (stream: StreamKind): unknown =>
    KRAKEN_FUTURES.plan([want('PF_XBTUSD', stream)], KRAKEN_FUTURES.hosts);
  assert.throws(() => plan('candles'), /kraken-futures has no stream 'candles'/);
  assert.throws(() => plan('orders'), /kraken-futures has no stream 'orders'/);
});
