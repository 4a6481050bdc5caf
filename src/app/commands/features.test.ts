import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { XylenError } from '#core';
import { INDICATOR_NAMES } from '#features';
import { silentLog, silentProgress } from '#telemetry';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { CommandContext } from '../cli/command.ts';
import { loadConfig } from '../config/load.ts';
import { command } from './features.ts';

const HEADER = 'ts_ms,open,high,low,close,volume';

interface Call {
  readonly context: CommandContext;
  readonly printed: string[];
  readonly documents: unknown[];
}

function call(
  folder: string,
  options: { readonly isJson?: boolean; readonly signal?: AbortSignal } = {},
): Call {
  const printed: string[] = [];
  const documents: unknown[] = [];
  const context: CommandContext = {
    config: loadConfig({ cwd: folder, environment: {}, file: undefined }).config,
    dataDir: folder,
    isJson: options.isJson ?? false,
    print: (line) => printed.push(line),
    printJson: (value) => documents.push(value),
    log: silentLog,
    progress: silentProgress,
    wallNowUs: () => 0,
    signal: options.signal ?? new AbortController().signal,
  };
  return { context, printed, documents };
}

function candleRows(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const price = 100 + Math.round(1000 * Math.sin(i / 5)) / 100;
    return `${1_704_067_200_000 + i * 300_000},${price},${price + 1},${price - 1},${price + 0.5},${i % 7}`;
  });
}

function fileWith(folder: string, content: string | Buffer): string {
  const path = join(folder, 'candles.csv');
  writeFileSync(path, content);
  return path;
}

/** Runs the command over a file and returns the error that it must throw, after checking that nothing was left behind. */
async function refusal(t: TestContext, content: string | Buffer): Promise<XylenError> {
  const folder = tempDir(t);
  const input = fileWith(folder, content);
  let thrown: unknown;
  try {
    await command.run([], { in: input, out: join(folder, 'out.csv') }, call(folder).context);
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown instanceof XylenError, `an error was thrown, was ${String(thrown)}`);
  assert.deepEqual(readdirSync(folder), ['candles.csv'], 'nothing half-written remains');
  return thrown;
}

test('a row a candle, every column, empty where not defined, gzip and plain alike', async (t) => {
  const folder = tempDir(t);
  const text = `${[HEADER, ...candleRows(60)].join('\n')}\n`;
  const outputs: string[] = [];
  for (const content of [text, gzipSync(text), `\ufeff${text.replaceAll('\n', '\r\n')}`]) {
    const output = join(folder, 'out.csv');
    const { context, printed } = call(folder);
    assert.equal(await command.run([], { in: fileWith(folder, content), out: output }, context), 0);
    assert.match(printed.join(), /60 rows/);
    outputs.push(readFileSync(output, 'utf8'));
  }
  assert.equal(outputs[1], outputs[0]);
  assert.equal(outputs[2], outputs[0]);
  const lines = outputs[0]!.split('\n');
  assert.equal(lines.pop(), '');
  assert.equal(lines.length, 61);
  assert.equal(lines[0], `ts_ms,${INDICATOR_NAMES.join(',')}`);
  const rsi = lines.slice(1).map((line) => line.split(',')[1]);
  assert.ok(rsi.slice(0, 14).every((cell) => cell === ''));
  assert.ok(rsi.slice(14).every((cell) => Number(cell) > 0));
});

test('chosen columns, the JSON document, and stdout', async (t) => {
  const folder = tempDir(t);
  const input = fileWith(folder, `${[HEADER, ...candleRows(21)].join('\n')}\n`);
  const output = join(folder, 'out.csv');
  const json = call(folder, { isJson: true });
  await command.run([], { in: input, out: output, columns: 'mom_20,volume' }, json.context);
  const written = readFileSync(output, 'utf8');
  assert.ok(written.startsWith('ts_ms,mom_20,volume\n1704067200000,,0\n'));
  const document = json.documents[0] as { readonly rowCount: number; readonly lastTsMs: number };
  assert.deepEqual([document.rowCount, document.lastTsMs], [21, 1_704_067_200_000 + 20 * 300_000]);
  const stdout = call(folder);
  await command.run([], { in: input, out: '-', columns: 'mom_20,volume' }, stdout.context);
  assert.equal(`${stdout.printed.join('\n')}\n`, written);
});

test('wrong use is refused before anything is read', async (t) => {
  const folder = tempDir(t);
  const input = fileWith(folder, `${[HEADER, ...candleRows(3)].join('\n')}\n`);
  const { context } = call(folder, { isJson: true });
  const usage = (options: object, message: RegExp) =>
    assert.rejects(command.run([], { in: input, ...options }, context), { code: 'XY_USAGE', message });
  await usage({ out: join(folder, 'o'), columns: 'rsi_15' }, /no column 'rsi_15'; did you mean 'rsi_14'/);
  await usage({ out: join(folder, 'o'), columns: 'volume,volume' }, /twice/);
  await usage({ out: input }, /one file/);
  await usage({ out: '-' }, /stdout/);
});

