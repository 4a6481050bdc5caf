/** `xylen book` prints what it found, as one document or for people. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { binanceStretch } from '../../../test/support/captures.ts';
import { type CommandOptions, type CommandResult, runCommand } from '../../../test/support/command-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { CaptureReport } from '../host/capture/book-capture.ts';
import { command } from './book.ts';

const made = binanceStretch('ABUSDT', 100, 7);

/** Runs the command as the shell would. */
const runBook = (options: CommandOptions): Promise<CommandResult> => runCommand(command, '', [], options);

/** Writes a capture and its snapshot, and returns the options that name them. */
function files(context: TestContext, frames: readonly string[]): { raw: string[]; snapshot: string[] } {
  const folder = tempDir(context);
  const raw = join(folder, 'capture.ndjson');
  const snapshot = join(folder, 'depth.json');
  writeFileSync(raw, frames.join('\n'));
  writeFileSync(snapshot, made.snapshotAt(1));
  return { raw: [raw], snapshot: [snapshot] };
}

test('prints one document with everything that was found', async (context) => {
  const options = { venue: 'binance-usdm', json: true, ...files(context, made.frames) };
  const { documents, exitCode, lines, shares } = await runBook(options);
  assert.deepEqual([exitCode, lines], [0, []]);
  const [report, ...others] = documents as readonly CaptureReport[];
  assert.deepEqual(others, []);
  assert.deepEqual(report, {
    venue: 'binance-usdm',
    symbols: {
      ABUSDT: {
        frames: 100,
        applied: 100,
        dropped: 0,
        gaps: 0,
        resyncs: 0,
        checksumFailures: 0,
        crossed: 0,
        stale: false,
        lastSequence: made.lastId,
        bids: made.bids.slice(0, 20),
        asks: made.asks.slice(0, 20),
      },
    },
    damaged: 0,
    damagedPlaces: [],
    ignored: 0,
  });
  assert.equal(shares.at(-1), 1);
});

test('shows the books and the damaged lines to people', async (context) => {
  const frames = made.frames.toSpliced(50, 1, ...Array.from({ length: 7 }, () => 'garbage'));
  const { exitCode, lines } = await runBook({ venue: 'binance-usdm', ...files(context, frames) });
  assert.equal(exitCode, 0);
  const text = lines.join('\n');
  assert.match(lines[0] ?? '', /^binance-usdm +book +frames +applied/);
  assert.match(text, /^ABUSDT +stale +99 +50 +0 +1 +0 +0 +0 +\d+$/m);
  assert.match(text, /^ABUSDT \(stale.*\): no levels$/m);
  assert.match(text, /^7 damaged lines\n {2}.*capture\.ndjson:51: expected a frame, found 'garbage'\n/m);
  assert.equal(lines.at(-1), '  ...');
  const right = await runBook({ venue: 'binance-usdm', ...files(context, made.frames) });
  assert.ok(right.lines.some((line) => line.includes(made.bids[0]?.[0] ?? '?')));
});

test('says what is wrong with its options', async (context) => {
  const { raw } = files(context, made.frames);
  await assert.rejects(runBook({ venue: 'nowhere', raw }), {
    code: 'XY_USAGE',
    message: /expected a venue of/,
  });
  await assert.rejects(runBook({ venue: 'coinbase', raw: [] }), { code: 'XY_USAGE' });
  await assert.rejects(runBook({ venue: 'coinbase', raw }), { code: 'XY_DATA_INSUFFICIENT' });
  await assert.rejects(runBook({ venue: 'binance-usdm', raw: ['no-such-file'] }), {
    code: 'XY_FILE_MISSING',
  });
});
