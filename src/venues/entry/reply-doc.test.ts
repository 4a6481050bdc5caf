import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountOf, ReplyDoc } from './index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): ReplyDoc => ReplyDoc.parse(bytes(text), 'binance-usdm', 'order');

test('numbers keep the digits of the wire', () => {
  const doc = parse('{"id":12345678901234567890,"price":1e-05,"qty":"0.100","list":[1,2.50]}');
  assert.equal(doc.at('id').text(), '12345678901234567890');
  assert.equal(doc.at('price').scaled(5), 1);
  assert.equal(doc.at('price').decimal(), '0.00001');
  assert.equal(doc.at('qty').scaled(3), 100);
  assert.deepEqual(
    doc
      .at('list')
      .items()
      .map((item) => item.text()),
    ['1', '2.50'],
  );
});

test('what is absent is not there, and asking for it anyway names the place', () => {
  const doc = parse('{"a":null,"b":{"c":"x"}}');
  assert.equal(doc.at('a').isThere, false);
  assert.equal(doc.at('z').textOr(''), '');
  assert.throws(() => doc.at('z').text(), {
    code: 'XY_VENUE_REPLY',
    message: 'binance-usdm order.z: expected a text or a number, found nothing',
  });
  assert.throws(() => doc.at('b').at('c').scaled(2), /order\.b\.c: expected a decimal .* found "x"/);
  assert.throws(() => doc.at('b').items(), /order\.b: expected a list/);
  assert.throws(() => doc.at('b').at('c').word('y', 'z'), /expected y or z, found "x"/);
});

test('a value finer than asked for, or too large, is refused and never rounded', () => {
  const doc = parse('{"fine":"1.2345","large":"9007199254740993"}');
  assert.throws(() => doc.at('fine').scaled(3), { code: 'XY_VENUE_REPLY' });
  assert.throws(() => doc.at('large').integer(), { code: 'XY_VENUE_REPLY' });
  assert.equal(doc.at('large').text(), '9007199254740993');
});

test('a moment of RFC 3339 is read to the microsecond, finer digits cut off', () => {
  const doc = parse('{"at":"2023-11-14T22:13:20.1234569Z","date":"2023-11-14","count":1700000000}');
  assert.equal(doc.at('at').rfc3339Us(), 1_700_000_000_123_456);
  for (const name of ['date', 'count'])
    assert.throws(() => doc.at(name).rfc3339Us(), /expected a time of RFC 3339, found/);
});

test('names of the language are members like others only when the message has them', () => {
  const doc = parse('{"toString":"x"}');
  assert.equal(doc.at('toString').text(), 'x');
  assert.equal(doc.at('constructor').isThere, false);
  assert.equal(parse('{"__proto__":{"a":1}}').at('a').isThere, false);
});

test('text that is no JSON is refused without being quoted', () => {
  assert.throws(() => parse('{"a":'), {
    code: 'XY_VENUE_REPLY',
    message: 'binance-usdm order: no JSON text',
  });
});

test('amounts are exact, with their sign', () => {
  assert.deepEqual(amountOf('USDT', '-0.00012'), { asset: 'USDT', units: -12n, decimals: 5 });
  assert.deepEqual(parse('{"f":"1234567890123456789.5"}').at('f').amount('BNB'), {
    asset: 'BNB',
    units: 12345678901234567895n,
    decimals: 1,
  });
});
