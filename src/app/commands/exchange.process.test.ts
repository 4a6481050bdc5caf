import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { featureSet } from '#features';
import { silentLog, silentProgress } from '#telemetry';
import { LinkedWorld } from '#venues/link';
import { candleCsv, writeData } from '../../../test/support/history-rows.ts';
import { ScriptedTrader, textOf } from '../../../test/support/scripted-trader.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { CommandContext, ExitCode } from '../cli/command.ts';
import { loadConfig } from '../config/load.ts';
import { prepareHistoryMarket } from '../host/history-market.ts';
import { openHistory } from '../host/open-history.ts';
import { simulatedWorld } from '../host/trading-run.ts';
import { command } from './exchange.ts';

type Options = Readonly<Record<string, unknown>>;

/** A running command and what it said. */
interface Running {
  readonly folder: string;
  readonly said: readonly unknown[];
  readonly context: CommandContext;
  readonly ended: Promise<ExitCode>;
  stop(): Promise<ExitCode>;
}

/** Runs the command until it has said where it is, or has ended. */
async function start(
  test: TestContext,
  options: Options,
  isJson = true,
  folder = tempDir(test),
): Promise<Running> {
  const abort = new AbortController();
  const said: unknown[] = [];
  const hasSpoken = Promise.withResolvers<void>();
  const say = (value: unknown): void => {
    said.push(value);
    if (isJson || said.length === 2) hasSpoken.resolve();
  };
  const context: CommandContext = {
    config: loadConfig({ cwd: folder, environment: {}, file: undefined }).config,
    dataDir: folder,
    isJson,
    print: say,
    printJson: say,
    log: silentLog,
    progress: silentProgress,
    wallNowUs: () => 0,
    signal: abort.signal,
  };
  const ended = command.run([], { port: '0', ...options }, context);
  const stop = (): Promise<ExitCode> => {
    abort.abort();
    return ended;
  };
  test.after(() => abort.abort());
  await Promise.race([hasSpoken.promise, ended]);
  return { folder, said, context, ended, stop };
}

function addressOf(running: Running): { readonly host: string; readonly port: number } {
  const { host, port } = running.said[0] as { host: string; port: number };
  return { host, port };
}

