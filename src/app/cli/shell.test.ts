import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { assert as invariant, XylenError } from '#core';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { CommandContext, CommandModule, ExitCode } from './command.ts';
import type { Host } from './host.ts';
import { runShell } from './shell.ts';

type Run = CommandModule['run'];

interface Called {
  readonly exitCode: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line against a fake `paper` (one argument, one option) and a fake `config` with sub-commands. */
async function call(
  context: TestContext,
  argv: readonly string[],
  options: { readonly run?: Run; readonly file?: string; readonly environment?: Record<string, string> } = {},
): Promise<Called> {
  const cwd = tempDir(context);
  if (options.file !== undefined) writeFileSync(join(cwd, 'xylen.yaml'), options.file);
  const written = { out: '', err: '' };
  const host: Host = {
    cwd,
    environment: options.environment ?? {},
    writeOut: (text) => {
      written.out += text;
    },
    writeErr: (text) => {
      written.err += text;
    },
    isErrTty: false,
    columns: 100,
    nowUs: () => 1_700_000_000_000_000,
    signal: new AbortController().signal,
    urge: { listener: null },
    askLine: async () => null,
  };
  const module: CommandModule = {
    summary: 'does what the test says',
    example: 'xylen paper BTCUSDT --seed 7',
    define: (command) => {
      if (command.name() === 'paper') command.argument('[symbol]').option('--seed <n>', 'seed');
      else for (const name of ['check', 'show']) command.command(name).argument('[file]');
    },
    run: options.run ?? (async () => 0),
  };
  const exitCode = await runShell(argv, host, async () => module);
  return { exitCode, ...written };
}

test('hands arguments, options and the shell options to the command, wherever they stand', async (context) => {
  const seen: unknown[] = [];
  const run: Run = async (args, options, { isJson, dataDir }) => {
    seen.push({
      args,
      options,
      isJson,
      isAbsolute: dataDir.startsWith('/') && dataDir.endsWith('/somewhere'),
    });
    return 0;
  };
  const lines = [
    ['--json', '--data-dir', 'somewhere', 'paper', 'BTCUSDT', '--seed', '7'],
    ['paper', '--seed=7', '--json', 'BTCUSDT', '--data-dir=somewhere'],
  ];
  for (const argv of lines) assert.equal((await call(context, argv, { run })).exitCode, 0);
  const expected = {
    args: ['BTCUSDT'],
    options: { json: true, dataDir: 'somewhere', seed: '7' },
    isJson: true,
    isAbsolute: true,
  };
  assert.deepEqual(seen, [expected, expected]);
});

test('puts the name of a sub-command before its arguments', async (context) => {
  let seen: readonly unknown[] = [];
  const run: Run = async (args) => {
    seen = args;
    return 0;
  };
  assert.equal((await call(context, ['config', 'check', 'a.yaml'], { run })).exitCode, 0);
  assert.deepEqual(seen, ['check', 'a.yaml']);
});

test('returns the exit code of the command', async (context) => {
  for (const code of [0, 1, 2, 3] as const)
    assert.equal((await call(context, ['paper'], { run: async () => code })).exitCode, code);
});

const WRONG_USE: readonly (readonly [argv: string, line: string])[] = [
  ['', "xylen: XY_USAGE a command is missing; see 'xylen --help'"],
  ['papr', "xylen: XY_USAGE unknown command 'papr'; did you mean paper?"],
  ['frobnicate', "xylen: XY_USAGE unknown command 'frobnicate'; see 'xylen --help'"],
  ['paper --sed 7', "xylen: XY_USAGE unknown option '--sed'; did you mean --seed?"],
  ['--jsn paper', "xylen: XY_USAGE unknown option '--jsn'; did you mean --json?"],
  ['paper --seed', "xylen: XY_USAGE option '--seed <n>' argument missing; see 'xylen paper --help'"],
  [
    'paper --data-dir',
    "xylen: XY_USAGE option '--data-dir <dir>' argument missing; see 'xylen paper --help'",
  ],
  [
    'paper A B',
    "xylen: XY_USAGE too many arguments for 'paper'. Expected 1 argument but got 2; see 'xylen paper --help'",
  ],
  [
    'paper --log-level loud',
    "xylen: XY_USAGE option '--log-level <level>' argument 'loud' is invalid. Allowed choices are debug, info, warn, error; see 'xylen paper --help'",
  ],
  ['config', "xylen: XY_USAGE a command is missing; see 'xylen config --help'"],
  ['config chek', "xylen: XY_USAGE unknown command 'chek'; did you mean check?"],
];
for (const [argv, line] of WRONG_USE) {
  test(`refuses 'xylen ${argv}' in one line with exit code 2`, async (context) => {
    const called = await call(context, argv.split(' ').filter(Boolean));
    assert.deepEqual(called, { exitCode: 2, out: '', err: `${line}\n` });
  });
}

test('prints help with an example and the shell options, exit code 0', async (context) => {
  for (const argv of [
    ['paper', '--help'],
    ['help', 'paper'],
    ['config', 'check', '-h'],
  ]) {
    const { exitCode, out, err } = await call(context, argv);
    assert.equal(exitCode, 0);
    assert.equal(err, '');
    assert.match(out, /Example:\n {2}xylen paper BTCUSDT --seed 7/);
    assert.match(out, /--data-dir <dir>/);
  }
});

test('lists every command and prints the version', async (context) => {
  const { out } = await call(context, ['--help']);
  for (const name of ['demo', 'paper', 'backtest', 'import', 'train', 'config', 'db'])
    assert.match(out, new RegExp(`\\n  ${name} `));
  assert.match((await call(context, ['--version'])).out, /^\d+\.\d+\.\d+\n$/);
});

const failing =
  (error: unknown): Run =>
  async () => {
    throw error;
  };

test('reports an operational error with its fields and causes, and as one JSON document with --json', async (context) => {
  const error = new XylenError('XY_FILE_DAMAGED', 'a.csv: line 3 is cut off', {
    fields: { file: 'a.csv', line: 3, symbol: null },
    cause: new Error('unexpected end of file'),
  });
  const text = await call(context, ['paper'], { run: failing(error) });
  assert.deepEqual(text, {
    exitCode: 1,
    out: '',
    err: 'xylen: XY_FILE_DAMAGED a.csv: line 3 is cut off\n  file: a.csv\n  line: 3\n  caused by: unexpected end of file\n',
  });
  const json = await call(context, ['paper', '--json'], { run: failing(error) });
  assert.deepEqual(JSON.parse(json.out), {
    error: {
      code: 'XY_FILE_DAMAGED',
      message: 'a.csv: line 3 is cut off',
      fields: { file: 'a.csv', line: 3, symbol: null },
      causes: ['unexpected end of file'],
    },
  });
  assert.equal(json.err, text.err);
});

test('prints no second JSON document when a command fails after its result', async (context) => {
  const run: Run = async (_args, _options, shell) => {
    shell.printJson({ done: 1n });
    throw new XylenError('XY_STORE_FAILED', 'closing failed');
  };
  const { out, exitCode } = await call(context, ['paper', '--json'], { run });
  assert.equal(out, '{"done":"1"}\n');
  assert.equal(exitCode, 1);
});

test('exits with 3 where a safety rule refused and with 2 where the file is wrong', async (context) => {
  const refused = await call(context, ['paper'], {
    run: failing(new XylenError('XY_QUARANTINE', 'too new')),
  });
  assert.equal(refused.exitCode, 3);
  const wrong = await call(context, ['paper'], { file: 'risk: {exposure_max: 3}\n' });
  assert.equal(wrong.exitCode, 2);
  assert.match(wrong.err, /^xylen: XY_CONFIG_INVALID xylen\.yaml:1:22: risk\.exposure_max: /);
});

test('reports a fault of the program as a bug, with the stack at debug only', async (context) => {
  const run: Run = async () => {
    invariant(1 > 2, 'cash is never negative');
    return 0;
  };
  const { exitCode, err } = await call(context, ['paper'], { run });
  assert.equal(exitCode, 1);
  assert.match(
    err,
    /^xylen: BUG Invariant: cash is never negative\n {2}this is a fault of the program; [^\n]*\n$/,
  );
  const debug = await call(context, ['paper', '--log-level', 'debug'], { run });
  assert.match(debug.err, /\n {4}at /);
  assert.match(
    (await call(context, ['paper'], { run: failing(new TypeError('x is not a function')) })).err,
    /BUG TypeError: x is/,
  );
  assert.match(
    (await call(context, ['paper'], { run: failing('thrown text') })).err,
    /BUG string: thrown text/,
  );
});

test('loads the configuration before a command runs, but for config only when it is asked for', async (context) => {
  const file = 'nonsense: 1\n';
  let runs = 0;
  const run: Run = async () => {
    runs++;
    return 0;
  };
  assert.equal((await call(context, ['paper'], { file, run })).exitCode, 2);
  assert.equal((await call(context, ['config', 'show'], { file, run })).exitCode, 0);
  assert.equal(runs, 1);
  const asking: Run = async (_args, _options, shell) => (shell.config.demo.speed > 0 ? 0 : 1);
  assert.equal((await call(context, ['config', 'show'], { file, run: asking })).exitCode, 2);
});

test('logs at the level of the option, else of the configuration, in text or JSON, without secrets', async (context) => {
  const run: Run = async (_args, _options, { log }: CommandContext) => {
    log.debug('detail');
    log.info('sent', { key: 'abcdef123' });
    return 0;
  };
  const environment = { BINANCE_API_KEY: 'abcdef123' };
  const text = await call(context, ['paper'], { run, environment });
  assert.equal(text.err, '2023-11-14T22:13:20.000Z INFO  sent key=[redacted]\n');
  const file = 'monitoring: {log_level: error}\n';
  assert.equal((await call(context, ['paper'], { run, environment, file })).err, '');
  const json = await call(context, ['paper', '--log-format', 'json', '--log-level', 'debug'], {
    run,
    environment,
    file,
  });
  assert.deepEqual(
    json.err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { level: 'debug', time: '2023-11-14T22:13:20.000Z', event: 'detail' },
      { level: 'info', time: '2023-11-14T22:13:20.000Z', event: 'sent', key: '[redacted]' },
    ],
  );
});

test('shows progress on stderr, and none with --json', async (context) => {
  const run: Run = async (_args, _options, { progress }) => {
    progress.update({ label: 'import', done: 5, total: 5, unit: 'rows' });
    return 0;
  };
  assert.equal(
    (await call(context, ['paper'], { run })).err,
    'import [####################] 100 %  5/5 rows\n',
  );
  assert.equal((await call(context, ['paper', '--json'], { run })).err, '');
});
