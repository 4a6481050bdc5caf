/** An import killed at any moment leaves the archive as it was or as it will be, and a second run ends with the same bytes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Prng, sha256Hex } from '#core';
import { ArchiveHistory } from '#store/parquet';
import { runImport } from '../support/data-commands.ts';
import { candleCsv, writeData } from '../support/history-rows.ts';
import { testSeed } from '../support/property.ts';
import { tempDir } from '../support/temp-dir.ts';

const CHILD = join(import.meta.dirname, '../support/import-child.ts');
const OPTIONS = { venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'candles' };
const KILLS_MIDWAY = 3;

function child(
  dataDir: string,
  file: string,
  killAt: number,
): { readonly signal: string | null; readonly calls: number } {
  const args = ['--disable-warning=ExperimentalWarning', CHILD, dataDir, file, String(killAt)];
  const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(stderr, '');
  return { signal, calls: Number(stdout) };
}

function bytesOf(dataDir: string): Record<string, string> {
  const root = join(dataDir, 'archive');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.parquet'),
  );
  return Object.fromEntries(files.sort().map((name) => [name, sha256Hex(readFileSync(join(root, name)))]));
}

async function contentOf(dataDir: string): Promise<string> {
  const history = await ArchiveHistory.open(dataDir);
  return history.contentHash([{ venue: 'binance-usdm', symbol: 'BTCUSDT', kind: 'candles' }]);
}

test('kill -9 at any moment of an import', async (context) => {
  const seed = testSeed();
  context.diagnostic(`SEED=${seed}`);
  const folder = tempDir(context);
  // Four months; the archive has the middle of them before, so that partitions are both made and replaced.
  const file = writeData(folder, 'x.csv', candleCsv(32_000));
  const before = join(folder, 'before');
  await runImport(before, [writeData(folder, 'early.csv', candleCsv(3_000, { first: 8_000 }))], OPTIONS);
  const whole = join(folder, 'whole');
  cpSync(before, whole, { recursive: true });
  const { calls } = child(whole, file, 0);
  const [oldContent, newContent, newBytes] = [
    await contentOf(before),
    await contentOf(whole),
    bytesOf(whole),
  ];
  assert.equal(Object.keys(newBytes).length, 4);

  const random = new Prng(seed);
  // Some moments while partitions are written, and every second one of the end, where the commitment is.
  const moments = Array.from({ length: KILLS_MIDWAY }, () => 1 + (random.uint32() % (calls - 20)));
  for (let killAt = calls - 20; killAt <= calls; killAt += 4) moments.push(killAt);
  const seen = { old: 0, new: 0 };
  for (const killAt of moments) {
    const dataDir = join(folder, `killed-${killAt}`);
    cpSync(before, dataDir, { recursive: true });
    assert.equal(child(dataDir, file, killAt).signal, 'SIGKILL');
    const content = await contentOf(dataDir);
    assert.ok(
      content === oldContent || content === newContent,
      `killed before call ${killAt}: all or nothing is visible`,
    );
    seen[content === oldContent ? 'old' : 'new']++;
    await runImport(dataDir, [file], OPTIONS);
    assert.deepEqual(bytesOf(dataDir), newBytes, `killed before call ${killAt}: the same bytes in the end`);
  }
  context.diagnostic(
    `${moments.length} kills of ${calls} calls: ${seen.old} before the commitment, ${seen.new} after it`,
  );
  assert.ok(seen.old > 0 && seen.new > 0);
});
