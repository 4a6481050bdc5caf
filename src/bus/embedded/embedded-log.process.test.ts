import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { Topic } from '../index.ts';
import { crashRecord } from '../test/crash-record.ts';
import { EmbeddedSource } from './index.ts';

const KILLS = 40;
const TOPICS: readonly Topic[] = ['crypto-orderbooks', 'crypto-trades'];
const CHILD = join(import.meta.dirname, '../test/append-child.ts');

/** Lets a writer work until it has reported some flushes, and kills it amid the next; returns what it last reported. */
async function writeAndKill(dir: string, reports: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let isKilled = false;
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
    if (!isKilled && text.split('\n').length > reports) {
      isKilled = true;
      child.kill('SIGKILL');
    }
  });
  await once(child, 'close');
  assert.ok(isKilled, 'the writer ends only by being killed');
  const line = text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1) ?? '';
  return line.split(' ').map(Number);
}

/** Reads all that a topic holds and checks each record; returns how many there are. */
async function checkedCount(source: EmbeddedSource, topic: Topic): Promise<number> {
  const reader = source.reader(topic, 0);
  for (;;) {
    const batch = await reader.read();
    if (batch.count === 0) break;
    for (let i = 0; i < batch.count; i++) {
      const offset = batch.firstOffset + i;
      const found = Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i]));
      assert.ok(found.equals(crashRecord(topic, offset)), `${topic} ${offset} is as it was appended`);
      assert.equal(batch.tsLocalUs[i], offset);
    }
  }
  reader.close();
  return reader.offset;
}

test(`a writer killed ${KILLS} times at random loses nothing it reported and delivers nothing else (seed ${testSeed()})`, async (context) => {
  const dir = tempDir(context);
  const prng = new Prng(testSeed());
  let sum = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const reported = await writeAndKill(dir, 1 + Math.floor(prng.uniform() * 6));
    const source = await EmbeddedSource.open(dir);
    for (const [ix, topic] of TOPICS.entries()) {
      const count = await checkedCount(source, topic);
      assert.ok(
        count >= (reported[ix] ?? Number.NaN),
        `kill ${kill}: ${topic} has ${count} of ${reported[ix]}`,
      );
      sum += count;
    }
    await source.close();
  }
  assert.ok(sum > KILLS * 400);
});
