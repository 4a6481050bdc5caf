/** Prints of every kind find their way once, states do not go back, orders are delivered between a list and a loss. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { LedgerEntry, StreamKind } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { SimulatedNetwork } from '../../net/simulated/index.ts';
import type { OrderPrint } from '../market/index.ts';
import { EventRouter, LinkSink } from './event-router.ts';
import { EventStamp, FeedClock } from './event-stamp.ts';
import { LedgerBook } from './ledger-book.ts';
import type { FeedListener } from './listener.ts';
import { ListenerGate } from './listener-gate.ts';
import { FEED_OPTIONS_DEFAULT } from './options.ts';
import { OrdersSync } from './orders-sync.ts';
import { checkPolled, POLL_LINK } from './poll-link.ts';
import { Refusals } from './refusals.ts';
import { StreamedSnapshots } from './snapshot-source.ts';
import { StreamTrack, type TrackLink } from './stream-track.ts';
import { TrackTable } from './track-table.ts';

const SEED = testSeed();
const MINUTE_US = 60_000_000;
const START_US = 1_700_000_000_000_000;

/** A connection that does what the test says. */
class FakeLink implements TrackLink {
  readonly serial: number;
  lastGoodUs = 0;
  deliveredUs = 0;
  isLeaving = false;
  confirmed = 0;
  readonly asked: string[] = [];
  readonly #nowUs: () => number;

  constructor(serial: number, nowUs: () => number) {
    this.serial = serial;
    this.#nowUs = nowUs;
  }

  confirmedUs(): number {
    return this.confirmed;
  }

  noteData(): void {
    this.lastGoodUs = this.#nowUs();
  }

  resubscribe({ stream }: { stream: StreamKind }): void {
    this.asked.push(stream);
  }
}

function setup(streams: readonly StreamKind[]) {
  const network = new SimulatedNetwork(new Prng(SEED), START_US);
  const transport = network.openTransport();
  const clock = new FeedClock(transport, new EventStamp());
  const entries: LedgerEntry[] = [];
  const ledger = new LedgerBook('sim', (entry) => entries.push(entry));
  const instrument = {
    ix: 0,
    venue: 'sim',
    symbol: 'A',
    wireSymbol: 'A',
    priceDecimals: 0,
    qtyDecimals: 0,
  } as const;
  const subscriptions = streams.map((stream) => ({
    instrument,
    stream,
    timeframeUs: stream === 'candles' ? MINUTE_US : null,
  }));
  const tracks = subscriptions.map((subscription) => new StreamTrack(subscription));
  const refusals = new Refusals(new Prng(SEED), 1_000);
  const options = FEED_OPTIONS_DEFAULT;
  const orders = tracks
    .filter(({ stream }) => stream === 'orders')
    .map((track) => {
      const source = new StreamedSnapshots({ track, options, refreshEveryUs: null, draw: () => 0 });
      return new OrdersSync({
        track,
        source,
        ledger,
        clock,
        snapshotTimeoutUs: 10_000_000,
        onHopeless: (lost, why) => table.giveUp(lost, why),
      });
    });
  const table = new TrackTable({ tracks, books: [], orders, ledger, clock, refusals, damageQuietUs: 1_000 });
  const told: string[] = [];
  const listener = new Proxy({} as FeedListener, {
    get:
      (_, name: string) =>
      (...args: readonly unknown[]): void => {
        told.push(`${name} ${args.map((arg) => JSON.stringify(arg)).join(' ')}`);
      },
  });
  const gate = new ListenerGate(listener);
  const router = new EventRouter({
    tracks: table,
    listener: gate,
    clock,
    recentTradesMax: 8,
    lagWindowUs: MINUTE_US,
  });
  const control = { onControl: () => undefined, onConnectionSequence: () => true };
  const openLink = (serial: number): { link: FakeLink; sink: LinkSink } => {
    const link = new FakeLink(serial, () => network.nowUs());
    return { link, sink: new LinkSink(router, link, control) };
  };
  const confirm = (link: FakeLink): void => {
    link.confirmed = network.nowUs();
    for (const subscription of subscriptions) table.onConfirmed(link, subscription);
  };
  const frame = (): void => {
    network.run(network.nowUs() + 1_000);
    router.beginFrame(clock.stampUs());
  };
  const take = (): string[] => told.splice(0).map((line) => line.replace(/ \d{16}$/, ''));
  return {
    network,
    table,
    subscriptions,
    entries,
    openLink,
    confirm,
    frame,
    take,
    told,
    router,
    ledger,
    tracks,
    gate,
  };
}

const END = { cause: 'disconnect', detail: 'gone', wasSilent: false, lostFromId: -1, lostToId: -1 } as const;

function order(orderId: string): OrderPrint {
  return {
    instrumentIx: 0,
    tsVenueUs: START_US,
    action: 'add',
    side: 'buy',
    orderId,
    priceTicks: 1,
    qtyLots: 2,
  };
}

