import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE } from '#core';
import { badHoursOf, badShareWithin, type FeedHour, hourBadness, type LedgerEntry } from '#domain';
import { mergeHours, readHours, readLosses } from '../history/feed-hours.ts';
import { hoursTable, ledgerTable } from '../recording/test/hour-tables.ts';
import { FindingList } from './finding.ts';
import { checkHours, checkLedger } from './ledger-checks.ts';

const T0 = Date.UTC(2024, 4, 1, 10) * 1_000;
const at = (minutes: number): number => T0 + minutes * US_PER_MINUTE;
const NAMES = { venue: 'kraken-spot', symbol: 'BTC/USD' } as const;

function hour(changes: Partial<FeedHour>): FeedHour {
  return {
    ...{ ...NAMES, stream: 'book', hourUs: T0, messages: 100, gaps: 0, resyncs: 0, checksumFailures: 0 },
    ...{ staleUs: 0, lagP50Us: 1_000, lagP99Us: 2_000, clockOffsetUs: 0, downUs: 0 },
    ...changes,
  };
}

function loss(changes: Partial<LedgerEntry>): LedgerEntry {
  const ids = { lostFromId: -1, lostToId: -1 };
  return {
    ...NAMES,
    stream: 'book',
    cause: 'disconnect',
    fromUs: at(5),
    toUs: at(6),
    ...ids,
    detail: 'x',
    ...changes,
  };
}

test('parts of an hour add up; lags count by messages, the worst clock counts', () => {
  const parts = [
    hour({ messages: 300, gaps: 1, lagP50Us: 1_000, lagP99Us: 9_000, clockOffsetUs: 5, staleUs: 7 }),
    hour({
      messages: 100,
      resyncs: 2,
      checksumFailures: 3,
      lagP50Us: 5_000,
      lagP99Us: 4_000,
      clockOffsetUs: -8,
    }),
    hour({ messages: 0, lagP50Us: -1, lagP99Us: -1, downUs: 11 }),
    hour({ hourUs: T0 + US_PER_HOUR }),
    hour({ stream: 'trades' }),
  ];
  assert.deepEqual(mergeHours(parts), [
    hour({
      ...{ messages: 400, gaps: 1, resyncs: 2, checksumFailures: 3, lagP50Us: 2_000, lagP99Us: 9_000 },
      ...{ clockOffsetUs: -8, staleUs: 7, downUs: 11 },
    }),
    hour({ hourUs: T0 + US_PER_HOUR }),
    hour({ stream: 'trades' }),
  ]);
});

test('the ledger tells of hours that nobody counted, and overlapping losses count once', async () => {
  const losses = [
    loss({ fromUs: at(10), toUs: at(20) }),
    loss({ fromUs: at(15), toUs: at(25), cause: 'checksum' }),
    loss({ fromUs: at(50), toUs: at(150), cause: 'recorder-down' }),
    loss({ stream: 'trades', fromUs: at(61), toUs: at(62) }),
  ];
  const tables = {
    hours: hoursTable(NAMES, [hour({ staleUs: 3 * US_PER_MINUTE })]),
    ledger: ledgerTable(NAMES, losses),
  };
  const hours = await readHours(tables, {});
  const short = hours.map(({ downUs, hourUs, messages, staleUs, stream }) =>
    [stream, (hourUs - T0) / US_PER_HOUR, messages, staleUs / US_PER_MINUTE, downUs / US_PER_MINUTE].join(
      ' ',
    ),
  );
  assert.deepEqual(short, ['book 0 100 15 10', 'book 1 0 0 60', 'book 2 0 0 30', 'trades 1 0 1 0']);
  assert.deepEqual(
    (await readHours(tables, { fromUs: at(60), toUs: at(90) })).map(({ downUs }) => downUs / US_PER_MINUTE),
    [30, 0],
  );
  assert.equal((await readLosses(tables.ledger, { fromUs: at(30), toUs: at(60) })).length, 1);
});

test('an hour is bad by what is missing of the streams that are asked for', () => {
  const hours = [
    hour({ staleUs: US_PER_HOUR / 10 }),
    hour({ stream: 'trades', staleUs: US_PER_HOUR / 4, downUs: US_PER_HOUR / 4 }),
    hour({ hourUs: T0 + US_PER_HOUR, staleUs: 2 * US_PER_HOUR }),
  ];
  assert.deepEqual(hours.map(hourBadness), [0.1, 0.5, 1]);
  assert.deepEqual(badHoursOf(hours, ['book'], 10), [{ hourUs: T0 + US_PER_HOUR, share: 1 }]);
  assert.deepEqual(badHoursOf(hours, ['book', 'trades'], 5), [
    { hourUs: T0, share: 0.5 },
    { hourUs: T0 + US_PER_HOUR, share: 1 },
  ]);
  const bad = badHoursOf(hours, ['book', 'trades'], 5);
  assert.deepEqual(
    [at(-60), at(-1), at(0), at(59), at(60), at(119), at(120)].map((fromUs) =>
      badShareWithin(bad, fromUs, fromUs + 1),
    ),
    [0, 0, 0.5, 0.5, 1, 1, 0],
  );
  assert.equal(badShareWithin(bad, at(-100), at(500)), 1);
  assert.equal(badShareWithin(bad, at(-100), at(0)), 0);
});

test('losses and bad hours are findings, with their place', async () => {
  const ledger = ledgerTable(NAMES, [
    loss({ cause: 'sequence-gap', lostFromId: 5, lostToId: 9, detail: 'expected 5, found 10' }),
    loss({ cause: 'checksum', fromUs: at(7), toUs: at(8) }),
    loss({ cause: 'recorder-down', fromUs: at(60), toUs: at(120) }),
  ]);
  const findings = new FindingList();
  assert.deepEqual(await checkLedger(ledger, {}, findings), {
    ...{ losses: 3, gaps: 1, checksumFailures: 1, recorderDown: 1 },
    ...{ staleUs: 2 * US_PER_MINUTE, downUs: US_PER_HOUR },
  });
  const hours = hoursTable(NAMES, [hour({ lagP99Us: 6_000_000, clockOffsetUs: -2_500_000 })]);
  await checkHours({ hours, ledger }, {}, findings);
  assert.deepEqual(
    findings.listed.map(({ check, severity, text }) => `${check} ${severity} ${text}`),
    [
      'ledger_gap warning book: sequence-gap, not complete for 1 min, 2024-05-01T10:05:00.000Z to 2024-05-01T10:06:00.000Z, updates 5 to 9: expected 5, found 10',
      'checksum_failure warning book: checksum, not complete for 1 min, 2024-05-01T10:07:00.000Z to 2024-05-01T10:08:00.000Z: x',
      'recorder_down warning book: the recorder did not run for 1 h, 2024-05-01T11:00:00.000Z to 2024-05-01T12:00:00.000Z',
      'stale_hour warning book of 2024-05-01T11:00:00.000Z: 1 h of the hour are missing',
      "clock_offset warning book of 2024-05-01T10:00:00.000Z: the clock was -2.5 s ahead of the venue's",
      'feed_lag note book of 2024-05-01T10:00:00.000Z: one message of a hundred came 6 s late or more',
    ],
  );
});
