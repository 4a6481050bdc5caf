/** A market heard live, recorded, and replayed from the record gives one order of events, proved by a hash over all of them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Prng, US_PER_SECOND } from '#core';
import { type InstrumentSpec, InstrumentTable, type MarketEvent } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import { silentLog } from '#telemetry';
import { EventStamp, type FeedListener, MarketFeed } from '#venues/feed';
import type { ListedFeedInstrument, Subscription } from '#venues/market';
import { prepareHistoryMarket } from '../../src/app/host/history-market.ts';
import { LiveEvents } from '../../src/app/host/live/live-events.ts';
import { LiveSource } from '../../src/app/host/live/live-source.ts';
import { openHistory } from '../../src/app/host/open-history.ts';
import { RecordListener } from '../../src/app/recording/record-listener.ts';
import { RECORDING_DEFAULTS, Recording } from '../../src/app/recording/recording.ts';
import { HostileVenue } from '../hostile/hostile-venue.ts';
import { VENUES_UNDER_TEST, type VenueUnderTest } from '../hostile/venues.ts';
import { tempDir } from '../support/temp-dir.ts';

const SEED = Number(process.env.SEED ?? 1);
const HOST = 'venue.test';
const START_US = 1_700_000_000_000_000;
const WINDOW_US = US_PER_SECOND / 4;
const SECONDS = 40;

type Ordered = Extract<MarketEvent, { readonly kind: 'trade' | 'book' }>;

/** Hashes what a trader and a venue are told, in its order. */
function hashOf(events: readonly Ordered[]): string {
  const hash = createHash('sha256');
  for (const event of events) {
    const { instrumentIx, kind, tsLocalUs, tsVenueUs } = event;
    const rest =
      kind === 'trade'
        ? [event.tradeId, event.priceTicks, event.qtyLots, event.takerSide]
        : [event.isSnapshot, event.lastUpdateId, ...event.bids, '|', ...event.asks];
    hash.update(JSON.stringify([instrumentIx, kind, tsVenueUs, tsLocalUs, rest]));
  }
  return hash.digest('hex');
}

/** Hands everything to two listeners. */
function both(first: FeedListener, second: FeedListener): FeedListener {
  return new Proxy(first, {
    get(_target, name: keyof FeedListener) {
      return (...args: unknown[]): void => {
        for (const one of [first, second]) {
          Reflect.apply(one[name], one, args);
        }
      };
    },
  });
}

function specOf(under: VenueUnderTest, ix: number, count: number): InstrumentSpec {
  const instrument = under.instruments(count)[ix];
  assert.ok(instrument !== undefined);
  return {
    venue: under.venue,
    symbol: instrument.symbol,
    baseAsset: `A${ix}`,
    quoteAsset: 'USD',
    kind: 'spot',
    priceDecimals: instrument.priceDecimals,
    qtyDecimals: instrument.qtyDecimals,
    tickSize: (10 ** -instrument.priceDecimals).toFixed(instrument.priceDecimals),
    lotSize: (10 ** -instrument.qtyDecimals).toFixed(instrument.qtyDecimals),
    qtyMin: (10 ** -instrument.qtyDecimals).toFixed(instrument.qtyDecimals),
    qtyMax: '100000',
    notionalMin: '1',
    leverageMax: 1,
    maintenanceMarginPpm: 0,
    rulesFrom: 'venue',
  };
}

