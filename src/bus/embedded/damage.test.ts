import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Prng, XylenError } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { LOG_OPTIONS_DEFAULT, type LogOptions, type TopicReader } from '../index.ts';
import { drain, readAll } from '../test/conformance.ts';
import { EmbeddedLog, EmbeddedSource, SYSTEM_DISK } from './index.ts';

const BOOKS = 'crypto-orderbooks';
const OPTIONS: LogOptions = { ...LOG_OPTIONS_DEFAULT, flushIntervalMs: null };

/** Fills a log and returns its folder and segment files. */
async function filled(
  context: TestContext,
  count: number,
  options: LogOptions = OPTIONS,
): Promise<{ dir: string; files: string[] }> {
  const dir = tempDir(context);
  const log = await EmbeddedLog.open(dir, options);
  for (let i = 0; i < count; i++) assert.equal(log.append(BOOKS, i, Buffer.from(textOf(i))), 'ok');
  await log.close();
  return { dir, files: segmentsOf(dir) };
}

function textOf(i: number): string {
  return `record ${i} ${'.'.repeat(i % 57)}`;
}

function segmentsOf(dir: string): string[] {
  return readdirSync(join(dir, BOOKS))
    .sort()
    .map((name) => join(dir, BOOKS, name));
}

function flipBit(path: string, position: number): void {
  const bytes = readFileSync(path);
  bytes[position]! ^= 4;
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, position, 1, position);
  closeSync(fd);
}

/** Reads everything there is to a damaged place. */
async function readUntilDamage(reader: TopicReader): Promise<{ texts: string[]; fault: unknown }> {
  const texts: string[] = [];
  for (;;) {
    try {
      const batch = await reader.read({ records: 3 });
      if (batch.count === 0) return { texts, fault: null };
      for (let i = 0; i < batch.count; i++)
        texts.push(Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i])).toString());
    } catch (fault) {
      return { texts, fault };
    }
  }
}

test('whatever stands behind the last durable record is cut off, and the log goes on', async (context) => {
  const { dir, files } = await filled(context, 20);
  const path = files[0] ?? '';
  const whole = statSync(path).size;
  const last = readFileSync(path).subarray(whole - 60);
  for (const torn of [
    last.subarray(0, 5),
    last.subarray(0, 40),
    Buffer.alloc(5_000),
    Buffer.from('garbage'),
  ]) {
    appendFileSync(path, torn);
    const source = await EmbeddedSource.open(dir);
    assert.equal((await readAll(source, BOOKS)).length, 20, 'a reader never sees it');
    await source.close();
    const log = await EmbeddedLog.open(dir, OPTIONS);
    assert.equal(log.bytesDropped, torn.length);
    assert.equal(log.endOffset(BOOKS), 20);
    await log.close();
    assert.equal(statSync(path).size, whole);
  }
});

test('whole records behind the mark are kept: they were written, only nobody had said so yet', async (context) => {
  const { dir, files } = await filled(context, 20);
  const marks = readFileSync(join(dir, 'watermarks'));
  const log = await EmbeddedLog.open(dir, OPTIONS);
  for (let i = 20; i < 30; i++) log.append(BOOKS, i, Buffer.from(textOf(i)));
  await log.close();
  // As after a power cut: an older mark, newer records, of which the last is torn.
  writeFileSync(join(dir, 'watermarks'), marks);
  truncateSync(files[0] ?? '', statSync(files[0] ?? '').size - 3);
  const again = await EmbeddedLog.open(dir, OPTIONS);
  assert.equal(again.endOffset(BOOKS), 29);
  again.append(BOOKS, 29, Buffer.from('the second 29'));
  await again.close();
  const source = await EmbeddedSource.open(dir);
  const records = await readAll(source, BOOKS);
  assert.deepEqual(
    records.map(({ text }) => text),
    [...Array.from({ length: 29 }, (_, i) => textOf(i)), 'the second 29'],
  );
  await source.close();
});

test('durable bytes that are gone are reported when the log is opened, with file and place', async (context) => {
  const { dir, files } = await filled(context, 20);
  const path = files[0] ?? '';
  truncateSync(path, 300);
  await assert.rejects(
    EmbeddedLog.open(dir, OPTIONS),
    (thrown: unknown) =>
      thrown instanceof XylenError &&
      thrown.code === 'XY_FILE_DAMAGED' &&
      thrown.fields.file === path &&
      thrown.fields.position === 300,
  );
  rmSync(path);
  await assert.rejects(EmbeddedLog.open(dir, OPTIONS), {
    code: 'XY_FILE_DAMAGED',
    message: /durable up to record 20/,
  });
});

test(`one flipped bit anywhere costs at most the record it is in, and is named (seed ${testSeed()})`, async (context) => {
  const prng = new Prng(testSeed());
  const { dir, files } = await filled(context, 60, { ...OPTIONS, segmentBytes: 900 });
  assert.ok(files.length >= 4);
  for (let round = 0; round < 150; round++) {
    const path = files[Math.floor(prng.uniform() * files.length)] ?? '';
    const position = 32 + Math.floor(prng.uniform() * (statSync(path).size - 32));
    flipBit(path, position);
    const source = await EmbeddedSource.open(dir);
    const reader = source.reader(BOOKS, 0);
    const before = await readUntilDamage(reader);
    assert.ok(before.fault instanceof XylenError, `a flip at ${position} of ${path} is found`);
    assert.equal(before.fault.code, 'XY_FILE_DAMAGED');
    assert.equal(before.fault.fields.file, path);
    assert.ok(
      Number(before.fault.fields.position) <= position &&
        Number(before.fault.fields.position) > position - 120,
    );
    assert.deepEqual(
      before.texts,
      Array.from(before.texts, (_, i) => textOf(i)),
    );
    const lost = await reader.skipDamage();
    assert.deepEqual(
      [lost.fromOffset, lost.toOffset, lost.file],
      [before.texts.length, before.texts.length + 1, path],
    );
    const after = await readUntilDamage(reader);
    assert.equal(after.fault, null);
    assert.deepEqual(
      after.texts,
      Array.from({ length: 60 - lost.toOffset }, (_, i) => textOf(lost.toOffset + i)),
    );
    reader.close();
    await source.close();
    flipBit(path, position);
  }
});

