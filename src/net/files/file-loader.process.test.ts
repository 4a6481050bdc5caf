import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Prng, US_PER_SECOND, XylenError } from '#core';
import { makeAuthority } from '../../../test/support/certificates.ts';
import { type FileFault, FileServer } from '../../../test/support/file-server.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { FileLoader, type FileLoaderOptions } from './index.ts';

const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, ix) => (ix * 7) % 251));
const BYTES_MAX = 1_000_000;

/** A server with one file, a loader whose pauses take no time, and what it paused for. */
async function prepared(context: TestContext, options: Partial<FileLoaderOptions> = {}) {
  const server = await FileServer.start(context);
  server.put('a.zip', BYTES);
  const pausesUs: number[] = [];
  const loader = new FileLoader({
    certificateAuthority: null,
    prng: new Prng(7),
    connectionsMax: 4,
    pause: async (us) => void pausesUs.push(us),
    ...options,
  });
  context.after(() => loader.close());
  const path = join(tempDir(context), 'a.zip');
  const load = (
    changes: { name?: string; signal?: AbortSignal; bytesMax?: number; isFresh?: boolean } = {},
  ) => {
    const { bytesMax = BYTES_MAX, isFresh = false, name = 'a.zip' } = changes;
    const signal = changes.signal ?? new AbortController().signal;
    return loader.load({ url: `${server.url}/${name}`, path, bytesMax, isFresh, signal });
  };
  return { server, loader, path, load, pausesUs };
}

function failsWith(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof XylenError && error.code === code && message.test(error.message);
}

test('a file is loaded under its name, and nothing else is left', async (context) => {
  const { load, path, pausesUs, server } = await prepared(context);
  assert.equal(await load(), 'done');
  assert.deepEqual(readFileSync(path), BYTES);
  assert.ok(!existsSync(`${path}.part`));
  assert.deepEqual([server.requests.length, pausesUs.length], [1, 0]);
});

test('a file that the server has not is missing, at once', async (context) => {
  const { load, path, server } = await prepared(context);
  assert.equal(await load({ name: 'b.zip' }), 'missing');
  assert.deepEqual([server.requests.length, existsSync(path)], [1, false]);
});

const BREAKS: readonly (readonly [name: string, fault: FileFault])[] = [
  ['a connection that is reset in the middle', { kind: 'reset', afterBytes: 100_000 }],
  ['an answer that is shorter than it says', { kind: 'short', afterBytes: 150_000 }],
  ['a chunked answer that breaks off', { kind: 'chunked-break', afterBytes: 100_000 }],
];

for (const [name, fault] of BREAKS) {
  test(`${name} is continued behind the bytes that came`, async (context) => {
    const { load, path, server } = await prepared(context);
    server.break('a.zip', fault, fault);
    assert.equal(await load(), 'done');
    assert.deepEqual(readFileSync(path), BYTES);
    const [first, second, third] = server.requests.map(({ fromByte }) => fromByte);
    assert.equal(first, null);
    assert.ok(second !== null && second !== undefined && second > 0, `the second asks from ${second}`);
    assert.ok(third !== null && third !== undefined && third > second, `the third asks from ${third}`);
    // Nothing that was kept is sent again.
    assert.equal(server.requests.at(-1)?.fromByte, BYTES.length - (server.requests.at(-1)?.sentBytes ?? 0));
  });
}

test('a server that ignores ranges sends the whole file anew', async (context) => {
  const { load, path, server } = await prepared(context);
  server.ignoresRanges = true;
  server.break('a.zip', { kind: 'reset', afterBytes: 100_000 });
  assert.equal(await load(), 'done');
  assert.deepEqual(readFileSync(path), BYTES);
  assert.equal(server.requests.at(-1)?.sentBytes, BYTES.length);
});

test('what an earlier run has is continued; when it is whole, it is taken as it is', async (context) => {
  const { load, path, server } = await prepared(context);
  writeFileSync(`${path}.part`, BYTES.subarray(0, 299_000));
  assert.equal(await load(), 'done');
  assert.deepEqual(
    server.requests.map(({ fromByte, sentBytes }) => [fromByte, sentBytes]),
    [[299_000, 1_000]],
  );
  writeFileSync(`${path}.part`, BYTES);
  assert.equal(await load(), 'done');
  assert.equal(server.requests.at(-1)?.status, 416);
  assert.deepEqual(readFileSync(path), BYTES);
});

