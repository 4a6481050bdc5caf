import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import { answerOf } from '../../entry/test/samples.ts';
import { BTC_USD, KEY_NAME, NOW_US, OUR_ID, open, order, SECRET } from './test/account.ts';

const adapter = open();
const REF = { instrument: BTC_USD, clientOrderId: OUR_ID, venueOrderId: 'v-1', isConditional: false };
const PLACE = adapter.place(order());
const READ = adapter.balances();
const judge = (call: typeof PLACE | typeof READ, body: unknown, status = 200) =>
  adapter.judge(call, answerOf(body, status), NOW_US);

test('success is good, whatever else the reply has', () => {
  const body = {
    success: true,
    success_response: { order_id: 'v-1' },
    error_response: { error: 'UNKNOWN_FAILURE_REASON' },
  };
  assert.equal(judge(PLACE, body).kind, 'good');
});

const REFUSALS = [
  ['INSUFFICIENT_FUND', 'insufficient_margin'],
  ['PREVIEW_INSUFFICIENT_FUNDS_FOR_FUTURES', 'insufficient_margin'],
  ['INVALID_LIMIT_PRICE_POST_ONLY', 'post_only_would_take'],
  ['PREVIEW_INVALID_LIMIT_PRICE_POST_ONLY', 'post_only_would_take'],
  ['INVALID_PRICE_PRECISION', 'price_filter'],
  ['INVALID_SIZE_PRECISION', 'quantity_filter'],
  ['PREVIEW_INVALID_BASE_SIZE_TOO_SMALL', 'quantity_filter'],
  ['PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL', 'min_notional'],
  ['PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE', 'would_trigger_immediately'],
  ['INVALID_NO_LIQUIDITY', 'no_liquidity'],
  ['ORDER_ENTRY_DISABLED', 'maintenance'],
  ['DUPLICATE_CLIENT_ORDER_ID', 'duplicate_client_order_id'],
  ['UNSUPPORTED_ORDER_CONFIGURATION', 'other'],
] as const;
for (const [reason, code] of REFUSALS) {
  test(`a reply without success is a refusal: ${reason} is ${code}`, () => {
    const error_response = { error: reason, message: 'no', error_details: '', preview_failure_reason: '' };
    assert.deepEqual(judge(PLACE, { success: false, error_response }), {
      kind: 'refused',
      code,
      venueCode: reason,
      message: `${reason}: no`,
    });
  });
}

test('the most telling reason counts', () => {
  const error_response = {
    error: 'UNKNOWN_FAILURE_REASON',
    error_details: 'details',
    preview_failure_reason: 'PREVIEW_INSUFFICIENT_FUND',
    new_order_failure_reason: 'UNKNOWN_FAILURE_REASON',
  };
  const verdict = judge(PLACE, { success: false, error_response });
  assert.deepEqual(verdict, {
    kind: 'refused',
    code: 'insufficient_margin',
    venueCode: 'PREVIEW_INSUFFICIENT_FUND',
    message: 'PREVIEW_INSUFFICIENT_FUND: details',
  });
  const amend = adapter.amend({ order: REF, side: 'buy', qtyLots: 1, priceTicks: 1 }) ?? PLACE;
  const edit = { success: false, errors: [{ edit_failure_reason: 'ORDER_NOT_FOUND' }] };
  const refused = adapter.judge(amend, answerOf(edit), NOW_US);
  assert.equal(refused.kind === 'refused' && refused.code, 'unknown_order');
  assert.equal(judge(PLACE, { success: false }).kind, 'refused');
});

test('a cancel is judged by its own result', () => {
  const cancel = (result: object) =>
    adapter.judge(adapter.cancel(REF), answerOf({ results: [{ order_id: 'v-1', ...result }] }), NOW_US);
  assert.equal(cancel({ success: true }).kind, 'good');
  const gone = cancel({ success: false, failure_reason: 'UNKNOWN_CANCEL_ORDER' });
  assert.equal(gone.kind === 'refused' && gone.code, 'unknown_order');
  const other = cancel({ success: false, failure_reason: 'COMMANDER_REJECTED_CANCEL_ORDER' });
  assert.equal(other.kind === 'refused' && other.code, 'other');
  assert.equal(cancel({ success: false, failure_reason: 'DUPLICATE_CANCEL_REQUEST' }).kind, 'nothing-to-do');
});

test('an order whose id is not known cannot be ended now, and is not said to be gone', () => {
  const unnamed = adapter.cancel({ ...REF, venueOrderId: null });
  assert.equal(adapter.judge(unnamed, answerOf({ can_view: true }), NOW_US).kind, 'unavailable');
});

test('after a fault of the venue a change is in doubt, a question is asked again', () => {
  for (const status of [408, 500, 502, 503, 504, 302]) {
    for (const body of ['<html>', { success: false }, { error: 'INTERNAL', message: 'x' }]) {
      assert.equal(judge(PLACE, body, status).kind, 'unknown', String(status));
      assert.equal(judge(READ, body, status).kind, 'unavailable', String(status));
    }
  }
});

test('limits say until when', () => {
  const body = { errors: [{ id: 'rate_limit_exceeded', message: 'slow down' }] };
  const verdict = judge(PLACE, body, 429);
  assert.equal(verdict.kind === 'limited' && verdict.untilUs, NOW_US + US_PER_SECOND);
  const named = adapter.judge(PLACE, { ...answerOf(body, 429), headers: { 'retry-after': '7' } }, NOW_US);
  assert.equal(named.kind === 'limited' && named.untilUs, NOW_US + 7 * US_PER_SECOND);
});

test('a refusal by status has its reason; a token out of its time asks for the clock', () => {
  const invalid = judge(
    PLACE,
    { error: 'INVALID_ARGUMENT', error_details: 'bad base_size', message: '' },
    400,
  );
  assert.equal(invalid.kind === 'refused' && invalid.venueCode, 'INVALID_ARGUMENT: bad base_size');
  assert.equal(judge(PLACE, 'Unauthorized\n', 401).kind, 'refused');
  assert.equal(judge(PLACE, { error: 'unauthorized', message: 'token has expired' }, 401).kind, 'clock');
  assert.equal(judge(PLACE, '<html>', 403).kind, 'refused');
});

test('that there is no such order is an answer to the question for it', () => {
  const body = { error: 'NOT_FOUND', error_details: 'order with this orderID was not found', message: '' };
  assert.equal(adapter.judge(adapter.order(REF), answerOf(body, 404), NOW_US).kind, 'good');
  assert.equal(adapter.order(REF).parse(answerOf(body, 404).body), null);
  assert.equal(judge(PLACE, body, 404).kind, 'refused');
});

test('keys appear in no message, even when the venue quotes them', () => {
  for (const [body, status] of [
    [{ success: false, error_response: { error: `X ${KEY_NAME}`, message: SECRET } }, 200],
    [{ error: KEY_NAME, message: SECRET }, 400],
  ] as const) {
    const text = JSON.stringify(judge(PLACE, body, status));
    assert.ok(!text.includes(KEY_NAME) && !text.includes(SECRET.slice(40, 80)), text);
  }
});
