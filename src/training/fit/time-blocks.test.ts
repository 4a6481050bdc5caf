import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { XylenError } from '#core';
import { propertySettings } from '../../../test/support/property.ts';
import { admit, BAR_US, DAY_US, inventRows } from '../test/rows.ts';
import { BLOCK_NAMES, cutBlocks, labelCount } from './time-blocks.ts';

const admitted = admit(inventRows({ rowCount: 4_000, symbols: ['AAA', 'BBB'] }));
const { labelEndUs, startUs } = admitted.rows;

test('each block ends, labels and embargo included, before the next one begins', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 0.5, noNaN: true }),
      fc.integer({ min: 0, max: 5 * DAY_US }),
      (heldOutFraction, embargoUs) => {
        const blocks = cutBlocks(admitted, { heldOutFraction, embargoUs });
        const inOrder = BLOCK_NAMES.map((name) => blocks[name]);
        inOrder.slice(1).forEach((block, at) => {
          const beginUs = Math.min(...Array.from(block, (row) => startUs[row]!));
          const endUs = Math.max(...Array.from(inOrder[at]!, (row) => labelEndUs[row]!));
          assert.ok(endUs + embargoUs < beginUs, `${BLOCK_NAMES[at]} ends ${endUs}, next begins ${beginUs}`);
        });
      },
    ),
    propertySettings(40),
  );
});

test('no row is in two blocks, none is outside the admitted ones, and what is left out is purge and embargo alone', () => {
  const embargoUs = DAY_US;
  const blocks = cutBlocks(admitted, { heldOutFraction: 0.2, embargoUs });
  const all = BLOCK_NAMES.flatMap((name) => [...blocks[name]]);
  assert.equal(new Set(all).size, all.length);
  const admittedRows = new Set(admitted.index);
  assert.ok(all.every((row) => admittedRows.has(row)));
  const used = new Set(all);
  const left = [...admitted.index].filter((row) => !used.has(row));
  // Three gaps of label and embargo, two symbols.
  const gapBars = (embargoUs + 4 * BAR_US) / BAR_US;
  assert.ok(left.length <= 2 * 3 * (gapBars + 1), `${left.length} rows left out`);
});

test('the parts are as asked: each held-out block takes its part of the rows before the next one', () => {
  const blocks = cutBlocks(admitted, { heldOutFraction: 0.2, embargoUs: 0 });
  const total = admitted.index.length;
  const share = (name: (typeof BLOCK_NAMES)[number]): number => blocks[name].length / total;
  assert.ok(Math.abs(share('test') - 0.2) < 0.01);
  assert.ok(Math.abs(share('calibrate') - 0.16) < 0.01);
  assert.ok(Math.abs(share('stop') - 0.128) < 0.01);
});

test('labels are counted as those that do not overlap, whatever the number of symbols', () => {
  const one = admit(inventRows({ rowCount: 4_000 }));
  const count = labelCount(one, one.index);
  assert.ok(Math.abs(count - one.index.length / 4) <= 1);
  assert.equal(labelCount(admitted, admitted.index), count);
});

test('blocks without enough labels are refused by name', () => {
  const few = admit(inventRows({ rowCount: 800 }));
  assert.throws(
    () => cutBlocks(few, { heldOutFraction: 0.2, embargoUs: DAY_US }),
    (thrown: unknown) =>
      thrown instanceof XylenError &&
      thrown.code === 'XY_DATA_INSUFFICIENT' &&
      /block '/.test(thrown.message),
  );
});
