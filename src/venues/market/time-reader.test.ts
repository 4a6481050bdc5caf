/** Moments come out to the microsecond, whatever zone and precision they were written in, and nothing else passes for one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { FrameFault, JsonCursor } from './json-cursor.ts';
import { epochCountUs, readEpochCount, readRfc3339, rfc3339Us } from './time-reader.ts';

const SEED = Number(process.env.SEED ?? 1);

function moment(text: string): number {
  const bytes = Buffer.from(text);
  return rfc3339Us(bytes, 0, bytes.length);
}

function count(text: string): number {
  const bytes = Buffer.from(text);
  return epochCountUs(bytes, 0, bytes.length);
}

test('text of RFC 3339 in all precisions and zones', () => {
  const table: readonly (readonly [string, number])[] = [
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['2024-02-29T23:59:59.999999999Z', 1_709_251_199_999_999],
    ['2026-09-07T23:37:22.278662782Z', 1_788_824_242_278_662],
    ['2026-09-07t23:37:22.5z', 1_788_824_242_500_000],
    ['2026-09-07 23:37:22Z', 1_788_824_242_000_000],
    ['2026-09-08T01:37:22+02:00', 1_788_824_242_000_000],
    ['2026-09-07T18:07:22.25-05:30', 1_788_824_242_250_000],
    ['2016-12-31T23:59:60Z', 1_483_228_800_000_000],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000_000],
  ];
  for (const [text, us] of table) {
    // The zero time of some programs lies beyond the safe integers and is only known to be long ago.
    if (Number.isSafeInteger(us)) assert.equal(moment(text), us, text);
    else assert.ok(moment(text) < 0, text);
  }
});

test(`every day and second agrees with the calendar of the language (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  for (let i = 0; i < 2_000; i++) {
    const ms = prng.integer(0, 4_102_444_800) * 1_000 + prng.integer(0, 1_000);
    const text = new Date(ms).toISOString();
    assert.equal(moment(text), ms * 1_000, text);
  }
});

test('what is no moment is not taken for one', () => {
  const bad = [
    '',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-01-01T00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-01-32T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:61Z',
    '2024-01-01T00:00:00.Z',
    '2024-01-01T00:00:00.12',
    '2024-01-01T00:00:00+0200',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00Z ',
    '2024-01-01x00:00:00Z',
    '2024/01/01T00:00:00Z',
    '2024-01-01 00:00:00.5 +0000 UTC',
  ];
  for (const text of bad) assert.ok(Number.isNaN(moment(text)), text);
});

test('a count since the epoch tells its unit by its length and loses only what is below a microsecond', () => {
  const table: readonly (readonly [string, number])[] = [
    ['0', 0],
    ['1619378220', 1_619_378_220_000_000],
    ['1619378329238', 1_619_378_329_238_000],
    ['1619378329238123', 1_619_378_329_238_123],
    ['1619378327739050725', 1_619_378_327_739_050],
    ['1654032575773272833', 1_654_032_575_773_272],
  ];
  for (const [text, us] of table) assert.equal(count(text), us, text);
  for (const text of [
    '',
    '-1',
    '1.5',
    '1e9',
    '12345678901234567890',
    '161937832773905072x',
    '9999999999999999',
  ]) {
    assert.ok(Number.isNaN(count(text)), text);
  }
});

test('values of a message are read with or without quotes, and refused with words', () => {
  const cursor = new JsonCursor();
  cursor.load(Buffer.from('[1654032575773272833,"1654032575773272833","2024-01-01T00:00:00Z"]'));
  cursor.beginArray();
  cursor.nextItem();
  assert.equal(readEpochCount(cursor), 1_654_032_575_773_272);
  cursor.nextItem();
  assert.equal(readEpochCount(cursor), 1_654_032_575_773_272);
  cursor.nextItem();
  assert.equal(readRfc3339(cursor), 1_704_067_200_000_000);
  cursor.load(Buffer.from('"yesterday"'));
  assert.throws(() => readRfc3339(cursor), FrameFault);
  cursor.load(Buffer.from('1.5e9'));
  assert.throws(() => readEpochCount(cursor), FrameFault);
});
