/** What is said on a socket of Kraken spot: requests, answers symbol by symbol, refusals of each form, new snapshots, pings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE } from '#core';
import type { StreamKind } from '#domain';
import type { ControlMessage, Subscription } from '#venues/market';
import { KrakenSpotDialogue } from './dialogue.ts';
import { krakenSpotSettings } from './settings.ts';

const SETTINGS = krakenSpotSettings({});

function want(wireSymbol: string, stream: StreamKind, timeframeUs: number | null = null): Subscription {
  const instrument = {
    ix: 0,
    venue: 'kraken-spot',
    symbol: wireSymbol,
    wireSymbol,
    priceDecimals: 1,
    qtyDecimals: 8,
  } as const;
  return { instrument, stream, timeframeUs };
}

function refusal(fields: Partial<Extract<ControlMessage, { kind: 'refused' }>>): ControlMessage {
  return { kind: 'refused', id: null, channel: null, symbol: null, message: 'no', ...fields };
}

const BOOK = want('BTC/USD', 'book');
const OTHER_BOOK = want('ETH/USD', 'book');
const CANDLES = want('BTC/USD', 'candles', 5 * US_PER_MINUTE);
const HOURS = want('BTC/USD', 'candles', 60 * US_PER_MINUTE);

test('streams of a channel are asked for together, candles by their length', () => {
  const streams = [BOOK, OTHER_BOOK, want('BTC/USD', 'trades'), want('BTC/USD', 'quotes'), CANDLES, HOURS];
  const { send } = new KrakenSpotDialogue(streams, SETTINGS, null).onOpen();
  assert.deepEqual(
    send.map((text) => JSON.parse(text) as unknown),
    [
      {
        method: 'subscribe',
        params: { channel: 'book', depth: 100, symbol: ['BTC/USD', 'ETH/USD'], snapshot: true },
        req_id: 1,
      },
      { method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: true }, req_id: 2 },
      {
        method: 'subscribe',
        params: { channel: 'ticker', event_trigger: 'bbo', symbol: ['BTC/USD'], snapshot: true },
        req_id: 3,
      },
      {
        method: 'subscribe',
        params: { channel: 'ohlc', interval: 5, symbol: ['BTC/USD'], snapshot: true },
        req_id: 4,
      },
      {
        method: 'subscribe',
        params: { channel: 'ohlc', interval: 60, symbol: ['BTC/USD'], snapshot: true },
        req_id: 5,
      },
    ],
  );
});

test('no request names more than fifty symbols, and level 3 no more than its pace allows', () => {
  const books = Array.from({ length: 120 }, (_, i) => want(`A${i}/USD`, 'book'));
  const sizes = (texts: readonly string[]): readonly number[] =>
    texts.map((text) => (JSON.parse(text) as { params: { symbol: string[] } }).params.symbol.length);
  assert.deepEqual(sizes(new KrakenSpotDialogue(books, SETTINGS, null).onOpen().send), [50, 50, 20]);
  const orders = Array.from({ length: 12 }, (_, i) => want(`A${i}/USD`, 'orders'));
  const { send } = new KrakenSpotDialogue(orders, SETTINGS, 'secret').onOpen();
  assert.deepEqual(sizes(send), [10, 2]);
  const { params } = JSON.parse(send[1] ?? '') as { params: unknown };
  assert.deepEqual(params, {
    channel: 'level3',
    depth: 10,
    token: 'secret',
    symbol: ['A10/USD', 'A11/USD'],
    snapshot: true,
  });
});

test('each symbol is confirmed by its own answer, whatever else is answered', () => {
  const dialogue = new KrakenSpotDialogue([BOOK, CANDLES, HOURS], SETTINGS, null);
  dialogue.onOpen();
  const confirm = (channel: string, symbol: string | null): readonly Subscription[] =>
    dialogue.onControl({ kind: 'subscribed', channel, symbol }).confirmed;
  assert.deepEqual(confirm('ohlc-60', 'BTC/USD'), [HOURS]);
  assert.deepEqual(confirm('book', 'BTC/USD'), [BOOK]);
  assert.deepEqual(
    [confirm('book', 'X/Y'), confirm('trade', 'BTC/USD'), confirm('book', null)],
    [[], [], []],
  );
  assert.deepEqual(dialogue.onControl({ kind: 'heartbeat' }).send, []);
});

test('a refusal meets who it names, and without a name all of the request that are unanswered', () => {
  const open = (): KrakenSpotDialogue => {
    const dialogue = new KrakenSpotDialogue([BOOK, OTHER_BOOK, CANDLES], SETTINGS, null);
    dialogue.onOpen();
    return dialogue;
  };
  const refused = (dialogue: KrakenSpotDialogue, fields: Parameters<typeof refusal>[0]): readonly unknown[] =>
    dialogue.onControl(refusal(fields)).refused.map(({ subscription }) => subscription);
  assert.deepEqual(refused(open(), { id: '1', symbol: 'ETH/USD' }), [OTHER_BOOK]);
  assert.deepEqual(refused(open(), { id: '1' }), [BOOK, OTHER_BOOK]);
  assert.deepEqual(refused(open(), { id: '1', message: 'Currency pair not supported ETH/USD' }), [
    OTHER_BOOK,
  ]);
  assert.deepEqual(refused(open(), { id: '7' }), []);
  assert.deepEqual(refused(open(), {}), [BOOK, OTHER_BOOK, CANDLES]);
  const answered = open();
  answered.onControl({ kind: 'subscribed', channel: 'book', symbol: 'BTC/USD' });
  assert.deepEqual(refused(answered, { id: '1' }), [OTHER_BOOK]);
  assert.deepEqual(refused(answered, { id: '1' }), []);
});

test('a new snapshot is had by ending the subscription and beginning it again', () => {
  const dialogue = new KrakenSpotDialogue([BOOK, CANDLES], SETTINGS, null);
  dialogue.onOpen();
  assert.deepEqual(
    dialogue.resubscribe(BOOK).send.map((text) => JSON.parse(text) as unknown),
    [
      { method: 'unsubscribe', params: { channel: 'book', depth: 100, symbol: ['BTC/USD'] }, req_id: 3 },
      {
        method: 'subscribe',
        params: { channel: 'book', depth: 100, symbol: ['BTC/USD'], snapshot: true },
        req_id: 4,
      },
    ],
  );
  assert.deepEqual(dialogue.onControl(refusal({ id: '3' })).refused, []);
  assert.equal(dialogue.onControl(refusal({ id: '4' })).refused.length, 1);
});

test("pings are Kraken's own and carry their number", () => {
  const dialogue = new KrakenSpotDialogue([BOOK], SETTINGS, null);
  assert.deepEqual(JSON.parse(dialogue.pingText(12)), { method: 'ping', req_id: 12 });
  assert.equal(dialogue.ping.kind, 'text');
});
