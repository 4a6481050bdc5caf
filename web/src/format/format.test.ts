import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basisPoints, compact, fixed, GAP, NOTHING, percent, signed, signedPercent } from './numbers.ts';
import { clockTime, dayLabel, duration, moment, shortMoment, timeframe } from './times.ts';

const AT_US = Date.UTC(2025, 2, 4, 8, 5, 9) * 1_000 + 250_000;

test('numbers have grouping, fixed decimals and a real minus sign', () => {
  assert.equal(fixed(1234.5, 2), '1,234.50');
  assert.equal(fixed(-1234.5, 1), '−1,234.5');
  assert.equal(fixed(0.1 + 0.2, 2), '0.30');
});

test('what rounds to nothing has no sign', () => {
  assert.equal(fixed(-0.001, 2), '0.00');
  assert.equal(signed(0.001, 2), '0.00');
  assert.equal(signed(-0.001, 2), '0.00');
  assert.equal(signedPercent(0), `0.00${GAP}%`);
});

test('what is not known is a dash, never a 0', () => {
  for (const text of [
    fixed(null, 2),
    fixed(Number.NaN, 2),
    signed(null, 2),
    percent(null),
    basisPoints(null),
    compact(null),
  ]) {
    assert.equal(text, NOTHING);
  }
});

test('gains have a plus, fractions become percent and basis points', () => {
  assert.equal(signed(12.3, 2), '+12.30');
  assert.equal(percent(0.01234), `1.23${GAP}%`);
  assert.equal(signedPercent(-0.01234, 1), `−1.2${GAP}%`);
  assert.equal(basisPoints(0.00123), `+12.3${GAP}bp`);
});

test('numbers of unknown size get the decimals that they need', () => {
  assert.deepEqual(
    [9.007e15, -9.007e15, 123456.7, 42, 42.1234, 1.23456, 0.01234567, 0.0000123, -0.0000123, 0].map(compact),
    ['9.01e15', '−9.01e15', '123,457', '42', '42.12', '1.2346', '0.0123', '1.23e−5', '−1.23e−5', '0'],
  );
});

test('moments are UTC', () => {
  assert.equal(moment(AT_US), '2025-03-04 08:05:09');
  assert.equal(clockTime(AT_US), '08:05:09');
  assert.equal(shortMoment(AT_US), '03-04 08:05');
  assert.equal(dayLabel(AT_US), '4 Mar');
});

test('durations show their two largest units', () => {
  const second = 1_000_000;
  assert.deepEqual(
    [0, 8, 61, 3_600, 3_660, 90_000, 172_800].map((seconds) => duration(seconds * second)),
    ['0 s', '8 s', '1 min 1 s', '1 h', '1 h 1 min', '1 d 1 h', '2 d'],
  );
  assert.equal(duration(-5), '0 s');
});

test('timeframes are named as traders name them', () => {
  const minute = 60_000_000;
  assert.deepEqual(
    [0.5, 1, 5, 60, 240, 1_440].map((minutes) => timeframe(minutes * minute)),
    ['30s', '1m', '5m', '1h', '4h', '1d'],
  );
});
