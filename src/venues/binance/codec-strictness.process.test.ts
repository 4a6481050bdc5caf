/** The decoder is held against one over `JSON.parse`: it takes and refuses the same frames, and says the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { FrameFault } from '../market/index.ts';
import { BinanceDecoder } from './codec.ts';
import { BTCUSDT, depthFrames, otherFrames } from './test/frames.ts';
import { RecordingSink, type Said } from './test/recording-sink.ts';
import { referenceDecode } from './test/reference-decoder.ts';

const SEED = Number(process.env.SEED ?? 1);
const LOCAL_US = 1_723_161_256_400_000;
const INSTRUMENTS = [BTCUSDT];
const ALPHABET = '{}[],:"\\0123456789.-+eE tfnulabsUTpX@\n\u0000\u0001\u00e4';

function decode(decoder: BinanceDecoder, text: string): readonly Said[] | 'refused' {
  const sink = new RecordingSink();
  try {
    decoder.decode(Buffer.from(text), LOCAL_US, sink);
  } catch (thrown) {
    assert.ok(thrown instanceof FrameFault, `${thrown}`);
    assert.deepEqual(sink.said, [], 'a refused frame says nothing');
    return 'refused';
  }
  return sink.said;
}

function agrees(decoder: BinanceDecoder, text: string): readonly Said[] | 'refused' {
  const said = decode(decoder, text);
  assert.deepEqual(said, referenceDecode(text, INSTRUMENTS, LOCAL_US), text);
  return said;
}

/** Frames of all kinds, few levels, so that most changes hit what matters. */
function samples(prng: Prng): readonly string[] {
  const options = { frameCount: 12, levelsMean: 3, isSpot: false };
  return [
    ...depthFrames(prng, BTCUSDT, options),
    ...depthFrames(prng, BTCUSDT, { ...options, isSpot: true }),
    ...otherFrames(prng),
  ];
}

function mutated(prng: Prng, text: string): string {
  let out = text;
  for (let change = 1 + prng.integer(0, 3); change > 0; change--) {
    const at = prng.integer(0, out.length + 1);
    const kind = prng.integer(0, 5);
    const char = ALPHABET[prng.integer(0, ALPHABET.length)] ?? '';
    if (kind === 0) out = out.slice(0, at) + out.slice(at + 1 + prng.integer(0, 4));
    else if (kind === 1) out = out.slice(0, at) + char + out.slice(at);
    else if (kind === 2) out = out.slice(0, at);
    else if (kind === 3) {
      const end = Math.min(out.length, at + prng.integer(1, 12));
      out = out.slice(0, end) + out.slice(at);
    } else out = out.slice(0, at) + char + out.slice(at + 1);
  }
  return out;
}

test('unchanged frames of all kinds are read as the reference reads them', () => {
  const decoder = new BinanceDecoder(INSTRUMENTS);
  const prng = new Prng(SEED).split('samples');
  for (let round = 0; round < 50; round++) {
    for (const text of samples(prng)) assert.notEqual(agrees(decoder, text), 'refused', text);
  }
});

test(`changed frames are taken or refused as JSON.parse does, with the same values (SEED=${SEED})`, () => {
  const decoder = new BinanceDecoder(INSTRUMENTS);
  const prng = new Prng(SEED).split('mutations');
  let refusedCount = 0;
  let saidCount = 0;
  for (let round = 0; round < 600; round++) {
    for (const sample of samples(prng)) {
      const said = agrees(decoder, mutated(prng, sample));
      if (said === 'refused') refusedCount++;
      else if (said.length > 0) saidCount++;
    }
  }
  assert.ok(refusedCount > 1_000 && saidCount > 1_000, 'both outcomes are met often');
});

test(`order of members and white space change nothing (SEED=${SEED})`, () => {
  const decoder = new BinanceDecoder(INSTRUMENTS);
  const prng = new Prng(SEED).split('order');
  const shuffled = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).map(([name, of]) => [name, shuffled(of)] as const);
    return Object.fromEntries(entries.sort(() => prng.uniform() - 0.5));
  };
  for (let round = 0; round < 100; round++) {
    for (const text of samples(prng)) {
      const wanted = agrees(decoder, text);
      const other = shuffled(JSON.parse(text));
      assert.deepEqual(agrees(decoder, JSON.stringify(other)), wanted);
      assert.deepEqual(agrees(decoder, JSON.stringify(other, null, prng.integer(1, 3))), wanted);
    }
  }
});

test('escapes in names and values mean what they mean in JSON', () => {
  const decoder = new BinanceDecoder(INSTRUMENTS);
  const [frame = ''] = depthFrames(new Prng(3), BTCUSDT, { frameCount: 1, levelsMean: 5, isSpot: false });
  const wanted = agrees(decoder, frame);
  for (const [plain, escaped] of [
    ['"depthUpdate"', '"depth\\u0055pdate"'],
    ['"s"', '"\\u0073"'],
    ['"BTCUSDT"', '"BTC\\u0055SDT"'],
    ['@depth@', '@\\u0064epth@'],
    ['"stream"', '"str\\u0065am"'],
    ['"pu"', '"p\\u0075"'],
    ['.', '\\u002e'],
  ] as const) {
    const text = frame.replaceAll(plain, escaped);
    assert.notEqual(text, frame);
    assert.deepEqual(agrees(decoder, text), wanted, escaped);
  }
});

test('of members with one name the last counts, whatever the ones before were', () => {
  const decoder = new BinanceDecoder(INSTRUMENTS);
  const frame = (bids: string): string =>
    `{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT","U":1,"u":2,"pu":0,${bids},"a":[]}`;
  for (const bids of [
    '"b":[["1","1"]],"b":[["2","2"]]',
    '"b":5,"b":[["2","2"]]',
    '"b":[["2","2"]],"b":5',
    '"s":"OTHER","s":"BTCUSDT","b":[["2","2"]]',
  ]) {
    agrees(decoder, frame(bids));
  }
});
