import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import {
  floorToTimeframe,
  formatDay,
  formatDurationUs,
  formatIso,
  parseDurationUs,
  parseMomentUs,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  US_PER_MS,
  US_PER_SECOND,
  utcDay,
} from './time.ts';

/** From 1684 to 2255: all microseconds that a double holds exactly. */
const moment = fc.maxSafeInteger();

test('the units are multiples of each other', () => {
  assert.deepEqual(
    [US_PER_MS, US_PER_SECOND, US_PER_MINUTE, US_PER_HOUR, US_PER_DAY],
    [1e3, 1e6, 6e7, 3.6e9, 8.64e10],
  );
});

test('a moment survives formatting and parsing to the microsecond', () => {
  fc.assert(
    fc.property(moment, (us) => {
      assert.equal(parseMomentUs(formatIso(us)), us);
    }),
    propertySettings(1000),
  );
});

test('a duration survives formatting and parsing', () => {
  const duration = fc
    .tuple(fc.nat(5000), fc.constantFrom(1, US_PER_MS, US_PER_SECOND, US_PER_MINUTE, US_PER_HOUR, US_PER_DAY))
    .map(([count, unit]) => count * unit);
  fc.assert(
    fc.property(fc.oneof(duration, fc.maxSafeNat()), (us) => {
      assert.equal(parseDurationUs(formatDurationUs(us)), us);
    }),
    propertySettings(1000),
  );
});

test('durations with a fraction are exact: hundredths of every unit', () => {
  const units: readonly (readonly [string, bigint])[] = [
    ['ms', 1_000n],
    ['s', 1_000_000n],
    ['m', 60_000_000n],
    ['h', 3_600_000_000n],
    ['d', 86_400_000_000n],
  ];
  for (const [unit, us] of units) {
    for (let hundredths = 1; hundredths <= 999; hundredths++) {
      const text = `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}${unit}`;
      assert.equal(parseDurationUs(text), Number((BigInt(hundredths) * us) / 100n), text);
    }
  }
});

test('durations as people write them', () => {
  const table: readonly (readonly [string, number | undefined])[] = [
    ['250ms', 250_000],
    ['60s', 60_000_000],
    ['5m', 300_000_000],
    ['1.5h', 5_400_000_000],
    ['30d', 2_592_000_000_000],
    ['2w', 1_209_600_000_000],
    ['0s', 0],
    ['7us', 7],
    ['0.5us', undefined],
    ['1.0000001s', undefined],
    ['', undefined],
    ['5', undefined],
    ['m', undefined],
    ['5 m', undefined],
    ['-5m', undefined],
    ['5M', undefined],
    ['1e3s', undefined],
    ['.5s', undefined],
    ['99999999999999999d', undefined],
    ['9999999999999d', undefined],
  ];
  for (const [text, us] of table) assert.equal(parseDurationUs(text), us, `'${text}'`);
});

test('formatDurationUs takes the largest unit that divides', () => {
  const table: readonly (readonly [number, string])[] = [
    [300_000_000, '5m'],
    [90_000_000, '90s'],
    [3_600_000_000, '1h'],
    [7 * US_PER_DAY, '7d'],
    [14 * US_PER_DAY, '2w'],
    [1_500, '1500us'],
    [0, '0us'],
  ];
  for (const [us, text] of table) assert.equal(formatDurationUs(us), text);
});

test('moments as people write them', () => {
  const noon = Date.UTC(2024, 4, 1, 12) * 1000;
  const table: readonly (readonly [string, number | undefined])[] = [
    ['2024-05-01', noon - 12 * US_PER_HOUR],
    ['2024-05-01T12:00', noon],
    ['2024-05-01T12:00:00Z', noon],
    ['2024-05-01T14:00+02:00', noon],
    ['2024-05-01T12:00:00.5', noon + 500_000],
    ['2024-05-01T12:00:00.000001Z', noon + 1],
    ['1714564800000', noon],
    ['1714564800000000', noon],
    ['1969-12-31T23:59:59.999999Z', -1],
    ['2024-02-29', Date.UTC(2024, 1, 29) * 1000],
  ];
  for (const [text, us] of table) assert.equal(parseMomentUs(text), us, text);
});

test('what is no moment is refused, days that no calendar has included', () => {
  const texts = ['', 'now', '2024', '2024-5-1', '2024-13-01', '2024-00-10', '2024-05-32', '2024-05-01 12:00'];
  const days = ['2024-02-30', '2023-02-29', '2024-04-31', '2024-02-30T10:00:00Z', '1900-02-29'];
  const hours = [
    '2024-05-01T25:00',
    '2024-05-01T12:60',
    '2024-05-01T12:00:61',
    '2024-05-01T12:00:00.1234567',
  ];
  const zones = ['2024-05-01T12:00+99:99', '2024-05-01T12:00 Z', '2024-05-01Z'];
  const epochs = ['9999999999999999', '171456480000', '17145648000000000', '-1714564800000'];
  for (const text of [...texts, ...days, ...hours, ...zones, ...epochs]) {
    assert.equal(parseMomentUs(text), undefined, `'${text}'`);
  }
});

test('a bar starts at or before the moment, on the grid of the epoch', () => {
  fc.assert(
    fc.property(moment, fc.constantFrom(1, US_PER_MINUTE, 5 * US_PER_MINUTE, US_PER_DAY), (us, timeframe) => {
      const start = floorToTimeframe(us, timeframe);
      assert.ok(start <= us && us - start < timeframe);
      assert.equal(BigInt(start) % BigInt(timeframe), 0n);
    }),
    propertySettings(),
  );
});

test('the UTC day and its text', () => {
  const us = Date.UTC(2024, 11, 31, 23, 59, 59) * 1000;
  assert.deepEqual([formatDay(us), formatDay(us + US_PER_SECOND)], ['20241231', '20250101']);
  assert.equal(utcDay(us) + 1, utcDay(us + US_PER_SECOND));
  assert.deepEqual([utcDay(0), utcDay(-1)], [0, -1]);
});

test('formatIso writes milliseconds, or microseconds where there are some', () => {
  assert.equal(formatIso(1_714_564_800_000_000), '2024-05-01T12:00:00.000Z');
  assert.equal(formatIso(1_714_564_800_000_123), '2024-05-01T12:00:00.000123Z');
  assert.throws(() => formatIso(0.5), { name: 'AssertionError' });
});
