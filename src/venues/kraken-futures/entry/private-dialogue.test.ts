import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { PrivateDialogue, PrivateStep } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { Told } from '../../entry/test/sinks.ts';
import { KNOWN_ORDERS_MAX } from './private-dialogue.ts';
import { KEYS, openEntry, stampOf, XBT } from './test/parts.ts';

const FEEDS = ['open_orders_verbose', 'fills', 'balances', 'open_positions'];

function open(): { say: (message: unknown) => PrivateStep; told: Told; dialogue: PrivateDialogue } {
  const dialogue = openEntry().stream.open([XBT]);
  const told = new Told();
  return { told, dialogue, say: (message) => dialogue.onMessage(bytesOf(message), stampOf(), told) };
}

function liveOrder(id: string, changes: object = {}): object {
  return {
    instrument: 'PF_XBTUSD',
    time: 1_700_000_000_000,
    last_update_time: 1_700_000_000_500,
    qty: 0.0015,
    filled: 0,
    limit_price: 70_000,
    stop_price: 0,
    type: 'limit',
    order_id: id,
    cli_ord_id: `xy-${id}`,
    direction: 1,
    reduce_only: true,
    ...changes,
  };
}

test('a challenge is signed, every feed asked for with it, and all confirmed is ready', () => {
  const { dialogue, say } = open();
  assert.deepEqual(dialogue.onOpen(stampOf()).send, [
    JSON.stringify({ event: 'challenge', api_key: KEYS.apiKey }),
  ]);
  assert.equal(say({ event: 'info', version: 1 }).send.length, 0);
  const { isReady, send } = say({ event: 'challenge', message: 'a-b-c' });
  const digest = createHash('sha256').update('a-b-c').digest();
  const signed = createHmac('sha512', Buffer.from(KEYS.secret, 'base64')).update(digest).digest('base64');
  assert.equal(isReady, false);
  assert.deepEqual(
    send.map((text) => JSON.parse(text) as unknown),
    FEEDS.map((feed) => ({
      event: 'subscribe',
      feed,
      api_key: KEYS.apiKey,
      original_challenge: 'a-b-c',
      signed_challenge: signed,
    })),
  );
  const ready = FEEDS.map((feed) => say({ event: 'subscribed', feed }).isReady);
  assert.deepEqual(ready, [false, false, false, true]);
});

test('an alert before everything is confirmed is a refusal without our keys, later a notice', () => {
  const { say, told } = open();
  say({ event: 'challenge', message: 'x' });
  assert.equal(say({ event: 'alert', message: `bad key ${KEYS.apiKey}` }).refusal, 'bad key ***');
  for (const feed of FEEDS) say({ event: 'subscribed', feed });
  assert.equal(say({ event: 'alert', message: 'later' }).refusal, null);
  assert.deepEqual(told.words, ['notice alert: later']);
});

test('quantities of the feed are what is left to fill', () => {
  const { say, told } = open();
  say({ feed: 'open_orders_verbose_snapshot', orders: [liveOrder('a', { qty: 0.001, filled: 0.0005 })] });
  const [order] = told.orders;
  assert.ok(order !== undefined);
  assert.deepEqual(
    [order.status, order.qtyLots, order.filledLots, order.side, order.clientOrderId],
    ['PARTIALLY_FILLED', 15, 5, 'sell', 'xy-a'],
  );
});

test('orders that end by their name alone are known from before', () => {
  const { say, told } = open();
  say({ feed: 'open_orders_snapshot', orders: [liveOrder('a'), liveOrder('b'), liveOrder('c')] });
  const end = (order_id: string, reason: string): PrivateStep =>
    say({ feed: 'open_orders', order_id, is_cancel: true, reason });
  end('a', 'cancelled_by_user');
  end('b', 'full_fill');
  end('c', 'would_not_reduce_position');
  end('c', 'cancelled_by_user');
  assert.deepEqual(told.words.slice(3), [
    'order a CANCELED 0/15',
    'order b FILLED 15/15',
    'order c EXPIRED 0/15',
    'notice order c ended (cancelled_by_user), not known here',
  ]);
});

test('a stop that was triggered is told as such, a post-only order that would take as refused', () => {
  const { say, told } = open();
  const stop = liveOrder('s', { type: 'stop', limit_price: 0, stop_price: 65_000 });
  say({ feed: 'open_orders', order: stop, is_cancel: false, reason: 'new_placed_order_by_user' });
  say({ feed: 'open_orders', order_id: 's', is_cancel: true, reason: 'stop_order_triggered' });
  const reason = 'post_order_failed_because_it_would_be_filled';
  say({ feed: 'open_orders_verbose', order: liveOrder('p'), is_cancel: true, reason });
  assert.deepEqual(
    told.orders.map(({ isConditional, status, type }) => [status, type, isConditional]),
    [
      ['ACCEPTED', 'stop_market', true],
      ['TRIGGERED', 'stop_market', true],
      ['REJECTED', 'limit', false],
    ],
  );
});

