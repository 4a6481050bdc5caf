import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE } from '#core';
import type { QualityReport } from '#store/quality';
import { silentLog } from '#telemetry';
import { runQuality } from '../../../test/support/data-commands.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { RECORDING_DEFAULTS, Recording } from '../recording/recording.ts';
import { syntheticEvent, syntheticInstruments } from '../recording/test/synthetic-feed.ts';

test('a recording is reported with its losses, its outages and the hours of each stream', async (context) => {
  const dataDir = tempDir(context);
  const instruments = syntheticInstruments(1);
  const startUs = Date.UTC(2024, 4, 1, 12) * 1_000;
  for (const session of [0, 1]) {
    const recording = await Recording.open({
      ...{ dataDir, instruments, settings: RECORDING_DEFAULTS, log: silentLog },
      nowUs: () => Date.now() * 1_000,
    });
    const times = { startUs: startUs + session * 30 * US_PER_MINUTE, stepUs: 1_000_000 };
    for (let n = 0; n < 300; n++) recording.event(syntheticEvent(n, 1, times));
    recording.ledger({
      ...{ venue: 'binance-usdm', symbol: 'S0USDT', stream: 'book', cause: 'sequence-gap' },
      ...{
        fromUs: times.startUs,
        toUs: times.startUs + 5_000_000,
        lostFromId: 3,
        lostToId: 4,
        detail: 'expected 3',
      },
    });
    await recording.close();
  }
  const { json } = await runQuality(dataDir, { json: true, symbol: 'S0USDT' });
  const { reports } = json as { readonly reports: readonly QualityReport[] };
  const ledger = reports.find(({ kind }) => kind === 'ledger');
  assert.equal(ledger?.counts.ledger_gap, 2);
  assert.equal(ledger?.counts.recorder_down, 7, 'one a stream');
  const hours = reports.find(({ kind }) => kind === 'feed-hours')?.hours ?? [];
  const book = hours.find(({ stream }) => stream === 'book');
  assert.deepEqual([book?.messages, book?.gaps, book?.staleUs], [300, 2, 10_000_000]);
  assert.ok(book !== undefined && book.downUs > 25 * US_PER_MINUTE);
  const { exitCode, lines } = await runQuality(dataDir, { symbol: 'S0USDT' });
  assert.equal(exitCode, 0);
  assert.match(lines.join('\n'), /stream +hour +messages +gaps.*\n +book +2024-05-01T12 +300 +2 /);
  assert.match(lines.join('\n'), /recorder_down \(warning\): 7/);
});
