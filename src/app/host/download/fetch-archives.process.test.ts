import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Prng, US_PER_HOUR, XylenError } from '#core';
import { FileLoader } from '#net/files';
import { type VisionArchive, type VisionWish, visionArchives } from '#venues/binance-vision';
import { FileServer } from '../../../../test/support/file-server.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { at, checksumText, klinesCsv, putArchive, visionPath } from '../../../../test/support/vision-tree.ts';
import { type FetchedArchives, fetchArchives } from './fetch-archives.ts';

const NOW_US = at('2024-04-03T12:00');
const WISH: VisionWish = {
  venue: 'binance-usdm',
  kind: 'klines',
  symbol: 'BTCUSDT',
  timeframeUs: US_PER_HOUR,
  fromUs: at('2024-02-28'),
  toUs: at('2024-04-03'),
};
const pathOf = (date: string, symbol = 'BTCUSDT'): string => visionPath('um', 'klines', symbol, date, '1h');
const DATES = ['2024-02-28', '2024-02-29', '2024-03', '2024-04-01', '2024-04-02'];

interface Prepared {
  readonly server: FileServer;
  readonly folder: string;
  readonly progress: string[];
  fetch(
    sets?: readonly (readonly VisionArchive[])[],
    parallel?: number,
    signal?: AbortSignal,
  ): Promise<readonly FetchedArchives[]>;
  fetchOne(): Promise<FetchedArchives>;
}

async function prepared(context: TestContext): Promise<Prepared> {
  const server = await FileServer.start(context);
  for (const date of DATES) putArchive(server, pathOf(date), klinesCsv(date, US_PER_HOUR));
  const folder = tempDir(context);
  const progress: string[] = [];
  const loader = new FileLoader({
    certificateAuthority: null,
    prng: new Prng(3),
    connectionsMax: 8,
    pause: async () => undefined,
  });
  context.after(() => loader.close());
  const fetch: Prepared['fetch'] = (
    sets = [visionArchives(WISH, NOW_US)],
    parallel = 2,
    signal = new AbortController().signal,
  ) =>
    fetchArchives(sets, {
      baseUrl: server.url,
      folder,
      parallel,
      loader,
      signal,
      progress: { update: ({ done, total, unit }) => void progress.push(`${done}/${total} ${unit}`) },
    });
  const fetchOne = async (): Promise<FetchedArchives> => {
    const [fetched] = await fetch();
    assert.ok(fetched !== undefined);
    return fetched;
  };
  return { server, folder, progress, fetch, fetchOne };
}

const datesOf = (archives: readonly VisionArchive[]): string[] =>
  archives.map(({ name }) => /\d{4}-\d{2}(-\d{2})?/.exec(name)?.[0] ?? '');
const foundDates = ({ found }: FetchedArchives): string[] => datesOf(found.map(({ archive }) => archive));
const bodies = ({ requests }: FileServer): number =>
  requests.filter(({ path, sentBytes, status }) => path.endsWith('.zip') && status < 300 && sentBytes > 0)
    .length;

test('archives are loaded, verified and named in order of time; a second time nothing is loaded', async (context) => {
  const { fetchOne, folder, progress, server } = await prepared(context);
  const first = await fetchOne();
  assert.deepEqual(foundDates(first), DATES);
  assert.deepEqual([first.keptCount, first.missing, first.fault], [0, [], null]);
  assert.deepEqual(
    first.found.map(({ path }) => path),
    DATES.map((date) => join(folder, pathOf(date))),
  );
  const zipBytes = first.found.reduce((sum, { path }) => sum + statSync(path).size, 0);
  assert.ok(first.bytesLoaded > zipBytes, `${first.bytesLoaded} bytes with the checksums`);
  assert.match(progress.at(-1) ?? '', /^5\/5 files, \d+\.\d MB$/);
  server.requests.length = 0;
  const second = await fetchOne();
  assert.deepEqual([second.keptCount, second.found.length, bodies(server)], [5, 5, 0]);
});

