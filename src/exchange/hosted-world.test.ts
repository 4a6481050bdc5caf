import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { XylenError } from '#core';
import type { OrderRequest } from '#domain';
import type { AdvanceReply, AdvanceRequest, LinkCommand } from '#venues';
import { orderRequest } from '../../test/support/order-events.ts';
import { syntheticWorld } from '../../test/support/synthetic-world.ts';
import { type HostableWorld, HostedWorld } from './hosted-world.ts';

const WORLD = { seed: 3, barCount: 30 };

function advance(step: number, changes: Partial<AdvanceRequest> = {}): AdvanceRequest {
  return { kind: 'advance', step, limitUs: null, commands: [], ...changes };
}

function submit(nowUs: number, id: string, changes: Partial<OrderRequest> = {}): LinkCommand {
  return { kind: 'submit', nowUs, order: orderRequest(id, changes) };
}

function hosted(world: HostableWorld = syntheticWorld(WORLD), stepsMax = 1_000): HostedWorld {
  return new HostedWorld(world, 2, { stepsMax, charsMax: 1_000_000 });
}

async function reply(host: HostedWorld, request: AdvanceRequest): Promise<AdvanceReply> {
  return JSON.parse(await host.advance(request)) as AdvanceReply;
}

const PROTOCOL = (message: RegExp) => ({ name: 'XylenError', code: 'XY_LINK_PROTOCOL', message });

