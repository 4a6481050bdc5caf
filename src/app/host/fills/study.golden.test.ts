/** What a study of the recorded BTCUSDT market must show, whatever its figures: its first row is the reference, and nothing helps the trader. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { queueModelOf } from '#sim';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import { runStudy, type StudyReport } from './run-study.ts';

const FOLDER = sharedPath('golden', 'fills');

async function study(scale: number): Promise<StudyReport> {
  const queue = queueModelOf('power_prob_2', { lotUnit: 0.001 });
  assert.ok(queue !== undefined);
  return runStudy(
    {
      eventsPath: join(FOLDER, 'events.csv.gz'),
      ordersPath: join(FOLDER, 'orders.csv'),
      queue,
      lotSize: '0.001',
      entryUs: 5000,
      responseUs: 5000,
      scale,
    },
    { signal: new AbortController().signal },
  );
}

test('large orders fill less the more of the market they use up', { skip: skipWithoutShared }, async () => {
  const small = await study(1);
  const large = await study(100);
  const lotsOf = ({ rows }: StudyReport): readonly number[] =>
    rows.slice(0, 5).map(({ totals }) => totals.volumeLots);
  // 1,593 fills of the reference with this queue and latency.
  assert.equal(small.rows[0]?.totals.fills, 1593);
  for (const report of [small, large]) {
    const lots = lotsOf(report);
    for (let row = 1; row < lots.length; row++)
      assert.ok((lots[row] ?? 0) <= (lots[row - 1] ?? 0), `row ${row}: ${lots}`);
    for (const { markouts, totals } of report.rows) {
      const [maker] = markouts.filter(({ group }) => group === 'maker');
      assert.equal(maker?.fills, totals.makerFills);
      assert.ok((maker?.meanBps ?? 0) > 0, 'who waits is filled when the market comes through');
    }
  }
  const [whole = 0, , , , impact = 0] = lotsOf(large);
  assert.ok(impact < 0.8 * whole);
});