describe('xylen exchange', () => {
  test('trades recorded data as `xylen paper` does in its own process', async (context) => {
    const folder = tempDir(context);
    const path = writeData(folder, 'BTCUSDT.csv.gz', candleCsv(20));
    const options = { replay: [path], venue: 'binance-usdm', symbol: ['BTCUSDT'], seed: '9' };
    const running = await start(context, options, true, folder);
    const { config, progress, signal } = running.context;
    const data = { venue: 'binance-usdm', symbols: ['BTCUSDT'], progress, signal } as const;
    const history = await openHistory({ ...data, paths: [path], specs: [] });
    const market = await prepareHistoryMarket(history, {
      ...data,
      fromUs: null,
      toUs: null,
      timeframesUs: config.timeframesUs,
      feedLatencyUs: config.simulation.feedLatencyUs,
      reorderWindowUs: config.feeds.reorderWindowUs,
    });
    const inProcess = new ScriptedTrader(2, 10);
    const plain = simulatedWorld(market, config, 9);
    await inProcess.run(plain);

    const world = await LinkedWorld.connect({ address: addressOf(running), sessionId: 'run-1' });
    const trader = new ScriptedTrader(2, 10);
    await trader.run(world);
    assert.deepEqual(trader.story, inProcess.story);
    assert.ok(trader.story.fills > 0);
    assert.deepEqual(await world.account(), await plain.account());
    const { assumptions, instruments, ...card } = world.market;
    assert.equal(textOf(assumptions), textOf(plain.assumptions()));
    assert.deepEqual(instruments, [history.instrumentSpec('binance-usdm', 'BTCUSDT')]);
    assert.deepEqual(card, {
      startCashAtoms: 1_000_000_000_000n,
      leverage: config.simulation.leverage,
      seed: 9,
      isSynthetic: false,
      hasFunding: false,
      fundingMissing: ['BTCUSDT: no funding data'],
      sourceTimeframeUs: market.sourceTimeframeUs,
      timeframesUs: market.timeframesUs,
      startUs: market.startUs,
      endUs: market.endUs,
      tradeFromUs: market.tradeFromUs,
      dataHash: market.dataHash,
      dataSets: ['BTCUSDT candles 5m'],
    });
    await world.close();
    await history.close();
    assert.equal(await running.stop(), 0);
  });

  test('makes a synthetic market of a seed, the same each time, and says that it is synthetic', async (context) => {
    const options = { synthetic: true, seed: '4', from: '2024-03-01', to: '2024-03-02' };
    const stories: unknown[] = [];
    for (let round = 0; round < 2; round++) {
      const running = await start(context, options);
      const world = await LinkedWorld.connect({ address: addressOf(running), sessionId: `run-${round}` });
      const { isSynthetic, seed, tradeFromUs, startUs, endUs } = world.market;
      assert.deepEqual([isSynthetic, seed], [true, 4]);
      assert.equal(tradeFromUs, Date.UTC(2024, 2, 1) * 1_000);
      assert.equal(endUs, Date.UTC(2024, 2, 2) * 1_000);
      assert.ok(startUs <= tradeFromUs - featureSet(running.context.config.timeframesUs).historyUs);
      const trader = new ScriptedTrader(1);
      for (let n = 0; n < 400; n++) await trader.step(world);
      stories.push([trader.story, world.market]);
      await world.close();
      assert.equal(await running.stop(), 0);
    }
    assert.deepEqual(stories[1], stories[0]);
  });

  test('tells people where it is and what it trades', async (context) => {
    const running = await start(context, { synthetic: true }, false);
    assert.match(
      String(running.said[0]),
      /^simulated exchange on 127\.0\.0\.1:\d+: BTCUSDT, ETHUSDT \(SYNTHETIC market\), seed 7$/,
    );
    assert.equal(await running.stop(), 0);
  });

  test('speaks Binance USD-M futures to as many accounts as asked for, in time that runs fast', async (context) => {
    const from = '2026-01-05';
    const running = await start(context, { accounts: '2', seed: '3', speed: '100', from });
    const { accounts, restUrl, simulated } = running.said[0] as {
      restUrl: string;
      simulated: boolean;
      accounts: { apiKey: string; secret: string }[];
    };
    assert.equal(simulated, true);
    assert.deepEqual(accounts, [
      { apiKey: 'xylen-demo-key', secret: 'xylen-demo-secret' },
      { apiKey: 'xylen-demo-key-2', secret: 'xylen-demo-secret-2' },
    ]);
    const answer = await fetch(`${restUrl}/fapi/v1/time`);
    const { serverTime } = (await answer.json()) as { serverTime: number };
    assert.ok(serverTime >= Date.parse(from) && serverTime < Date.parse(from) + 86_400_000);
    assert.equal(answer.headers.get('x-xylen-simulated'), 'true');
    assert.equal(await running.stop(), 0);
  });

  test('tells people of its address and its keys', async (context) => {
    const running = await start(context, { accounts: '1' }, false);
    assert.match(
      String(running.said[0]),
      /^simulated Binance USD-M futures at http:\/\/127\.0\.0\.1:\d+ .*SYNTHETIC market/,
    );
    assert.match(String(running.said[1]), /xylen-demo-key.*loopback only, invented money/);
    assert.equal(await running.stop(), 0);
  });

  const WRONG: readonly (readonly [string, Options, RegExp])[] = [
    ['neither data nor synthetic', {}, /either --replay PATH\.\.\. or --synthetic/],
    ['both', { synthetic: true, replay: ['x'] }, /either --replay PATH\.\.\. or --synthetic/],
    ['a symbol of the synthetic market', { synthetic: true, symbol: ['BTCUSDT'] }, /not --symbol/],
    [
      'an end before the beginning',
      { synthetic: true, to: '2023-12-31' },
      /--to: expected a moment after 2024-01-01/,
    ],
    ['a speed without accounts', { synthetic: true, speed: '2' }, /--speed goes with --accounts/],
    [
      'two markets at once',
      { accounts: '1', replay: ['x'], feed: 'binance-usdm' },
      /expected one of --replay PATH\.\.\., --feed ID and --synthetic/,
    ],
    ['no account', { accounts: '0' }, /--accounts: expected an integer from 1 to 100/],
    [
      'a port that is none',
      { synthetic: true, port: '70000' },
      /--port: expected an integer from 0 to 65535/,
    ],
  ];
  for (const [what, options, message] of WRONG) {
    test(`refuses ${what}`, async (context) => {
      await assert.rejects(start(context, options), { code: 'XY_USAGE', message });
    });
  }

  test('says that a port is taken', async (context) => {
    const running = await start(context, { synthetic: true });
    const port = String(addressOf(running).port);
    await assert.rejects(start(context, { synthetic: true, port }), { code: 'XY_PORT_IN_USE' });
    assert.equal(await running.stop(), 0);
  });
});