test('fills have the ids and numbers that a question would have', () => {
  const { say, told } = open();
  const fill = {
    instrument: 'PF_XBTUSD',
    time: 1_700_000_000_000,
    price: 70_000,
    seq: 1,
    buy: true,
    qty: 0.0015,
    remaining_order_qty: 0,
    order_id: 'o-1',
    cli_ord_id: 'xy-1',
    fill_id: 'f-1',
    fill_type: 'taker',
    fee_paid: 0.0525,
    fee_currency: 'USD',
  };
  say({ feed: 'fills_snapshot', fills: [fill, { ...fill, instrument: 'PF_OTHER', price: 0.123 }] });
  say({ feed: 'fills', fills: [{ ...fill, fill_id: 'f-2', fill_type: 'liquidation' }] });
  const asked = openEntry().fills({
    instrument: XBT,
    fromUs: 0,
    toUs: Number.MAX_SAFE_INTEGER,
    afterExecId: null,
  });
  const answer = {
    result: 'success',
    fills: [
      {
        fill_id: 'f-1',
        symbol: 'PF_XBTUSD',
        side: 'buy',
        order_id: 'o-1',
        cliOrdId: 'xy-1',
        size: 0.0015,
        price: 70_000,
        fillTime: new Date(1_700_000_000_000).toISOString(),
        fillType: 'taker',
      },
    ],
  };
  const [byQuestion] = asked.parse(bytesOf(answer)).fills;
  const [byStream, forced] = told.fills;
  assert.deepEqual({ ...byStream, fee: null }, byQuestion);
  assert.deepEqual(byStream?.fee, { asset: 'USD', units: 525n, decimals: 4 });
  assert.equal(forced?.forcedBy, 'liquidation');
});

test('a position that left the list is flat', () => {
  const { say, told } = open();
  const position = { instrument: 'PF_XBTUSD', balance: -0.25, entry_price: 69_999.5 };
  say({ feed: 'open_positions', positions: [position], timestamp: 1_700_000_000_000 });
  say({ feed: 'open_positions', positions: [], timestamp: 1_700_000_001_000 });
  say({ feed: 'open_positions', positions: [], timestamp: 1_700_000_002_000 });
  assert.deepEqual(told.words, ['position PF_XBTUSD -2500', 'position PF_XBTUSD 0']);
  assert.equal(told.positions[0]?.entryPrice, '69999.5');
});

test('balances are those of the wallet that linear contracts trade on', () => {
  const { say, told } = open();
  const wallet = { currencies: { XBT: { quantity: 0.5, available: 0.25 }, USD: { quantity: 10 } } };
  say({ feed: 'balances_snapshot', holding: { EUR: 5 }, flex_futures: wallet, timestamp: 1_700_000_000_000 });
  say({ feed: 'balances', holding: { EUR: 6 }, timestamp: 1_700_000_000_000 });
  assert.deepEqual(told.balances, [
    {
      total: { asset: 'BTC', units: 5n, decimals: 1 },
      available: { asset: 'BTC', units: 25n, decimals: 2 },
    },
    { total: { asset: 'USD', units: 10n, decimals: 0 }, available: null },
  ]);
});

test('a message with one bad record tells nothing at all', () => {
  const { say, told } = open();
  const bad = liveOrder('b', { limit_price: 70_000.5 });
  assert.throws(() => say({ feed: 'open_orders_snapshot', orders: [liveOrder('a'), bad] }), {
    code: 'XY_VENUE_REPLY',
  });
  assert.throws(() => say('{"feed":"fills","fills":['), { code: 'XY_VENUE_REPLY' });
  assert.throws(() => say({ feed: 'open_orders', order_id: 'a', is_cancel: false }), {
    code: 'XY_VENUE_REPLY',
  });
  assert.deepEqual(told.words, []);
});

test('so many orders are remembered and no more, the oldest is forgotten', () => {
  const { say, told } = open();
  const orders = Array.from({ length: KNOWN_ORDERS_MAX + 1 }, (_, at) => liveOrder(`o-${at}`));
  say({ feed: 'open_orders_snapshot', orders });
  told.words.length = 0;
  for (const order_id of ['o-0', 'o-1']) {
    say({ feed: 'open_orders', order_id, is_cancel: true, reason: 'cancelled_by_user' });
  }
  assert.deepEqual(told.words, [
    'notice order o-0 ended (cancelled_by_user), not known here',
    'order o-1 CANCELED 0/15',
  ]);
});
