import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { US_PER_MINUTE } from '#core';
import { chunkOf, rowsOf } from '../../../test/support/history-rows.ts';
import { propertySettings } from '../../../test/support/property.ts';
import type { HistoryKind } from '../history-port.ts';
import type { RowChunk } from './columns.ts';
import { type MergeOptions, type MergeSource, MergeTally, mergeRecords } from './merge.ts';

function sourceOf(
  label: string,
  chunks: readonly RowChunk[],
  isKept = false,
  onOpen?: () => void,
): MergeSource {
  return {
    label,
    isKept,
    firstTsUs: chunks[0]?.columns[0]?.[0] ?? 0,
    async *open() {
      onOpen?.();
      yield* chunks;
    },
  };
}

function optionsFor(kind: HistoryKind, canReplace = false, price = 0, qty = 0): MergeOptions {
  return { kind, canReplace, dataSet: `sim X ${kind}`, decimals: { priceDecimals: price, qtyDecimals: qty } };
}

const bar = (minute: number, close = 5, volume = 1): number[] => [
  minute * US_PER_MINUTE,
  5,
  9,
  1,
  close,
  volume,
];

test('gives bars of all sources once, in order, whatever their chunks', async () => {
  const minutes = fc.uniqueArray(fc.nat({ max: 300 }), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(minutes, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      async (lists, size) => {
        const sources = lists.map((list, ix) => {
          const rows = list.sort((a, b) => a - b).map((minute) => bar(minute, 2 + (minute % 7)));
          const chunks = [];
          for (let i = 0; i < rows.length; i += size)
            chunks.push(chunkOf('candles', rows.slice(i, i + size)));
          return sourceOf(`f${ix}`, chunks);
        });
        const tally = new MergeTally();
        const merged = await rowsOf(mergeRecords(sources, optionsFor('candles'), tally));
        const wanted = [...new Set(lists.flat())]
          .sort((a, b) => a - b)
          .map((minute) => bar(minute, 2 + (minute % 7)));
        assert.deepEqual(merged, wanted);
        assert.equal(tally.emitted, wanted.length);
        assert.equal(tally.kept + tally.added + tally.known + tally.replaced, tally.emitted);
      },
    ),
    propertySettings(),
  );
});

test('compares numbers in one scale', async () => {
  const coarse = sourceOf('coarse', [chunkOf('candles', [bar(0), bar(1)])]);
  const fine = sourceOf('fine', [
    chunkOf('candles', [[US_PER_MINUTE, 50, 90, 10, 50, 100]], { price: 1, qty: 2 }),
  ]);
  const merged = await rowsOf(
    mergeRecords([coarse, fine], optionsFor('candles', false, 1, 2), new MergeTally()),
  );
  assert.deepEqual(merged, [
    [0, 50, 90, 10, 50, 100],
    [US_PER_MINUTE, 50, 90, 10, 50, 100],
  ]);
});

test('refuses bars that disagree, naming time, column and both values and sources', async () => {
  const a = sourceOf('a.csv', [chunkOf('candles', [bar(0), bar(1, 5)], { price: 1 })]);
  const b = sourceOf('b.csv', [chunkOf('candles', [bar(1, 6)], { price: 1 })]);
  await assert.rejects(rowsOf(mergeRecords([a, b], optionsFor('candles', false, 1), new MergeTally())), {
    code: 'XY_IMPORT_CONFLICT',
    message: 'sim X candles at 1970-01-01T00:01:00.000Z: a.csv has close 0.5, b.csv has 0.6',
  });
});

test('lets a given record take the place of a kept one when told, never that of another given one', async () => {
  const kept = sourceOf('the archive', [chunkOf('candles', [bar(0), bar(1), bar(2)])], true);
  const given = sourceOf('a.csv', [chunkOf('candles', [bar(1, 7), bar(2), bar(3)])]);
  const tally = new MergeTally();
  const merged = await rowsOf(mergeRecords([kept, given], optionsFor('candles', true), tally));
  assert.deepEqual(merged, [bar(0), bar(1, 7), bar(2), bar(3)]);
  assert.deepEqual({ ...tally }, { emitted: 4, kept: 1, added: 1, known: 1, replaced: 1 });
  const other = sourceOf('b.csv', [chunkOf('candles', [bar(1, 8)])]);
  await assert.rejects(
    rowsOf(mergeRecords([kept, given, other], optionsFor('candles', true), new MergeTally())),
    {
      code: 'XY_IMPORT_CONFLICT',
    },
  );
});

