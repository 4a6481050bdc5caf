import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { EntryCall } from '../../entry/index.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { contract, KEYS, openEntry, orderOf, stampOf, XBT } from './test/parts.ts';

const entry = openEntry();
const NOW_US = 1_700_000_000_000_000;
const REF = { instrument: XBT, clientOrderId: 'xy-1', venueOrderId: null, isConditional: false };

function bodyOf(call: EntryCall<unknown>): string {
  return call.request(stampOf()).body ?? '';
}

function placedAnswer(status: string, more: object = {}): object {
  return { result: 'success', sendStatus: { status, order_id: 'o-1', ...more } };
}

test('each kind of order has its parameters', () => {
  const forms = [
    [orderOf(), 'orderType=lmt&symbol=PF_XBTUSD&side=buy&size=0.0015&limitPrice=70000&cliOrdId=xy-1'],
    [
      orderOf({ timeInForce: 'GTX' }),
      'orderType=post&symbol=PF_XBTUSD&side=buy&size=0.0015&limitPrice=70000&cliOrdId=xy-1',
    ],
    [
      orderOf({ timeInForce: 'IOC', side: 'sell', reduceOnly: true }),
      'orderType=ioc&symbol=PF_XBTUSD&side=sell&size=0.0015&limitPrice=70000&reduceOnly=true&cliOrdId=xy-1',
    ],
    [
      orderOf({ timeInForce: 'FOK' }),
      'orderType=fok&symbol=PF_XBTUSD&side=buy&size=0.0015&limitPrice=70000&cliOrdId=xy-1',
    ],
    [
      orderOf({ type: 'market', priceTicks: null }),
      'orderType=mkt&symbol=PF_XBTUSD&side=buy&size=0.0015&cliOrdId=xy-1',
    ],
    [
      orderOf({
        type: 'stop_market',
        priceTicks: null,
        triggerTicks: 65_000,
        side: 'sell',
        reduceOnly: true,
      }),
      'orderType=stp&symbol=PF_XBTUSD&side=sell&size=0.0015&stopPrice=65000&triggerSignal=mark&reduceOnly=true&cliOrdId=xy-1',
    ],
    [
      orderOf({ type: 'take_profit_limit', triggerTicks: 80_000, triggerBy: 'last', side: 'sell' }),
      'orderType=take_profit&symbol=PF_XBTUSD&side=sell&size=0.0015&limitPrice=70000&stopPrice=80000&triggerSignal=last&cliOrdId=xy-1',
    ],
    [
      orderOf({ type: 'trailing_stop', priceTicks: null, callbackBps: 125, triggerBy: 'index' }),
      'orderType=trailing_stop&symbol=PF_XBTUSD&side=buy&size=0.0015&triggerSignal=index&trailingStopMaxDeviation=1.25&trailingStopDeviationUnit=PERCENT&cliOrdId=xy-1',
    ],
  ] as const;
  for (const [order, body] of forms) {
    assert.equal(entry.unsupported(order), null);
    assert.equal(bodyOf(entry.place(order)), body);
  }
});

test('what the venue has not is said before it is sent', () => {
  assert.match(entry.unsupported(orderOf({ qtyLots: null })) ?? '', /whole position/);
  assert.match(entry.unsupported(orderOf({ positionSide: 'long' })) ?? '', /hedge/);
  assert.match(entry.unsupported(orderOf({ type: 'market', timeInForce: 'FOK' })) ?? '', /FOK/);
  assert.match(entry.unsupported(orderOf({ type: 'stop_limit', timeInForce: 'IOC' })) ?? '', /GTC/);
  assert.match(entry.unsupported(orderOf({ type: 'trailing_stop', callbackBps: 5 })) ?? '', /basis points/);
  const activated = orderOf({ type: 'trailing_stop', callbackBps: 50, triggerTicks: 1 });
  assert.match(entry.unsupported(activated) ?? '', /activation/);
  assert.match(entry.unsupported(orderOf({ clientOrderId: 'x'.repeat(101) })) ?? '', /100/);
});

