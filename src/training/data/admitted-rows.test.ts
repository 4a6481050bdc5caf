import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { US_PER_DAY, XylenError } from '#core';
import { propertySettings } from '../../../test/support/property.ts';
import { changeRows, inventRows, QUARANTINE_US } from '../test/rows.ts';
import { AdmittedRows } from './admitted-rows.ts';
import { ROW_SOURCES } from './labelled-rows.ts';

const rows = inventRows({ rowCount: 2_000 });

function refusal(code: string, expected: RegExp): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof XylenError && thrown.code === code && expected.test(thrown.message);
}

test('no row whose label ends within the quarantine of the clock passes, and every other one does', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -20, max: 60 }),
      fc.integer({ min: 0, max: 10 * US_PER_DAY }),
      (clockDays, longerUs) => {
        const clockUs = rows.newestUs + clockDays * US_PER_DAY + 7;
        const quarantineUs = QUARANTINE_US + longerUs;
        const admitted = AdmittedRows.load(rows, { clockUs, quarantineUs });
        const passed = new Set(admitted.index);
        for (let row = 0; row < rows.rowCount; row++) {
          assert.equal(passed.has(row), rows.labelEndUs[row]! < clockUs - quarantineUs, `row ${row}`);
        }
        assert.equal(admitted.quarantinedCount, rows.rowCount - passed.size);
      },
    ),
    propertySettings(50),
  );
});

test('a label that ends exactly 30 days before the clock is inside the quarantine', () => {
  const clockUs = rows.labelEndUs[1_000]! + QUARANTINE_US;
  const { index, labelEndMaxUs } = AdmittedRows.load(rows, { clockUs, quarantineUs: QUARANTINE_US });
  assert.equal(index.at(-1), 999);
  assert.equal(labelEndMaxUs, rows.labelEndUs[999]);
});

test('a quarantine under 30 days is refused, whoever asks', () => {
  assert.throws(
    () => AdmittedRows.load(rows, { clockUs: rows.newestUs, quarantineUs: QUARANTINE_US - 1 }),
    refusal('XY_QUARANTINE', /at least 30d/),
  );
});

test('one row of paper trading spoils the table, wherever it lies, even inside the quarantine', () => {
  for (const planted of [0, 700, rows.rowCount - 1]) {
    const mixed = changeRows(rows, (copy, row) => {
      if (row === planted) copy.source[row] = ROW_SOURCES.indexOf('paper');
    });
    assert.throws(
      () => AdmittedRows.load(mixed, { clockUs: rows.newestUs, quarantineUs: QUARANTINE_US }),
      refusal('XY_ROW_INVALID', new RegExp(`row ${planted}: .* paper`)),
    );
  }
});

test('a row of unknown origin is refused', () => {
  const mixed = changeRows(rows, (copy, row) => {
    if (row === 3) copy.source[row] = 99;
  });
  assert.throws(
    () => AdmittedRows.load(mixed, { clockUs: rows.newestUs, quarantineUs: QUARANTINE_US }),
    refusal('XY_ROW_INVALID', /unknown/),
  );
});

test('a history that lies in the quarantine altogether is too short', () => {
  const short = inventRows({ rowCount: 600 });
  assert.throws(
    () => AdmittedRows.load(short, { clockUs: short.newestUs, quarantineUs: QUARANTINE_US }),
    refusal('XY_DATA_INSUFFICIENT', /more history/),
  );
});