test('every kind of print is told once, whoever brings it', () => {
  const streams = [
    'trades',
    'candles',
    'quotes',
    'mark-price',
    'funding-rate',
    'open-interest',
    'liquidations',
  ] as const;
  const { confirm, frame, openLink, router, subscriptions, table, take } = setup(streams);
  const [a, b] = [openLink(1), openLink(2)];
  table.onOpened(a.link, subscriptions);
  confirm(a.link);
  const common = { instrumentIx: 0, tsVenueUs: START_US + 500 };
  const candle = {
    openTicks: 1,
    highTicks: 2,
    lowTicks: 1,
    closeTicks: 2,
    volumeLots: 3,
    openTsUs: START_US,
  };
  const say = ({ sink }: { sink: LinkSink }): void => {
    frame();
    sink.onTrade({ ...common, tradeId: 5, priceTicks: 1, qtyLots: 1, takerSide: 'buy' });
    sink.onCandle({ ...common, ...candle, timeframeUs: MINUTE_US, isClosed: false });
    sink.onCandle({ ...common, ...candle, timeframeUs: MINUTE_US, isClosed: true });
    sink.onCandle({ ...common, ...candle, timeframeUs: 5 * MINUTE_US, isClosed: true });
    sink.onQuote({ ...common, updateId: 1, bidTicks: 1, bidLots: 1, askTicks: 2, askLots: 1 });
    sink.onMark({ ...common, markE8: 1, indexE8: -1 });
    sink.onFunding({ ...common, rateE12: -7, nextFundingUs: -1, isSettled: false });
    sink.onFunding({ ...common, rateE12: -7, nextFundingUs: -1, isSettled: true });
    sink.onOpenInterest({ ...common, openInterestLots: 9 });
    sink.onLiquidation({ ...common, side: 'sell', priceTicks: 1, qtyLots: 1 });
    sink.onLiquidation({ ...common, instrumentIx: 7, side: 'sell', priceTicks: 1, qtyLots: 1 });
  };
  say(a);
  const names = take().map((line) => line.split(' ')[0]);
  const expected = [
    'onTrade',
    'onCandle',
    'onQuote',
    'onMark',
    'onFunding',
    'onFunding',
    'onOpenInterest',
    'onLiquidation',
  ];
  assert.deepEqual(names, expected);
  table.onOpened(b.link, subscriptions);
  confirm(b.link);
  say(b);
  assert.deepEqual(take(), [], 'all of it came before');
  assert.equal(router.duplicateCount, 8);
  const stranger = openLink(3);
  say(stranger);
  assert.deepEqual(take(), [], 'who was not asked is not heard');
  assert.ok(router.lags.length >= 7);
});

test('a state that comes late over the old connection does not replace a newer one', () => {
  const { confirm, frame, openLink, subscriptions, table, take } = setup(['mark-price']);
  const [a, b] = [openLink(1), openLink(2)];
  table.onOpened(a.link, subscriptions);
  confirm(a.link);
  table.onOpened(b.link, subscriptions);
  confirm(b.link);
  const mark = (from: { sink: LinkSink }, tsVenueUs: number): void => {
    frame();
    from.sink.onMark({ instrumentIx: 0, tsVenueUs, markE8: tsVenueUs, indexE8: -1 });
  };
  for (const [from, ts] of [
    [a, 10],
    [b, 12],
    [a, 11],
    [a, 12],
    [b, 13],
    [a, 14],
  ] as const)
    mark(from, ts);
  assert.deepEqual(
    take().map((line) => /"markE8":(\d+)/.exec(line)?.[1]),
    ['10', '12', '13', '14'],
  );
});

test('a hand-over of prints is a loss only as far as the old connection has not shown that it delivered everything', () => {
  for (const isProven of [true, false]) {
    const { confirm, entries, frame, network, openLink, subscriptions, table } = setup(['trades']);
    const [a, b] = [openLink(1), openLink(2)];
    table.onOpened(a.link, subscriptions);
    confirm(a.link);
    frame();
    a.sink.onTrade({
      instrumentIx: 0,
      tsVenueUs: 1,
      tradeId: 1,
      priceTicks: 1,
      qtyLots: 1,
      takerSide: 'buy',
    });
    table.onOpened(b.link, subscriptions);
    frame();
    confirm(b.link);
    frame();
    assert.ok(table.isTakenOver(a.link, subscriptions) && !table.isReplaced(a.link, subscriptions));
    if (isProven) a.link.deliveredUs = network.nowUs();
    assert.equal(table.isReplaced(a.link, subscriptions), isProven);
    table.onEnded(a.link, subscriptions, END);
    assert.deepEqual(
      entries.map(({ cause }) => cause),
      isProven ? [] : ['disconnect'],
    );
    assert.ok(table.all.every(({ isRight, owner }) => isRight && owner === b.link));
  }
});

