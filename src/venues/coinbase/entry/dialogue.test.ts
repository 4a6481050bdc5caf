import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PrivateDialogue, type PrivateStep, uuidOfClientId } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { Heard } from '../../entry/test/sinks.ts';
import { BTC_USD, HOSTS, OUR_ID, open, STAMP } from './test/account.ts';

const T = '2026-09-21T14:13:20.000001Z';
const ORDER = {
  order_id: 'v-1',
  client_order_id: uuidOfClientId(OUR_ID),
  cumulative_quantity: '0.0005',
  leaves_quantity: '0.0005',
  status: 'OPEN',
  product_id: 'BTC-USD',
  order_side: 'BUY',
  order_type: 'Limit',
  limit_price: '10000.50',
  stop_price: '',
  cancel_reason: '',
  reject_reason: '',
  trigger_status: 'INVALID_ORDER_TYPE',
};

class Line {
  readonly heard = new Heard();
  readonly #dialogue: PrivateDialogue = open().stream.open([BTC_USD]);
  #sequence = 0;

  open(): PrivateStep {
    return this.#dialogue.onOpen(STAMP);
  }

  say(channel: string, events: readonly object[], sequence = this.#sequence): PrivateStep {
    this.#sequence = sequence + 1;
    return this.raw({ channel, client_id: '', timestamp: T, sequence_num: sequence, events });
  }

  raw(message: unknown): PrivateStep {
    return this.#dialogue.onMessage(bytesOf(message), STAMP, this.heard);
  }

  orders(...orders: readonly object[]): PrivateStep {
    return this.say('user', [{ type: 'update', orders }]);
  }
}

test('heartbeats and orders are asked for, each with a token without a path; both confirmed is complete', () => {
  const line = new Line();
  const sent = line
    .open()
    .send.map((text) => JSON.parse(text) as { type: string; channel: string; jwt: string });
  assert.deepEqual(
    sent.map(({ channel, type }) => [type, channel]),
    [
      ['subscribe', 'heartbeats'],
      ['subscribe', 'user'],
    ],
  );
  const claims = JSON.parse(Buffer.from(sent[1]?.jwt.split('.')[1] ?? '', 'base64url').toString()) as object;
  assert.ok(!('uri' in claims));
  assert.equal(line.say('subscriptions', [{ subscriptions: { heartbeats: ['heartbeats'] } }]).isReady, false);
  assert.equal(line.say('user', [{ type: 'snapshot', orders: [] }]).isReady, false);
  const both = { subscriptions: { heartbeats: ['heartbeats'], user: ['u-1'] } };
  assert.equal(line.say('subscriptions', [both]).isReady, true);
  assert.equal(open().stream.url('', '1'), HOSTS.stream);
});

test('an error is a refusal in the words of the venue', () => {
  assert.equal(
    new Line().raw({ type: 'error', message: 'authentication failure' }).refusal,
    'authentication failure',
  );
});

test('each message tells the whole state of an order; fills are left to questions', () => {
  const line = new Line();
  line.orders(ORDER);
  assert.deepEqual(
    line.heard.told.map(({ what }) => what),
    ['order'],
  );
  assert.deepEqual(line.heard.take('order')[0], {
    instrument: BTC_USD,
    clientOrderId: OUR_ID,
    venueOrderId: 'v-1',
    side: 'buy',
    type: 'limit',
    qtyLots: 100_000,
    filledLots: 50_000,
    priceTicks: 1_000_050,
    triggerTicks: null,
    status: 'PARTIALLY_FILLED',
    reduceOnly: false,
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: Date.parse('2026-09-21T14:13:20Z') * 1000 + 1,
  });
});

test('an ended order keeps the quantity that it had', () => {
  const line = new Line();
  const ended = { ...ORDER, status: 'CANCELLED', leaves_quantity: '0', cancel_reason: 'USER_REQUESTED' };
  line.orders(ORDER, { ...ORDER, order_id: 'v-2', product_id: 'ETH-USD' });
  line.orders(ended, { ...ended, order_id: 'v-3', cancel_reason: 'OUT_OF_FUNDS' });
  line.orders({ ...ORDER, order_id: 'v-4', status: 'FAILED', cumulative_quantity: '0', reject_reason: 'NO' });
  assert.deepEqual(
    line.heard
      .take('order')
      .map(({ qtyLots, reason, status, venueOrderId }) => [venueOrderId, qtyLots, status, reason]),
    [
      ['v-1', 100_000, 'PARTIALLY_FILLED', ''],
      ['v-1', 100_000, 'CANCELED', ''],
      ['v-3', 50_000, 'CANCELED', 'OUT_OF_FUNDS'],
      ['v-4', 0, 'REJECTED', 'NO'],
    ],
  );
});

test('a stop is conditional and says when it was triggered', () => {
  const line = new Line();
  const stop = { ...ORDER, order_type: 'STOP_LIMIT', stop_price: '9000', cumulative_quantity: '0' };
  line.orders(stop, { ...stop, trigger_status: 'STOP_TRIGGERED' });
  assert.deepEqual(
    line.heard.take('order').map((told) => [told.type, told.triggerTicks, told.status, told.isConditional]),
    [
      ['stop_limit', 900_000, 'ACCEPTED', true],
      ['stop_limit', 900_000, 'TRIGGERED', true],
    ],
  );
});

test('a gap in the numbers of frames ends the stream; repeated frames are passed over', () => {
  const line = new Line();
  line.say('heartbeats', [{ heartbeat_counter: 1 }], 0);
  line.say('user', [{ type: 'snapshot', orders: [ORDER] }], 1);
  line.say('user', [{ type: 'snapshot', orders: [ORDER] }], 1);
  line.say('heartbeats', [{ heartbeat_counter: 2 }], 2);
  assert.equal(line.heard.take('order').length, 1);
  line.say('user', [{ type: 'update', orders: [ORDER] }], 4);
  assert.deepEqual(line.heard.told.splice(0), [
    { what: 'end', record: 'frames 3 to 3 of the private stream were lost' },
  ]);
  line.orders(ORDER);
  assert.deepEqual(line.heard.told, []);
});

test('a frame that cannot be read to its end tells nothing', () => {
  const line = new Line();
  assert.throws(() => line.orders(ORDER, { ...ORDER, leaves_quantity: 'x' }), { code: 'XY_VENUE_REPLY' });
  assert.deepEqual(line.heard.told, []);
});