describe('a hosted world', () => {
  test('answers calls as the world does', async () => {
    const host = hosted();
    const plain = syntheticWorld(WORLD);
    for (let step = 1; step < 20; step++) {
      const expected = await plain.advance(Number.POSITIVE_INFINITY);
      assert.ok(typeof expected !== 'string');
      assert.deepEqual(await reply(host, advance(step)), { kind: 'event', step, ...expected });
    }
    assert.deepEqual(host.last, { step: 19, worldSeq: 19 });
    assert.deepEqual(await host.account(), await plain.account());
  });

  test('says idle at a limit and end at the end, each as a call of its own', async () => {
    const host = hosted(syntheticWorld({ seed: 1, barCount: 0 }));
    assert.deepEqual(await reply(host, advance(1, { limitUs: 5 })), { kind: 'end', step: 1 });
    const early = hosted();
    assert.deepEqual(await reply(early, advance(1, { limitUs: 5 })), { kind: 'idle', step: 1 });
    assert.deepEqual(early.last, { step: 1, worldSeq: 0 });
    assert.equal(early.isTouched, true);
  });

  test('gives the very text again for a call that was made, and leaves the world alone', async () => {
    const world = syntheticWorld(WORLD);
    const host = hosted(world);
    const calls = [advance(1, { limitUs: 5 }), advance(2), advance(3)];
    const order = advance(4, { commands: [submit(world.nowUs + 1e15, 'a')] });
    const nowUs = 1_704_067_200_005_000;
    const texts = [];
    for (const call of calls) texts.push(await host.advance(call));
    const traded = advance(4, { commands: [submit(nowUs, 'a')] });
    texts.push(await host.advance(traded));
    const before = world.saveState();
    for (const [at, call] of [...calls, traded].entries())
      assert.equal(await host.advance(call), texts[at], `call ${at + 1}`);
    assert.deepEqual(world.saveState(), before);
    await assert.rejects(host.advance(order), PROTOCOL(/call 4 was made before with .* and now with/));
  });

  test('refuses a call that was made with another limit or other commands', async () => {
    const host = hosted();
    await host.advance(advance(1, { limitUs: 5, commands: [submit(5, 'a')] }));
    for (const other of [
      advance(1, { limitUs: 6, commands: [submit(5, 'a')] }),
      advance(1, { limitUs: 5 }),
      advance(1, { limitUs: 5, commands: [submit(6, 'a')] }),
      advance(1, { limitUs: 5, commands: [submit(5, 'b')] }),
      advance(1, { limitUs: 5, commands: [submit(5, 'a', { qtyLots: 11 })] }),
      advance(1, { limitUs: 5, commands: [submit(5, 'a'), submit(5, 'a')] }),
    ])
      await assert.rejects(host.advance(other), PROTOCOL(/the resumed run is not the same run/));
    assert.deepEqual(host.last, { step: 1, worldSeq: 0 });
  });

  test('refuses a call ahead of its turn', async () => {
    await assert.rejects(hosted().advance(advance(2)), PROTOCOL(/expected call 1, found 2/));
  });

  test('carries out all commands of a call or none', async () => {
    const world = syntheticWorld(WORLD);
    const host = hosted(world);
    await host.advance(advance(1));
    const before = world.saveState();
    const nowUs = world.nowUs;
    for (const [bad, message] of [
      [submit(nowUs - 1, 'b'), /given at \d+ or later/],
      [submit(nowUs, 'b', { instrumentIx: 2 }), /instrument index below 2, found 2/],
      [{ kind: 'cancel', nowUs: nowUs - 1, clientOrderId: 'a', instrumentIx: 0 }, /given at \d+ or later/],
      [{ kind: 'cancel', nowUs, clientOrderId: 'a', instrumentIx: 9 }, /instrument index below 2, found 9/],
      [submit(nowUs, 'a', { qtyLots: 9 }), /an id names one order for ever/],
    ] as const)
      await assert.rejects(
        host.advance(advance(2, { commands: [submit(nowUs, 'a'), bad] })),
        PROTOCOL(message),
      );
    assert.deepEqual(world.saveState(), before);
    await host.advance(advance(2, { commands: [submit(nowUs, 'a')] }));
  });

  test('lets a request come twice in a new call and refuses another order under its id', async () => {
    const world = syntheticWorld(WORLD);
    const host = hosted(world);
    for (let step = 1; step < 10; step++) await host.advance(advance(step));
    const order = submit(world.nowUs, 'a', { qtyLots: 3 });
    const kinds: string[] = [];
    const listen = async (step: number, commands: readonly LinkCommand[]): Promise<void> => {
      const heard = await reply(host, advance(step, { commands }));
      if (heard.kind === 'event' && 'clientOrderId' in heard.event) kinds.push(heard.event.kind);
    };
    await listen(10, [order]);
    for (let step = 11; step < 20; step++) await listen(step, []);
    await listen(20, [{ ...order, nowUs: world.nowUs }]);
    for (let step = 21; step < 30; step++) await listen(step, []);
    assert.deepEqual(kinds, ['order-accepted', 'fill', 'order-accepted'], 'asked twice, filled once');
    const positions = (await host.account()).positions;
    assert.deepEqual(
      positions.map(({ instrumentIx, qtyLots }) => [instrumentIx, qtyLots]),
      [[0, 3]],
    );
    await assert.rejects(
      host.advance(advance(30, { commands: [submit(world.nowUs, 'a', { side: 'sell', qtyLots: 3 })] })),
      PROTOCOL(/order a was .*buy.*, is now .*sell/),
    );
  });

  test('takes no call at its bound before older ones are acknowledged, and forgets nothing by itself', async () => {
    const host = hosted(syntheticWorld(WORLD), 5);
    for (let step = 1; step <= 5; step++) await host.advance(advance(step));
    await assert.rejects(
      host.advance(advance(6)),
      PROTOCOL(/keeps the 5 calls since event 0 .* acknowledged/),
    );
    assert.equal((await reply(host, advance(1))).kind, 'event');
    host.acknowledge(2);
    assert.deepEqual(host.first, { step: 2, worldSeq: 2 });
    await host.advance(advance(6));
    await assert.rejects(host.advance(advance(2)), {
      code: 'XY_CHECKPOINT_INVALID',
      message: /keeps calls after 2 .*, asked for was 2: resume from a checkpoint/,
    });
    assert.throws(() => host.acknowledge(7), PROTOCOL(/an event up to 6 to be acknowledged, found 7/));
  });

  test('knows where a trader stands, by its calls or by its last event', async () => {
    const host = hosted();
    await host.advance(advance(1, { limitUs: 5 }));
    for (let step = 2; step <= 4; step++) await host.advance(advance(step));
    for (const [worldSeq, step, found] of [
      [0, 0, 0],
      [0, 1, 1],
      [0, null, 0],
      [2, null, 3],
      [3, 4, 4],
    ] as const)
      assert.deepEqual(await host.resume(worldSeq, step), { step: found, worldSeqLast: 3 });
    host.acknowledge(2);
    assert.deepEqual(await host.resume(2, 3), { step: 3, worldSeqLast: 3 });
    for (const [worldSeq, step] of [
      [0, 0],
      [1, null],
      [2, 4],
      [3, 3],
      [4, null],
      [9, 12],
    ] as const)
      await assert.rejects(host.resume(worldSeq, step), {
        code: 'XY_CHECKPOINT_INVALID',
        message: /can resume events 2 to 3, calls 3 to 4, asked for was event/,
      });
  });

  test('carries commands out once when the world fails to answer at first', async () => {
    const world = syntheticWorld(WORLD);
    let failures = 2;
    const flaky: HostableWorld = {
      get nowUs() {
        return world.nowUs;
      },
      get worldSeq() {
        return world.worldSeq;
      },
      advance: (limitUs) =>
        failures-- > 0
          ? Promise.reject(new XylenError('XY_FILE_DAMAGED', 'the file is torn'))
          : world.advance(limitUs),
      receiveOrder: (order, nowUs) => world.receiveOrder(order, nowUs),
      cancel: (request, nowUs) => world.cancel(request, nowUs),
      openOrders: () => world.openOrders(),
      order: (id, ix) => world.order(id, ix),
      account: () => world.account(),
    };
    const host = hosted(flaky);
    const call = advance(1, { commands: [submit(1, 'a')] });
    await assert.rejects(host.advance(call), { code: 'XY_FILE_DAMAGED' });
    assert.equal(host.isTouched, true);
    assert.deepEqual(host.last, { step: 0, worldSeq: 0 });
    await assert.rejects(host.advance(advance(1)), PROTOCOL(/call 1 was made before/));
    await assert.rejects(host.advance(call), { code: 'XY_FILE_DAMAGED' });
    const text = await host.advance(call);
    const plain = syntheticWorld(WORLD);
    plain.receiveOrder(orderRequest('a'), 1);
    await plain.advance(Number.POSITIVE_INFINITY);
    assert.deepEqual(world.saveState(), plain.saveState());
    assert.equal(await host.advance(call), text);
  });

  test('does one thing at a time, whoever asks', async () => {
    const world = syntheticWorld(WORLD);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const order: string[] = [];
    const slow: HostableWorld = {
      nowUs: 0,
      worldSeq: 0,
      advance: async (limitUs) => {
        await gate;
        order.push('advanced');
        return world.advance(limitUs);
      },
      receiveOrder: () => undefined,
      cancel: () => undefined,
      openOrders: async () => {
        order.push('asked');
        return [];
      },
      order: async () => null,
      account: () => world.account(),
    };
    const host = hosted(slow);
    const first = host.advance(advance(1, { limitUs: 1 }));
    const second = host.openOrders();
    const third = host.order('a', 0);
    const resumed = host.resume(0, 1);
    release();
    await Promise.all([first, second, third]);
    assert.equal((await resumed).step, 1, 'the call that was going on is counted');
    assert.deepEqual(order, ['advanced', 'asked']);
  });

  test('remembers the content of a bounded number of order ids', async () => {
    const host = new HostedWorld(syntheticWorld(WORLD), 2);
    let id = 0;
    for (let step = 1; step <= 67; step++) {
      const commands = Array.from({ length: 1_000 }, () => submit(1, `o${id++}`));
      await host.advance(advance(step, { limitUs: 1, commands }));
    }
    const other = (old: string): LinkCommand => submit(1, old, { qtyLots: 9 });
    await assert.rejects(
      host.advance(advance(68, { limitUs: 1, commands: [other('o66000')] })),
      /one order for ever/,
    );
    await host.advance(advance(68, { limitUs: 1, commands: [other('o0')] }));
  });
});