test('orders are delivered from a list on until a loss, and come from one connection at a time', () => {
  const { confirm, entries, frame, network, openLink, subscriptions, table, take } = setup(['orders']);
  const [a, b] = [openLink(1), openLink(2)];
  const list = (from: { sink: LinkSink }, ...ids: readonly string[]): void => {
    frame();
    from.sink.onOrderSnapshot(0, 77);
    for (const id of ids) from.sink.onOrder(order(id));
    from.sink.onOrdersEnd(0, 78);
  };
  const ids = (): string =>
    take()
      .map((line) => /"orderId":"(\w+)"/.exec(line)?.[1] ?? line.split(' ')[0])
      .join(' ');
  table.onOpened(a.link, subscriptions);
  confirm(a.link);
  frame();
  a.sink.onOrder(order('early'));
  list(a, 'x', 'y');
  assert.equal(ids(), 'onOrderSnapshot x y onOrdersEnd');
  table
    .orders(0)
    ?.onDamaged({ cause: 'checksum', fromUs: network.nowUs(), lostFromId: -1, lostToId: -1, detail: 'sum' });
  assert.deepEqual(a.link.asked, ['orders']);
  frame();
  a.sink.onOrder(order('doubtful'));
  list(a, 'z');
  assert.equal(ids(), 'onOrderSnapshot z onOrdersEnd');
  table.onOpened(b.link, subscriptions);
  confirm(b.link);
  frame();
  a.sink.onOrder(order('old'));
  b.sink.onOrder(order('before its list'));
  list(b, 'new');
  a.sink.onOrder(order('late'));
  b.sink.onOrder(order('next'));
  assert.equal(ids(), 'old onOrderSnapshot new onOrdersEnd next');
  a.link.deliveredUs = network.nowUs();
  assert.ok(table.isReplaced(a.link, subscriptions));
  table.release(a.link, subscriptions);
  table.onEnded(b.link, subscriptions, END);
  table.onOpened(a.link, subscriptions);
  for (let i = 0; i < 5; i++) {
    network.run(network.nowUs() + 30_000_000);
    a.link.confirmed = network.nowUs();
    table.orders(0)?.onConfirmed(a.link);
    table.tick(network.nowUs());
  }
  list(a, 'again');
  assert.deepEqual(
    entries.map(({ cause }) => cause),
    ['checksum', 'disconnect'],
  );
});

test('a list of orders that never comes is asked for a few times, then tried on another connection', () => {
  const { confirm, network, openLink, subscriptions, table, tracks } = setup(['orders']);
  const { link } = openLink(1);
  table.onOpened(link, subscriptions);
  confirm(link);
  for (let i = 0; i < 400; i++) {
    network.run(network.nowUs() + 250_000);
    table.tick(network.nowUs());
  }
  assert.equal(link.asked.length, 4);
  assert.equal(tracks[0]?.owner, null);
  assert.ok(!table.needsSocket(subscriptions, 'public-0'), 'it waits for its turn');
});

test('a polled state is lost when its answers stop and right again with the next', () => {
  const { entries, frame, network, ledger, router, tracks } = setup(['open-interest', 'trades']);
  for (const track of tracks) track.owner = POLL_LINK;
  const sink = new LinkSink(router, POLL_LINK, {
    onControl: () => undefined,
    onConnectionSequence: () => true,
  });
  let answeredUs = 0;
  const answer = (): void => {
    frame();
    sink.onOpenInterest({ instrumentIx: 0, tsVenueUs: network.nowUs(), openInterestLots: 1 });
    answeredUs = network.nowUs();
  };
  const check = (): void => {
    const states = (['open-interest', 'trades'] as const).map((stream) => ({
      stream,
      everyUs: 10_000_000,
      answeredUs,
    }));
    checkPolled({ tracks, states, ledger, bookOf: () => undefined }, network.nowUs());
  };
  check();
  assert.ok(
    tracks.every(({ isRight }) => !isRight),
    'nothing was answered yet',
  );
  answer();
  check();
  assert.ok(tracks.every(({ isRight }) => isRight));
  network.run(network.nowUs() + 26_000_000);
  check();
  check();
  assert.ok(tracks.every(({ isRight }) => !isRight));
  answer();
  check();
  assert.deepEqual(
    entries.map(({ cause, stream }) => `${stream} ${cause}`),
    ['open-interest stall', 'trades stall'],
  );
});

test('behind a shut gate nothing is heard', () => {
  const { gate, told } = setup(['trades']);
  const calls: readonly (() => void)[] = [
    () => gate.onRaw(new Uint8Array(0), 's', 1),
    () =>
      gate.onTrade(
        { instrumentIx: 0, tsVenueUs: 1, tradeId: 1, priceTicks: 1, qtyLots: 1, takerSide: 'buy' },
        1,
      ),
    () => gate.onBookState(0, true, 'x'),
    () => gate.onNotice({ kind: 'request', subject: 's', message: 'm', suppressed: 0 }),
    () => gate.onOrderSnapshot(0, -1, 1),
    () => gate.onOrder(order('a'), 1),
    () => gate.onOrdersEnd(0, -1, 1),
  ];
  for (const call of calls) call();
  assert.equal(told.length, calls.length);
  gate.shut();
  for (const call of calls) call();
  assert.equal(told.length, calls.length);
  assert.ok(!gate.isOpen);
});
