/** TLS with an authority of one's own, timers, and an end after which nothing is left. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { HttpAnswer, HttpFailure } from '#net';
import { type RealServer, serveNetwork } from '#net/server';
import { makeAuthority } from '../../../test/support/certificates.ts';
import { ScriptedServer } from '../../../test/support/scripted-server.ts';
import { SocketEar } from '../../../test/support/socket-ear.ts';
import { SocketTransport } from './socket-transport.ts';

function get(transport: SocketTransport, url: string): Promise<HttpAnswer | HttpFailure> {
  return new Promise((resolve) => {
    const request = {
      method: 'GET',
      url,
      headers: {},
      body: null,
      timeoutUs: 5_000_000,
      bodyBytesMax: 1_000,
    } as const;
    transport.request(request, resolve);
  });
}

test('a local authority is trusted when it is given, and no other', async (context) => {
  const authority = makeAuthority(context);
  const stranger = makeAuthority(context, 'Somebody else');
  const served = new ScriptedServer({
    onRequest: () => ({ status: 200, headers: {}, body: 'ok', delayUs: 0 }),
  });
  const start = async (tls: { key: string; cert: string }): Promise<RealServer> => {
    const server = await serveNetwork(served, { tls });
    context.after(() => server.close());
    return server;
  };
  const good = await start(authority.sign());
  const misnamed = await start(authority.sign('other.test'));
  const foreign = await start(stranger.sign());
  const trusting = new SocketTransport({ certificateAuthority: authority.certificate });
  const plain = new SocketTransport();
  context.after(() => {
    trusting.close();
    plain.close();
  });

  const ear = new SocketEar(trusting, `${good.socketUrl}/hello`);
  await ear.hears(2);
  ear.socket.close();
  assert.equal((await ear.ended).code, 1000);
  assert.equal((await get(trusting, good.restUrl)).kind, 'answer');
  const refused: readonly (readonly [SocketTransport, RealServer, RegExp])[] = [
    [plain, good, /unable to verify|self-signed|issuer/],
    [trusting, foreign, /unable to verify|self-signed|issuer/],
    [trusting, misnamed, /altnames|does not match/],
  ];
  for (const [transport, server, reason] of refused) {
    const end = await new SocketEar(transport, `${server.socketUrl}/hello`).ended;
    assert.equal(end.code, 1006);
    assert.match(end.reason, reason);
    const outcome = await get(transport, server.restUrl);
    assert.match(outcome.kind === 'failure' ? outcome.reason : 'answer', reason);
  }
  const plainSocket = await new SocketEar(trusting, good.socketUrl.replace('wss:', 'ws:'), {
    connectTimeoutUs: 500_000,
  }).ended;
  assert.equal(plainSocket.code, 1006, 'plain text to a TLS port');
});

test('what is no authority is refused at once', () => {
  for (const certificateAuthority of [
    'nonsense',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  ]) {
    assert.throws(() => new SocketTransport({ certificateAuthority }), {
      code: 'XY_CONFIG_INVALID',
      message: /authority in PEM/,
    });
  }
});

test('plain text leaves this machine only when it is told to', async (context) => {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  for (const url of [
    'ws://venue.invalid/',
    'http://127.0.0.1/',
    'nonsense',
    'ws://127.0.0.1.venue.invalid/',
  ]) {
    const ear = new SocketEar(transport, url);
    assert.equal(ear.endCount, 0, 'the end comes after the call');
    const end = await ear.ended;
    assert.match(end.reason, /expected (an address )?wss:/);
  }
  assert.equal(transport.openCount, 0);
});

test('timers call once, in order, and not when cancelled', async (context) => {
  const transport = new SocketTransport();
  context.after(() => transport.close());
  const made: string[] = [];
  const beforeUs = transport.nowUs();
  await new Promise<void>((resolve) => {
    transport.after(20_000, () => {
      made.push('late');
      resolve();
    });
    transport.after(0, () => made.push('soon'));
    transport.after(5_000, () => assert.fail('was cancelled'))();
    const cancel = transport.after(2 ** 31 * 2_000, () => assert.fail('weeks have passed'));
    assert.equal(transport.openCount, 3);
    cancel();
  });
  assert.deepEqual(made, ['soon', 'late']);
  assert.ok(transport.nowUs() - beforeUs >= 19_000);
  assert.equal(transport.openCount, 0);
  assert.throws(() => transport.after(-1, () => undefined), /at least 0/);
});

test('after the end nothing is called, and nothing keeps the process alive', async (context) => {
  const server = await serveNetwork(new ScriptedServer({ onRequest: () => 'no-answer' }));
  context.after(() => server.close());
  const transportModule = new URL('./socket-transport.ts', import.meta.url).href;
  const program = `
    const { SocketTransport } = await import(${JSON.stringify(transportModule)});
    const transport = new SocketTransport();
    const fail = (what) => () => { console.error(what); process.exit(3); };
    transport.after(3600e6, fail('timer'));
    const request = { method: 'GET', url: '${server.restUrl}/', headers: {}, body: null, timeoutUs: 3600e6, bodyBytesMax: 10 };
    transport.request(request, fail('outcome'));
    const quiet = { onMessage() {}, onPong() {}, onEnd: fail('end') };
    const options = { url: '${server.socketUrl}/', messageBytesMax: 100, connectTimeoutUs: 3600e6 };
    transport.openSocket({ ...options, url: '${server.socketUrl}/mute' }, { ...quiet, onOpen: fail('open') });
    transport.openSocket(options, { ...quiet, onOpen() {
      transport.close();
      transport.after(1, fail('timer after the end'));
      transport.request(request, fail('outcome after the end'));
      transport.openSocket(options, quiet);
      console.log('closed', transport.openCount);
    } });
  `;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: new URL('../../..', import.meta.url),
    timeout: 30_000,
  });
  assert.equal(stdout, 'closed 0\n');
});
