import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { BTC, KEYS, NOW_US, openFutures, openSpot, orderOf } from './test/parts.ts';

const entry = openSpot();
const change = entry.place(orderOf());
const question = entry.balances();

test('codes and words of refusals have ours', () => {
  const refusals = [
    ['102426', 'Duplicate order', 'duplicate_client_order_id'],
    ['400100', 'The clientOid already exists', 'duplicate_client_order_id'],
    ['200004', 'Balance insufficient!', 'insufficient_margin'],
    ['300003', 'Insufficient balance', 'insufficient_margin'],
    ['400100', 'Order size below the minimum requirement', 'quantity_filter'],
    ['400100', 'Price increment invalid.', 'price_filter'],
    ['400100', 'Quantity increment invalid.', 'quantity_filter'],
    ['300012', 'Price out of permissible range', 'price_filter'],
    ['300009', 'No open positions to close.', 'reduce_only'],
    ['300014', 'Reduce only order can not increase position', 'reduce_only'],
    ['200003', 'Number of orders breached the limit', 'too_many_orders'],
    ['300007', 'The leverage cannot be greater than 20', 'leverage'],
    ['100001', 'error.getOrder.orderNotExist', 'unknown_order'],
    ['400760', 'order funds should more than 0.1 USDT', 'min_notional'],
    ['200001', 'Order creation for this pair suspended', 'maintenance'],
    ['400003', 'KC-API-KEY not exists', 'other'],
    ['411100', 'User is frozen', 'other'],
  ] as const;
  for (const [code, msg, ours] of refusals) {
    const verdict = entry.judge(change, answerOf({ code, msg }), NOW_US);
    assert.ok(verdict.kind === 'refused', msg);
    assert.deepEqual([verdict.code, verdict.venueCode], [ours, code], msg);
  }
});

test('an outcome that nobody knows is unknown for a change, and another try for a question', () => {
  const answers = [
    answerOf('<html>', 502),
    answerOf('{"code":"20', 200),
    answerOf({ code: '500000', msg: 'Internal Server Error' }),
    answerOf({ code: '230005', msg: 'System busy' }),
    answerOf('', 408),
    answerOf({ code: '200000', data: {} }, 503),
  ];
  for (const answer of answers) {
    assert.equal(entry.judge(change, answer, NOW_US).kind, 'unknown');
    assert.equal(entry.judge(question, answer, NOW_US).kind, 'unavailable');
  }
});

test('a pool that is used up says when it is filled again', () => {
  const full = answerOf({ code: '429000', msg: 'Too many requests' }, 429, { 'gw-ratelimit-reset': '1500' });
  assert.deepEqual(entry.judge(change, full, NOW_US), {
    kind: 'limited',
    untilUs: NOW_US + 1_500_000,
    isBan: false,
    message: '429000: Too many requests',
  });
  const silent = entry.judge(change, answerOf('', 429), NOW_US);
  assert.ok(silent.kind === 'limited' && silent.untilUs === NOW_US + 30_000_000);
  const banned = entry.judge(change, answerOf('error code: 1015', 429), NOW_US);
  assert.ok(banned.kind === 'limited' && banned.isBan);
});

test('a stamp that is off asks for the time', () => {
  const answer = answerOf({ code: '400002', msg: 'KC-API-TIMESTAMP Invalid' });
  assert.equal(entry.judge(change, answer, NOW_US).kind, 'clock');
  assert.equal(entry.serverTime().parse(bytesOf({ code: '200000', data: 1_700_000_000_000 })), NOW_US);
});

test('our keys leave in no message, should the venue repeat them', () => {
  const futures = openFutures();
  for (const key of Object.values(KEYS)) {
    const answer = answerOf({ code: key, msg: `bad ${key}` });
    for (const adapter of [entry, futures]) {
      const verdict = JSON.stringify(adapter.judge(adapter.cancelAll(BTC)[0] ?? change, answer, NOW_US));
      assert.ok(!verdict.includes(key), verdict);
    }
  }
});
