import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PrivateDialogue, PrivateStep } from '../../entry/index.ts';
import { uuidOfClientId } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { Heard } from '../../entry/test/sinks.ts';
import { BTC_USD, good, NOW_US, OUR_ID, open, STAMP } from './test/account.ts';

const T = '2026-09-21T14:13:20.000001Z';
const T_US = Date.parse('2026-09-21T14:13:20Z') * 1000 + 1;

class Line {
  readonly heard = new Heard();
  readonly #dialogue: PrivateDialogue;

  constructor() {
    const { stream } = open();
    this.#dialogue = stream.open([BTC_USD]);
    stream.url('token-1', '1');
    this.sent = this.#dialogue.onOpen(STAMP);
  }

  readonly sent: PrivateStep;

  say(message: unknown): PrivateStep {
    return this.#dialogue.onMessage(bytesOf(message), STAMP, this.heard);
  }

  executions(...data: readonly object[]): PrivateStep {
    return this.say({ channel: 'executions', type: 'update', data });
  }
}

const NEW = {
  order_id: 'O-1',
  cl_ord_id: uuidOfClientId(OUR_ID),
  symbol: 'BTC/USD',
  side: 'buy',
  order_type: 'limit',
  order_qty: 1.25,
  limit_price: 37500.0,
  cum_qty: 0,
  time_in_force: 'GTC',
  exec_type: 'pending_new',
  order_status: 'pending_new',
  timestamp: T,
};
const TRADE = {
  order_id: 'O-1',
  exec_id: 'T-1',
  exec_type: 'trade',
  order_status: 'partially_filled',
  symbol: 'BTC/USD',
  side: 'buy',
  order_type: 'limit',
  last_qty: 0.5,
  last_price: 37499.9,
  cum_qty: 0.5,
  liquidity_ind: 'm',
  fees: [{ asset: 'USD', qty: 46.874875 }],
  timestamp: T,
};

test('both channels are asked for with the token of the latest address; the stream is complete once both are confirmed', () => {
  const line = new Line();
  assert.deepEqual(
    line.sent.send.map((text) => (JSON.parse(text) as { params: object }).params),
    [
      { channel: 'executions', snap_orders: true, snap_trades: false, order_status: true, token: 'token-1' },
      { channel: 'balances', snapshot: true, token: 'token-1' },
    ],
  );
  const confirm = (channel: string) => line.say({ method: 'subscribe', result: { channel }, success: true });
  assert.equal(line.say({ channel: 'heartbeat' }).isReady, false);
  assert.equal(confirm('executions').isReady, false);
  assert.equal(confirm('balances').isReady, true);
  assert.equal(open().stream.url('t', '1'), 'wss://ws-auth.kraken.com/v2');
});

test('a refused subscription is said in the words of the venue', () => {
  const line = new Line();
  const refused = { method: 'subscribe', success: false, error: 'ESession:Invalid session' };
  assert.equal(line.say(refused).refusal, 'ESession:Invalid session');
});

test('an order is told whole once, afterwards by what changed', () => {
  const line = new Line();
  line.executions(NEW);
  const [first] = line.heard.take('order');
  assert.deepEqual(first, {
    instrument: BTC_USD,
    clientOrderId: OUR_ID,
    venueOrderId: 'O-1',
    side: 'buy',
    type: 'limit',
    qtyLots: 125_000_000,
    filledLots: 0,
    priceTicks: 375_000,
    triggerTicks: null,
    status: 'ACCEPTED',
    reduceOnly: false,
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: T_US,
  });
  line.executions({
    order_id: 'O-1',
    exec_type: 'amended',
    limit_price: 37400.5,
    order_qty: 1,
    timestamp: T,
  });
  const [amended] = line.heard.take('order');
  assert.deepEqual(amended, { ...first, priceTicks: 374_005, qtyLots: 100_000_000 });
  line.executions({
    order_id: 'O-1',
    exec_type: 'canceled',
    order_status: 'canceled',
    reason: 'User requested',
    timestamp: T,
  });
  assert.deepEqual(line.heard.take('order'), [{ ...amended, status: 'CANCELED' }]);
  line.executions({ order_id: 'O-1', exec_type: 'restated', timestamp: T });
  assert.equal(line.heard.take('order')[0]?.status, 'CANCELED');
});

