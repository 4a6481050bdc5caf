import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect as netConnect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { XylenError } from '#core';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { FrameConnection } from './frame-connection.ts';
import { frameOf } from './frame-decoder.ts';
import {
  addressText,
  connectFrames,
  type FrameAddress,
  type FrameListener,
  listenFrames,
} from './frame-endpoint.ts';

/** What one end has heard; `frame(n)` and `closed` resolve when it has. */
class Hearing {
  readonly frames: string[] = [];
  readonly closed: Promise<XylenError | null>;
  closeCount = 0;
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(connection: FrameConnection, onFrame: (payload: string) => void = () => undefined) {
    this.closed = new Promise((resolve) => {
      connection.open({
        onFrame: (payload) => {
          assert.equal(this.closeCount, 0, 'nothing is delivered after the end');
          this.frames.push(payload.toString());
          onFrame(payload.toString());
          for (const { count, resolve: done } of this.#waiting) if (this.frames.length >= count) done();
        },
        onClose: (error) => {
          this.closeCount++;
          resolve(error);
        },
      });
    });
  }

  heard(count: number): Promise<void> {
    if (this.frames.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}

/** A listener that hands its connections over one by one. */
class Host {
  readonly #listener: FrameListener;
  readonly #connections: FrameConnection[];
  #onConnection: (() => void) | undefined;

  private constructor(
    listener: FrameListener,
    connections: FrameConnection[],
    host: { arrived: () => void },
  ) {
    this.#listener = listener;
    this.#connections = connections;
    host.arrived = () => this.#onConnection?.();
  }

  static async start(context: TestContext, address: { port: number } | { path: string }): Promise<Host> {
    const connections: FrameConnection[] = [];
    const hook = { arrived: (): void => undefined };
    const listener = await listenFrames(address, (connection) => {
      connections.push(connection);
      hook.arrived();
    });
    context.after(() => listener.close());
    return new Host(listener, connections, hook);
  }

  get address(): FrameAddress {
    return this.#listener.address;
  }

  async accepted(): Promise<FrameConnection> {
    while (this.#connections.length === 0)
      await new Promise<void>((resolve) => {
        this.#onConnection = resolve;
      });
    return this.#connections.shift()!;
  }

  close(): Promise<void> {
    return this.#listener.close();
  }
}

async function pair(
  context: TestContext,
): Promise<{ host: Host; near: FrameConnection; far: FrameConnection }> {
  const host = await Host.start(context, { port: 0 });
  const near = await connectFrames(host.address);
  return { host, near, far: await host.accepted() };
}

/** A client that speaks bytes. */
async function rawClient(
  host: Host,
): Promise<{ socket: ReturnType<typeof netConnect>; far: FrameConnection }> {
  const { address } = host;
  assert.ok('port' in address);
  const socket = netConnect({ host: address.host, port: address.port });
  socket.on('error', () => undefined);
  return { socket, far: await host.accepted() };
}

test('frames go both ways in order, over a port of loopback', async (context) => {
  const { far, host, near } = await pair(context);
  assert.match(addressText(host.address), /^127\.0\.0\.1:\d+$/);
  const [heardNear, heardFar] = [
    new Hearing(near),
    new Hearing(far, (payload) => void far.send(`re ${payload}`)),
  ];
  for (const text of ['one', 'two', 'three']) void near.send(text);
  await heardNear.heard(3);
  assert.deepEqual(heardFar.frames, ['one', 'two', 'three']);
  assert.deepEqual(heardNear.frames, ['re one', 're two', 're three']);
  await near.close();
  assert.deepEqual([await heardNear.closed, await heardFar.closed], [null, null]);
  assert.deepEqual([heardNear.closeCount, heardFar.closeCount, near.isClosed], [1, 1, true]);
  assert.throws(() => near.send('late'), { code: 'XY_LINK_FAILED', message: /expected an open connection/ });
  await near.close();
});

test('frames go over a Unix socket, whose file is gone afterwards', async (context) => {
  const path = join(tempDir(context), 'exchange.sock');
  const host = await Host.start(context, { path });
  assert.equal(addressText(host.address), path);
  const near = await connectFrames({ path });
  const far = new Hearing(await host.accepted());
  void near.send('over a file');
  await far.heard(1);
  await host.close();
  assert.equal(existsSync(path), false);
});

test('what was sent before the end arrives before the end', async (context) => {
  const { far, near } = await pair(context);
  new Hearing(near);
  const big = 'x'.repeat(3_000_000);
  const waited = near.send(big);
  void near.send('last');
  const closing = near.close();
  const heard = new Hearing(far);
  await Promise.all([waited, closing]);
  assert.equal(await heard.closed, null);
  assert.deepEqual(
    heard.frames.map((frame) => frame.length),
    [big.length, 4],
  );
});

test('a reader that is behind stops the writer, and nothing is lost', async (context) => {
  const { far, near } = await pair(context);
  new Hearing(near);
  const heard = new Hearing(far, () => {
    if (heard.frames.length === 1) far.pause();
  });
  const frame = 'y'.repeat(500_000);
  let wait: Promise<void> | undefined;
  let sent = 0;
  while (wait === undefined && sent < 200) {
    wait = near.send(frame);
    sent++;
    if (sent === 1) await heard.heard(1);
  }
  assert.ok(wait !== undefined, `a writer is asked to wait, ${sent} frames were taken`);
  assert.equal(heard.frames.length, 1, 'a paused reader hears nothing');
  far.resume();
  await wait;
  await heard.heard(sent);
  await near.close();
  assert.equal(await heard.closed, null);
});

test('a reader may pause in the middle of a chunk of many frames', async (context) => {
  const { far, near } = await pair(context);
  new Hearing(near);
  const heard = new Hearing(far, () => far.pause());
  for (let n = 0; n < 5; n++) void near.send(`frame ${n}`);
  for (let n = 1; n <= 5; n++) {
    await heard.heard(n);
    assert.equal(heard.frames.length, n);
    far.resume();
  }
  await near.close();
  await heard.closed;
});

test('a peer that speaks something else is cut off with a clear error', async (context) => {
  const host = await Host.start(context, { port: 0 });
  const { far, socket } = await rawClient(host);
  const heard = new Hearing(far);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const error = await heard.closed;
  assert.equal(error?.code, 'XY_LINK_PROTOCOL');
  assert.deepEqual(heard.frames, []);
  assert.equal(heard.closeCount, 1);
});

test('an end in the middle of a frame is told from an end between two', async (context) => {
  const host = await Host.start(context, { port: 0 });
  for (const [bytes, code] of [
    [frameOf('whole'), undefined],
    [frameOf('torn').subarray(0, 6), 'XY_LINK_FAILED'],
    [frameOf('torn').subarray(0, 2), 'XY_LINK_FAILED'],
    [Buffer.alloc(0), undefined],
  ] as const) {
    const { far, socket } = await rawClient(host);
    const heard = new Hearing(far);
    socket.end(bytes);
    assert.equal((await heard.closed)?.code, code);
  }
});

test('a connection that is broken off says so once, also when it is opened later', async (context) => {
  const { far, near } = await pair(context);
  const heard = new Hearing(far);
  near.destroy();
  await heard.closed;
  assert.equal(heard.closeCount, 1);
  const late = new Hearing(near);
  assert.equal(await late.closed, null);
  assert.throws(() => near.open({ onFrame: () => undefined, onClose: () => undefined }), /opened once/);
});

test('closing does not wait for ever for a peer that does not read', async (context) => {
  const { far, near } = await pair(context);
  new Hearing(near);
  const heard = new Hearing(far, () => far.pause());
  for (let n = 0; n < 20; n++) void near.send('z'.repeat(1_000_000));
  await heard.heard(1);
  await near.close(20);
  assert.equal(near.isClosed, true);
  assert.equal(heard.frames.length, 1);
});

test('says who did not answer, and which port is taken', async (context) => {
  const host = await Host.start(context, { port: 0 });
  const { address } = host;
  assert.ok('port' in address);
  await assert.rejects(
    listenFrames({ port: address.port }, () => undefined),
    { code: 'XY_PORT_IN_USE', message: /127\.0\.0\.1:\d+ is taken/ },
  );
  await assert.rejects(
    listenFrames({ path: '/no-such-folder/x.sock' }, () => undefined),
    { code: 'XY_LINK_FAILED', message: /cannot listen on/ },
  );
  await host.close();
  await assert.rejects(connectFrames(address), {
    code: 'XY_LINK_FAILED',
    message: /no connection to 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
  });
});
