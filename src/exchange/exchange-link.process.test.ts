/**
 * Trader and exchange over real sockets: the same events as in one process, whatever happens to the wire. The children that are killed with -9 are
 * in `test/integration/exchange-link.process.test.ts`.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Prng, XylenError } from '#core';
import { connectFrames, type FrameAddress, type FrameConnection, listenFrames } from '#net';
import type { SimulatedWorld } from '#sim';
import { silentLog } from '#telemetry';
import {
  encodeLinkMessage,
  LINK_PROTOCOL,
  LINK_VERSION,
  type LinkReply,
  type LinkRequest,
  parseLinkReply,
} from '#venues';
import { LinkedWorld } from '#venues/link';
import { approved } from '../../test/support/approved-order.ts';
import { CuttingProxy } from '../../test/support/cutting-proxy.ts';
import { orderRequest, unsealed } from '../../test/support/order-events.ts';
import { testSeed } from '../../test/support/property.ts';
import { ScriptedTrader, textOf } from '../../test/support/scripted-trader.ts';
import {
  type SyntheticWorldOptions,
  syntheticCard,
  syntheticWorld,
} from '../../test/support/synthetic-world.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { type ExchangeOptions, ExchangeServer } from './exchange-server.ts';

const SMALL: SyntheticWorldOptions = { seed: 11, barCount: 30 };
const ENDLESS = Number.POSITIVE_INFINITY;

interface Running {
  readonly server: ExchangeServer;
  readonly world: SimulatedWorld;
  readonly address: FrameAddress;
}

async function exchange(
  context: TestContext,
  options: SyntheticWorldOptions = SMALL,
  changes: Partial<ExchangeOptions> = {},
): Promise<Running> {
  const world = syntheticWorld(options);
  const server = await ExchangeServer.start({
    world,
    market: syntheticCard(options),
    address: { port: 0 },
    log: silentLog,
    onFault: (error) => {
      throw error;
    },
    ...changes,
  });
  context.after(() => server.close());
  return { server, world, address: server.address };
}

function linked({ address }: Pick<Running, 'address'>, sessionId = 'run-1'): Promise<LinkedWorld> {
  return LinkedWorld.connect({ address, sessionId });
}

/** Resolves when the exchange has seen that its trader is gone. */
async function traderGone(server: ExchangeServer): Promise<void> {
  while (server.hasTrader) await new Promise((resolve) => setImmediate(resolve));
}

/** The story of a trader in a world of this process, and how the venue then stands. */
async function undisturbed(options: SyntheticWorldOptions, traderSeed: number) {
  const world = syntheticWorld(options);
  const trader = new ScriptedTrader(traderSeed);
  await trader.run(world);
  return { story: trader.story, venue: textOf(world.saveState()) };
}

