import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Prng, US_PER_SECOND } from '#core';
import type { LedgerEntry } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import { silentLog } from '#telemetry';
import { MarketFeed } from '#venues/feed';
import type { Subscription } from '#venues/market';
import { HostileVenue } from '../../../test/hostile/hostile-venue.ts';
import { VENUES_UNDER_TEST } from '../../../test/hostile/venues.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { Recorder } from './recorder.ts';
import { RECORDING_DEFAULTS, Recording } from './recording.ts';

const HOST = 'venue.test';
const START_US = 1_700_000_000_000_000;
const [UNDER] = VENUES_UNDER_TEST;
const STREAMS = ['book', 'trades', 'funding-rate'] as const;

/** A disk whose state the test decides, over a real recording. */
interface Disk {
  isBehind: boolean;
  /** Events that it takes before it refuses; `Infinity` = all. */
  room: number;
  readonly losses: LedgerEntry[];
  refused: number;
}

function over(recording: Recording, disk: Disk): Recording {
  return new Proxy(recording, {
    get(target, name) {
      if (name === 'isBehind') return disk.isBehind;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (name === 'book' || name === 'trade') {
          if (disk.room-- <= 0) {
            disk.refused++;
            return 'wait';
          }
        }
        const answer: unknown = Reflect.apply(value, target, args);
        if (name === 'ledger') disk.losses.push(args[0] as LedgerEntry);
        return answer;
      };
    },
  });
}

async function openWorld(context: TestContext) {
  assert.ok(UNDER !== undefined);
  const prng = new Prng(5);
  const network = new SimulatedNetwork(prng, START_US);
  const instruments = UNDER.instruments(2);
  const venue = new HostileVenue({
    timers: network,
    prng,
    protocol: UNDER.openDialect(`wss://${HOST}`),
    instruments,
    eventsPerS: 40,
  });
  network.addServer(HOST, venue);
  const listed = instruments.map(({ priceDecimals, qtyDecimals, restSymbol, symbol, wireSymbol }, ix) => ({
    instrument: { ix, venue: UNDER.venue, symbol, wireSymbol, priceDecimals, qtyDecimals },
    restSymbol,
  }));
  const recording = await Recording.open({
    dataDir: tempDir(context),
    instruments: listed.map(({ instrument }) => ({ ...instrument, tradeIds: 'aggregate' })),
    settings: RECORDING_DEFAULTS,
    log: silentLog,
    nowUs: () => network.nowUs(),
  });
  const disk: Disk = { isBehind: false, room: Number.POSITIVE_INFINITY, losses: [], refused: 0 };
  const transport = network.openTransport();
  const subscriptions = listed.flatMap(({ instrument }) =>
    STREAMS.map((stream): Subscription => ({ instrument, stream, timeframeUs: null })),
  );
  const recorder = new Recorder({
    venues: [
      {
        venue: {
          id: UNDER.venue,
          openFeed: (wish) =>
            new MarketFeed({
              adapter: UNDER.adapter,
              hosts: { rest: `https://${HOST}`, stream: `wss://${HOST}`, streamOrders: '' },
              transport,
              instruments: listed,
              ...wish,
            }),
        },
        wanted: [],
        subscriptions,
      },
    ],
    recording: over(recording, disk),
    transport,
    prng,
    keepsRaw: true,
    log: silentLog,
  });
  venue.start();
  recorder.start();
  const run = (seconds: number): void => {
    network.run(network.nowUs() + seconds * US_PER_SECOND);
  };
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    recorder.stop();
    venue.close();
    await recording.close();
  };
  // A test that fails must not leave a thread behind.
  context.after(close);
  return { venue, recorder, disk, run, close, nowUs: () => network.nowUs() };
}

test('a log near its bound stops the feeds, and what was missed meanwhile stands in the ledger of every stream', async (context) => {
  const { close, disk, nowUs, recorder, run, venue } = await openWorld(context);
  run(30);
  assert.equal(recorder.isHeldBack, false);
  assert.ok(venue.sessionCount > 0);
  const behindUs = nowUs();
  disk.isBehind = true;
  run(60);
  assert.equal(recorder.isHeldBack, true);
  assert.equal(venue.sessionCount, 0, 'nothing is received, so that nothing piles up');
  assert.deepEqual(disk.losses, []);
  const roomUs = nowUs();
  disk.isBehind = false;
  run(60);
  assert.equal(recorder.isHeldBack, false);
  assert.equal(recorder.heldBackCount, 1);
  assert.equal(
    disk.losses.length,
    2 * STREAMS.length,
    'one a stream, also of streams on which nothing happened',
  );
  for (const { cause, fromUs, toUs } of disk.losses) {
    assert.equal(cause, 'overload');
    assert.ok(fromUs >= behindUs && fromUs <= behindUs + 11 * US_PER_SECOND, `from ${fromUs - behindUs}`);
    assert.ok(toUs >= roomUs && toUs <= roomUs + 40 * US_PER_SECOND, `to ${toUs - roomUs}`);
  }
  await close();
});

test('an event that is refused stops the feeds at once', async (context) => {
  const { close, disk, recorder, run, venue } = await openWorld(context);
  run(20);
  disk.room = 100;
  disk.isBehind = true;
  run(8);
  assert.equal(recorder.isHeldBack, true);
  assert.equal(venue.sessionCount, 0);
  assert.ok(disk.refused >= 1);
  const { refused } = disk;
  run(8);
  assert.equal(disk.refused, refused, 'nothing more is offered');
  disk.isBehind = false;
  disk.room = Number.POSITIVE_INFINITY;
  run(40);
  assert.equal(disk.losses.length, 2 * STREAMS.length);
  await close();
});

test('a recorder that is stopped while it is held back says what it misses', async (context) => {
  const { close, disk, run } = await openWorld(context);
  run(20);
  disk.isBehind = true;
  run(20);
  await close();
  assert.equal(disk.losses.length, 2 * STREAMS.length);
});