test('the signature covers parameters, nonce and the path without its first part', () => {
  const { body, headers, url } = entry.place(orderOf()).request(stampOf(42n));
  const digest = createHash('sha256').update(`${body}42/api/v3/sendorder`).digest();
  const expected = createHmac('sha512', Buffer.from(KEYS.secret, 'base64')).update(digest).digest('base64');
  assert.deepEqual(headers, {
    APIKey: KEYS.apiKey,
    Nonce: '42',
    Authent: expected,
    'Content-Type': 'application/x-www-form-urlencoded',
  });
  assert.equal(url, 'https://venue.test/derivatives/api/v3/sendorder');
  const put = entry.setLeverage(XBT, 5)?.request(stampOf(42n));
  assert.equal(put?.method, 'PUT');
  assert.match(put?.url ?? '', /leveragepreferences\?symbol=PF_XBTUSD&maxLeverage=5$/);
});

test('costs and urgencies are those of the call', () => {
  const batch = entry.placeBatch([orderOf(), orderOf()]);
  assert.deepEqual(batch?.costs, [{ limit: 'derivatives', amount: 11 }]);
  assert.deepEqual(entry.place(orderOf()).costs, [{ limit: 'derivatives', amount: 10 }]);
  assert.equal(entry.place(orderOf()).priority, 'order');
  assert.equal(entry.place(orderOf({ reduceOnly: true })).priority, 'protect');
  assert.equal(entry.cancel(REF).priority, 'cancel');
  assert.deepEqual(entry.cancelAll(XBT)[0]?.costs, [{ limit: 'derivatives', amount: 25 }]);
  assert.equal(entry.deadMan(XBT, 60_000_000), null);
});

test('an order is named by our id, or by the venue where it is not ours', () => {
  assert.equal(bodyOf(entry.cancel(REF)), 'cliOrdId=xy-1');
  assert.equal(bodyOf(entry.cancel({ ...REF, clientOrderId: '', venueOrderId: 'o-1' })), 'order_id=o-1');
  assert.equal(bodyOf(entry.order(REF)), 'cliOrdIds=xy-1');
  const amend = entry.amend({ order: REF, side: 'buy', qtyLots: 20, priceTicks: 71_000 });
  assert.ok(amend !== null);
  assert.equal(bodyOf(amend), 'cliOrdId=xy-1&size=0.002&limitPrice=71000&qtyMode=ABSOLUTE');
});

test('success with another status than placed is a refusal with our code', () => {
  const call = entry.place(orderOf());
  assert.deepEqual(entry.judge(call, answerOf(placedAnswer('placed')), NOW_US), { kind: 'good' });
  assert.equal(call.parse(bytesOf(placedAnswer('placed'))).venueOrderId, 'o-1');
  const refusals = [
    ['insufficientAvailableFunds', 'insufficient_margin'],
    ['postWouldExecute', 'post_only_would_take'],
    ['wouldNotReducePosition', 'reduce_only'],
    ['marketSuspended', 'maintenance'],
    ['invalidPrice', 'price_filter'],
    ['clientOrderIdAlreadyExist', 'duplicate_client_order_id'],
    ['aWordOfTomorrow', 'other'],
  ] as const;
  for (const [status, code] of refusals) {
    const verdict = entry.judge(call, answerOf(placedAnswer(status, { orderEvents: [] })), NOW_US);
    assert.deepEqual(verdict, { kind: 'refused', code, venueCode: status, message: status });
  }
  const alive = placedAnswer('aWordOfTomorrow', { orderEvents: [{ type: 'PLACE', order: {} }] });
  assert.equal(entry.judge(call, answerOf(alive), NOW_US).kind, 'unknown');
});

test('a cancel or an edit that came too late is refused as an unknown order', () => {
  for (const status of ['notFound', 'filled']) {
    const answer = answerOf({ result: 'success', cancelStatus: { status } });
    const verdict = entry.judge(entry.cancel(REF), answer, NOW_US);
    assert.ok(verdict.kind === 'refused' && verdict.code === 'unknown_order', status);
  }
  const [cancelAll] = entry.cancelAll(XBT);
  assert.ok(cancelAll !== undefined);
  const nothing = answerOf({ result: 'success', cancelStatus: { status: 'noOrdersToCancel' } });
  assert.equal(entry.judge(cancelAll, nothing, NOW_US).kind, 'good');
});

