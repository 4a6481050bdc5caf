/** Lines come out the same however the bytes are cut, packed or ended; too long ones are told, not kept. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { propertySettings } from '../../../../test/support/property.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { bytePieces, LineCutter, type LineProgress } from './byte-lines.ts';

const RUNNING = new AbortController().signal;

async function readByteLines(
  path: string,
  listener: ReturnType<typeof hearing>,
  signal: AbortSignal,
  onProgress?: (progress: LineProgress) => void,
): Promise<void> {
  const pieces = bytePieces(path, listener, signal, onProgress);
  while ((await pieces.next()).done !== true);
}

function hearing(): {
  heard: string[];
  onLine(bytes: Uint8Array, line: number): void;
  onTooLong(line: number): void;
} {
  const heard: string[] = [];
  return {
    heard,
    onLine: (bytes, line) => heard.push(`${line} ${Buffer.from(bytes).toString('latin1')}`),
    onTooLong: (line) => heard.push(`${line} too long`),
  };
}

test('lines are the same however the bytes are cut', () => {
  const texts = fc.array(fc.stringMatching(/^[a-z\r]{0,12}$/), { maxLength: 20 });
  fc.assert(
    fc.property(texts, fc.boolean(), fc.array(fc.nat(12), { maxLength: 60 }), (lines, isEnded, cuts) => {
      const text = lines.join('\n') + (isEnded ? '\n' : '');
      const listener = hearing();
      const cutter = new LineCutter(listener, 8);
      let at = 0;
      for (const cut of cuts) {
        cutter.push(Buffer.from(text.slice(at, at + cut)));
        at += cut;
      }
      cutter.push(Buffer.from(text.slice(Math.min(at, text.length))));
      cutter.finish();
      const expected = text.split('\n');
      if (expected.at(-1) === '') expected.pop();
      const shown = expected.map((line, i) =>
        line.length > 8 ? `${i + 1} too long` : `${i + 1} ${line.endsWith('\r') ? line.slice(0, -1) : line}`,
      );
      assert.deepEqual(listener.heard, shown);
    }),
    propertySettings(500),
  );
});

test('reads plain and packed files, with or without an end of the last line', async (context) => {
  const folder = tempDir(context);
  const content = Buffer.from('{"a":1}\r\n\n{"b":2}\n{"c":3}');
  for (const [name, bytes] of [
    ['plain', content],
    ['packed.gz', gzipSync(content)],
    ['two-members.gz', Buffer.concat([gzipSync(content.subarray(0, 5)), gzipSync(content.subarray(5))])],
  ] as const) {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const listener = hearing();
    let last = 0;
    await readByteLines(path, listener, RUNNING, ({ bytesRead, bytesTotal }) => {
      last = bytesRead / bytesTotal;
    });
    assert.deepEqual(listener.heard, ['1 {"a":1}', '2 ', '3 {"b":2}', '4 {"c":3}'], name);
    assert.equal(last, 1);
  }
});

test('says which file cannot be read, and how far a damaged one could be', async (context) => {
  const folder = tempDir(context);
  const packed = gzipSync(Buffer.from('{"a":1}\n'.repeat(100_000)), { level: 0 });
  writeFileSync(join(folder, 'cut.gz'), packed.subarray(0, packed.length / 2));
  writeFileSync(join(folder, 'empty'), '');
  const read = (name: string, signal = RUNNING): Promise<void> =>
    readByteLines(join(folder, name), hearing(), signal);
  await assert.rejects(read('cut.gz'), { code: 'XY_FILE_DAMAGED', message: /cut\.gz:\d{4,}: .*cut off/ });
  await assert.rejects(read('empty'), { code: 'XY_FILE_DAMAGED', message: /empty/ });
  await assert.rejects(read('none'), { code: 'XY_FILE_MISSING' });
  await assert.rejects(read('.'), { code: 'XY_FILE_MISSING', message: /not a file/ });
  writeFileSync(join(folder, 'fine'), 'x\n');
  await assert.rejects(read('fine', AbortSignal.abort()), { code: 'XY_INTERRUPTED' });
});