test('takes one settlement that sources stamp some milliseconds apart once, and refuses another rate', async () => {
  const a = sourceOf('a', [
    chunkOf('funding', [
      [6_000, 100],
      [28_800_000_009, 200],
    ]),
  ]);
  const b = sourceOf('b', [
    chunkOf('funding', [
      [0, 100],
      [28_800_000_000, 200],
      [57_600_000_000, 300],
    ]),
  ]);
  const merged = await rowsOf(mergeRecords([a, b], optionsFor('funding'), new MergeTally()));
  assert.deepEqual(merged, [
    [6_000, 100],
    [28_800_000_009, 200],
    [57_600_000_000, 300],
  ]);
  const c = sourceOf('c', [chunkOf('funding', [[0, 101]])]);
  await assert.rejects(
    rowsOf(mergeRecords([a, c], optionsFor('funding'), new MergeTally())),
    /rate 0\.0000000001/,
  );
});

test('opens a source only when the merge reaches it', async () => {
  const opened: string[] = [];
  const day = (ix: number): MergeSource =>
    sourceOf(`day${ix}`, [chunkOf('trades', [[ix * 1e9, ix * 1e9, ix * 10, 5, 1, 1]])], false, () =>
      opened.push(`day${ix}`),
    );
  const merged = mergeRecords([day(3), day(1), day(2)], optionsFor('trades'), new MergeTally());
  await merged.next();
  assert.deepEqual(opened, ['day1']);
  await merged.return(undefined);
});

const trade = (ts: number, id: number): number[] => [ts, ts, id, 5, 1, 1];

test('refuses two recordings of the same trades that do not agree', async () => {
  const a = sourceOf('a', [chunkOf('trades', [trade(1, 10), trade(3, 11), trade(5, 12)])]);
  const same = sourceOf('b', [chunkOf('trades', [trade(3, 11), trade(5, 12), trade(9, 13)])]);
  assert.equal((await rowsOf(mergeRecords([a, same], optionsFor('trades'), new MergeTally()))).length, 4);
  const shifted = sourceOf('c', [chunkOf('trades', [trade(4, 11), trade(6, 12)])]);
  await assert.rejects(
    rowsOf(mergeRecords([a, shifted], optionsFor('trades'), new MergeTally())),
    /do not agree/,
  );
});

const level = (ts: number, id: number, levelIx: number, price: number, isSnapshot = 0): number[] => [
  ts,
  ts,
  id,
  id,
  id - 1,
  isSnapshot,
  levelIx,
  1,
  price,
  1,
];

test('merges book events whole: equal ones once, others in order', async () => {
  const first = [level(1, 5, 0, 100), level(1, 5, 1, 99), level(2, 6, 0, 98)];
  const second = [level(2, 6, 0, 98), level(2, 6, 0, 97, 1), level(2, 6, 1, 96, 1), level(3, 7, 0, 95)];
  const a = sourceOf('a', [chunkOf('book', first)]);
  const b = sourceOf('b', [chunkOf('book', second.slice(0, 3)), chunkOf('book', second.slice(3))]);
  const merged = await rowsOf(mergeRecords([a, b], optionsFor('book'), new MergeTally()));
  assert.deepEqual(merged, [...first, ...second.slice(1)]);
});

test('refuses a book event that has more levels in one source than in the other', async () => {
  const a = sourceOf('a', [chunkOf('book', [level(1, 5, 0, 100), level(1, 5, 1, 99)])]);
  const b = sourceOf('b', [chunkOf('book', [level(1, 5, 0, 100)])]);
  await assert.rejects(rowsOf(mergeRecords([a, b], optionsFor('book'), new MergeTally())), {
    code: 'XY_IMPORT_CONFLICT',
  });
});
