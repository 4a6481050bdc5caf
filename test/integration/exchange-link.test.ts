/** A trader that is killed with -9 again and again trades like one that lives; `xylen exchange` is the process it trades at. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { Prng } from '#core';
import { ExchangeServer, type HostableWorld } from '#exchange';
import { silentLog } from '#telemetry';
import { LinkedWorld } from '#venues/link';
import { testSeed } from '../support/property.ts';
import { ScriptedTrader, textOf } from '../support/scripted-trader.ts';
import { syntheticCard, syntheticWorld } from '../support/synthetic-world.ts';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const TRADER = join(ROOT, 'test/support/linked-trader.ts');
/** A bigger number for a longer look. */
const KILLS = Number(process.env.XYLEN_LINK_KILLS ?? 6);
/** Calls between two checkpoints of the trader. */
const CHECKPOINT_CALLS = 40;

/** Passes calls on to a world and calls back at a chosen one, in the middle of it. */
function watched(world: HostableWorld, onCall: () => void): HostableWorld {
  return {
    get nowUs() {
      return world.nowUs;
    },
    get worldSeq() {
      return world.worldSeq;
    },
    advance(limitUs) {
      onCall();
      return world.advance(limitUs);
    },
    receiveOrder: (order, nowUs) => world.receiveOrder(order, nowUs),
    cancel: (request, nowUs) => world.cancel(request, nowUs),
    openOrders: () => world.openOrders(),
    order: (id, instrumentIx) => world.order(id, instrumentIx),
    account: () => world.account(),
  };
}

test(`a trader killed with -9 ${KILLS} times loses nothing and does nothing twice`, async (context) => {
  const seed = testSeed();
  const options = { seed, barCount: 60 };
  const expected = new ScriptedTrader(seed);
  const undisturbed = syntheticWorld(options);
  await expected.run(undisturbed);

  const prng = new Prng(seed).split('kills');
  const world = syntheticWorld(options);
  let child: ChildProcess | undefined;
  let callsLeft = 0;
  // At the chosen call the trader waits for its answer; a moment later it may do anything.
  const onCall = (): void => {
    if (--callsLeft !== 0) return;
    const victim = child;
    setTimeout(() => victim?.kill('SIGKILL'), prng.integer(0, 4));
  };
  const server = await ExchangeServer.start({
    world: watched(world, onCall),
    market: syntheticCard(options),
    address: { port: 0 },
    log: silentLog,
    onFault: (error) => {
      throw error;
    },
  });
  context.after(() => server.close());
  const { address } = server;
  assert.ok('port' in address);
  const folder = tempDir(context);
  const args = [TRADER, address.port, seed, join(folder, 'checkpoint'), CHECKPOINT_CALLS].map(String);
  const environment = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compile-cache') };

  let story = '';
  let killed = 0;
  while (story === '') {
    // About as many calls a life as let all kills happen before the market ends.
    callsLeft = killed < KILLS ? prng.integer(1, Math.ceil((2 * expected.story.steps) / (KILLS + 1))) : 0;
    child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
    child.stdout?.on('data', (chunk: Buffer) => {
      story += String(chunk);
    });
    const [code, signal] = await once(child, 'close');
    if (signal === 'SIGKILL') killed++;
    else assert.equal(code, 0, 'a trader ends by our hand or well');
  }
  assert.deepEqual(JSON.parse(story), expected.story);
  assert.equal(textOf(world.saveState()), textOf(undisturbed.saveState()));
  assert.ok(killed >= Math.min(KILLS, 3), `${killed} kills`);
  context.diagnostic(`${killed} kills over ${expected.story.steps} calls, ${expected.story.fills} fills`);
});

/** `xylen exchange` with what it has said. */
async function startCommand(context: TestContext, args: readonly string[]) {
  const { HOME, PATH } = process.env;
  const child = spawn(join(ROOT, 'bin/xylen'), ['exchange', ...args], {
    cwd: tempDir(context),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { HOME, PATH },
  });
  context.after(() => child.kill('SIGKILL'));
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([
    once(lines, 'line'),
    once(child, 'close').then(() => assert.fail(`ended before it said anything: ${errors}`)),
  ]);
  return { child, first: String(first), errors: () => errors };
}

test('`xylen exchange --synthetic` says where it is, serves a trader and ends when asked', async (context) => {
  const { child, errors, first } = await startCommand(context, [
    '--synthetic',
    '--port',
    '0',
    '--seed',
    '3',
    '--json',
  ]);
  const said = JSON.parse(first) as Record<string, unknown>;
  assert.deepEqual(
    [said.host, said.synthetic, said.seed, said.pid],
    ['127.0.0.1', true, 3, child.pid],
    errors(),
  );
  const address = { host: '127.0.0.1', port: Number(said.port) };
  const world = await LinkedWorld.connect({ address, sessionId: 'run-1' });
  assert.equal(world.market.isSynthetic, true);
  assert.deepEqual(
    world.market.instruments.map(({ symbol }) => symbol),
    said.symbols,
  );
  const trader = new ScriptedTrader(1);
  for (let n = 0; n < 200; n++) await trader.step(world);
  assert.ok(trader.worldSeq > 0);
  await world.close();
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  assert.equal(code, 0, errors());
  assert.doesNotMatch(errors(), /BUG|ERROR/);
});
