/** The user data stream: how it is had and kept, and what each of its messages says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE } from '#core';
import type { FillRecord, PrivateStep } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { accountEvent, algoEvent, fillBody, orderEvent } from './test/bodies.ts';
import { BTC, ETH, HOSTS, KeepingSink, openStage, STAMP } from './test/entry-stage.ts';

const { stream, fills } = openStage();
const KEY = 'AbCdEfGh0123456789aBcDeFgH';
const isRefused = { code: 'XY_VENUE_REPLY' };

function hear(...messages: unknown[]): { told: KeepingSink['told']; step: PrivateStep } {
  const dialogue = stream.open([BTC, ETH]);
  const sink = new KeepingSink();
  let step = dialogue.onOpen(STAMP);
  for (const message of messages) step = dialogue.onMessage(bytesOf(message), STAMP, sink);
  return { told: sink.told, step };
}

const namesOf = (message: unknown): string[] => hear(message).told.map(([name]) => name);

test('the stream is had with a listen key on the private path, and is complete once it is open', () => {
  assert.equal(stream.ticket?.parse(bytesOf({ listenKey: KEY })), KEY);
  assert.equal(stream.url(KEY, 'c-1'), `${HOSTS.stream}/private/ws?listenKey=${KEY}`);
  assert.deepEqual(hear().step, { send: [], isReady: true, refusal: null });
  assert.equal(stream.lifeUs, 23 * US_PER_HOUR);
  assert.equal(stream.open([BTC]).ping, null);
});

test('a listen key of another form is refused without being quoted', () => {
  for (const body of [
    {},
    { listenKey: 7 },
    { listenKey: 'has blanks, secret' },
    `{"listenKey":"${KEY}`,
    [],
  ]) {
    assert.throws(
      () => stream.ticket?.parse(bytesOf(body)),
      (error: Error & { code?: string }) =>
        error.code === 'XY_VENUE_REPLY' &&
        error.cause === undefined &&
        !error.message.includes('secret') &&
        !error.message.includes(KEY),
    );
  }
});

test('the key is renewed every half hour, never deleted; another key in the reply is a fault', () => {
  const keepAlive = stream.keepAlive ?? assert.fail();
  assert.equal(keepAlive.everyUs, 30 * US_PER_MINUTE);
  const call = keepAlive.call(KEY);
  const { method, url } = call.request(STAMP);
  assert.deepEqual([method, url], ['PUT', `${HOSTS.rest}/fapi/v1/listenKey`]);
  call.parse(bytesOf({}));
  call.parse(bytesOf({ listenKey: KEY }));
  assert.throws(() => call.parse(bytesOf({ listenKey: `${KEY}x` })), isRefused);
});

test('a fill by stream is the fill by question: same id, price, quantity, fee, time', () => {
  const { told } = hear(orderEvent());
  const [[, fill] = [], [, order] = []] = told;
  const asked = fills({ instrument: BTC, fromUs: 0, toUs: 9e15, afterExecId: null }).parse(
    bytesOf([fillBody()]),
  );
  assert.deepEqual(fill, { ...(asked.fills[0] as FillRecord), clientOrderId: 'xy-1', filledLots: 500 });
  assert.deepEqual(
    told.map(([name]) => name),
    ['fill', 'order'],
  );
  assert.deepEqual(order, {
    instrument: BTC,
    clientOrderId: 'xy-1',
    venueOrderId: '77001',
    side: 'buy',
    type: 'limit',
    qtyLots: 1_500,
    filledLots: 500,
    priceTicks: 6_500_050,
    triggerTicks: null,
    status: 'PARTIALLY_FILLED',
    reduceOnly: false,
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: 1_793_390_401_000_000,
  });
});

test('a fill after the cancel, and one told twice, are told as they come', () => {
  const cancel = orderEvent({ x: 'CANCELED', X: 'CANCELED', l: '0', z: '0.000', L: '0', t: 0 });
  const { told } = hear(cancel, orderEvent(), orderEvent());
  assert.deepEqual(
    told.map(([name]) => name),
    ['order', 'fill', 'order', 'fill', 'order'],
  );
});

test('a fill without commission has none yet', () => {
  for (const changes of [
    { N: null, n: null },
    { N: undefined, n: undefined },
  ]) {
    const [[, fill] = []] = hear(orderEvent(changes)).told;
    assert.equal((fill as FillRecord).fee, null);
  }
});

test('orders that end by a rule say why; cancelled ones do not', () => {
  const endOf = (changes: object): unknown[] => {
    const [[, order] = []] = hear(orderEvent({ l: '0', t: 0, ...changes })).told;
    const { status, reason } = order as { status: string; reason: string };
    return [status, reason];
  };
  assert.deepEqual(endOf({ x: 'EXPIRED', X: 'EXPIRED', er: '4' }), ['EXPIRED', 'EXPIRED (4)']);
  assert.deepEqual(endOf({ x: 'EXPIRED', X: 'EXPIRED_IN_MATCH' }), ['EXPIRED', 'EXPIRED_IN_MATCH']);
  assert.deepEqual(endOf({ x: 'CANCELED', X: 'CANCELED' }), ['CANCELED', '']);
  assert.deepEqual(endOf({ x: 'AMENDMENT', X: 'NEW', z: '0.100' }), ['PARTIALLY_FILLED', '']);
});

test('orders that the venue places by itself are told apart', () => {
  const forcedOf = (c: string, x = 'TRADE'): unknown => {
    const [[, fill] = []] = hear(orderEvent({ c, x, o: 'LIQUIDATION', X: 'FILLED', z: '1.5' })).told;
    return (fill as FillRecord).forcedBy;
  };
  assert.equal(forcedOf('autoclose-1690000000000000001', 'CALCULATED'), 'liquidation');
  assert.equal(forcedOf('adl_autoclose', 'CALCULATED'), 'adl');
  assert.equal(forcedOf('settlement_autoclose-1'), 'settlement');
  assert.equal(forcedOf('delivery_autoclose-1'), 'settlement');
  assert.equal(forcedOf('web_1', 'CALCULATED'), 'liquidation');
  assert.equal(forcedOf('my-autoclose-1'), null);
});

test('a liquidation that is announced has no fill; one without a trade id has to be asked for', () => {
  const announced = { c: 'autoclose-1', x: 'CALCULATED', X: 'NEW', l: '0', z: '0', L: '0', t: 0 };
  assert.deepEqual(namesOf(orderEvent(announced)), ['order']);
  const { told } = hear(orderEvent({ ...announced, X: 'FILLED', l: '0.5', z: '0.5', L: '65000' }));
  assert.deepEqual(told[0], ['notice', 'a forced fill of BTCUSDT without id: ask for fills']);
  assert.equal(told[1]?.[0], 'order');
});

test('an execution of a kind that is not known is refused: it could be a fill', () => {
  assert.throws(() => hear(orderEvent({ x: 'MERGED' })), isRefused);
  assert.throws(() => hear(orderEvent({ t: 0 })), isRefused);
  assert.throws(() => hear(orderEvent({ l: '0' })), isRefused);
  assert.throws(() => hear(orderEvent({ z: '0.400' })), isRefused);
});

test('a conditional order by stream is the one by question, and says why it was refused', () => {
  const orderIn = (changes: object): unknown[] => {
    const [[, order] = []] = hear(algoEvent({ ...changes })).told;
    const { status, triggeredOrderId, filledLots, reason, isConditional } = order as Record<string, unknown>;
    assert.equal(isConditional, true);
    return [status, triggeredOrderId, filledLots, reason];
  };
  assert.deepEqual(orderIn({}), ['ACCEPTED', null, 0, '']);
  assert.deepEqual(orderIn({ X: 'TRIGGERING' }), ['TRIGGERED', null, 0, '']);
  assert.deepEqual(orderIn({ X: 'TRIGGERED', ai: '88', aq: '0' }), ['TRIGGERED', '88', 0, '']);
  assert.deepEqual(orderIn({ X: 'FINISHED', ai: '88', aq: '1.500' }), ['FILLED', '88', 1_500, '']);
  assert.deepEqual(orderIn({ X: 'FINISHED', ai: '88', aq: '0' }), ['CANCELED', '88', 0, 'FINISHED']);
  assert.deepEqual(orderIn({ X: 'REJECTED', rm: 'Margin is insufficient.' }), [
    'REJECTED',
    null,
    0,
    'Margin is insufficient.',
  ]);
  assert.deepEqual(orderIn({ X: 'EXPIRED' }), ['EXPIRED', null, 0, 'EXPIRED']);
  assert.match(String(hear(algoEvent({ at: 'TWAP' })).told[0]?.[1]), /ALGO_UPDATE of type TWAP/);
});

test('money and positions are told as they changed', () => {
  const { told } = hear(
    accountEvent({
      m: 'ORDER',
      B: [{ a: 'USDT', wb: '100.12345678', cw: '90', bc: '0' }],
      P: [
        { s: 'BTCUSDT', pa: '-0.5', ep: '65000.5', ps: 'SHORT' },
        { s: 'XRPUSDT', pa: '10', ep: '0.5', ps: 'BOTH' },
        { s: 'ETHUSDT', pa: '0', ep: '0.00', ps: 'BOTH' },
      ],
    }),
  );
  const tsVenueUs = 1_793_390_403_000_000;
  assert.deepEqual(told, [
    [
      'balance',
      { total: { asset: 'USDT', units: 10_012_345_678n, decimals: 8 }, available: null },
      tsVenueUs,
    ],
    ['position', { instrument: BTC, positionSide: 'short', qtyLots: -500, entryPrice: '65000.5', tsVenueUs }],
    ['notice', 'a position in XRPUSDT, which is not traded here'],
    ['position', { instrument: ETH, positionSide: 'both', qtyLots: 0, entryPrice: null, tsVenueUs }],
  ]);
});

test('funding is the change of the balance; in cross margin the instrument is not told', () => {
  const paid = { m: 'FUNDING_FEE', B: [{ a: 'USDT', wb: '100', cw: '100', bc: '-0.75' }] };
  const amount = { asset: 'USDT', units: -75n, decimals: 2 };
  const cross = hear(accountEvent(paid)).told;
  assert.deepEqual(cross[0], ['funding', null, amount, 1_793_390_403_000_000]);
  assert.equal(cross[1]?.[0], 'balance');
  const isolated = accountEvent({ ...paid, P: [{ s: 'BTCUSDT', pa: '1', ep: '65000', ps: 'BOTH' }] });
  assert.equal(hear(isolated).told[0]?.[1], BTC);
  assert.deepEqual(namesOf(accountEvent({ ...paid, m: 'DEPOSIT' })), ['balance']);
});

test('an early fill notice is passed over: the full fill follows', () => {
  const lite = { e: 'TRADE_LITE', E: 1, T: 1, s: 'BTCUSDT', c: 'xy-1', S: 'BUY', l: '1', L: '2', t: 5, i: 6 };
  assert.deepEqual(hear(lite).told, [['notice', 'TRADE_LITE of BTCUSDT: the full fill follows']]);
});

test('settings, margin calls and strange events are noticed', () => {
  const noticeOf = (message: object): unknown => hear(message).told[0]?.[1];
  assert.equal(
    noticeOf({ e: 'ACCOUNT_CONFIG_UPDATE', ac: { s: 'BTCUSDT', l: 25 } }),
    'leverage of BTCUSDT is now 25',
  );
  assert.equal(noticeOf({ e: 'ACCOUNT_CONFIG_UPDATE', ai: { j: true } }), 'multi-assets mode is now true');
  const call = { e: 'MARGIN_CALL', cw: '3', p: [{ s: 'ETHUSDT', ps: 'LONG', pa: '1.327', mm: '1.6' }] };
  assert.equal(noticeOf(call), 'margin call: ETHUSDT LONG 1.327');
  assert.equal(noticeOf({ e: 'GRID_UPDATE' }), 'GRID_UPDATE is not read');
  assert.match(
    String(noticeOf(orderEvent({ s: 'BTCUSD_250328' }))),
    /BTCUSD_250328, which is not traded here/,
  );
});

test('what is told of coin-margined futures is not taken for ours', () => {
  const account = accountEvent({ m: 'ORDER', B: [{ a: 'USDT', wb: '1', bc: '0' }] });
  for (const mark of [{ st: 2 }, { fs: 'CM' }]) {
    assert.deepEqual(namesOf({ ...account, ...mark }), ['notice']);
    assert.deepEqual(namesOf({ ...orderEvent(), ...mark }), ['notice']);
  }
  assert.deepEqual(namesOf({ ...account, st: 1, fs: 'UM' }), ['balance']);
});

test('an expired listen key ends the stream, also when its time is a text', () => {
  for (const E of [1_793_390_400_000, '1793390400000']) {
    assert.deepEqual(hear({ e: 'listenKeyExpired', E, listenKey: KEY }).told, [
      ['end', 'the listen key has expired'],
    ]);
  }
});

test('wrapped messages are read like bare ones, confirmations say nothing, errors refuse', () => {
  assert.deepEqual(hear({ stream: KEY, data: orderEvent() }).told, hear(orderEvent()).told);
  assert.deepEqual(hear({ result: null, id: 1 }).told, []);
  const { step } = hear({ error: { code: 2, msg: 'Invalid request' }, id: 1 });
  assert.deepEqual(step, { send: [], isReady: false, refusal: '2 Invalid request' });
});

test('a message that is wrong anywhere changes nothing', () => {
  const dialogue = stream.open([BTC, ETH]);
  const broken = [
    accountEvent({
      m: 'ORDER',
      B: [{ a: 'USDT', wb: '1', bc: '0' }],
      P: [{ s: 'BTCUSDT', pa: 'x', ep: '1', ps: 'BOTH' }],
    }),
    accountEvent({
      m: 'FUNDING_FEE',
      B: [
        { a: 'USDT', wb: '1', bc: '0.1' },
        { a: 'BNB', wb: '1' },
      ],
    }),
    accountEvent({ m: 'ORDER' }),
    orderEvent({ cp: 'maybe' }),
    { stream: KEY, data: { e: 'ORDER_TRADE_UPDATE' } },
    `{"stream":"${KEY}","data":`,
    'null',
    '[]',
    '',
  ];
  for (const message of broken) {
    const sink = new KeepingSink();
    assert.throws(
      () => dialogue.onMessage(bytesOf(message), STAMP, sink),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'XY_VENUE_REPLY');
        assert.ok(!`${error.message} ${String(error.cause)}`.includes(KEY));
        return true;
      },
    );
    assert.deepEqual(sink.told, []);
  }
});
