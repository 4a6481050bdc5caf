import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { EntryVerdict } from '../../entry/index.ts';
import { answerOf } from '../../entry/test/samples.ts';
import { API_KEY, BTC_USD, NOW_US, OUR_ID, open, order, SECRET } from './test/account.ts';

const adapter = open();
const PLACE = adapter.place(order());
const READ = adapter.balances();
const REF = { instrument: BTC_USD, clientOrderId: OUR_ID, venueOrderId: 'O-1', isConditional: false };

function judged(error: string, call: typeof PLACE | typeof READ = PLACE, status = 200): EntryVerdict {
  return adapter.judge(call, answerOf({ error: [error] }, status), NOW_US);
}

test('an answer without errors is good, warnings do not matter', () => {
  assert.equal(adapter.judge(PLACE, answerOf({ error: [], result: {} }), NOW_US).kind, 'good');
  assert.equal(
    adapter.judge(PLACE, answerOf({ error: ['WGeneral:careful'], result: {} }), NOW_US).kind,
    'good',
  );
});

const REFUSALS = [
  ['EOrder:Insufficient funds', 'insufficient_margin'],
  ['EOrder:Insufficient initial margin', 'insufficient_margin'],
  ['EOrder:Post only order', 'post_only_would_take'],
  ['EOrder:Reduce only:No position exists', 'reduce_only'],
  ['EOrder:Orders limit exceeded', 'too_many_orders'],
  ['EOrder:Cost minimum not met', 'min_notional'],
  ['EOrder:Order minimum not met', 'quantity_filter'],
  ['EGeneral:Invalid arguments:volume', 'quantity_filter'],
  ['EGeneral:Invalid arguments:volume minimum not met', 'quantity_filter'],
  ['EOrder:Tick size check failed', 'price_filter'],
  ['EOrder:Invalid price', 'price_filter'],
  ['EGeneral:Invalid arguments:price', 'price_filter'],
  ['EOrder:Unknown order', 'unknown_order'],
  ['EService:Market in cancel_only mode', 'maintenance'],
  ['EService:Market in post_only mode', 'maintenance'],
  ['EOrder:cl_ord_id already in use', 'duplicate_client_order_id'],
  ['EGeneral:Permission denied', 'other'],
  ['EAPI:Invalid key', 'other'],
] as const;
for (const [error, code] of REFUSALS) {
  test(`${error} is a refusal: ${code}`, () => {
    const verdict = judged(error);
    assert.deepEqual(verdict, { kind: 'refused', code, venueCode: error, message: `HTTP 200 ${error}` });
  });
}

test('limits say until when, a lockout is a ban', () => {
  const until = (error: string) => {
    const verdict = judged(error);
    return verdict.kind === 'limited' ? [verdict.untilUs - NOW_US, verdict.isBan] : verdict.kind;
  };
  assert.deepEqual(until('EAPI:Rate limit exceeded'), [15 * US_PER_SECOND, false]);
  assert.deepEqual(until('EOrder:Rate limit exceeded'), [15 * US_PER_SECOND, false]);
  assert.deepEqual(until('EGeneral:Temporary lockout'), [15 * US_PER_MINUTE, true]);
  const soonS = Math.floor(NOW_US / US_PER_SECOND) + 30;
  assert.deepEqual(until(`EService: Throttled: ${soonS}`), [soonS * US_PER_SECOND - NOW_US, false]);
  assert.deepEqual(until('EService:Throttled: 99999999999'), [15 * US_PER_SECOND, false]);
  const throttled = adapter.judge(
    PLACE,
    { ...answerOf('slow', 429), headers: { 'retry-after': '3' } },
    NOW_US,
  );
  assert.equal(throttled.kind === 'limited' && throttled.untilUs, NOW_US + 3 * US_PER_SECOND);
});

test('a change whose answer says nothing certain is in doubt, a question is asked again', () => {
  for (const error of [
    'EService:Unavailable',
    'EService:Busy',
    'EService:Deadline elapsed',
    'EGeneral:Internal error',
    'EDatabase:Internal error',
  ]) {
    assert.equal(judged(error).kind, 'unknown', error);
    assert.equal(judged(error, READ).kind, 'unavailable', error);
  }
  for (const status of [408, 500, 502, 503, 504, 520, 524]) {
    for (const body of ['<html>', { error: ['EOrder:Insufficient funds'] }, { error: [], result: {} }]) {
      assert.equal(adapter.judge(PLACE, answerOf(body, status), NOW_US).kind, 'unknown', String(status));
      assert.equal(adapter.judge(READ, answerOf(body, status), NOW_US).kind, 'unavailable', String(status));
    }
  }
  for (const body of ['', '<html>', '[]', '{"result":{}}', '{"error":[],"resu'])
    assert.equal(adapter.judge(PLACE, answerOf(body), NOW_US).kind, 'unknown', body);
});

test('a nonce that came too late is not done and can be tried again; a page at the door did nothing', () => {
  assert.equal(judged('EAPI:Invalid nonce').kind, 'unavailable');
  assert.equal(adapter.judge(PLACE, answerOf('<html>', 403), NOW_US).kind, 'refused');
});

test('a cancel that ended nothing found the order ended', () => {
  const cancel = adapter.cancel(REF);
  const verdict = adapter.judge(cancel, answerOf({ error: [], result: { count: 0 } }), NOW_US);
  assert.equal(verdict.kind === 'refused' && verdict.code, 'unknown_order');
  assert.equal(adapter.judge(cancel, answerOf({ error: [], result: { count: 1 } }), NOW_US).kind, 'good');
});

test('that there is no such order is an answer to the question for it, and a refusal of anything else', () => {
  const unknown = answerOf({ error: ['EOrder:Unknown order'] });
  assert.equal(adapter.judge(adapter.order(REF), unknown, NOW_US).kind, 'good');
  assert.equal(adapter.judge(adapter.cancel(REF), unknown, NOW_US).kind, 'refused');
});

test('keys appear in no message, even when the venue quotes them', () => {
  const verdict = judged(`EAPI:Invalid key:${API_KEY} ${SECRET}`);
  assert.equal(JSON.stringify(verdict).includes(API_KEY), false);
  assert.equal(JSON.stringify(verdict).includes(SECRET), false);
});
