/**
 * The whole product under kill -9: the simulated exchange lives in its own process with resting orders, the trader is killed at random
 * moments (starting, catching up, trading, writing) and started again under its own name. In the end the record is the undisturbed one.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Prng, XylenError } from '#core';
import { openIntentLog, openRecord } from '#store/sqlite';
import { writeWalk } from '../support/candle-files.ts';
import { testSeed } from '../support/property.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const XYLEN = join(ROOT, 'bin/xylen');
const STRATEGY = join(ROOT, 'test/fixtures/resting-trader.ts');
const KILLS = Number(process.env.XYLEN_CRASH_KILLS ?? 100);
/** `storage.checkpoint_events` of the test; a crash makes the trader do at most twice as many events again. */
const CHECKPOINT_EVENTS = 256;
const RUN = 'crash-test';
/** Enough events for all kills at the speed of a fast machine. */
const BARS = Math.max(2_000, 320 * KILLS);
/** A trader that lives so long after its start has made checkpoints; one that is killed earlier has not. */
const LIFE_MS = { min: 150, max: 900 };

interface Exchange {
  readonly port: number;
  readonly process: ChildProcess;
}

/** Two random walks, and a configuration whose breaker does not end the trading that is to be disturbed. */
function writeMarket(
  dir: string,
  seed: number,
): { readonly files: readonly string[]; readonly config: string } {
  const config = join(dir, 'xylen.yaml');
  writeFileSync(
    config,
    'risk: {consecutive_losses_max: 100, daily_loss_max: 1, emergency_daily_loss: 1, drawdown_max: 1}\n',
  );
  return { files: ['BTCUSDT', 'ETHUSDT'].map((symbol) => writeWalk(dir, symbol, BARS, seed)), config };
}

type Market = ReturnType<typeof writeMarket>;

async function startExchange(context: TestContext, market: Market, seed: number): Promise<Exchange> {
  const args = [
    'exchange',
    '--replay',
    ...market.files,
    '--venue',
    'binance-usdm',
    '--symbol',
    'BTCUSDT',
    'ETHUSDT',
  ];
  const common = [
    '--seed',
    String(seed),
    '--port',
    '0',
    '--json',
    '--config',
    market.config,
    '--log-level',
    'error',
  ];
  const child = spawn(XYLEN, [...args, ...common], { stdio: ['ignore', 'pipe', 'ignore'] });
  context.after(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const { port } = JSON.parse(line) as { readonly port: number };
  return { port, process: child };
}

function trader(dataDir: string, market: Market, args: readonly string[]): ChildProcess {
  const common = ['--json', '--data-dir', dataDir, '--config', market.config];
  return spawn(XYLEN, ['paper', ...args, ...common], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function finished(
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (piece: Buffer) => {
    out += piece.toString();
  });
  child.stderr?.on('data', (piece: Buffer) => {
    err += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

interface Summary {
  readonly outcome: string;
  readonly runHash: string;
  readonly orders: number;
  readonly fills: number;
  readonly trades: number;
  readonly events: number;
  readonly exact: Readonly<Record<string, string>>;
}

/** Opens a record; `null` when it has no table yet. */
function openedRecord(path: string): ReturnType<typeof openRecord> | null {
  try {
    return openRecord(path);
  } catch (error) {
    if (error instanceof XylenError && /found an empty file/.test(error.message)) return null;
    throw error;
  }
}

/** Asserts that what a crashed trader has to do again is bounded; returns how much it is. */
function eventsToRedo(dataDir: string): number {
  const folder = join(dataDir, 'runs', RUN);
  if (!existsSync(join(folder, 'record.sqlite')) || !existsSync(join(folder, 'intents.sqlite'))) return 0;
  const record = openedRecord(join(folder, 'record.sqlite'));
  // Killed while it made the file: nothing was recorded yet.
  if (record === null) return 0;
  const checkpointSeq = record.checkpoint(RUN)?.eventSeq ?? 0;
  record.close();
  const log = openIntentLog(join(folder, 'intents.sqlite'), { durability: 'normal', wallNowUs: 0 });
  const lastIntentSeq = log.since(checkpointSeq).at(-1)?.eventSeq ?? checkpointSeq;
  log.close();
  const redo = lastIntentSeq - checkpointSeq;
  assert.ok(
    redo <= 2 * CHECKPOINT_EVENTS,
    `at most ${2 * CHECKPOINT_EVENTS} events are done again, were ${redo}`,
  );
  return redo;
}

test(`a trader killed with -9 at ${KILLS} random moments ends with the undisturbed record`, async (context) => {
  const seed = testSeed();
  const market = writeMarket(tempDir(context), seed);
  const calm = await startExchange(context, market, seed);
  const calmDir = tempDir(context);
  const start = (port: number): string[] => [
    '--connect',
    `127.0.0.1:${port}`,
    '--run-id',
    RUN,
    '--strategy',
    STRATEGY,
  ];
  const undisturbed = await finished(trader(calmDir, market, start(calm.port)));
  assert.equal(undisturbed.code, 0, undisturbed.err);
  const expected = JSON.parse(undisturbed.out) as Summary;
  assert.ok(expected.orders > 300 && expected.fills > 100, 'the run has enough orders to lose');

  const prng = new Prng(seed).split('crashes');
  const rough = await startExchange(context, market, seed);
  const dataDir = tempDir(context);
  let kills = 0;
  let redoMax = 0;
  let result: Summary | null = null;
  while (result === null) {
    const isStarted = existsSync(join(dataDir, 'runs', RUN));
    const child = trader(dataDir, market, isStarted ? ['--resume', RUN] : start(rough.port));
    const end = finished(child);
    if (kills < KILLS) {
      await sleep(prng.integer(LIFE_MS.min, LIFE_MS.max));
      if (child.kill('SIGKILL')) kills++;
    }
    const { code, err, out } = await end;
    redoMax = Math.max(redoMax, eventsToRedo(dataDir));
    if (code === 0) result = JSON.parse(out) as Summary;
    else if (code !== null) assert.fail(`the trader ended by itself with ${code}: ${err}`);
  }
  context.diagnostic(`${kills} kills, at most ${redoMax} events to be done again`);
  assert.equal(result.outcome, 'ended');
  assert.deepEqual(
    [result.orders, result.fills, result.trades, result.events, result.exact],
    [expected.orders, expected.fills, expected.trades, expected.events, expected.exact],
  );
  assert.equal(result.runHash, expected.runHash, 'the record is the undisturbed one');
  assert.equal(kills, KILLS, 'the run lasted for all kills');
});
