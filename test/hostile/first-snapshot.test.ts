/** A connection that ends between a told snapshot and the change that continues it: whoever heard the snapshot has missed what came before the next one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE } from '#core';
import type { LedgerEntry } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import { type FeedListener, MarketFeed } from '#venues/feed';
import { HostileVenue } from './hostile-venue.ts';
import { VENUES_UNDER_TEST } from './venues.ts';

const HOST = 'venue.test';

for (const under of VENUES_UNDER_TEST) {
  test(`${under.venue}: a connection that ends right behind the first snapshot has cost something`, () => {
    const prng = new Prng(1).split(under.venue);
    const network = new SimulatedNetwork(prng, 1_700_000_000_000_000);
    const instruments = under.instruments(1);
    const venue = new HostileVenue({
      ...{ timers: network, prng, instruments, eventsPerS: 2 },
      protocol: under.openDialect(`wss://${HOST}/endpoint`),
    });
    network.addServer(HOST, venue);
    const entries: LedgerEntry[] = [];
    let [bookCount, snapshotCount] = [0, 0];
    const nothing = (): void => undefined;
    const listener: FeedListener = {
      ...{ onRaw: nothing, onTrade: nothing, onCandle: nothing, onQuote: nothing, onMark: nothing },
      ...{ onFunding: nothing, onOpenInterest: nothing, onLiquidation: nothing, onOrderSnapshot: nothing },
      ...{ onOrder: nothing, onOrdersEnd: nothing, onBookState: nothing, onNotice: nothing },
      onBook: ({ isSnapshot }) => {
        if (isSnapshot) snapshotCount++;
        if (++bookCount === 1) network.breakSockets(HOST);
      },
      onLedger: (entry) => entries.push(entry),
    };
    const listed = instruments.map((one, ix) => ({
      instrument: { ...one, ix, venue: under.venue },
      restSymbol: one.restSymbol,
    }));
    const feed = new MarketFeed({
      adapter: under.adapter,
      hosts: { rest: `https://${HOST}`, stream: `wss://${HOST}`, streamOrders: `wss://${HOST}` },
      transport: network.openTransport(),
      prng,
      subscriptions: listed.map(({ instrument }) => ({ instrument, stream: 'book', timeframeUs: null })),
      instruments: listed,
      listener,
    });
    venue.start();
    feed.start();
    network.run(network.nowUs() + 2 * US_PER_MINUTE);
    feed.stop();
    venue.close();
    assert.ok(snapshotCount >= 2, 'the book was had anew');
    assert.deepEqual(
      entries.map(({ cause, stream }) => `${stream} ${cause}`),
      ['book disconnect'],
    );
  });
}