test('an archive that was corrected since is loaded again', async (context) => {
  const { fetchOne, server } = await prepared(context);
  await fetchOne();
  putArchive(server, pathOf('2024-03'), klinesCsv('2024-03-01', US_PER_HOUR));
  const { bytesLoaded, found, keptCount } = await fetchOne();
  assert.deepEqual([found.length, keptCount], [5, 4]);
  const march = found[2]?.path ?? '';
  assert.ok(bytesLoaded > statSync(march).size);
  assert.equal(checksumText(march, readFileSync(march)), readFileSync(`${march}.CHECKSUM`, 'utf8'));
});

test('a wrong checksum once is a broken line: the file is loaded again from its start', async (context) => {
  const { fetchOne, server } = await prepared(context);
  server.break(pathOf('2024-03'), { kind: 'bytes', bytes: Buffer.from('something else') });
  const { fault, found } = await fetchOne();
  assert.deepEqual([fault, found.length], [null, 5]);
  assert.equal(server.requestsOf(/2024-03\.zip$/).length, 2);
});

test('a wrong checksum twice is damage; nothing of the file is kept, and other data sets are loaded', async (context) => {
  const { fetch, folder, server } = await prepared(context);
  for (const date of DATES) putArchive(server, pathOf(date, 'ETHUSDT'), klinesCsv(date, US_PER_HOUR));
  const wrong = Buffer.from('something else');
  const bad = pathOf('2024-03');
  server.break(bad, { kind: 'bytes', bytes: wrong }, { kind: 'bytes', bytes: wrong });
  const [btc, eth] = await fetch([
    visionArchives(WISH, NOW_US),
    visionArchives({ ...WISH, symbol: 'ETHUSDT' }, NOW_US),
  ]);
  assert.equal(btc?.fault?.code, 'XY_FILE_DAMAGED');
  assert.match(
    btc?.fault?.message ?? '',
    /BTCUSDT-1h-2024-03\.zip: expected SHA-256 [0-9a-f]{64} .* found [0-9a-f]{64} twice/,
  );
  assert.ok(!existsSync(join(folder, bad)) && !existsSync(join(folder, `${bad}.loading`)));
  assert.deepEqual([eth?.found.length, eth?.fault], [5, null]);
});

test('a month that is not there is loaded by days; days that are not there either are named', async (context) => {
  const { fetchOne, server } = await prepared(context);
  server.remove(pathOf('2024-03'));
  server.remove(`${pathOf('2024-03')}.CHECKSUM`);
  for (let day = 1; day <= 31; day++) {
    const date = `2024-03-${String(day).padStart(2, '0')}`;
    if (day !== 17) putArchive(server, pathOf(date), klinesCsv(date, US_PER_HOUR));
  }
  const fetched = await fetchOne();
  assert.deepEqual([fetched.found.length, datesOf(fetched.missing)], [34, ['2024-03-17']]);
  assert.deepEqual(foundDates(fetched), [...foundDates(fetched)].sort());
});

test('an archive without a checksum is not taken, and not called missing', async (context) => {
  const { fetchOne, server } = await prepared(context);
  server.remove(`${pathOf('2024-04-01')}.CHECKSUM`);
  const fetched = await fetchOne();
  assert.deepEqual(
    [datesOf(fetched.unverified), fetched.missing, fetched.found.length],
    [['2024-04-01'], [], 4],
  );
  assert.deepEqual(
    server.requestsOf(/2024-04-01\.zip$/).map(({ method }) => method),
    ['HEAD'],
  );
});

const CHECKSUMS: readonly (readonly [name: string, text: string])[] = [
  ['another file', `${'a1'.repeat(32)}  BTCUSDT-1h-2024-02.zip\n`],
  ['nothing', ''],
  ['a page', '<html>moved</html>'],
];