test('a part that is longer than the file is thrown away (416)', async (context) => {
  const { load, path, server } = await prepared(context);
  writeFileSync(`${path}.part`, Buffer.concat([BYTES, BYTES]));
  assert.equal(await load(), 'done');
  assert.deepEqual(
    server.requests.map(({ status }) => status),
    [416, 200],
  );
  assert.deepEqual(readFileSync(path), BYTES);
});

test('a part that begins elsewhere than asked for is thrown away', async (context) => {
  const { load, path, server } = await prepared(context);
  writeFileSync(`${path}.part`, BYTES.subarray(0, 1_000));
  server.break('a.zip', { kind: 'other-range' });
  assert.equal(await load(), 'done');
  assert.deepEqual(readFileSync(path), BYTES);
});

test('a small file is never put together of two', async (context) => {
  const { load, path, server } = await prepared(context);
  writeFileSync(`${path}.part`, Buffer.alloc(5));
  assert.equal(await load({ isFresh: true }), 'done');
  assert.equal(server.requests[0]?.fromByte, null);
  assert.deepEqual(readFileSync(path), BYTES);
});

for (const status of [429, 503, 418]) {
  test(`status ${status} is waited for as long as it says`, async (context) => {
    const { load, pausesUs, server } = await prepared(context);
    server.break('a.zip', { kind: 'status', status, headers: { 'retry-after': '120' } });
    assert.equal(await load(), 'done');
    assert.deepEqual(pausesUs, [120 * US_PER_SECOND]);
  });
}

