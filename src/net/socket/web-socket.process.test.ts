/** WebSockets over real sockets: against the house's own server, and against peers that break every rule. Every socket ends once, in time. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type RealServer, serveNetwork } from '#net/server';
import { acceptUpgrade, onHead, onUpgrade, RawServer, rawFrame } from '../../../test/support/raw-server.ts';
import { ScriptedServer } from '../../../test/support/scripted-server.ts';
import { SocketEar } from '../../../test/support/socket-ear.ts';
import { SocketTransport } from './socket-transport.ts';

const TEXT = 1;
const CLOSE = 8;

async function world(
  context: TestContext,
  served = new ScriptedServer(),
): Promise<{ served: ScriptedServer; server: RealServer; transport: SocketTransport }> {
  const server = await serveNetwork(served);
  const transport = new SocketTransport();
  context.after(() => {
    transport.close();
    return server.close();
  });
  return { served, server, transport };
}

/** Resolves when the server has seen it. */
function seen(served: ScriptedServer, isDone: () => boolean): Promise<void> {
  if (isDone()) return Promise.resolve();
  return new Promise((resolve) => {
    const before = served.onChange;
    served.onChange = () => {
      before();
      if (isDone()) resolve();
    };
  });
}

test('messages go both ways in order, to the byte, with pings, and a polite end', async (context) => {
  const served = new ScriptedServer({ onMessage: (text, socket) => socket.send(`re ${text}`) });
  const { server, transport } = await world(context, served);
  const ear = new SocketEar(transport, `${server.socketUrl}/hello?a=1&b=2`);
  ear.socket.send('before it is open: not sent');
  await ear.hears(2);
  const big = 'ü'.repeat(300_000);
  for (const text of ['one', '{"b":["1.10","Ω 漢"]}', big]) ear.socket.send(text);
  ear.socket.ping();
  await ear.hears(6);
  assert.deepEqual(ear.heard, ['open', 'hello', 're one', 're {"b":["1.10","Ω 漢"]}', `re ${big}`, 'pong']);
  ear.socket.close();
  ear.socket.send('after the end: not sent');
  assert.deepEqual(await ear.ended, { code: 1000, reason: '' });
  await seen(served, () => served.sockets[0]?.endCount === 1);
  const [socket] = served.sockets;
  assert.deepEqual([socket?.path, socket?.query, socket?.pingCount], ['/hello', 'a=1&b=2', 1]);
  assert.deepEqual([socket?.messages.length, ear.endCount, transport.openCount], [3, 1, 0]);
});

test('the server ends politely, breaks off, or refuses', async (context) => {
  const { served, server, transport } = await world(context);
  const ears = ['/a', '/b', '/status/429'].map((path) => new SocketEar(transport, server.socketUrl + path));
  await Promise.all([ears[0]?.hears(1), ears[1]?.hears(1)]);
  served.at('/a').socket.send('last words');
  served.at('/a').socket.close(4001, 'x'.repeat(200));
  served.at('/a').socket.send('never');
  served.at('/b').socket.destroy();
  const ends = await Promise.all(ears.map((ear) => ear.ended));
  assert.deepEqual(ears[0]?.heard, ['open', 'last words']);
  assert.deepEqual(ends[0], { code: 4001, reason: 'x'.repeat(123) });
  assert.equal(ends[1]?.code, 1006);
  assert.equal(ends[2]?.code, 1006);
  assert.match(ends[2]?.reason ?? '', /429/);
  await seen(served, () => served.sockets.every((socket) => socket.endCount === 1));
  server.refuse(true);
  assert.equal((await new SocketEar(transport, server.socketUrl).ended).code, 1006);
  server.refuse(false);
  const again = new SocketEar(transport, server.socketUrl);
  await again.hears(1);
  server.breakConnections();
  assert.equal((await again.ended).code, 1006);
});