for (const [name, text] of CHECKSUMS) {
  test(`a checksum file that speaks of ${name} is damage`, async (context) => {
    const { fetchOne, server } = await prepared(context);
    server.put(`${pathOf('2024-03')}.CHECKSUM`, text);
    const { fault } = await fetchOne();
    assert.equal(fault?.code, 'XY_FILE_DAMAGED');
    assert.match(fault?.message ?? '', /BTCUSDT-1h-2024-03\.zip in its checksum file/);
    assert.equal(server.requestsOf(/2024-03\.zip$/).length, 0);
  });
}

test('half a checksum file of another time is not continued', async (context) => {
  const { fetchOne, folder, server } = await prepared(context);
  await fetchOne();
  writeFileSync(join(folder, `${pathOf('2024-03')}.CHECKSUM.part`), 'deadbeef');
  assert.equal((await fetchOne()).fault, null);
  assert.ok(server.requestsOf(/CHECKSUM$/).every(({ fromByte }) => fromByte === null));
});

test('a server that cannot be reached ends all of it', async (context) => {
  const { fetch, server } = await prepared(context);
  server.break(`${pathOf('2024-03')}.CHECKSUM`, { kind: 'status', status: 403 });
  await assert.rejects(
    fetch(),
    (error: unknown) => error instanceof XylenError && error.code === 'XY_VENUE_FAILED',
  );
});

test('the signal ends it; what was loaded whole and in part is not loaded twice', async (context) => {
  const { fetch, fetchOne, server } = await prepared(context);
  const end = new AbortController();
  server.break(pathOf('2024-03'), { kind: 'silent', afterBytes: 2_000, onSilent: () => end.abort() });
  await assert.rejects(fetch(undefined, 1, end.signal), { code: 'XY_INTERRUPTED' });
  const sent = new Map<string, number>();
  const { fault, keptCount } = await fetchOne();
  for (const { path, sentBytes } of server.requestsOf(/zip$/))
    sent.set(path, (sent.get(path) ?? 0) + sentBytes);
  assert.deepEqual([fault, keptCount], [null, 2]);
  for (const date of ['2024-02-28', '2024-02-29', '2024-04-01'])
    assert.equal(server.requestsOf(new RegExp(`${date}\\.zip$`)).length, 1, date);
});

test('as many files are loaded at a time as are asked for, over all data sets, and the result is the same', async (context) => {
  const { fetch, folder, server } = await prepared(context);
  for (const date of DATES) putArchive(server, pathOf(date, 'ETHUSDT'), klinesCsv(date, US_PER_HOUR));
  const sets = ['BTCUSDT', 'ETHUSDT'].map((symbol) => visionArchives({ ...WISH, symbol }, NOW_US));
  const one = await fetch(sets, 1);
  assert.equal(server.connectionMax, 1);
  const bytes = one.flatMap(({ found }) => found.map(({ path }) => readFileSync(path)));
  server.holdUntil(8);
  const eight = await fetchInto(context, server, sets, 8);
  // The connection of the first loader may still be open beside those of the second.
  assert.ok(server.connectionMax <= 1 + 8, `${server.connectionMax} connections`);
  assert.deepEqual(
    eight.flatMap(({ found }) => found.map(({ path }) => readFileSync(path))),
    bytes,
  );
  assert.ok(existsSync(folder));
});

async function fetchInto(
  context: TestContext,
  server: FileServer,
  sets: readonly (readonly VisionArchive[])[],
  parallel: number,
): Promise<readonly FetchedArchives[]> {
  const loader = new FileLoader({ certificateAuthority: null, prng: new Prng(4), connectionsMax: parallel });
  context.after(() => loader.close());
  const { signal } = new AbortController();
  const progress = { update: () => undefined };
  return await fetchArchives(sets, {
    baseUrl: server.url,
    folder: tempDir(context),
    parallel,
    loader,
    signal,
    progress,
  });
}
