/** The cursor takes what `JSON.parse` takes and refuses what it refuses; decimals come out to the digit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { FrameFault, JsonCursor } from './json-cursor.ts';

const SEED = Number(process.env.SEED ?? 1);
const cursor = new JsonCursor();

/** Reads a document into values, the way a decoder walks it. */
function read(text: string): unknown {
  cursor.load(Buffer.from(text));
  const value = readValue();
  cursor.finish();
  return value;
}

function readValue(): unknown {
  if (cursor.isObject) {
    const out: Record<string, unknown> = {};
    cursor.beginObject();
    while (cursor.nextKey()) {
      const key = cursor.text();
      Object.defineProperty(out, key, { value: readValue(), enumerable: true, configurable: true });
    }
    return out;
  }
  if (cursor.isArray) {
    const out: unknown[] = [];
    cursor.beginArray();
    while (cursor.nextItem()) out.push(readValue());
    return out;
  }
  if (cursor.isString) return cursor.stringText();
  if (cursor.takeNull()) return null;
  const first = cursor.peek();
  return first === 0x74 || first === 0x66 ? cursor.readBoolean() : Number(cursor.scalarText());
}

/** Walks and skips; both must agree with `JSON.parse`. */
function agrees(text: string): void {
  let wanted: unknown;
  let isValid = true;
  try {
    wanted = JSON.parse(text);
  } catch {
    // Not a document: the cursor must refuse it, too.
    isValid = false;
  }
  const skip = (): void => {
    cursor.load(Buffer.from(text));
    cursor.skip();
    cursor.finish();
  };
  if (isValid) {
    assert.deepEqual(JSON.stringify(read(text)), JSON.stringify(wanted), text);
    skip();
  } else {
    assert.throws(() => read(text), FrameFault, text);
    assert.throws(skip, FrameFault, text);
  }
}

const SAMPLES = [
  '{"stream":"btcusdt@depth","data":{"e":"depthUpdate","U":157,"u":160,"pu":149,"b":[["0.0024","10"]],"a":[]}}',
  '[1,-0,0.5,1e5,1E-7,-12.25e+3,true,false,null,"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4b",{},[],[[]],{"a":{"b":[{}]}}]',
  ' \t\r\n{ "a" : [ 1 , 2 ] , "b" : "x" }\n',
  '"\u00e4\u4e2d"',
];
const BAD = [
  '',
  ' ',
  '{',
  '}',
  '[',
  ']',
  '[1,]',
  '[,1]',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{a:1}',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  '1e',
  '1e+',
  'tru',
  'nulll',
  'True',
  '"\u0001"',
  '"\\x"',
  '"\\u12g4"',
  '"\\u12',
  '"a',
  "'a'",
  '1 2',
  '[1 2]',
  '{"a":1 "b":2}',
  '{"a" 1}',
  '[]]',
  '{}}',
  'NaN',
  'Infinity',
  '\ufeff1',
];

test('samples and their faults are judged as JSON.parse judges them', () => {
  for (const text of [...SAMPLES, ...BAD]) agrees(text);
});

test(`mutated documents are judged as JSON.parse judges them (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('json');
  const alphabet = '{}[],:"\\0123456789.-+eE tfnul\n\u0001a';
  for (let round = 0; round < 20_000; round++) {
    let text = SAMPLES[prng.integer(0, SAMPLES.length)]!;
    for (let change = 1 + prng.integer(0, 3); change > 0; change--) {
      const at = prng.integer(0, text.length + 1);
      const char = alphabet[prng.integer(0, alphabet.length)]!;
      const cut = prng.integer(0, 3) === 0 ? 0 : 1;
      text = text.slice(0, at) + (prng.integer(0, 3) === 0 ? '' : char) + text.slice(at + cut);
    }
    agrees(text);
  }
});

test('decimals are exact integers of the asked scale, in quotes or not', () => {
  const decimal = (text: string, decimals: number): number => {
    cursor.load(Buffer.from(text));
    const value = cursor.readDecimal(decimals);
    cursor.finish();
    return value;
  };
  assert.equal(decimal('"63947.40"', 1), 639_474);
  assert.equal(decimal('62807.0', 1), 628_070);
  assert.equal(decimal('"0.00000000"', 8), 0);
  assert.equal(decimal('1e-08', 8), 1);
  assert.equal(decimal('"-0.0001"', 12), -100_000_000);
  assert.equal(decimal('"9007199254740991"', 0), Number.MAX_SAFE_INTEGER);
  for (const [text, decimals] of [
    ['"63947.45"', 1],
    ['"9007199254740992"', 0],
    ['"1."', 2],
    ['".5"', 2],
    ['""', 2],
    ['"abc"', 2],
    ['"1 "', 0],
    ['"0x10"', 0],
    ['true', 0],
    ['null', 0],
    ['1.05', 1],
  ] as const) {
    assert.throws(() => decimal(text, decimals), FrameFault, text);
  }
});

test('nesting beyond the bound is refused, not followed', () => {
  cursor.load(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)));
  assert.throws(() => cursor.skip(), FrameFault);
});