test('a damaged row is reported with file, line, column and value', async (t) => {
  const rows = candleRows(4);
  const cases: readonly (readonly [row: string, message: RegExp])[] = [
    ['1704068400000,1,2,0.5,x,1', /candles\.csv:6: close: expected a decimal number, was 'x'/],
    ['1704068400000,1,2,0.5,1', /candles\.csv:6: row: expected 6 columns/],
    ['1704068400000,1,2,0.5,1,1,1', /candles\.csv:6: row: expected 6 columns/],
    ['1704068400000,1,0.5,2,1,1', /:6: high: expected a price of at least low \(2\), was '0\.5'/],
    ['1704068400000,3,2,0.5,1,1', /:6: open: expected a price within low and high/],
    ['1704068400000,1,2,0.5,0.4,1', /:6: close: expected a price within low and high/],
    ['1704068400000,0,2,0,1,1', /:6: open: expected a price above zero/],
    ['1704068400000,1,2,0.5,1,-1', /:6: volume: expected a volume of at least zero/],
    ['1704068400000,1,2,0.5,1,1e999', /:6: volume: expected a decimal number/],
    ['1704068400000,1,2,0.5,1,', /:6: volume: expected a decimal number/],
    ['1704068400000,0x1,2,0.5,1,1', /:6: open: expected a decimal number/],
    ['1704068100000,1,2,0.5,1,1', /:6: ts_ms: expected a time after the row before/],
    ['17040684000000000,1,2,0.5,1,1', /:6: ts_ms: expected an epoch time in milliseconds/],
    ['', /:6: row: expected 6 columns/],
    ['1704068400000,1,2,0.5,\u0007,1', /was '\\x07'/],
  ];
  for (const [row, message] of cases) {
    const error = await refusal(t, `${[HEADER, ...rows, row].join('\n')}\n`);
    assert.equal(error.code, 'XY_ROW_INVALID', row);
    assert.match(error.message, message);
    assert.equal(error.fields.line, 6);
  }
});

test('a damaged file is reported with the line reached', async (t) => {
  const text = `${[HEADER, ...candleRows(1_000)].join('\n')}\n`;
  const packed = gzipSync(text);
  const flipped = Buffer.from(packed);
  flipped[flipped.length - 6] = flipped[flipped.length - 6]! ^ 0xff;
  const cases: readonly (readonly [content: string | Buffer, message: RegExp])[] = [
    ['', /:1: the file is empty/],
    [text.slice(HEADER.length + 1), /:1: expected the header 'ts_ms,open,high,low,close,volume'/],
    [`ts_ms,open,high,low,close\n1,1,1,1,1\n`, /:1: expected the header/],
    [text.slice(0, -3), /:1001: the last line has no line end: the file is cut off/],
    [packed.subarray(0, packed.length / 2), /:\d+: the compressed data are damaged or cut off/],
    [packed.subarray(0, packed.length - 4), /the compressed data are damaged or cut off/],
    [flipped, /the compressed data are damaged or cut off/],
    [Buffer.concat([packed, Buffer.alloc(8)]), /something follows the end/],
    [Buffer.concat([packed, Buffer.from('more')]), /the compressed data are damaged/],
    [`${HEADER}\n${'1'.repeat(100_000)}`, /:2: a line is longer/],
    [Buffer.from([0, 1, 2, 255, 10, 3]), /:1: expected the header/],
  ];
  for (const [content, message] of cases) {
    const error = await refusal(t, content);
    assert.equal(error.code, 'XY_FILE_DAMAGED', String(message));
    assert.match(error.message, message);
  }
  assert.equal((await refusal(t, `${HEADER}\n`)).code, 'XY_DATA_INSUFFICIENT');
});

test('a failure leaves an earlier output as it was', async (t) => {
  const folder = tempDir(t);
  const output = join(folder, 'out.csv');
  writeFileSync(output, 'earlier');
  const input = fileWith(folder, `${HEADER}\n1,1,1,1,1,1\n1,1,1,1,1,1\n`);
  await assert.rejects(command.run([], { in: input, out: output }, call(folder).context), {
    code: 'XY_ROW_INVALID',
  });
  assert.equal(readFileSync(output, 'utf8'), 'earlier');
  assert.deepEqual(readdirSync(folder).sort(), ['candles.csv', 'out.csv']);
});

test('missing files, folders that are no files, places that cannot be written, and an interruption', async (t) => {
  const folder = tempDir(t);
  const run = (input: string, output: string, signal?: AbortSignal) =>
    command.run([], { in: input, out: output }, call(folder, signal === undefined ? {} : { signal }).context);
  const output = join(folder, 'out.csv');
  await assert.rejects(run(join(folder, 'none.csv'), output), { code: 'XY_FILE_MISSING' });
  await assert.rejects(run(folder, output), { code: 'XY_FILE_MISSING', message: /not a file/ });
  const input = fileWith(folder, `${[HEADER, ...candleRows(3)].join('\n')}\n`);
  await assert.rejects(run(input, join(folder, 'no', 'out.csv')), {
    code: 'XY_STORE_FAILED',
    message: /cannot be written/,
  });
  await assert.rejects(run(input, output, AbortSignal.abort()), { code: 'XY_INTERRUPTED' });
  assert.ok(!existsSync(output));
});