describe('over a link', () => {
  for (const isInstant of [false, true]) {
    for (const seed of [1, 2, 3]) {
      const latency = isInstant ? 'no latency' : 'latency';
      test(`a trader sees what it sees in one process (seed ${seed}, ${latency})`, async (context) => {
        const options = { seed, barCount: 20, isInstant };
        const expected = await undisturbed(options, seed);
        assert.ok(expected.story.fills > 50, `something happens: ${expected.story.fills} fills`);
        const host = await exchange(context, options);
        const trader = new ScriptedTrader(seed);
        const world = await linked(host);
        await trader.run(world);
        await world.close();
        assert.deepEqual(trader.story, expected.story);
        assert.equal(textOf(host.world.saveState()), expected.venue);
        const { seen: _seen, fills: _fills, ...position } = trader.story;
        assert.deepEqual(host.server.last, { worldSeq: position.worldSeq, step: position.steps });
      });
    }
  }

  test('the trader learns what is traded, and asks what reconciliation asks', async (context) => {
    const host = await exchange(context);
    const world = await linked(host);
    assert.deepEqual(world.market, syntheticCard(SMALL));
    assert.equal(world.stepsKeptMax, 250_000);
    const trader = new ScriptedTrader(5);
    for (let n = 0; n < 300; n++) await trader.step(world);
    assert.deepEqual(await world.account(), await host.world.account());
    const open = await world.openOrders();
    assert.ok(open.length > 0, 'orders rest');
    assert.deepEqual(open, await host.world.openOrders());
    assert.deepEqual(await world.order(open[0]!.clientOrderId, open[0]!.instrumentIx), open[0]);
    assert.equal(await world.order('nobody', 0), null);
    await world.close();
  });

  test('a Unix socket does as well', async (context) => {
    const address = { path: join(tempDir(context), 'link.sock') };
    const host = await exchange(context, SMALL, { address });
    assert.deepEqual(host.address, address);
    const world = await linked(host);
    assert.ok(typeof (await world.advance(ENDLESS)) === 'object');
    await world.close();
  });

  test('nothing is sent without the seal of risk', async (context) => {
    const host = await exchange(context);
    const world = await linked(host);
    assert.throws(() => world.submit(unsealed(orderRequest('a')), 1), /carries the seal of risk/);
    await world.advance(1);
    assert.deepEqual(await world.openOrders(), []);
    assert.equal(host.world.saveState() !== undefined, true);
    await world.close();
  });

  test('too many commands at a time, overlapping calls and a limit that is none are faults of the caller', async (context) => {
    const world = await linked(await exchange(context));
    for (let n = 0; n < 1_000; n++) world.cancel({ clientOrderId: 'a', instrumentIx: 0 }, 1);
    assert.throws(() => world.cancel({ clientOrderId: 'a', instrumentIx: 0 }, 1), /at most 1000 commands/);
    await assert.rejects(world.advance(Number.NaN), /limit of advance is a moment/);
    const pending = world.advance(1);
    await assert.rejects(world.advance(2), /called again after its promise has settled/);
    assert.throws(() => world.saveState(), /between two calls/);
    assert.throws(() => world.loadState({}), /between two calls/);
    assert.equal(await pending, 'idle');
    await assert.rejects(world.resumeAfter(3), /the loaded state stands after 0/);
    await world.close();
  });
});

/** What a trader has made durable: itself and its end of the link. */
interface Checkpoint {
  readonly worldSeq: number;
  readonly trader: string;
  readonly world: unknown;
}

const ROUNDS = Number(process.env.XYLEN_LINK_ROUNDS ?? 12);

/**
 * Trades through a wire that breaks at random places, within frames too. A new trader goes on from a random checkpoint that is not older than the
 * newest acknowledged one; what it hears again must be what was heard before.
 */
class HauntedRun {
  readonly #host: Running;
  readonly #proxy: CuttingProxy;
  readonly #prng: Prng;
  readonly #traderSeed: number;
  readonly #heard: string[] = [];
  #checkpoints: Checkpoint[] = [];
  lives = 0;
  heardAgain = 0;

  constructor(host: Running, proxy: CuttingProxy, prng: Prng, traderSeed: number) {
    this.#host = host;
    this.#proxy = proxy;
    this.#prng = prng;
    this.#traderSeed = traderSeed;
  }

