/** What answers mean: limits, bans, clocks, lost answers, refusals, and success that has a code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import type { EntryCall, EntryVerdict } from '../../entry/index.ts';
import { answerOf } from '../../entry/test/samples.ts';
import { algoBody, plainBody } from './test/bodies.ts';
import { BTC, KEYS, openStage, orderOf, refOf, STAMP } from './test/entry-stage.ts';

const entry = openStage();
const NOW_US = STAMP.venueUs;
const place = entry.place(orderOf());
const question = entry.order(refOf());

function judge(
  status: number,
  body: unknown,
  call: EntryCall<unknown> = place,
  headers: Readonly<Record<string, string>> = {},
): EntryVerdict {
  return entry.judge(call, answerOf(body, status, headers), NOW_US);
}

const fault = (code: unknown, msg = 'a text that varies'): object => ({ code, msg });

test('success is success, also with a code, as a number or a text', () => {
  for (const body of [
    plainBody(),
    algoBody(),
    { code: 200, msg: 'success' },
    { code: '200', msg: 'success' },
    { code: 0 },
    [plainBody(), fault(-2022)],
    [],
    {},
  ]) {
    assert.deepEqual(judge(200, body), { kind: 'good' }, JSON.stringify(body));
  }
});

test('a fault is one also where the status says that all is well', () => {
  assert.equal(judge(200, fault(-2019)).kind, 'refused');
  assert.equal(judge(200, fault('-2019')).kind, 'refused');
  assert.equal(judge(200, fault(-1007)).kind, 'unknown');
});

test('limits: the pause that the venue names counts, a minute where it names none', () => {
  const untilOf = (verdict: EntryVerdict): number =>
    verdict.kind === 'limited' && !verdict.isBan ? verdict.untilUs - NOW_US : assert.fail(verdict.kind);
  assert.equal(untilOf(judge(429, fault(-1003), place, { 'retry-after': '17' })), 17 * US_PER_SECOND);
  assert.equal(untilOf(judge(429, 'no JSON at all')), US_PER_MINUTE);
  assert.equal(
    untilOf(judge(400, fault(-1015, 'current limit is 300 orders per TEN_SECONDS.'))),
    10 * US_PER_SECOND,
  );
  assert.equal(untilOf(judge(429, fault(-1015, 'current limit is 1200 orders per MINUTE.'))), US_PER_MINUTE);
  assert.equal(untilOf(judge(429, fault(-1003), place, { 'retry-after': '99999999999' })), 3 * US_PER_DAY);
  assert.equal(untilOf(judge(403, '<html>blocked</html>')), 5 * US_PER_MINUTE);
});

test('a ban lasts until the later of what text and header name', () => {
  const endMs = Math.floor(NOW_US / US_PER_MS) + 300_000;
  const text = `Way too many requests; IP(1.2.3.4) banned until ${endMs}. Please use the websocket.`;
  const banOf = (verdict: EntryVerdict): number =>
    verdict.kind === 'limited' && verdict.isBan ? verdict.untilUs : assert.fail(verdict.kind);
  assert.equal(banOf(judge(418, fault(-1003, text))), endMs * US_PER_MS);
  assert.equal(banOf(judge(429, fault(-1003, text))), endMs * US_PER_MS);
  assert.equal(
    banOf(judge(418, fault(-1003, text), place, { 'retry-after': '900' })),
    NOW_US + 900 * US_PER_SECOND,
  );
  assert.equal(banOf(judge(418, '')), NOW_US + 2 * US_PER_MINUTE);
  assert.equal(banOf(judge(418, fault(-1003, 'banned until 1000000000000.'))), NOW_US + 2 * US_PER_MINUTE);
  assert.equal(banOf(judge(418, fault(-1003, 'banned until 9999999999999.'))), NOW_US + 3 * US_PER_DAY);
});

test('a lost answer to a change leaves it unknown; a question may be asked again', () => {
  const lost: [number, unknown][] = [
    [408, fault(-1007)],
    [400, fault(-1007)],
    [400, fault(-1006)],
    [400, fault(-1000)],
    [400, fault(-1001)],
    [500, fault(-1000)],
    [502, '<html>Bad Gateway</html>'],
    [503, fault(0, 'Unknown error, please check your request or try again later.')],
    [503, 'Service Unavailable'],
    [503, fault(-1016)],
    [504, ''],
    [503, fault(-2019)],
    [400, '{"code":-20'],
    [400, ''],
    [404, '<html></html>'],
    [302, ''],
    [204, ''],
  ];
  for (const [status, body] of lost) {
    const label = `${status} ${JSON.stringify(body)}`;
    for (const call of [place, entry.cancel(refOf()), entry.setLeverage(BTC, 5) ?? place])
      assert.equal(judge(status, body, call).kind, 'unknown', label);
    assert.equal(judge(status, body, question).kind, 'unavailable', label);
  }
});

test('busy means not done, whatever the status', () => {
  for (const status of [400, 429, 503]) {
    assert.equal(judge(status, fault(-1008)).kind, status === 429 ? 'limited' : 'unavailable');
  }
  assert.equal(judge(400, fault(-1016)).kind, 'unavailable');
});

test('times outside of the window ask for the clock', () => {
  assert.equal(judge(400, fault(-1021)).kind, 'clock');
  assert.equal(judge(400, fault(-5028)).kind, 'clock');
});

test('settings and orders that are as wanted already count as done', () => {
  for (const code of [-4046, -4059, -4171, -5027]) {
    assert.equal(judge(400, fault(code)).kind, 'nothing-to-do', String(code));
  }
});

test('that an order does not exist answers the question for it, and refuses a change of it', () => {
  const missing = fault(-2013, 'Order does not exist.');
  assert.deepEqual(judge(400, missing, question), { kind: 'good' });
  const amend = entry.amend({ order: refOf(), side: 'buy', qtyLots: 1, priceTicks: 1 }) ?? place;
  for (const call of [amend, entry.cancel(refOf())]) {
    const verdict = judge(400, missing, call);
    assert.equal(verdict.kind === 'refused' && verdict.code, 'unknown_order');
  }
  const cancel = judge(400, fault(-2011, 'Unknown order sent.'), entry.cancel(refOf()));
  assert.equal(cancel.kind === 'refused' && cancel.code, 'unknown_order');
});

test('refusals have a word of ours, the code and the text of the venue', () => {
  const wordOf = (code: number, text?: string): string => {
    const verdict = judge(400, fault(code, text));
    return verdict.kind === 'refused' ? verdict.code : verdict.kind;
  };
  const words: Readonly<Record<string, readonly number[]>> = {
    insufficient_margin: [-2018, -2019],
    price_filter: [-4013, -4014, -4016, -4024],
    quantity_filter: [-4003, -4005, -4023],
    min_notional: [-4164],
    reduce_only: [-2022, -4118],
    post_only_would_take: [-5022],
    would_trigger_immediately: [-2021],
    fok_unfilled: [-5021],
    no_liquidity: [-2020, -4131],
    duplicate_client_order_id: [-4116],
    too_many_orders: [-2025, -4045],
    leverage: [-2027, -2028, -4028],
    unknown_order: [-2011],
    other: [
      -1022, -1102, -1116, -1121, -2014, -2015, -4015, -4047, -4048, -4061, -4067, -4068, -4120, -4168,
    ].concat([-4192, -4400, -99_999]),
  };
  for (const [word, codes] of Object.entries(words)) {
    for (const code of codes) assert.equal(wordOf(code), word, String(code));
  }
  assert.equal(wordOf(-2010, 'Duplicate order sent.'), 'duplicate_client_order_id');
  assert.equal(
    wordOf(-2010, 'Account has insufficient balance for requested action.'),
    'insufficient_margin',
  );
  assert.equal(wordOf(-2010, 'Rejected.'), 'other');
  assert.deepEqual(judge(400, fault(-2019, 'Margin is\ninsufficient.')), {
    kind: 'refused',
    code: 'insufficient_margin',
    venueCode: '-2019',
    message: 'HTTP 400 -2019 Margin is insufficient.',
  });
});

test('messages are short and have no key, whatever the venue quotes', () => {
  const text = `Invalid key ${KEYS.apiKey} / ${KEYS.secret} ${'x'.repeat(1_000)}`;
  const verdict = judge(401, fault(-2015, text));
  const message = verdict.kind === 'refused' ? verdict.message : assert.fail(verdict.kind);
  assert.match(message, /^HTTP 401 -2015 Invalid key \[key\] \/ \[key\] x+\.\.\.$/);
  assert.ok(message.length < 320);
});

test('a listen key that is gone is refused by its code, so that another is asked for', () => {
  const keepAlive = entry.stream.keepAlive?.call('k') ?? assert.fail();
  const verdict = judge(400, fault(-1125, 'This listenKey does not exist.'), keepAlive);
  assert.equal(verdict.kind === 'refused' && verdict.venueCode, '-1125');
});

test('budgets are told by the headers; what is no count is left out', () => {
  const headers = {
    'x-mbx-used-weight-1m': '41',
    'x-mbx-order-count-10s': '3',
    'x-mbx-order-count-1m': 'many',
  };
  assert.deepEqual(entry.usage(answerOf({}, 200, headers)), [
    { name: 'weight-1m', used: 41 },
    { name: 'orders-10s', used: 3 },
  ]);
  const names = new Set(entry.limits.map(({ name }) => name));
  const batch = entry.placeBatch([orderOf()]) ?? assert.fail();
  for (const call of [place, batch, question, entry.balances(), ...entry.openOrders([])]) {
    for (const { limit, amount } of call.costs) assert.ok(names.has(limit) && amount > 0);
  }
  assert.deepEqual(place.costs, [
    { limit: 'orders-10s', amount: 1 },
    { limit: 'orders-1m', amount: 1 },
  ]);
  assert.deepEqual(batch.costs, [
    { limit: 'weight-1m', amount: 5 },
    { limit: 'orders-10s', amount: 5 },
    { limit: 'orders-1m', amount: 1 },
  ]);
});