test('damage before the mark does not keep a log from being written on', async (context) => {
  const { dir, files } = await filled(context, 20);
  flipBit(files[0] ?? '', 200);
  const log = await EmbeddedLog.open(dir, OPTIONS);
  assert.deepEqual([log.endOffset(BOOKS), log.bytesDropped], [20, 0]);
  log.append(BOOKS, 21, Buffer.from('next'));
  await log.close();
});

test('without its marks a log cuts off a broken end, and refuses to cut off damage', async (context) => {
  const { dir, files } = await filled(context, 20);
  const path = files[0] ?? '';
  rmSync(join(dir, 'watermarks'));
  appendFileSync(path, 'torn');
  const log = await EmbeddedLog.open(dir, OPTIONS);
  assert.equal(log.endOffset(BOOKS), 20);
  await log.close();
  rmSync(join(dir, 'watermarks'));
  flipBit(path, 200);
  await assert.rejects(EmbeddedLog.open(dir, OPTIONS), { code: 'XY_FILE_DAMAGED' });
});

test('a segment that vanished is a hole that can be passed, not an end', async (context) => {
  const { dir, files } = await filled(context, 60, { ...OPTIONS, segmentBytes: 900 });
  rmSync(files[1] ?? '');
  const source = await EmbeddedSource.open(dir);
  const reader = source.reader(BOOKS, 0);
  const before = await readUntilDamage(reader);
  assert.ok(before.fault instanceof XylenError);
  const lost = await reader.skipDamage();
  assert.equal(lost.fromOffset, before.texts.length);
  const after = await readUntilDamage(reader);
  assert.equal(after.fault, null);
  assert.equal(after.texts.length + lost.toOffset, 60);
  reader.close();
  await source.close();
});

test('a full disk makes the producer wait, loses nothing, and goes on when there is room', async (context) => {
  const dir = tempDir(context);
  let room = 5_000;
  const disk = {
    ...SYSTEM_DISK,
    write(fd: number, bytes: Uint8Array, start: number, length: number, position: number): number {
      if (room === 0)
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const took = SYSTEM_DISK.write(fd, bytes, start, Math.min(length, room), position);
      room -= took;
      return took;
    },
  };
  const log = await EmbeddedLog.open(dir, { ...OPTIONS, segmentBytes: 2_000 }, disk);
  let taken = 0;
  const fill = (): void => {
    while (taken < 1_000 && log.append(BOOKS, taken, Buffer.from(textOf(taken))) === 'ok') taken++;
  };
  fill();
  assert.ok(taken > 20 && taken < 1_000, `took ${taken}`);
  assert.match(log.stats().fault ?? '', /no space left/);
  await assert.rejects(log.flush(), { code: 'XY_STORE_FAILED', message: /no space left/ });
  const source = await EmbeddedSource.open(dir);
  const seen = await readAll(source, BOOKS);
  assert.deepEqual(
    seen.map(({ text }) => text),
    Array.from(seen, (_, i) => textOf(i)),
  );
  room = 1e9;
  fill();
  await log.flush();
  assert.equal(log.stats().fault, null);
  assert.deepEqual(
    (await readAll(source, BOOKS)).map(({ text }) => text),
    Array.from({ length: taken }, (_, i) => textOf(i)),
  );
  await source.close();
  await log.close();
});

test('a disk that does not keep what it took ends the log', async (context) => {
  const dir = tempDir(context);
  let isBroken = false;
  const disk = {
    ...SYSTEM_DISK,
    sync: (fd: number) => (isBroken ? Promise.reject(new Error('EIO: i/o error')) : SYSTEM_DISK.sync(fd)),
  };
  const log = await EmbeddedLog.open(dir, OPTIONS, disk);
  log.append(BOOKS, 1, Buffer.from('kept'));
  await log.flush();
  isBroken = true;
  log.append(BOOKS, 2, Buffer.from('doubtful'));
  await assert.rejects(log.flush(), { code: 'XY_STORE_FAILED', message: /i\/o error/ });
  assert.throws(() => log.append(BOOKS, 3, Buffer.from('x')), { code: 'XY_STORE_FAILED' });
  const source = await EmbeddedSource.open(dir);
  assert.deepEqual(await drain(source.reader(BOOKS, 0)), [{ offset: 0, tsLocalUs: 1, text: 'kept' }]);
  await source.close();
  await log.close();
  assert.equal(log.stats().topics[BOOKS]?.durableOffset, 1);
});

test('offsets of another log count for nothing', async (context) => {
  const { dir } = await filled(context, 5);
  const source = await EmbeddedSource.open(dir);
  await source.commit('archive', { [BOOKS]: 5 });
  writeFileSync(join(dir, 'log.json'), JSON.stringify({ version: 1, id: 'f'.repeat(32) }));
  const other = await EmbeddedSource.open(dir);
  assert.deepEqual(await other.committed('archive'), {});
  writeFileSync(join(dir, 'log.json'), JSON.stringify({ version: 9, id: 'f'.repeat(32) }));
  await assert.rejects(EmbeddedSource.open(dir), { code: 'XY_STORE_SCHEMA' });
  await source.close();
  await other.close();
  await assert.rejects(EmbeddedSource.open(join(dir, 'nowhere')), { code: 'XY_FILE_MISSING' });
});
