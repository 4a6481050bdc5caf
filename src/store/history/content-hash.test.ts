import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chunkOf } from '../../../test/support/history-rows.ts';
import { propertySettings } from '../../../test/support/property.ts';
import { type RowChunk, scaleChunk, sliceRows } from './columns.ts';
import { ContentHash } from './content-hash.ts';

function hashOf(...chunks: readonly RowChunk[]): string {
  const hash = new ContentHash();
  for (const chunk of chunks) hash.add(chunk);
  return hash.hex();
}

const bars = fc.array(
  fc.tuple(
    fc.nat({ max: 1e9 }),
    fc.nat({ max: 1e6 }),
    fc.nat({ max: 1e6 }),
    fc.nat(),
    fc.nat(),
    fc.nat({ max: 1e6 }),
  ),
  { minLength: 1, maxLength: 40 },
);

test('does not depend on chunking or scale', () => {
  fc.assert(
    fc.property(bars, fc.nat(), (rows, cut) => {
      const chunk = chunkOf('candles', rows, { price: 1, qty: 2 });
      const at = cut % (rows.length + 1);
      const parts = [
        sliceRows(chunk, 0, at),
        scaleChunk(sliceRows(chunk, at, rows.length), { priceDecimals: 4, qtyDecimals: 5 }),
      ];
      return hashOf(...parts) === hashOf(chunk);
    }),
    propertySettings(),
  );
});

test('changes with any number', () => {
  fc.assert(
    fc.property(bars, fc.nat(), fc.nat({ max: 5 }), (rows, at, column) => {
      const changed = rows.map((row, ix) =>
        row.map((value, c) => (ix === at % rows.length && c === column ? value + 1 : value)),
      );
      return hashOf(chunkOf('candles', rows)) !== hashOf(chunkOf('candles', changed));
    }),
    propertySettings(),
  );
});

test('tells rows that lie over a boundary of its buffer apart from fewer rows', () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => [i, 1, 1, 1, 1, 0]);
  assert.notEqual(hashOf(chunkOf('candles', rows)), hashOf(chunkOf('candles', rows.slice(0, -1))));
  assert.equal(
    hashOf(chunkOf('candles', rows.slice(0, 2_500)), chunkOf('candles', rows.slice(2_500))),
    hashOf(chunkOf('candles', rows)),
  );
});