test('a half-open peer says nothing, and its owner gets rid of it', async (context) => {
  const { served, server, transport } = await world(context);
  const ears = ['/a', '/b'].map((path) => new SocketEar(transport, server.socketUrl + path));
  await Promise.all(ears.map((ear) => ear.hears(1)));
  await seen(served, () => served.sockets.length === 2);
  for (const { socket } of served.sockets) {
    socket.stall();
    socket.send('swallowed');
  }
  for (const ear of ears) {
    ear.socket.ping();
    ear.socket.send('into the dark');
  }
  ears[0]?.socket.close();
  ears[1]?.socket.destroy();
  assert.deepEqual((await ears[1]?.ended)?.code, 1006);
  const end = await ears[0]?.ended;
  assert.deepEqual(end, { code: 1006, reason: 'the peer did not answer the end' });
  for (const ear of ears) assert.deepEqual(ear.heard, ['open']);
  await seen(served, () => served.sockets.every((socket) => socket.endCount === 1));
  assert.deepEqual(
    served.sockets.map((socket) => [socket.messages.length, socket.pingCount]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  assert.equal(transport.openCount, 0);
});

test('an owner may end its socket in any call and before it is open', async (context) => {
  const { served, server, transport } = await world(context);
  const url = `${server.socketUrl}/hello`;
  const onOpen = new SocketEar(transport, url, { on: (what, socket) => what === 'open' && socket.destroy() });
  const onMessage = new SocketEar(transport, url, {
    on: (what, socket) => {
      if (what !== 'hello') return;
      socket.destroy();
      socket.destroy();
      socket.close();
      socket.send('nothing');
    },
  });
  const atOnce = new SocketEar(transport, url);
  atOnce.socket.close();
  const brokenAtOnce = new SocketEar(transport, url);
  brokenAtOnce.socket.destroy();
  const ears = [onOpen, onMessage, atOnce, brokenAtOnce];
  for (const ear of ears) assert.equal((await ear.ended).code, 1006);
  assert.deepEqual(
    ears.map((ear) => ear.heard),
    [['open'], ['open', 'hello'], [], []],
  );
  await seen(served, () => served.sockets.every((socket) => socket.endCount === 1));
  assert.deepEqual([...ears.map((ear) => ear.endCount), transport.openCount], [1, 1, 1, 1, 0]);
});

/** What a peer does instead of shaking hands, and what the reason of the end says. */
const HANDSHAKES: readonly (readonly [
  name: string,
  act: (socket: Socket, head: string) => void,
  reason: RegExp,
])[] = [
  ['accepts and never answers', () => undefined, /no connection within/],
  [
    'sends its headers a byte at a time for ever',
    (socket) => {
      const timer = setInterval(() => socket.write('x'), 5);
      socket.on('close', () => clearInterval(timer));
      socket.write('HTTP/1.1 101 Switching Protocols\r\nX: ');
    },
    /no connection within/,
  ],
  ['speaks something else', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), /Parse Error|hang up/],
  ['resets', (socket) => socket.resetAndDestroy(), /ECONNRESET|hang up/],
  ['ends at once', (socket) => socket.end(), /hang up/],
  [
    'answers with a key that is wrong',
    (socket) =>
      socket.write(
        'HTTP/1.1 101 Ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n',
      ),
    /Sec-WebSocket-Accept/,
  ],
  [
    'compresses without being asked',
    (socket, head) => acceptUpgrade(socket, head, 'Sec-WebSocket-Extensions: permessage-deflate\r\n'),
    /Extensions/,
  ],
  [
    'sends headers without end',
    (socket) => socket.write(`HTTP/1.1 101 Ok\r\n${'X-Y: zzzzzzzz\r\n'.repeat(50_000)}`),
    /Overflow|Parse Error/,
  ],
  [
    'answers a page',
    (socket) => socket.write('HTTP/1.1 200 Ok\r\nContent-Length: 9999\r\n\r\n<html>'),
    /200/,
  ],
];

test('a peer that does not shake hands is given up in time', async (context) => {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  for (const [name, act, reason] of HANDSHAKES) {
    const server = await RawServer.start(context, (socket) => onHead(socket, (head) => act(socket, head)));
    const ear = new SocketEar(transport, `ws://127.0.0.1:${server.port}/`, { connectTimeoutUs: 300_000 });
    const end = await ear.ended;
    assert.equal(end.code, 1006, name);
    assert.match(end.reason, reason, name);
    assert.deepEqual(ear.heard, [], name);
  }
  const gone = await RawServer.start(context, () => undefined);
  const redirecting = await RawServer.start(context, (socket) =>
    onHead(socket, () =>
      socket.write(`HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:${gone.port}/\r\n\r\n`),
    ),
  );
  assert.match((await new SocketEar(transport, `ws://127.0.0.1:${redirecting.port}/`).ended).reason, /302/);
  assert.equal(gone.acceptedCount, 0, 'a redirection is not followed');
  assert.equal(transport.openCount, 0);
});

/** What a peer does after the handshake, and how the socket ends. */
const SPEECHES: readonly (readonly [name: string, act: (socket: Socket) => void, code: number])[] = [
  ['ends in the middle of a frame', (socket) => socket.end(rawFrame(TEXT, Buffer.from('ab'), 100)), 1006],
  ['is reset in the middle of a frame', (socket) => socket.resetAndDestroy(), 1006],
  [
    'claims a message of a gigabyte',
    (socket) => socket.write(rawFrame(TEXT, Buffer.from('ab'), 2 ** 30)),
    1009,
  ],
  [
    'claims more than a number can say',
    (socket) => socket.write(rawFrame(TEXT, Buffer.from(''), 2 ** 60)),
    1009,
  ],
  [
    'builds a long message of short pieces',
    (socket) => {
      socket.write(Buffer.from([0x01, 0x00]));
      const piece = rawFrame(0, Buffer.alloc(60_000, 0x61));
      piece[0] = 0x00;
      for (let n = 0; n < 20; n++) socket.write(piece);
    },
    1009,
  ],
  ['sends text that is no text', (socket) => socket.write(rawFrame(TEXT, Buffer.from([0xff, 0xfe]))), 1007],
  ['sends garbage', (socket) => socket.write(Buffer.alloc(10_000, 0xf3)), 1006],
  [
    'says that it ends and does not',
    (socket) => socket.write(rawFrame(CLOSE, Buffer.from([0x03, 0xf4]))),
    1012,
  ],
  ['ends its side and takes nothing more', (socket) => void socket.pause().end(), 1006],
];

test('a peer that breaks the rules after the handshake ends the socket, in time', async (context) => {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  const run = async ([name, act, code]: (typeof SPEECHES)[number]): Promise<void> => {
    const server = await RawServer.start(context, (socket) => onUpgrade(socket, () => act(socket)));
    const ear = new SocketEar(transport, `ws://127.0.0.1:${server.port}/`);
    const end = await ear.ended;
    assert.equal(end.code, code, `${name}: ${JSON.stringify(end)}`);
    assert.ok(
      ear.heard.every((what) => what === 'open'),
      `${name}: nothing damaged is delivered`,
    );
  };
  await Promise.all(SPEECHES.map(run));
  assert.equal(transport.openCount, 0);
});

test('a peer that stops in the middle of a frame answers no ping and is broken off at once', async (context) => {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  const server = await RawServer.start(context, (socket) =>
    onUpgrade(socket, () => socket.write(rawFrame(TEXT, Buffer.from('{"e":"depth'), 5_000))),
  );
  const ear = new SocketEar(transport, `ws://127.0.0.1:${server.port}/`);
  await ear.hears(1);
  ear.socket.ping();
  ear.socket.destroy();
  assert.deepEqual(await ear.ended, { code: 1006, reason: 'broken off by this program' });
  assert.deepEqual([ear.heard, transport.openCount], [['open'], 0]);
});

test('a peer that takes nothing is broken off before it costs memory', async (context) => {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  const server = await RawServer.start(context, (socket) => onUpgrade(socket, () => socket.pause()));
  const ear = new SocketEar(transport, `ws://127.0.0.1:${server.port}/`);
  await ear.hears(1);
  const text = 'x'.repeat(100_000);
  for (let n = 0; n < 2_000; n++) ear.socket.send(text);
  assert.deepEqual(await ear.ended, { code: 1006, reason: 'the peer takes nothing' });
});

test('many sockets at once, broken off at random moments, all end once and leave nothing', async (context) => {
  const served = new ScriptedServer({
    onMessage: (text, socket) => {
      const n = Number(text);
      if (n % 4 === 0) socket.destroy();
      else if (n % 4 === 1) socket.close(1012, 'restart');
      else socket.send(text);
    },
  });
  const { server, transport } = await world(context, served);
  const ears = Array.from({ length: 100 }, (_, n) => {
    const onHeard = (
      what: string,
      socket: { send(text: string): void; destroy(): void; close(): void },
    ): void => {
      if (what === 'hello') socket.send(String(n));
      else if (what !== 'open' && n % 4 === 2) socket.destroy();
      else if (what !== 'open') socket.close();
    };
    return new SocketEar(transport, `${server.socketUrl}/hello`, { on: onHeard });
  });
  const ends = await Promise.all(ears.map((ear) => ear.ended));
  for (const [n, end] of ends.entries()) assert.equal(end.code, [1006, 1012, 1006, 1000][n % 4]);
  await seen(served, () => served.sockets.every((socket) => socket.endCount === 1));
  assert.ok(ears.every((ear) => ear.endCount === 1));
  assert.equal(transport.openCount, 0);
});