  /** Lives until the end of the world; returns the trader that saw it. */
  async run(isCut: (life: number) => boolean): Promise<ScriptedTrader> {
    for (;;) {
      this.lives++;
      const trader = new ScriptedTrader(this.#traderSeed);
      try {
        const world = await this.#revive(trader);
        if (isCut(this.lives)) this.#proxy.cutAfter(this.#prng.integer(0, 60_000));
        await this.#live(trader, world);
        await world.close();
        return trader;
      } catch (error) {
        if (!(error instanceof XylenError)) throw error;
        assert.equal(error.code, 'XY_LINK_FAILED', error.message);
      }
    }
  }

  async #revive(trader: ScriptedTrader): Promise<LinkedWorld> {
    const world = await linked(this.#proxy);
    const saved = this.#checkpoints[this.#prng.integer(0, Math.max(1, this.#checkpoints.length))];
    if (saved === undefined) return world;
    trader.load(saved.trader);
    world.loadState(structuredClone(saved.world));
    const lastSeq = await world.resumeAfter(saved.worldSeq);
    assert.ok(lastSeq >= this.#heard.length, `the exchange has sent ${lastSeq} events`);
    // Later checkpoints are of a life that is forgotten.
    this.#checkpoints = this.#checkpoints.slice(0, this.#checkpoints.indexOf(saved) + 1);
    return world;
  }

  async #live(trader: ScriptedTrader, world: LinkedWorld): Promise<void> {
    while (!trader.isOver) {
      const heard = await trader.step(world);
      if (typeof heard === 'object') this.#compare(heard.worldSeq, textOf(heard));
      if (this.#prng.uniform() < 0.03) {
        const { worldSeq } = trader;
        this.#checkpoints.push({ worldSeq, trader: trader.save(), world: world.saveState() });
      }
      if (this.#prng.uniform() < 0.01) this.#acknowledge(world);
    }
  }

  #compare(worldSeq: number, text: string): void {
    if (worldSeq <= this.#heard.length) {
      this.heardAgain++;
      assert.equal(text, this.#heard[worldSeq - 1], `event ${worldSeq} is the one that was heard before`);
    } else this.#heard.push(text);
  }

  /** What is acknowledged need not be the newest; older checkpoints are given up with it. */
  #acknowledge(world: LinkedWorld): void {
    const at = this.#prng.integer(0, this.#checkpoints.length + 1);
    const saved = this.#checkpoints[at];
    if (saved === undefined) return;
    this.#checkpoints = this.#checkpoints.slice(at);
    world.acknowledge(saved.worldSeq);
  }

  get host(): Running {
    return this.#host;
  }
}

describe('when the wire breaks', () => {
  for (const isInstant of [false, true]) {
    test(`the same is seen, once, and the venue ends the same (${isInstant ? 'no latency' : 'latency'})`, async (context) => {
      const seed = testSeed();
      const options = { seed, barCount: 40, isInstant };
      const expected = await undisturbed(options, seed);
      const host = await exchange(context, options);
      const proxy = await CuttingProxy.start(host.address);
      context.after(() => proxy.close());
      const run = new HauntedRun(host, proxy, new Prng(seed).split('haunted'), seed);
      const trader = await run.run((life) => life <= ROUNDS);
      assert.deepEqual(trader.story, expected.story);
      assert.equal(textOf(host.world.saveState()), expected.venue);
      assert.ok(run.lives > ROUNDS / 2 && run.heardAgain > 0);
      context.diagnostic(`${run.lives} lives, ${run.heardAgain} of ${trader.worldSeq} events heard again`);
    });
  }

  test('a trader that only knows its last event makes the calls after it again', async (context) => {
    const expected = await undisturbed(SMALL, 4);
    const host = await exchange(context);
    const trader = new ScriptedTrader(4);
    const first = await linked(host);
    const states = new Map<number, string>();
    for (let n = 0; n < 400; n++) {
      const heard = await trader.step(first);
      // Its state before it acts is not at hand; only moments without new commands will do.
      const { commands } = first.saveState() as { commands: unknown[] };
      if (typeof heard === 'object' && commands.length === 0) states.set(heard.worldSeq, trader.save());
    }
    await first.close();
    await traderGone(host.server);
    const [worldSeq, saved] = [...states][states.size >> 1]!;
    const again = await linked(host);
    const lastSeq = await again.resumeAfter(worldSeq);
    assert.equal(lastSeq, host.server.last.worldSeq);
    assert.ok(lastSeq > worldSeq);
    trader.load(saved);
    await trader.run(again);
    await again.close();
    assert.deepEqual(trader.story, expected.story);
    assert.equal(textOf(host.world.saveState()), expected.venue);
  });

  test('an order that only the checkpoint holds reaches the exchange once', async (context) => {
    const host = await exchange(context);
    const first = await linked(host);
    for (let n = 0; n < 10; n++) await first.advance(ENDLESS);
    const { nowUs, worldSeq } = host.world;
    first.submit(approved(orderRequest('only-here', { qtyLots: 7 })), nowUs);
    const saved = first.saveState();
    await first.close();
    await traderGone(host.server);
    assert.equal(await host.world.order('only-here', 0), null);
    for (let life = 0; life < 3; life++) {
      const world = await linked(host);
      world.loadState(saved);
      await world.resumeAfter(worldSeq);
      const heard = [await world.advance(ENDLESS), await world.advance(ENDLESS)];
      assert.match(textOf(heard), /order-accepted.*only-here|fill.*only-here/);
      await world.close();
      await traderGone(host.server);
    }
    const { positions } = await host.world.account();
    assert.deepEqual(
      positions.map(({ qtyLots }) => qtyLots),
      [7],
    );
  });

  test('simulated time stands still while nobody is there', async (context) => {
    const host = await exchange(context);
    const world = await linked(host);
    for (let n = 0; n < 50; n++) await world.advance(ENDLESS);
    await world.close();
    await traderGone(host.server);
    const before = textOf(host.world.saveState());
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(textOf(host.world.saveState()), before);
  });

  test('a trader that died before its first checkpoint begins again and sees the same', async (context) => {
    const host = await exchange(context);
    const heard: string[] = [];
    for (let life = 0; life < 3; life++) {
      const world = await linked(host);
      for (let n = 0; n < 20; n++) {
        const text = textOf(await world.advance(ENDLESS));
        heard[n] ??= text;
        assert.equal(text, heard[n]);
      }
      await world.close();
      await traderGone(host.server);
    }
    const world = await linked(host);
    await assert.rejects(world.advance(5), { code: 'XY_LINK_PROTOCOL', message: /not the same run/ });
    await assert.rejects(world.advance(6), { code: 'XY_LINK_PROTOCOL', message: /not the same run/ });
  });

  test('a checkpoint of another exchange, or from before what was acknowledged, is refused', async (context) => {
    const host = await exchange(context);
    const first = await linked(host);
    for (let n = 0; n < 5; n++) await first.advance(ENDLESS);
    const early = first.saveState();
    for (let n = 0; n < 5; n++) await first.advance(ENDLESS);
    const late = first.saveState();
    first.acknowledge(8);
    await first.account();
    await first.close();
    await traderGone(host.server);
    for (const [saved, worldSeq] of [
      [early, 5],
      [{ ...(late as object), step: 300, worldSeq: 290 }, 290],
    ] as const) {
      const world = await linked(host);
      world.loadState(saved);
      await assert.rejects(world.resumeAfter(worldSeq), {
        code: 'XY_CHECKPOINT_INVALID',
        message: /the simulated exchange: the exchange can resume events 8 to 10/,
      });
      await traderGone(host.server);
    }
    const fresh = await linked(host);
    await assert.rejects(fresh.advance(ENDLESS), {
      code: 'XY_CHECKPOINT_INVALID',
      message: /resume from a checkpoint/,
    });
    await traderGone(host.server);
    const world = await linked(host);
    world.loadState(late);
    assert.equal(await world.resumeAfter(10), 10);
    await world.close();
  });

  test('an acknowledgement of what was never sent ends the line', async (context) => {
    const world = await linked(await exchange(context));
    world.acknowledge(4);
    await assert.rejects(world.advance(1), {
      code: 'XY_LINK_PROTOCOL',
      message: /up to 0 to be acknowledged/,
    });
    await assert.rejects(world.account(), { code: 'XY_LINK_PROTOCOL' });
  });

  test('an exchange that ends is an error that says so, now and later', async (context) => {
    const host = await exchange(context);
    const world = await linked(host);
    await host.server.close();
    await assert.rejects(world.advance(1), { code: 'XY_LINK_FAILED' });
    await assert.rejects(world.openOrders(), { code: 'XY_LINK_FAILED' });
    await world.close();
    await assert.rejects(linked(host), { code: 'XY_LINK_FAILED', message: /no connection to/ });
  });
});

/** A peer that speaks the protocol by hand, or does not. */
class RawTrader {
  readonly replies: LinkReply[] = [];
  readonly over: Promise<XylenError | null>;
  readonly #connection: FrameConnection;

