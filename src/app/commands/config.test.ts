import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { runShell } from '../cli/shell.ts';
import { jsonSchemaText } from '../config/json-schema.ts';

/** Runs `xylen config ...` with a file and an environment of its own. */
async function config(context: TestContext, argv: readonly string[], file: string, environment = {}) {
  const cwd = tempDir(context);
  writeFileSync(join(cwd, 'xylen.yaml'), file);
  const written = { out: '', err: '' };
  const exitCode = await runShell(['config', ...argv], {
    cwd,
    environment,
    writeOut: (text) => {
      written.out += text;
    },
    writeErr: (text) => {
      written.err += text;
    },
    isErrTty: false,
    columns: 80,
    nowUs: () => 0,
    signal: new AbortController().signal,
    urge: { listener: null },
    askLine: async () => null,
  });
  return { exitCode, ...written, cwd };
}

test('check says ok with the number of keys by source', async (context) => {
  const environment = { MAX_DRAWDOWN: '0.1' };
  const text = await config(context, ['check'], 'demo: {speed: 2}\n', environment);
  assert.equal(text.exitCode, 0);
  assert.match(text.out, /^ok: xylen\.yaml with 1 keys, 1 from the environment, \d+ defaults\n$/);
  const json = await config(context, ['check', '--json'], 'demo: {speed: 2}\n', environment);
  assert.equal(JSON.parse(json.out).ok, true);
});

test('check lists what is wrong, as values with --json', async (context) => {
  const text = await config(context, ['check'], 'demo: {sped: 2}\n');
  assert.deepEqual([text.exitCode, text.out], [2, '']);
  assert.match(
    text.err,
    /^xylen: XY_CONFIG_INVALID xylen\.yaml:1:8: demo\.sped: unknown key; did you mean speed\?\n$/,
  );
  const json = await config(context, ['check', '--json'], 'demo: {sped: 2}\n');
  assert.equal(json.exitCode, 2);
  assert.deepEqual(JSON.parse(json.out), {
    ok: false,
    problems: [
      {
        place: 'xylen.yaml',
        line: 1,
        column: 8,
        key: 'demo.sped',
        message: 'unknown key; did you mean speed?',
      },
    ],
  });
});

test('show names the source of each value and hides secrets', async (context) => {
  const environment = { BINANCE_API_KEY: 'sesame-open' };
  const text = await config(context, ['show'], 'demo: {speed: 2}\n', environment);
  assert.match(text.out, /^ {2}speed: 2 +# xylen\.yaml:1$/m);
  assert.match(text.out, /^# BINANCE_API_KEY: \[redacted\]$/m);
  const json = JSON.parse((await config(context, ['show', '--json'], 'demo: {speed: 2}\n', environment)).out);
  assert.deepEqual(json.secrets, ['BINANCE_API_KEY']);
  assert.equal(json.dataDir.endsWith('/data'), true);
});

test('schema needs no valid file', async (context) => {
  const { exitCode, out } = await config(context, ['schema'], 'nonsense: 1\n');
  assert.equal(exitCode, 0);
  assert.equal(out, jsonSchemaText());
});

test('reload says that no program runs', async (context) => {
  const { exitCode, err } = await config(context, ['reload'], '{}\n');
  assert.equal(exitCode, 1);
  assert.match(err, /^xylen: XY_PROCESS_MISSING no program runs in the data directory\n/);
});
