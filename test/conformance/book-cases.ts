/** Cases of books: kept by the adapter's policy from the venue's own frames, they are the venue's books, or known not to be. */
import assert from 'node:assert/strict';
import { BookUpdate } from '#book';
import type { AdapterUnderTest } from './adapters.ts';
import type { ConformanceCase } from './case.ts';
import { levelsOf } from './dialect-market.ts';
import { KeptBook } from './kept-book.ts';

const CHANGES = 60;
/** Losses may stay unseen for some changes where a checksum over the best levels alone shows them. */
const CHANGES_SEEN = 300;
const CHECKED_LEVELS = 10;
const SEEDS = [1, 2, 3];

/** Rules of books. */
export const BOOK_CASES: readonly ConformanceCase[] = [
  {
    id: 'V35',
    rule: 'Snapshots come by stream or by request, as `hasStreamSnapshot` says, not both',
    run: (under) => {
      const kept = new KeptBook(under, 1);
      const [listed] = kept.market.listed;
      assert.ok(listed !== undefined);
      const rest = under.adapter.rest(kept.market.hosts);
      const call = rest.bookSnapshot(listed.instrument, listed.restSymbol, new BookUpdate());
      assert.equal(call === null, under.adapter.hasStreamSnapshot, 'a request for the book');
      assert.equal(kept.isTrusted, under.adapter.hasStreamSnapshot, 'a book after the subscription');
      if (under.adapter.hasStreamSnapshot) kept.checkTruth('after the subscription');
    },
  },
  {
    id: 'V36',
    rule: "A book is the venue's after its snapshot and every change, also when changes came before and while the snapshot was asked for",
    run: (under) => {
      for (const seed of SEEDS) {
        const kept = synchronised(under, seed);
        for (let n = 0; n < CHANGES; n++) {
          kept.hear(kept.change());
          kept.checkTruth(`after change ${n}`);
        }
      }
    },
  },
  {
    id: 'V37',
    rule: 'A change that is lost is found out: by its number, by that of the connection, or by a checksum before the best levels are wrong and used',
    run: (under) => {
      for (const seed of SEEDS) {
        const kept = synchronised(under, seed);
        kept.change();
        checkFoundOut(kept, () => kept.hear(kept.change()));
      }
    },
  },
  {
    id: 'V38',
    rule: 'A change that comes twice changes nothing and is no loss',
    run: (under) => {
      for (const seed of SEEDS) {
        const kept = synchronised(under, seed);
        for (let n = 0; n < CHANGES; n++) {
          const frames = kept.change();
          kept.hear(frames);
          for (const frame of frames) assert.notEqual(kept.hear([frame]).verdict, 'gap');
          kept.checkTruth(`after change ${n} came twice`);
        }
      }
    },
  },
  {
    id: 'V39',
    rule: 'Two changes that change places are found out, or make no difference',
    run: (under) => {
      for (const seed of SEEDS) {
        const kept = synchronised(under, seed);
        const [first, second] = [kept.change(), kept.change()];
        checkFoundOut(kept, () => {
          kept.hear(second);
          return kept.hear(first);
        });
      }
    },
  },
  {
    id: 'V40',
    rule: 'After a loss a new snapshot makes the book right again, and it stays right',
    run: (under) => {
      for (const seed of SEEDS) {
        const kept = synchronised(under, seed);
        kept.change();
        kept.goOn(2);
        kept.resync();
        kept.goOn(1);
        for (let n = 0; n < CHANGES; n++) kept.hear(kept.change());
        kept.checkTruth('some changes after the new snapshot');
      }
    },
  },
  {
    id: 'V41',
    rule: 'A wrong checksum is found out with the message that bears it',
    run: (under) => {
      const kept = synchronised(under, 1);
      if (!kept.market.protocol.hasChecksum) return;
      let frames = kept.change(true);
      while (frames.length === 0) frames = kept.change(true);
      assert.deepEqual(kept.hear(frames).answers, ['checksum']);
      assert.equal(kept.isTrusted, false);
    },
  },
  {
    id: 'V42',
    rule: 'A snapshot by request that is older than the changes that were kept is not used, the next one is',
    run: (under) => {
      const kept = new KeptBook(under, 1);
      if (kept.isByStream) return;
      kept.market.oldSnapshot = levelsOf(kept.truth);
      kept.change();
      kept.hear(kept.change());
      assert.deepEqual(kept.resync().answers, ['too-old']);
      assert.equal(kept.isTrusted, false, 'a book that was never bridged is not used');
      kept.market.oldSnapshot = null;
      kept.resync();
      kept.goOn(2);
      kept.checkTruth('after the next snapshot');
    },
  },
  {
    id: 'V43',
    rule: 'Messages kept for a snapshot are bounded, and crossed books have a bounded grace',
    run: ({ adapter }) => {
      const { bufferedMax, crossedGraceUs, depth, resyncEveryUs } = adapter.bookPolicy(
        INSTRUMENT(adapter.venue),
      );
      assert.ok(bufferedMax >= 1 && bufferedMax <= 65_536, `${bufferedMax} messages`);
      assert.ok(crossedGraceUs >= 0 && crossedGraceUs <= 10_000_000, `${crossedGraceUs} us`);
      assert.ok(depth === null || depth >= 10, `${depth} levels`);
      assert.ok(resyncEveryUs === undefined || resyncEveryUs >= 10_000_000, `${resyncEveryUs} us`);
    },
  },
];

const INSTRUMENT = (venue: AdapterUnderTest['venue']) => ({
  ...{ ix: 0, venue, symbol: 'A', wireSymbol: 'A', priceDecimals: 2, qtyDecimals: 2 },
});

/** A book that has changed while its snapshot was on the way, and is right. */
function synchronised(under: AdapterUnderTest, seed: number): KeptBook {
  const kept = new KeptBook(under, seed);
  if (!kept.isByStream) {
    kept.goOn(3);
    kept.resync();
  }
  kept.goOn(2);
  kept.checkTruth('after the first synchronisation');
  return kept;
}

/** Goes on after a loss until it was noticed; while it was not, the best levels are right. */
function checkFoundOut(kept: KeptBook, next: () => unknown): void {
  next();
  for (let n = 0; n < CHANGES_SEEN && kept.isTrusted; n++) {
    if (kept.market.protocol.numbering !== 'none') kept.checkTruth('though nothing was noticed');
    assert.ok(kept.isRightAtTop(CHECKED_LEVELS), 'the best levels are right while the book is used');
    kept.hear(kept.change());
  }
}