/** Runs a feed for a while: what a live run is told, and the recording of the same. */
async function runLive(
  under: VenueUnderTest,
  dataDir: string,
  specs: readonly InstrumentSpec[],
): Promise<Ordered[]> {
  const prng = new Prng(SEED).split(under.venue);
  const network = new SimulatedNetwork(prng, START_US);
  const trueInstruments = under.instruments(specs.length);
  const protocol = under.openDialect(`wss://${HOST}/endpoint`);
  const venue = new HostileVenue({
    timers: network,
    prng,
    protocol,
    instruments: trueInstruments,
    eventsPerS: 60,
  });
  network.addServer(HOST, venue);
  const instruments = trueInstruments.map(
    (
      { lotsPerContract, priceDecimals, qtyDecimals, restSymbol, symbol, wireSymbol },
      ix,
    ): ListedFeedInstrument => ({
      instrument: { ix, venue: under.venue, symbol, wireSymbol, priceDecimals, qtyDecimals, lotsPerContract },
      restSymbol,
    }),
  );
  const source = new LiveSource({ clock: network, windowUs: WINDOW_US, feeds: [] });
  const events = new LiveEvents({
    instruments: new InstrumentTable(specs),
    timeframeUs: 60 * US_PER_SECOND,
    lastOpenUs: specs.map(() => 0),
    startUs: START_US,
    push: (event) => source.push(event),
    onMissing: () => undefined,
    onNotice: () => undefined,
    onLedger: () => undefined,
  });
  const recording = await Recording.open({
    dataDir,
    instruments: instruments.map(({ instrument }) => ({ ...instrument, tradeIds: 'single' })),
    settings: RECORDING_DEFAULTS,
    log: silentLog,
    nowUs: () => network.nowUs(),
  });
  const recorder = new RecordListener({
    venue: under.venue,
    recording,
    keepsRaw: true,
    onFull: () => assert.fail('a short recording fits the log'),
    onEvent: () => undefined,
    onNotice: () => undefined,
  });
  const feed = new MarketFeed({
    adapter: under.adapter,
    hosts: { rest: `https://${HOST}`, stream: `wss://${HOST}`, streamOrders: '' },
    transport: network.openTransport(),
    prng,
    subscriptions: instruments.flatMap(({ instrument }): Subscription[] => [
      { instrument, stream: 'book', timeframeUs: null },
      { instrument, stream: 'trades', timeframeUs: null },
    ]),
    instruments,
    listener: both(events, recorder),
    stamp: new EventStamp(),
  });
  venue.start();
  feed.start();
  const told: Ordered[] = [];
  for (let second = 0; second < SECONDS; second++) {
    if (second === 12) venue.inject({ kind: 'drop', symbol: trueInstruments[0]?.symbol ?? '' });
    if (second === 20) venue.inject({ kind: 'disconnect' });
    if (second === 28) venue.inject({ kind: 'skew', byUs: -2 * US_PER_SECOND });
    network.run(network.nowUs() + US_PER_SECOND);
    // What counts before the horizon is told, as a run asks for it.
    for (;;) {
      const answer = source.next(network.nowUs() - WINDOW_US - 1);
      assert.ok(!(answer instanceof Promise) && answer !== undefined);
      if (answer.kind === 'quiet') break;
      if (answer.kind === 'trade' || answer.kind === 'book') told.push(answer);
    }
  }
  feed.stop();
  venue.close();
  await recording.close();
  return told;
}

/** Reads the recording the way a replay does. */
async function replay(
  under: VenueUnderTest,
  dataDir: string,
  specs: readonly InstrumentSpec[],
): Promise<Ordered[]> {
  const symbols = specs.map(({ symbol }) => symbol);
  const signal = new AbortController().signal;
  const progress = { update: () => undefined };
  const history = await openHistory({
    paths: [dataDir],
    venue: under.venue,
    symbols,
    specs,
    signal,
    progress,
  });
  try {
    const market = await prepareHistoryMarket(history, {
      venue: under.venue,
      symbols,
      fromUs: null,
      toUs: null,
      timeframesUs: [60 * US_PER_SECOND],
      feedLatencyUs: 0,
      reorderWindowUs: WINDOW_US,
    });
    const told: Ordered[] = [];
    for (;;) {
      const event = await market.source.next(Number.POSITIVE_INFINITY);
      if (event === undefined) return told;
      if (event.kind === 'trade' || event.kind === 'book') told.push(event);
    }
  } finally {
    await history.close();
  }
}

for (const under of VENUES_UNDER_TEST) {
  test(`${under.venue}: live, recorded and replayed events stand in one order (SEED=${SEED})`, async (context) => {
    const dataDir = tempDir(context);
    const specs = [0, 1].map((ix) => specOf(under, ix, 2));
    const all = await runLive(under, dataDir, specs);
    const replayed = await replay(under, dataDir, specs);
    // A replay begins and ends with a book: prints before the first and after the last cannot be traded on.
    const bookUs = replayed.filter(({ kind }) => kind === 'book').map(({ tsLocalUs }) => tsLocalUs);
    const [fromUs, toUs] = [Math.min(...bookUs), Math.max(...bookUs)];
    const live = all.filter(({ tsLocalUs }) => tsLocalUs >= fromUs && tsLocalUs <= toUs);
    assert.ok(live.length > 1_000, `there is something to compare: ${live.length}`);
    // The end of the recording lies within the window of the live run.
    const sizes = `live ${live.length}, replayed ${replayed.length}`;
    assert.ok(replayed.length >= live.length && replayed.length < live.length + 100, sizes);
    assert.equal(hashOf(replayed.slice(0, live.length)), hashOf(live));
    assert.equal(hashOf(await replay(under, dataDir, specs)), hashOf(replayed));
  });
}