test('an order that is amended below what it has filled ends, and is read', () => {
  const line = new Line();
  line.executions(NEW, TRADE);
  line.heard.take('order');
  line.executions({ order_id: 'O-1', exec_type: 'amended', order_qty: 0.25, timestamp: T });
  line.executions({
    order_id: 'O-1',
    exec_type: 'canceled',
    order_status: 'canceled',
    reason: 'x',
    timestamp: T,
  });
  line.executions({ ...NEW, order_id: 'O-2', exec_type: 'expired', order_status: 'expired' });
  assert.deepEqual(
    line.heard
      .take('order')
      .map(({ filledLots, qtyLots, reason, status }) => [status, qtyLots, filledLots, reason]),
    [
      ['PARTIALLY_FILLED', 50_000_000, 50_000_000, ''],
      ['CANCELED', 50_000_000, 50_000_000, 'x'],
      ['EXPIRED', 125_000_000, 0, 'expired'],
    ],
  );
});

test('a trade is a fill and a state; that it filled the order is said by the item after it', () => {
  const line = new Line();
  line.executions(NEW);
  line.heard.take('order');
  line.executions(TRADE);
  assert.deepEqual(
    line.heard.told.map(({ what }) => what),
    ['fill', 'order'],
  );
  const [fill] = line.heard.take('fill');
  assert.deepEqual(fill, {
    instrument: BTC_USD,
    execId: 'T-1',
    clientOrderId: OUR_ID,
    venueOrderId: 'O-1',
    side: 'buy',
    priceTicks: 374_999,
    qtyLots: 50_000_000,
    filledLots: 50_000_000,
    fee: { asset: 'USD', units: 46_874_875n, decimals: 6 },
    liquidity: 'maker',
    forcedBy: null,
    tsVenueUs: T_US,
  });
  line.executions({ ...TRADE, exec_id: 'T-2', last_qty: 0.75, cum_qty: 1.25 });
  line.executions({ order_id: 'O-1', exec_type: 'filled', order_status: 'filled', timestamp: T });
  assert.deepEqual(
    line.heard.take('order').map(({ filledLots, status }) => [filledLots, status]),
    [
      [125_000_000, 'PARTIALLY_FILLED'],
      [125_000_000, 'FILLED'],
    ],
  );
});

test('the same fill has the same id by stream and by question', () => {
  const line = new Line();
  line.executions(TRADE, { ...NEW, exec_type: 'new', order_status: 'new', order_id: 'O-9' });
  const [fill] = line.heard.take('fill');
  const trade = {
    ordertxid: 'O-1',
    pair: 'XXBTZUSD',
    time: 1_790_000_000.0,
    type: 'buy',
    price: '37499.9',
    fee: '46.87',
    vol: '0.5',
    maker: true,
  };
  const range = { instrument: BTC_USD, fromUs: 0, toUs: NOW_US + 1e9, afterExecId: null };
  const [asked] = open()
    .fills(range)
    .parse(good({ trades: { 'T-1': trade }, count: 1 })).fills;
  for (const name of ['execId', 'venueOrderId', 'side', 'priceTicks', 'qtyLots', 'liquidity'] as const)
    assert.equal(fill?.[name], asked?.[name], name);
});

test('where a trade does not say how much is filled in all it is added up, each fill once', () => {
  const line = new Line();
  const { cum_qty: _, ...bare } = TRADE;
  line.executions(NEW);
  line.executions(bare);
  line.executions(bare);
  line.executions({ ...bare, exec_id: 'T-2', last_qty: 0.25 });
  assert.deepEqual(
    line.heard.take('fill').map(({ filledLots }) => filledLots),
    [50_000_000, 50_000_000, 75_000_000],
  );
});

test('fees in several currencies are told later, by question', () => {
  const line = new Line();
  const fee = (...fees: readonly object[]) => {
    line.executions({ ...TRADE, fees });
    return line.heard.take('fill')[0]?.fee;
  };
  assert.equal(fee({ asset: 'USD', qty: 1 }, { asset: 'KFEE', qty: 2 }), null);
  assert.deepEqual(fee({ asset: 'USD', qty: 1.5 }, { asset: 'USD', qty: 1e-8 }), {
    asset: 'USD',
    units: 150_000_001n,
    decimals: 8,
  });
  assert.equal(fee(), null);
});

