/**
 * Four consecutive blocks of time, so that no number is used twice: `fit` grows the trees, `stop` says how many, `calibrate` fits the
 * calibration and the return head, `test` is looked at once, for the report and the gate. A row belongs to a block only when its
 * label ended more than the embargo before the next block began (purge and embargo).
 */
import { assert, formatIso, XylenError } from '#core';
import { purgedTimeSplit } from '#learn';
import type { AdmittedRows } from '../data/admitted-rows.ts';

/** The blocks in order of time. */
export const BLOCK_NAMES = ['fit', 'stop', 'calibrate', 'test'] as const;

/** One of `BLOCK_NAMES`. */
export type BlockName = (typeof BLOCK_NAMES)[number];

/** Rows (indices into the table) of each block, ascending. */
export type TimeBlocks = Readonly<Record<BlockName, Int32Array>>;

/** How the blocks are cut. */
export interface BlockOptions {
  /** Each of `test`, `calibrate`, `stop` takes this part of the rows before the block behind it; the rest is `fit`. */
  readonly heldOutFraction: number;
  /** Time kept free before a block, beyond the length of the labels. */
  readonly embargoUs: number;
}

/** Labels that do not overlap in time, at least, in each block: fewer say nothing. */
export const LABELS_MIN = 10;

/** Cuts the blocks. @throws XY_DATA_INSUFFICIENT when one of them holds too few labels */
export function cutBlocks(admitted: AdmittedRows, options: BlockOptions): TimeBlocks {
  const { heldOutFraction } = options;
  assert(heldOutFraction > 0 && heldOutFraction < 1, `a part in (0, 1), was ${heldOutFraction}`);
  const times = Float64Array.from(admitted.index, (row) => admitted.rows.startUs[row]!).sort();
  const cutAt = (share: number): number => times[Math.floor(share * times.length)]!;
  const kept = 1 - heldOutFraction;
  const last = splitAt(admitted, admitted.index, cutAt(kept), options);
  const third = splitAt(admitted, last.before, cutAt(kept ** 2), options);
  const second = splitAt(admitted, third.before, cutAt(kept ** 3), options);
  const blocks = { fit: second.before, stop: second.block, calibrate: third.block, test: last.block };
  for (const name of BLOCK_NAMES) checkBlock(admitted, blocks[name], name);
  return blocks;
}

/** Returns how many labels of the rows do not overlap in time: the number of horizons in which at least one row begins. */
export function labelCount(admitted: AdmittedRows, block: Int32Array): number {
  const { features, horizonBars, startUs } = admitted.rows;
  const horizonUs = horizonBars * features.timeframesUs[0]!;
  const begun = new Set<number>();
  for (const row of block) begun.add(Math.floor(startUs[row]! / horizonUs));
  return begun.size;
}

function splitAt(
  { rows }: AdmittedRows,
  index: Int32Array,
  testFromUs: number,
  { embargoUs }: BlockOptions,
): { readonly before: Int32Array; readonly block: Int32Array } {
  const { train, valid } = purgedTimeSplit({
    rowStartUs: Float64Array.from(index, (row) => rows.startUs[row]!),
    labelEndUs: Float64Array.from(index, (row) => rows.labelEndUs[row]!),
    testFromUs,
    embargoUs,
  });
  return { before: train.map((at) => index[at]!), block: valid.map((at) => index[at]!) };
}

function checkBlock(admitted: AdmittedRows, block: Int32Array, name: BlockName): void {
  const count = labelCount(admitted, block);
  if (count >= LABELS_MIN) return;
  const [first = 0] = admitted.index;
  const range = `${formatIso(admitted.rows.startUs[first] ?? 0)} to ${formatIso(admitted.labelEndMaxUs)}`;
  throw new XylenError(
    'XY_DATA_INSUFFICIENT',
    `block '${name}': expected at least ${LABELS_MIN} labels that do not overlap, were ${count} (${admitted.index.length} rows from ${range} are outside the quarantine): more history is needed`,
    { fields: { block: name, labels: count } },
  );
}
