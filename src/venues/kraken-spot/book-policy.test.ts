/** What a loss costs: near the top it is seen at once, below the tenth level when that level comes up, and a new snapshot heals it before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookKeeper, BookUpdate, krakenChecksum, L2Book } from '#book';
import { krakenSpotBookPolicy } from './book-policy.ts';

const DEPTH = 25;
const TOP_BID = 1_000;

/** The venue's side: a book, and messages that carry its checksum. */
class Venue {
  readonly book = new L2Book();

  constructor() {
    for (let i = 0; i < DEPTH; i++) {
      this.book.setLevel('buy', TOP_BID - i, 10);
      this.book.setLevel('sell', TOP_BID + 1 + i, 10);
    }
  }

  snapshot(): BookUpdate {
    const update = new BookUpdate();
    update.isSnapshot = true;
    for (let i = 0; i < DEPTH; i++) {
      update.bids.push(this.book.priceTicksAt('buy', i), this.book.qtyLotsAt('buy', i));
      update.asks.push(this.book.priceTicksAt('sell', i), this.book.qtyLotsAt('sell', i));
    }
    update.checksum = krakenChecksum(this.book);
    return update;
  }

  bid(priceTicks: number, qtyLots: number): BookUpdate {
    this.book.setLevel('buy', priceTicks, qtyLots);
    this.book.truncate(DEPTH);
    const update = new BookUpdate();
    update.bids.push(priceTicks, qtyLots);
    update.checksum = krakenChecksum(this.book);
    return update;
  }
}

function follow(venue: Venue): BookKeeper {
  const keeper = new BookKeeper(krakenSpotBookPolicy(DEPTH), () => undefined);
  assert.equal(keeper.onSnapshot(venue.snapshot()), 'applied');
  return keeper;
}

test('a message that touches the ten best levels is missed by the next one', () => {
  const venue = new Venue();
  const keeper = follow(venue);
  venue.bid(TOP_BID - 9, 11);
  assert.equal(keeper.onDelta(venue.bid(TOP_BID - 20, 12)), 'checksum');
  assert.equal(keeper.isUsable, false);
});

test('a message that touches deeper levels is missed when they come up, and a snapshot before that heals', () => {
  const venue = new Venue();
  const keeper = follow(venue);
  venue.bid(TOP_BID - 10, 11);
  assert.equal(keeper.onDelta(venue.bid(TOP_BID - 20, 12)), 'applied');
  const healed = follow(venue);
  const comesUp = venue.bid(TOP_BID, 0);
  assert.equal(healed.onDelta(comesUp), 'applied');
  assert.equal(keeper.onDelta(comesUp), 'checksum');
});

test('what falls out of the depth is forgotten as the venue forgets it', () => {
  const venue = new Venue();
  venue.book.setLevel('buy', TOP_BID - 4, 0);
  venue.book.setLevel('buy', TOP_BID - DEPTH, 10);
  const keeper = follow(venue);
  assert.equal(keeper.onDelta(venue.bid(TOP_BID - 4, 3)), 'applied');
  assert.equal(keeper.book.levelCount('buy'), DEPTH);
  assert.equal(keeper.book.qtyLotsOf('buy', TOP_BID - DEPTH), 0);
});

test('what comes before a snapshot is of the subscription before and is dropped', () => {
  const venue = new Venue();
  const keeper = new BookKeeper(krakenSpotBookPolicy(DEPTH), () => undefined);
  assert.equal(keeper.onDelta(venue.bid(TOP_BID - 3, 5)), 'dropped');
  assert.equal(keeper.onSnapshot(venue.snapshot()), 'applied');
  assert.equal(keeper.bufferedCount, 0);
});
