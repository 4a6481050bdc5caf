import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_HOUR, US_PER_MINUTE } from '#core';
import type { BadHourRule, FeedHour } from '#domain';
import { TableHistory } from '#store/history';
import { silentProgress } from '#telemetry';
import { candlesTable, hoursTable } from '../../store/recording/test/hour-tables.ts';
import { buildDataset } from './build-dataset.ts';
import type { LabelledRows } from './labelled-rows.ts';
import { historyData, type TrainingQuery } from './training-data.ts';

const BAR_US = 15 * US_PER_MINUTE;
const BARS = 3_200;
const START_US = Date.UTC(2024, 0, 1) * 1_000;
const HORIZON_BARS = 2;

const NAMES = { venue: 'binance-usdm', symbol: 'AUSDT' } as const;

function hour(at: number, share: number, stream: FeedHour['stream'] = 'candles'): FeedHour {
  return {
    ...{
      venue: 'binance-usdm',
      symbol: 'AUSDT',
      stream,
      hourUs: START_US + at * US_PER_HOUR,
      messages: 4,
      gaps: 0,
    },
    ...{
      resyncs: 0,
      checksumFailures: 0,
      staleUs: share * US_PER_HOUR,
      lagP50Us: 1,
      lagP99Us: 2,
      clockOffsetUs: 0,
    },
    downUs: 0,
  };
}

async function rowsWith(hours: readonly FeedHour[], mode: BadHourRule['mode']): Promise<LabelledRows> {
  const query: TrainingQuery = {
    ...{ venue: 'binance-usdm', symbols: ['AUSDT'], fromUs: null, toUs: null, decisionUs: BAR_US },
    badHours: { mode, staleMaxPct: 5 },
  };
  const candles = candlesTable(NAMES, { bars: BARS, barUs: BAR_US, startUs: START_US });
  const history = new TableHistory([candles, hoursTable(NAMES, hours)], []);
  const data = await historyData(history, query);
  return buildDataset(data, {
    ...{
      timeframesUs: [BAR_US],
      horizonBars: HORIZON_BARS,
      progress: silentProgress,
      checkpoint: () => undefined,
    },
  });
}

/** The hour whose rows are looked at, late enough for the features to be warm. */
const AT = 700;
const HOURS = [hour(10, 0.03), hour(AT, 0.4), hour(AT + 20, 1), hour(AT + 40, 0.9, 'book')];

/** Rows whose decision bar or label reaches into an hour. */
function touching({ labelEndUs, rowCount, startUs }: LabelledRows, at: number): number[] {
  const [fromUs, toUs] = [START_US + at * US_PER_HOUR, START_US + (at + 1) * US_PER_HOUR];
  return Array.from({ length: rowCount }, (_, row) => row).filter(
    (row) => (startUs[row] ?? 0) - BAR_US < toUs && (labelEndUs[row] ?? 0) > fromUs,
  );
}

test('rows in bad hours of the recording are left out, and counted', async () => {
  const all = await rowsWith(HOURS, 'ignore');
  assert.equal(all.badHours, undefined);
  // Four decision bars in the hour, and those whose label ends in it.
  assert.equal(touching(all, AT).length, 4 + HORIZON_BARS);
  const rows = await rowsWith(HOURS, 'refuse');
  assert.deepEqual([touching(rows, AT).length, touching(rows, AT + 20).length], [0, 0]);
  assert.equal(
    touching(rows, AT + 40).length,
    4 + HORIZON_BARS,
    'how the book was recorded says nothing of candles',
  );
  assert.equal(rows.rowCount, all.rowCount - 2 * (4 + HORIZON_BARS));
  assert.deepEqual(rows.badHours, { mode: 'refuse', hours: 2, rowsRefused: 12, rowsWeighed: 0 });
  assert.equal(rows.weight, undefined);
});

test('or they count as much as was recorded of the hour; an hour that is missing whole still counts nothing', async () => {
  const rows = await rowsWith(HOURS, 'weigh');
  assert.deepEqual(rows.badHours, { mode: 'weigh', hours: 2, rowsRefused: 6, rowsWeighed: 6 });
  const { weight } = rows;
  assert.ok(weight !== undefined && weight.length === rows.rowCount);
  const weighed = new Set(touching(rows, AT));
  for (const [row, value] of weight.entries()) assert.equal(value, weighed.has(row) ? 0.6 : 1, `row ${row}`);
});

test('hours that nobody recorded are like any other', async () => {
  const rows = await rowsWith([], 'refuse');
  assert.deepEqual([rows.badHours, rows.weight], [undefined, undefined]);
});
