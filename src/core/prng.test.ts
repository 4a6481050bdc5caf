import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { Prng } from './prng.ts';

const seed = fc.maxSafeNat();

function draw(prng: Prng, count: number): number[] {
  return Array.from({ length: count }, () => prng.uint32());
}

test('known answers: computed by an independent program, frozen for ever', () => {
  const table: readonly (readonly [number, readonly number[]])[] = [
    [0, [2_899_526_011, 769_844_623, 220_372_281, 4_270_301_181]],
    [1, [2_420_951_833, 2_513_034_076, 3_847_892_949, 4_064_752_930]],
    [7, [1_953_209_201, 274_027_627, 1_787_915_724, 1_567_175_990]],
    [20_240_501, [3_663_124_752, 3_578_149_961, 1_566_807_065, 3_924_041_562]],
    [2 ** 32, [2_589_051_327, 2_982_829_519, 642_658_280, 3_343_400_383]],
    [2 ** 53 - 1, [3_787_961_255, 2_688_896_816, 1_384_389_699, 2_661_111_483]],
  ];
  for (const [start, numbers] of table) assert.deepEqual(draw(new Prng(start), 4), numbers, `seed ${start}`);
  const prng = new Prng(7);
  assert.deepEqual(
    [prng.uniform(), prng.uniform(), prng.uniform()],
    [0.45476695197673156, 0.4162815687424435, 0.9316804473429044],
  );
});

test('derived draws are frozen too: a change of any shifts every simulation', () => {
  const prng = new Prng(7);
  assert.deepEqual(
    [prng.integer(0, 1000), prng.integer(-5, 5), prng.normal(), prng.exponential(2)],
    [454, -1, 0.9079370706048044, 0.29254874050652313],
  );
  assert.deepEqual(
    [new Prng(7).split('latency'), new Prng(7).split('fills'), new Prng(8).split('latency')].map((p) =>
      p.uint32(),
    ),
    [1_533_417_982, 2_674_033_433, 1_938_100_632],
  );
});

test('no two seeds share a stream, not even those that differ above 32 bits only', () => {
  assert.notDeepEqual(new Prng(0).save(), new Prng(2 ** 32 + 0x9e3779b1).save());
  fc.assert(
    fc.property(seed, seed, (a, b) => {
      fc.pre(a !== b);
      assert.notDeepEqual(new Prng(a).save(), new Prng(b).save());
    }),
    propertySettings(),
  );
});

test('a split draws nothing, depends on its label, and is the same for the same moment', () => {
  fc.assert(
    fc.property(seed, fc.string(), fc.string(), (start, label, other) => {
      const prng = new Prng(start);
      const before = prng.save();
      const first = draw(prng.split(label), 4);
      assert.deepEqual(draw(prng.split(label), 4), first);
      if (other !== label) assert.notDeepEqual(draw(prng.split(other), 4), first);
      assert.deepEqual(prng.save(), before);
      assert.notDeepEqual(draw(prng, 4), first);
    }),
    propertySettings(),
  );
});

test('a split is not moved by what its parent or its siblings draw', () => {
  const parent = new Prng(3);
  const fills = parent.split('fills');
  const alone = draw(new Prng(3).split('fills'), 100);
  const latency = parent.split('latency');
  const mixed = Array.from({ length: 100 }, () => {
    parent.uint32();
    latency.normal();
    return fills.uint32();
  });
  assert.deepEqual(mixed, alone);
});

test('many labels give many streams without a shared first draw', () => {
  const parent = new Prng(11);
  const firsts = new Set(
    Array.from({ length: 2000 }, (_, index) => parent.split(`symbol ${index}`).save().join()),
  );
  assert.equal(firsts.size, 2000);
});

test('split streams are uncorrelated with their parent', () => {
  const count = 20_000;
  const parent = new Prng(5);
  const child = parent.split('child');
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (parent.uniform() - 0.5) * (child.uniform() - 0.5) * 12;
  // The correlation of independent streams has standard deviation 1 / sqrt(count); five of them never happen by chance.
  assert.ok(Math.abs(sum / count) < 5 / Math.sqrt(count), `correlation ${sum / count}`);
});

test('a loaded generator continues as the saved one does', () => {
  fc.assert(
    fc.property(seed, fc.nat(50), (start, skipCount) => {
      const saved = new Prng(start);
      draw(saved, skipCount);
      const loaded = new Prng(0);
      loaded.load(structuredClone(saved.save()));
      assert.equal(loaded.split('x').uint32(), saved.split('x').uint32());
      assert.deepEqual(draw(loaded, 20), draw(saved, 20));
      assert.equal(loaded.normal(), saved.normal());
    }),
    propertySettings(),
  );
});

test('a saved state does not change with the live generator', () => {
  const prng = new Prng(1);
  const state = prng.save();
  const copy = [...state];
  prng.uint32();
  assert.deepEqual(state, copy);
});

test('draws keep within their ranges', () => {
  const prng = new Prng(2);
  for (let i = 0; i < 10_000; i++) {
    const uniform = prng.uniform();
    assert.ok(uniform >= 0 && uniform < 1);
    const integer = prng.integer(-3, 4);
    assert.ok(Number.isInteger(integer) && integer >= -3 && integer < 4);
    assert.ok(prng.exponential(2) >= 0);
    assert.ok(Number.isFinite(prng.normal()));
  }
});

test('the moments are those of the distributions', () => {
  const prng = new Prng(4);
  const count = 50_000;
  const mean = (next: () => number): number =>
    Array.from({ length: count }, next).reduce((a, b) => a + b, 0) / count;
  const near = (value: number, wanted: number, deviation: number): void => {
    assert.ok(Math.abs(value - wanted) < (5 * deviation) / Math.sqrt(count), `${value}, expected ${wanted}`);
  };
  near(
    mean(() => prng.uniform()),
    0.5,
    Math.sqrt(1 / 12),
  );
  near(
    mean(() => prng.normal()),
    0,
    1,
  );
  near(
    mean(() => prng.normal() ** 2),
    1,
    Math.sqrt(2),
  );
  near(
    mean(() => prng.exponential(3)),
    3,
    3,
  );
  near(
    mean(() => prng.integer(0, 10)),
    4.5,
    Math.sqrt(99 / 12),
  );
});

test('seeds and ranges that make no sense are refused', () => {
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53])
    assert.throws(() => new Prng(bad), { name: 'AssertionError' });
  assert.throws(() => new Prng(1).integer(3, 3), { name: 'AssertionError' });
});
