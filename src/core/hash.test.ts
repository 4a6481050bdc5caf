import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { canonicalJson, Sha256, sha256Hex } from './hash.ts';

/** The published digest of `abc` (FIPS 180-2, appendix B.1). */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('sha256Hex gives the published digest for text and bytes', () => {
  assert.equal(sha256Hex('abc'), ABC);
  assert.equal(sha256Hex(new Uint8Array([97, 98, 99])), ABC);
});

test('pieces hash like the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (pieces) => {
      const hash = new Sha256();
      for (const piece of pieces) hash.update(piece);
      assert.equal(hash.hex(), sha256Hex(pieces.join('')));
    }),
    propertySettings(),
  );
});

test('canonicalJson does not depend on the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.func(fc.nat()), (record, order) => {
      const entries = Object.entries(record);
      const shuffled = entries.toSorted((a, b) => order(a[0]) - order(b[0]));
      assert.equal(canonicalJson(Object.fromEntries(shuffled)), canonicalJson(record));
    }),
    propertySettings(),
  );
});

test('canonicalJson keeps the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
    propertySettings(),
  );
});

test('canonicalJson sorts at every depth, keeps arrays in order, writes bigint as digits, drops undefined', () => {
  const value = {
    b: [{ z: 1, a: 2 }, 3],
    a: { d: 12_345_678_901_234_567_890n, c: undefined },
    10: 'x',
    9: 'y',
  };
  assert.equal(
    canonicalJson(value),
    '{"9":"y","10":"x","a":{"d":"12345678901234567890"},"b":[{"a":2,"z":1},3]}',
  );
});

test('canonicalJson refuses a Map or Set, which JSON would write as {}', () => {
  assert.throws(() => canonicalJson({ limits: new Map([['a', 1]]) }), { name: 'AssertionError' });
  assert.throws(() => canonicalJson([new Set([1])]), { name: 'AssertionError' });
});