  constructor(connection: FrameConnection) {
    this.#connection = connection;
    this.over = new Promise((resolve) => {
      connection.open({
        onFrame: (payload) => this.replies.push(parseLinkReply(payload)),
        onClose: resolve,
      });
    });
  }

  static async connect({ address }: Running): Promise<RawTrader> {
    return new RawTrader(await connectFrames(address));
  }

  say(...messages: readonly (LinkRequest | string)[]): void {
    for (const message of messages)
      void this.#connection.send(typeof message === 'string' ? message : encodeLinkMessage(message));
  }

  async answers(count: number): Promise<readonly LinkReply[]> {
    while (this.replies.length < count && !this.#connection.isClosed)
      await new Promise((resolve) => setImmediate(resolve));
    return this.replies;
  }

  leave(): void {
    this.#connection.destroy();
  }
}

const hello = (sessionId = 'run-1'): LinkRequest => ({
  kind: 'hello',
  protocol: LINK_PROTOCOL,
  version: LINK_VERSION,
  sessionId,
});

describe('the exchange', () => {
  test('refuses a second trader while the first is there, whatever it calls itself', async (context) => {
    const host = await exchange(context);
    const first = await linked(host);
    const busy = { code: 'XY_LINK_BUSY', message: /the trader of session 'run-1' is connected/ };
    await assert.rejects(linked(host), busy);
    await assert.rejects(linked(host, 'run-2'), busy);
    await first.advance(ENDLESS);
    await assert.rejects(linked(host), busy);
    await assert.rejects(linked(host, 'run-2'), {
      code: 'XY_LINK_BUSY',
      message: /serves session 'run-1'; another run needs another exchange/,
    });
    assert.ok(typeof (await first.advance(ENDLESS)) === 'object', 'the first has noticed nothing');
    await first.close();
    await traderGone(host.server);
    await assert.rejects(linked(host, 'run-2'), { code: 'XY_LINK_BUSY' });
    const next = await linked(host);
    await next.close();
  });

  test('is free for any session until the first call', async (context) => {
    const host = await exchange(context);
    await (await linked(host, 'run-1')).close();
    await traderGone(host.server);
    const other = await linked(host, 'run-2');
    await other.advance(1);
    await other.close();
  });

  test('lets a trader take over from one that gives no sign of life, and only one at a time', async (context) => {
    const host = await exchange(context, SMALL, { signOfLifeMs: 30 });
    const hung = await RawTrader.connect(host);
    hung.say(hello(), { kind: 'advance', step: 1, limitUs: null, commands: [] });
    assert.equal((await hung.answers(2))[1]?.kind, 'event');
    const [a, b] = await Promise.allSettled([linked(host), linked(host)]);
    const winners = [a, b].flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(winners.length, 1);
    const [world] = winners;
    assert.equal(await world?.resumeAfter(1), 1);
    assert.ok(hung.replies.some((reply) => reply.kind === 'are-you-there'));
    await hung.over;
    await world?.close();
  });

  test('keeps the trader that gives a sign of life', async (context) => {
    const host = await exchange(context, SMALL, { signOfLifeMs: 60_000 });
    const first = await linked(host);
    await assert.rejects(linked(host), { code: 'XY_LINK_BUSY' });
    assert.equal(host.server.hasTrader, true);
    await first.close();
  });

  test('lets the next one in when the first leaves while it is asked', async (context) => {
    const host = await exchange(context, SMALL, { signOfLifeMs: 60_000 });
    const first = await RawTrader.connect(host);
    first.say(hello());
    await first.answers(1);
    const waiting = linked(host);
    await first.answers(2);
    first.leave();
    await (await waiting).close();
  });

  const BREACHES: readonly (readonly [string, readonly (LinkRequest | string)[], RegExp])[] = [
    ['no JSON', ['hello'], /expected a message in JSON/],
    [
      'another version',
      ['{"kind":"hello","protocol":"xylen-exchange-link","version":2}'],
      /expected xylen-exchange-link 1/,
    ],
    ['a request before hello', [{ kind: 'account' }], /expected hello first, found account/],
    ['a second hello', [hello(), hello()], /expected one hello, found a second/],
    [
      'a call out of turn',
      [hello(), { kind: 'advance', step: 2, limitUs: 1, commands: [] }],
      /expected call 1, found 2/,
    ],
    [
      'a resumption in the middle',
      [
        hello(),
        { kind: 'advance', step: 1, limitUs: 1, commands: [] },
        { kind: 'resume', worldSeq: 0, step: 0 },
      ],
      /expected resume before the first call/,
    ],
  ];
  for (const [what, messages, expected] of BREACHES) {
    test(`answers ${what} with an error, ends that connection and lives on`, async (context) => {
      const host = await exchange(context);
      const broken = await RawTrader.connect(host);
      broken.say(...messages);
      await broken.over;
      const last = broken.replies.at(-1);
      assert.equal(last?.kind, 'error');
      assert.match(last.kind === 'error' ? last.message : '', expected);
      await traderGone(host.server);
      const world = await linked(host);
      await world.close();
    });
  }

  test('does not care how a trader dies: in a frame, in a flood, before an answer', async (context) => {
    const host = await exchange(context);
    for (const die of [
      (trader: RawTrader) => trader.leave(),
      (trader: RawTrader) => {
        trader.say(hello());
        trader.leave();
      },
      (trader: RawTrader) => {
        trader.say(hello(), ...Array.from({ length: 200 }, () => ({ kind: 'account' }) as const));
        trader.leave();
      },
    ])
      die(await RawTrader.connect(host));
    const flood = await RawTrader.connect(host);
    await traderGone(host.server);
    flood.say(hello(), ...Array.from({ length: 500 }, () => ({ kind: 'account' }) as const));
    const answers = await flood.answers(501);
    assert.equal(
      answers.filter((reply) => reply.kind === 'account').length,
      500,
      'each request has its reply',
    );
    flood.leave();
    await traderGone(host.server);
    await (await linked(host)).close();
  });

  test('tells of a fault of its own and ends the connection', async (context) => {
    const faults: unknown[] = [];
    const world = syntheticWorld(SMALL);
    const host = await exchange(context, SMALL, {
      world: {
        nowUs: 0,
        worldSeq: 0,
        advance: () => {
          throw new TypeError('a bug');
        },
        receiveOrder: () => undefined,
        cancel: () => undefined,
        openOrders: () => world.openOrders(),
        order: async () => null,
        account: () => world.account(),
      },
      onFault: (error) => faults.push(error),
    });
    const trader = await linked(host);
    await assert.rejects(trader.advance(1), { code: 'XY_LINK_FAILED' });
    assert.match(String(faults[0]), /a bug/);
  });
});

/** An exchange that answers as it is told, to see what a trader makes of it. */
async function falseExchange(
  context: TestContext,
  answers: readonly (readonly (LinkReply | string)[])[],
): Promise<FrameAddress> {
  const listener = await listenFrames({ port: 0 }, (connection) => {
    const rest = [...answers];
    connection.open({
      onFrame: () => {
        for (const answer of rest.shift() ?? [])
          void connection.send(typeof answer === 'string' ? answer : encodeLinkMessage(answer));
      },
      onClose: () => undefined,
    });
  });
  context.after(() => listener.close());
  return listener.address;
}

describe('the trader', () => {
  const welcome: LinkReply = {
    kind: 'welcome',
    version: LINK_VERSION,
    stepsKeptMax: 10,
    market: syntheticCard(SMALL),
  };
  const LIES: readonly (readonly [string, LinkReply | string, RegExp])[] = [
    ['another call', { kind: 'idle', step: 2 }, /expected step 1 of the exchange, found 2/],
    [
      'an event out of turn',
      {
        kind: 'event',
        step: 1,
        worldSeq: 2,
        event: { kind: 'mark', instrumentIx: 0, tsVenueUs: 1, tsLocalUs: 1, markTicks: 1 },
      },
      /expected event 1 of the exchange, found 2/,
    ],
    [
      'an answer to another question',
      { kind: 'acknowledged' },
      /expected event or idle or end .*, found acknowledged/,
    ],
    ['nonsense', '{}', /a reply is not valid/],
  ];
  for (const [what, lie, expected] of LIES) {
    test(`does not believe ${what}`, async (context) => {
      const world = await linked({ address: await falseExchange(context, [[welcome], [lie]]) });
      await assert.rejects(world.advance(1), { code: 'XY_LINK_PROTOCOL', message: expected });
      await world.close();
    });
  }

  test('does not speak with another version', async (context) => {
    const address = await falseExchange(context, [[{ ...welcome, version: 2 }]]);
    await assert.rejects(linked({ address }), {
      code: 'XY_LINK_PROTOCOL',
      message: /expected link version 1 at 127\.0\.0\.1:\d+, found 2/,
    });
  });

  test('takes an answer that nobody asked for as a breach', async (context) => {
    const address = await falseExchange(context, [[welcome, { kind: 'acknowledged' }]]);
    const world = await linked({ address });
    await assert.rejects(world.advance(1), { code: 'XY_LINK_PROTOCOL', message: /found acknowledged/ });
  });

  test('cannot ask once it has left', async (context) => {
    const world = await linked(await exchange(context));
    await world.close();
    await assert.rejects(world.account(), { code: 'XY_LINK_FAILED' });
  });
});