test('a pause of more than five minutes is not waited for', async (context) => {
  const { load, server } = await prepared(context);
  server.break('a.zip', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
  await assert.rejects(
    load(),
    failsWith('XY_VENUE_LIMITED', /status 200, found 429; it asks to wait for 3600 s/),
  );
});

test('a server that fails again and again is given up after five tries, with pauses that grow', async (context) => {
  const { load, pausesUs, server } = await prepared(context);
  server.break('a.zip', ...Array.from({ length: 9 }, () => ({ kind: 'status', status: 500 }) as const));
  await assert.rejects(
    load(),
    failsWith('XY_VENUE_FAILED', /a\.zip: expected an answer of status 200, found 500/),
  );
  assert.deepEqual([server.requests.length, pausesUs.length], [5, 4]);
  for (const [ix, us] of pausesUs.entries()) assert.ok(us < 500_000 * 2 ** ix, `pause ${ix} is ${us} us`);
});

test('a server that is not there is given up', async (context) => {
  const { load, pausesUs, server } = await prepared(context);
  await server.close();
  await assert.rejects(load(), failsWith('XY_VENUE_FAILED', /a\.zip: .*ECONNREFUSED/));
  assert.equal(pausesUs.length, 4);
});

for (const status of [301, 302, 307, 308]) {
  test(`a redirection (${status}) is refused in words, at once`, async (context) => {
    const { load, server } = await prepared(context);
    const headers = { location: 'http://127.0.0.1:1/other.zip' };
    server.break('a.zip', { kind: 'status', status, headers });
    await assert.rejects(
      load(),
      failsWith(
        'XY_VENUE_FAILED',
        new RegExp(`${status} and named .*other\\.zip: redirections are not followed`),
      ),
    );
    assert.equal(server.requests.length, 1);
  });
}

for (const status of [400, 401, 403, 451]) {
  test(`status ${status} is final`, async (context) => {
    const { load, server } = await prepared(context);
    server.break('a.zip', { kind: 'status', status });
    await assert.rejects(load(), failsWith('XY_VENUE_FAILED', new RegExp(`found ${status}`)));
    assert.equal(server.requests.length, 1);
  });
}

test('a file that is too long is refused by what it says, or once it is, and not kept', async (context) => {
  const { load, path, server } = await prepared(context);
  await assert.rejects(
    load({ bytesMax: 1_000 }),
    failsWith('XY_VENUE_FAILED', /it has 300000 bytes, at most 1000/),
  );
  server.break('a.zip', { kind: 'endless' });
  await assert.rejects(
    load({ bytesMax: 1_000 }),
    failsWith('XY_VENUE_FAILED', /it is longer than 1000 bytes/),
  );
  assert.ok(!existsSync(`${path}.part`));
});

test('a silent server is left and asked again, before and in the middle of an answer', async (context) => {
  const { load, path, server } = await prepared(context, { silenceMs: 50 });
  server.break('a.zip', { kind: 'silent', afterBytes: -1 }, { kind: 'silent', afterBytes: 200_000 });
  assert.equal(await load(), 'done');
  assert.deepEqual(readFileSync(path), BYTES);
  server.break('a.zip', ...Array.from({ length: 5 }, () => ({ kind: 'silent', afterBytes: -1 }) as const));
  await assert.rejects(load(), failsWith('XY_VENUE_FAILED', /nothing came for 50 ms/));
});

test('the signal ends it in the middle; what came is kept, and another run goes on behind it', async (context) => {
  const { load, path, server } = await prepared(context);
  const end = new AbortController();
  server.break('a.zip', { kind: 'silent', afterBytes: 100_000, onSilent: () => end.abort() });
  await assert.rejects(load({ signal: end.signal }), failsWith('XY_INTERRUPTED', /a\.zip/));
  const kept = existsSync(`${path}.part`) ? statSync(`${path}.part`).size : 0;
  assert.equal(await load(), 'done');
  assert.deepEqual(readFileSync(path), BYTES);
  assert.equal(server.requests.at(-1)?.sentBytes, BYTES.length - kept);
});

test('the signal ends a pause, and nothing begins after it', async (context) => {
  const { load, server } = await prepared(context, { pause: undefined });
  const end = new AbortController();
  server.break('a.zip', { kind: 'status', status: 503, headers: { 'retry-after': '200' } });
  server.onRequest = () => setImmediate(() => end.abort());
  await assert.rejects(load({ signal: end.signal }), failsWith('XY_INTERRUPTED', /a\.zip/));
  await assert.rejects(load({ signal: end.signal }), failsWith('XY_INTERRUPTED', /a\.zip/));
  assert.equal(server.requests.length, 1);
});

test('a disk that cannot be written is a fault of its own', async (context) => {
  const { loader, path, server } = await prepared(context);
  mkdirSync(`${path}.part`);
  const wish = {
    url: `${server.url}/a.zip`,
    path,
    bytesMax: BYTES_MAX,
    signal: new AbortController().signal,
  };
  await assert.rejects(loader.load(wish), failsWith('XY_STORE_FAILED', /EISDIR/));
});

test('it says whether a server has a file', async (context) => {
  const { loader, server } = await prepared(context);
  const { signal } = new AbortController();
  assert.equal(await loader.has(`${server.url}/a.zip`, signal), true);
  assert.equal(await loader.has(`${server.url}/b.zip`, signal), false);
  assert.equal(
    server.requests.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    0,
  );
});

test('a certificate authority is trusted besides the usual ones; a text that is none is refused', async (context) => {
  const authority = makeAuthority(context);
  const server = await FileServer.start(context, authority.sign());
  server.put('a.zip', BYTES);
  const parts = { prng: new Prng(1), connectionsMax: 1, pause: async () => undefined };
  const trusting = new FileLoader({ ...parts, certificateAuthority: authority.certificate });
  const strict = new FileLoader({ ...parts, certificateAuthority: null });
  context.after(() => [trusting, strict].map((loader) => loader.close()));
  const path = join(tempDir(context), 'a.zip');
  const wish = {
    url: `${server.url}/a.zip`,
    path,
    bytesMax: BYTES_MAX,
    signal: new AbortController().signal,
  };
  assert.equal(await trusting.load(wish), 'done');
  assert.deepEqual(readFileSync(path), BYTES);
  await assert.rejects(
    strict.load(wish),
    failsWith('XY_VENUE_FAILED', /self-signed|unable to verify|local issuer/),
  );
  assert.throws(
    () =>
      new FileLoader({
        ...parts,
        certificateAuthority: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----',
      }),
    failsWith('XY_CONFIG_INVALID', /certificate authority in PEM/),
  );
});