test('a stop is conditional, is triggered and keeps its type', () => {
  const line = new Line();
  const triggers = { price: 36000.5, price_type: 'static', reference: 'last', status: 'untriggered' };
  line.executions({ ...NEW, order_type: 'stop-loss', limit_price: undefined, triggers, reduce_only: true });
  line.executions({
    order_id: 'O-1',
    exec_type: 'status',
    triggers: { ...triggers, status: 'triggered' },
    timestamp: T,
  });
  line.executions({
    order_id: 'O-1',
    exec_type: 'new',
    order_status: 'new',
    order_type: 'market',
    timestamp: T,
  });
  assert.deepEqual(
    line.heard.take('order').map((told) => [told.type, told.triggerTicks, told.status, told.isConditional]),
    [
      ['stop_market', 360_005, 'ACCEPTED', true],
      ['stop_market', 360_005, 'TRIGGERED', true],
      ['stop_market', 360_005, 'TRIGGERED', true],
    ],
  );
});

test('orders of pairs that nobody here trades are passed over, also when only their id is told', () => {
  const line = new Line();
  line.executions({ ...NEW, symbol: 'ETH/USD' });
  line.executions({ order_id: 'O-1', exec_type: 'canceled', order_status: 'canceled', timestamp: T });
  assert.deepEqual(line.heard.told, []);
  line.executions({ order_id: 'O-7', exec_type: 'canceled', order_status: 'canceled', timestamp: T });
  assert.equal(line.heard.take('notice').length, 1);
});

test('balances are those of the spot wallet', () => {
  const line = new Line();
  const wallets = [
    { type: 'earn', id: 'flex', balance: 200 },
    { type: 'spot', id: 'main', balance: 300.25 },
  ];
  line.say({
    channel: 'balances',
    type: 'snapshot',
    data: [{ asset: 'BTC', balance: 500.25, wallets }],
    sequence: 1,
  });
  const update = { asset: 'BTC', balance: 301, amount: 0.75, timestamp: T };
  line.say({
    channel: 'balances',
    type: 'update',
    data: [
      { ...update, wallet_type: 'spot', wallet_id: 'main' },
      { ...update, wallet_type: 'earn', wallet_id: 'flex', balance: 9 },
    ],
    sequence: 2,
  });
  assert.deepEqual(
    line.heard.take('balance').map(({ total }) => total),
    [
      { asset: 'BTC', units: 30025n, decimals: 2 },
      { asset: 'BTC', units: 301n, decimals: 0 },
    ],
  );
});

for (const [name, sequences, lost] of [
  ['one count for the connection', [1, 2, 3, 4], [1, 2, 4]],
  ['one count for each channel', [1, 1, 2, 2], [1, 1, 3]],
] as const) {
  test(`a lost message ends the stream: ${name}`, () => {
    const say = (line: Line, sequence: number, at: number): PrivateStep =>
      at % 2 === 0
        ? line.say({
            channel: 'executions',
            type: 'update',
            data: [{ ...NEW, order_id: `O-${at}` }],
            sequence,
          })
        : line.say({ channel: 'balances', type: 'snapshot', data: [], sequence });
    const whole = new Line();
    sequences.forEach((sequence, at) => {
      say(whole, sequence, at);
    });
    assert.equal(whole.heard.take('order').length, 2);
    const broken = new Line();
    lost.forEach((sequence, at) => {
      say(broken, sequence, at);
    });
    const told = broken.heard.told.splice(0).map(({ what }) => what);
    assert.deepEqual(told, ['order', 'end']);
    broken.executions(NEW);
    assert.deepEqual(broken.heard.told, []);
  });
}

test('a message that cannot be read to its end changes nothing', () => {
  const line = new Line();
  const bad = { ...TRADE, exec_id: 'T-2', last_price: 'x' };
  assert.throws(() => line.executions(NEW, TRADE, bad), { code: 'XY_VENUE_REPLY' });
  assert.deepEqual(line.heard.told, []);
  line.executions({ order_id: 'O-1', exec_type: 'canceled', order_status: 'canceled', timestamp: T });
  assert.equal(line.heard.take('notice').length, 1);
});

test('the state of the venue is told when it is not as usual, pings are the venue’s own', () => {
  const line = new Line();
  line.say({ channel: 'status', type: 'update', data: [{ system: 'online' }] });
  line.say({ method: 'pong', time_in: T, time_out: T });
  assert.deepEqual(line.heard.told, []);
  line.say({ channel: 'status', type: 'update', data: [{ system: 'cancel_only' }] });
  assert.match(String(line.heard.take('notice')[0]), /cancel_only/);
  const { ping } = open().stream.open([BTC_USD]);
  assert.deepEqual(JSON.parse(ping?.text(STAMP) ?? ''), { method: 'ping' });
});
