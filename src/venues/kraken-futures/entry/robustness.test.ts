import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../../test/support/property.ts';
import type { EntryCall } from '../../entry/index.ts';
import { changed, isRefused, strangeValues } from '../../entry/test/reply-damage.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { Told } from '../../entry/test/sinks.ts';
import { KEYS, openEntry, orderOf, stampOf, XBT } from './test/parts.ts';

const SEED = testSeed();
const ROUNDS = 400;
const entry = openEntry();
const REF = { instrument: XBT, clientOrderId: 'xy-1', venueOrderId: 'o-1', isConditional: false };
const RANGE = { instrument: XBT, fromUs: 0, toUs: 4_000_000_000_000_000, afterExecId: null };
const TIME = '2026-11-01T10:00:00.250Z';

const ORDER = {
  order_id: 'o-1',
  cliOrdId: 'xy-1',
  symbol: 'PF_XBTUSD',
  side: 'buy',
  orderType: 'stp',
  limitPrice: 70_000,
  stopPrice: 71_000,
  unfilledSize: 0.001,
  filledSize: 0.0005,
  status: 'partiallyFilled',
  reduceOnly: true,
  lastUpdateTime: TIME,
};
const STATUS = {
  order: {
    type: 'ORDER',
    orderId: 'o-1',
    cliOrdId: 'xy-1',
    symbol: 'PF_XBTUSD',
    side: 'buy',
    quantity: 0.0015,
    filled: 0,
    limitPrice: 70_000,
    reduceOnly: false,
    lastUpdateTimestamp: TIME,
  },
  status: 'ENTERED_BOOK',
};
const FILL = {
  fill_id: 'f-1',
  symbol: 'PF_XBTUSD',
  side: 'buy',
  order_id: 'o-1',
  size: 0.0015,
  price: 70_000,
  fillTime: TIME,
  fillType: 'maker',
};
const POSITION = { side: 'long', symbol: 'PF_XBTUSD', price: 70_000.5, size: 0.5, fillTime: TIME };
const SEND_STATUS = { status: 'placed', order_id: 'o-1', orderEvents: [] };

/** Calls with good answers. */
const ANSWERS: readonly (readonly [EntryCall<unknown> | null | undefined, object])[] = [
  [entry.place(orderOf()), { sendStatus: SEND_STATUS }],
  [
    entry.amend({ order: REF, side: 'buy', qtyLots: 1, priceTicks: 1 }),
    { editStatus: { status: 'edited', orderId: 'o-1' } },
  ],
  [entry.placeBatch([orderOf()]), { batchStatus: [{ ...SEND_STATUS, order_tag: '0' }] }],
  [entry.openOrders([])[0], { openOrders: [ORDER] }],
  [entry.order(REF), { orders: [STATUS] }],
  [entry.fills(RANGE), { fills: [FILL] }],
  [entry.positions([]), { openPositions: [POSITION] }],
  [entry.balances(), { accounts: { flex: { currencies: { USD: { quantity: 5, available: 4 } } } } }],
  [entry.serverTime(), { serverTime: TIME }],
];

const FEED_ORDER = {
  instrument: 'PF_XBTUSD',
  last_update_time: 1_700_000_000_500,
  qty: 0.0015,
  filled: 0,
  limit_price: 70_000,
  stop_price: 0,
  type: 'limit',
  order_id: 'o-1',
  direction: 1,
  reduce_only: true,
};
const FEED_FILL = {
  instrument: 'PF_XBTUSD',
  time: 1_700_000_000_000,
  price: 70_000,
  buy: true,
  qty: 0.0015,
  order_id: 'o-1',
  fill_id: 'f-1',
  fill_type: 'taker',
  fee_paid: 0.05,
  fee_currency: 'USD',
};
const MESSAGES: readonly object[] = [
  { feed: 'open_orders_verbose_snapshot', orders: [FEED_ORDER] },
  { feed: 'open_orders_verbose', order: FEED_ORDER, is_cancel: false, reason: 'partial_fill' },
  { feed: 'open_orders', order_id: 'o-1', is_cancel: true, reason: 'full_fill' },
  { feed: 'fills', fills: [FEED_FILL] },
  { feed: 'open_positions', positions: [{ instrument: 'PF_XBTUSD', balance: 1, entry_price: 2 }] },
  {
    feed: 'balances',
    flex_futures: { currencies: { USD: { quantity: 1, available: 1 } } },
    timestamp: 1_700_000_000_000,
  },
];

const OWN_KEYS = [KEYS.apiKey, KEYS.secret];
const STRANGE = strangeValues(OWN_KEYS);
const isRefusal = (run: () => unknown): boolean => isRefused(run, OWN_KEYS);

test('answers and messages that are cut are refused as a whole, wherever they are cut', () => {
  for (const [call, body] of ANSWERS) {
    assert.ok(call !== null && call !== undefined);
    const text = JSON.stringify({ result: 'success', ...body });
    assert.equal(
      isRefusal(() => call.parse(bytesOf(text))),
      false,
      text,
    );
    for (let end = 0; end < text.length; end++)
      assert.ok(isRefusal(() => call.parse(bytesOf(text.slice(0, end)))));
  }
  for (const message of MESSAGES) {
    const text = JSON.stringify(message);
    const told = new Told();
    const dialogue = entry.stream.open([XBT]);
    for (let end = 0; end < text.length; end++) {
      assert.ok(isRefusal(() => dialogue.onMessage(bytesOf(text.slice(0, end)), stampOf(), told)));
    }
    assert.deepEqual(told.words, []);
  }
});

test(`a changed answer is read or refused, never anything else, and a verdict names no key (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  let refusals = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [call, body] of ANSWERS) {
      assert.ok(call !== null && call !== undefined);
      const answer = changed({ result: 'success', ...body }, STRANGE, prng);
      if (isRefusal(() => call.parse(bytesOf(answer)))) refusals++;
      const verdict = JSON.stringify(entry.judge(call, answerOf(answer), 1_700_000_000_000_000));
      assert.ok(!verdict.includes(KEYS.apiKey) && !verdict.includes(KEYS.secret), verdict);
    }
  }
  assert.ok(refusals > ROUNDS, `${refusals} of ${ROUNDS * ANSWERS.length} refused`);
});

test(`a changed message is told as a whole or not at all (SEED=${SEED})`, () => {
  const prng = new Prng(SEED + 1);
  for (let round = 0; round < ROUNDS; round++) {
    for (const message of MESSAGES) {
      const told = new Told();
      const dialogue = entry.stream.open([XBT]);
      const bytes = bytesOf(changed(message, STRANGE, prng));
      if (isRefusal(() => dialogue.onMessage(bytes, stampOf(), told))) assert.deepEqual(told.words, []);
    }
  }
});