test('an outcome that nobody knows is unknown for a change, and another try for a question', () => {
  const change = entry.place(orderOf());
  const question = entry.balances();
  for (const answer of [answerOf('<html>', 502), answerOf('{"result":"succ'), answerOf('', 408)]) {
    assert.equal(entry.judge(change, answer, NOW_US).kind, 'unknown');
    assert.equal(entry.judge(question, answer, NOW_US).kind, 'unavailable');
  }
  const fault = answerOf({ result: 'error', error: 'Server Error' });
  assert.equal(entry.judge(change, fault, NOW_US).kind, 'unknown');
  assert.equal(entry.judge(change, answerOf('no', 403), NOW_US).kind, 'refused');
  const nonce = answerOf({ result: 'error', error: 'nonceBelowThreshold' });
  assert.equal(entry.judge(change, nonce, NOW_US).kind, 'unavailable');
});

test('a used-up budget is a wait', () => {
  const answer = answerOf({ result: 'error', error: 'apiLimitExceeded' });
  assert.deepEqual(entry.judge(entry.place(orderOf()), answer, NOW_US), {
    kind: 'limited',
    untilUs: NOW_US + 2_000_000,
    isBan: false,
    message: 'apiLimitExceeded',
  });
  const retry = entry.judge(entry.balances(), answerOf('', 429, { 'retry-after': '3' }), NOW_US);
  assert.ok(retry.kind === 'limited' && retry.untilUs === NOW_US + 3_000_000);
});

test('outcomes of a batch are those of its orders, whatever order they come in', () => {
  const call = entry.placeBatch([orderOf(), orderOf({ clientOrderId: 'xy-2' })]);
  assert.ok(call !== null);
  const sent = new URLSearchParams(bodyOf(call)).get('json') ?? '';
  assert.match(sent, /"order_tag":"1","orderType":"lmt".*"size":0\.0015,"limitPrice":70000/);
  const answer = {
    result: 'success',
    batchStatus: [
      { order_tag: '1', status: 'postWouldExecute', orderEvents: [] },
      { order_tag: '0', status: 'placed', order_id: 'o-7', orderEvents: [] },
    ],
  };
  assert.deepEqual(call.parse(bytesOf(answer)), [
    { kind: 'good', placed: { venueOrderId: 'o-7', order: null } },
    {
      kind: 'refused',
      code: 'post_only_would_take',
      venueCode: 'postWouldExecute',
      message: 'postWouldExecute',
    },
  ]);
  const short = { result: 'success', batchStatus: answer.batchStatus.slice(1) };
  assert.throws(() => call.parse(bytesOf(short)), { code: 'XY_VENUE_REPLY' });
});

test('the status of an order: in the book, done, waiting for its trigger, unknown', () => {
  const order = {
    type: 'ORDER',
    orderId: 'o-1',
    cliOrdId: 'xy-1',
    symbol: 'pf_xbtusd',
    side: 'buy',
    quantity: 0.0015,
    filled: 0.0005,
    limitPrice: 70_000,
    reduceOnly: false,
    lastUpdateTimestamp: '2026-11-01T10:00:00.250Z',
  };
  const read = (item: object): ReturnType<ReturnType<typeof entry.order>['parse']> =>
    entry.order(REF).parse(bytesOf({ result: 'success', orders: [item] }));
  const live = read({ order, status: 'ENTERED_BOOK', updateReason: 'PARTIAL_FILL', error: null });
  assert.ok(live?.status === 'PARTIALLY_FILLED' && live.qtyLots === 15 && live.filledLots === 5);
  assert.equal(live.tsVenueUs, Date.UTC(2026, 10, 1, 10, 0, 0, 250) * 1_000);
  assert.equal(read({ order, status: 'FULLY_EXECUTED' })?.status, 'FILLED');
  const stop = {
    ...order,
    type: 'TRIGGER_ORDER',
    side: 'sell',
    filled: 0,
    limitPrice: null,
    priceTriggerOptions: { triggerPrice: 65_000, triggerSide: 'TRIGGER_BELOW', triggerSignal: 'MARK_PRICE' },
  };
  const waiting = read({ order: stop, status: 'TRIGGER_PLACED', updateReason: null });
  assert.ok(waiting?.type === 'stop_market' && waiting.isConditional && waiting.triggerTicks === 65_000);
  const failed = read({ order: stop, status: 'TRIGGER_ACTIVATION_FAILURE', error: 'INSUFFICIENT_MARGIN' });
  assert.ok(failed?.status === 'EXPIRED' && failed.reason === 'INSUFFICIENT_MARGIN');
  assert.equal(entry.order(REF).parse(bytesOf({ result: 'success', orders: [] })), null);
});

