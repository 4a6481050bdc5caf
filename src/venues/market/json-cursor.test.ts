/** The cursor takes what `JSON.parse` takes and refuses what it refuses; decimals come out to the digit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LevelBuffer } from '#book';
import { Prng, parseDecimal } from '#core';
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

test(`quoted decimals of any length and scale are what parseDecimal makes of them (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('decimals');
  for (let round = 0; round < 20_000; round++) {
    const digits = (count: number): string =>
      Array.from({ length: count }, () => (prng.uniform() < 0.3 ? 0 : prng.integer(0, 10))).join('');
    const fraction = prng.uniform() < 0.2 ? '' : `.${digits(prng.integer(0, 12))}`;
    const text = `${digits(prng.integer(0, 12))}${fraction}`;
    const decimals = prng.integer(0, 16);
    cursor.load(Buffer.from(`["${text}"]`));
    cursor.beginArray();
    cursor.nextItem();
    const wanted = parseDecimal(text, decimals);
    if (Number.isNaN(wanted)) {
      assert.throws(() => cursor.readDecimal(decimals), FrameFault, `${text} ${decimals}`);
      continue;
    }
    assert.equal(cursor.readDecimal(decimals), wanted, `${text} ${decimals}`);
    assert.equal(cursor.nextItem(), false);
    cursor.finish();
  }
});

/** Levels as `JSON.parse` sees them; `null` when they are no levels of a book. */
function levelsByParse(text: string): readonly (readonly [number, number])[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not a document: the cursor must refuse it, too.
    return null;
  }
  if (!Array.isArray(parsed)) return null;
  const levels: (readonly [number, number])[] = [];
  for (const level of parsed) {
    if (!Array.isArray(level) || level.length < 2) return null;
    const [price, qty] = [parseDecimal(String(level[0]), 2), parseDecimal(String(level[1]), 3)];
    const isText = [level[0], level[1]].every((of) => typeof of === 'string' || typeof of === 'number');
    if (!isText || !(price > 0) || !(qty >= 0)) return null;
    levels.push([price, qty]);
  }
  return levels;
}

test(`levels are read as JSON.parse sees them, mutated or not (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('levels');
  const alphabet = '[]",.0123456789-e \n';
  const buffer = new LevelBuffer(1_000);
  for (let round = 0; round < 20_000; round++) {
    const count = prng.integer(0, 4);
    const level = (): string =>
      `["${prng.integer(0, 99_999)}.${prng.integer(0, 10)}0","${prng.integer(0, 500)}.${prng.integer(0, 10)}"]`;
    let text = `[${Array.from({ length: count }, level).join(',')}]`;
    for (let change = prng.integer(0, 3); change > 0; change--) {
      const at = prng.integer(0, text.length + 1);
      const char = prng.uniform() < 0.3 ? '' : (alphabet[prng.integer(0, alphabet.length)] ?? '');
      text = text.slice(0, at) + char + text.slice(at + prng.integer(0, 2));
    }
    const wanted = levelsByParse(text);
    const read = (): unknown => {
      buffer.clear();
      cursor.load(Buffer.from(text));
      cursor.readLevels(buffer, 2, 3);
      cursor.finish();
      return Array.from({ length: buffer.count }, (_, i) => [buffer.priceTicks[i], buffer.qtyLots[i]]);
    };
    if (wanted === null) assert.throws(read, FrameFault, text);
    else assert.deepEqual(read(), wanted, text);
  }
});

test('a message with more levels than the buffer may hold is refused, one with more than it has room for is read', () => {
  const text = `[${Array.from({ length: 500 }, (_, i) => `["${i + 1}.00","1.000"]`).join(',')}]`;
  const roomy = new LevelBuffer(500);
  cursor.load(Buffer.from(text));
  cursor.readLevels(roomy, 2, 3);
  assert.equal(roomy.count, 500);
  assert.equal(roomy.priceTicks[499], 50_000);
  cursor.load(Buffer.from(text));
  assert.throws(() => cursor.readLevels(new LevelBuffer(499), 2, 3), FrameFault);
});

test('what a longer message left behind is not read by a shorter one', () => {
  cursor.load(Buffer.from(`["${'9'.repeat(50_000)}"]`));
  cursor.skip();
  for (const text of ['["12', '[1', '"a', '[tr', '[["1.00","1.0', '{"a"', '"\\u00']) {
    cursor.load(Buffer.from('9'.repeat(20_000)));
    cursor.load(Buffer.from(text));
    assert.throws(() => cursor.skip(), FrameFault, text);
  }
});

test('keys and words written with escapes are the same keys and words', () => {
  cursor.load(Buffer.from('{"\\u0065":"m\\u0061rket"}'));
  cursor.beginObject();
  assert.ok(cursor.nextKey());
  assert.equal(cursor.textByte, 0x65);
  cursor.readString();
  assert.ok(cursor.hasEscapes && cursor.textIs(Buffer.from('market')));
});