test('pages of fills go back in time until the range begins, each oldest first', () => {
  const fill = (at: number): object => ({
    fill_id: `f-${at}`,
    symbol: at % 2 === 0 ? 'PF_XBTUSD' : 'PF_OTHER',
    side: 'buy',
    order_id: 'o-1',
    size: 0.0001,
    price: 70_000,
    fillTime: new Date(1_700_000_000_000 + at * 1_000).toISOString(),
    fillType: 'taker',
  });
  const page = (from: number, to: number): Uint8Array =>
    bytesOf({
      result: 'success',
      fills: Array.from({ length: to - from }, (_, at) => fill(to - 1 - at)),
    });
  const range = { instrument: XBT, fromUs: NOW_US, toUs: NOW_US + 1_000_000_000, afterExecId: null };
  const first = entry.fills(range);
  assert.equal(first.request(stampOf()).url, 'https://venue.test/derivatives/api/v3/fills');
  const newest = first.parse(page(100, 200));
  assert.deepEqual(
    newest.fills.slice(0, 2).map(({ execId }) => execId),
    ['f-100', 'f-102'],
  );
  assert.ok(newest.next !== null);
  assert.deepEqual(newest.next.costs, [{ limit: 'derivatives', amount: 25 }]);
  const asked = new URL(newest.next.request(stampOf()).url).searchParams.get('lastFillTime');
  assert.equal(asked, new Date(1_700_000_100_001).toISOString());
  assert.equal(newest.next.parse(page(90, 100)).next, null);
});

test('a page of one millisecond alone still leads to older ones', () => {
  const fills = Array.from({ length: 100 }, (_, at) => ({
    fill_id: `f-${at}`,
    symbol: 'PF_XBTUSD',
    side: 'sell',
    order_id: 'o-1',
    size: 0.0001,
    price: 70_000,
    fillTime: '2023-11-14T22:13:21.000Z',
    fillType: 'maker',
  }));
  const body = bytesOf({ result: 'success', fills });
  const range = { instrument: XBT, fromUs: NOW_US, toUs: NOW_US + 10_000_000, afterExecId: null };
  const asked: (string | null)[] = [];
  let call = entry.fills(range);
  for (let page = 0; page < 3; page++) {
    const { next } = call.parse(body);
    assert.ok(next !== null);
    asked.push(new URL(next.request(stampOf()).url).searchParams.get('lastFillTime'));
    call = next;
  }
  assert.deepEqual(asked.slice(0, 2), ['2023-11-14T22:13:21.001Z', '2023-11-14T22:13:21.000Z']);
  assert.ok((asked[2] ?? '') < (asked[1] ?? ''));
});

test('the rights of a key: transfer is the right to withdraw', () => {
  const call = entry.keyRights();
  assert.ok(call !== null);
  const read = (general: string, transfer: string): unknown =>
    call.parse(bytesOf({ apiKey: 'x', permissions: { general, transfer } }));
  assert.deepEqual(read('FULL_ACCESS', 'NO_ACCESS'), { canRead: true, canTrade: true, canWithdraw: false });
  assert.deepEqual(read('READ_ONLY', 'FULL_ACCESS'), { canRead: true, canTrade: false, canWithdraw: true });
});

test('leverage makes a contract isolated, no leverage makes it cross', () => {
  assert.equal(entry.setMarginMode(XBT, 'isolated'), null);
  const cross = entry.setMarginMode(XBT, 'cross')?.request(stampOf());
  assert.match(cross?.url ?? '', /leveragepreferences\?symbol=PF_XBTUSD$/);
});

test('decimals finer than the contract refuse the answer', () => {
  const coarse = openEntry([contract('PF_XBTUSD', 0, 2)]);
  const position = {
    side: 'long',
    symbol: 'PF_XBTUSD',
    price: 1,
    size: 0.0015,
    fillTime: '2026-01-01T00:00:00Z',
  };
  const call = coarse.positions([]);
  assert.throws(() => call?.parse(bytesOf({ result: 'success', openPositions: [position] })), {
    code: 'XY_VENUE_REPLY',
  });
});
