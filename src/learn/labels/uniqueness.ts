/**
 * Sample weights by uniqueness (Lopez de Prado 2018, ch. 4): labels that overlap tell the same story, so a row counts for the
 * average share of its bars that is its own.
 */
import { XylenError } from '#core';

/** Labels as ranges of bars. */
export interface LabelBars {
  /** [labels]: first bar of the label. */
  readonly firstBar: Int32Array;
  /** [labels]: last bar of the label (belongs to it); -1 = no label. */
  readonly lastBar: Int32Array;
  /** Bars in all. */
  readonly barCount: number;
}

function checkLabelBars({ firstBar, lastBar, barCount }: LabelBars): void {
  if (firstBar.length !== lastBar.length) {
    throw new XylenError(
      'XY_DATA_INSUFFICIENT',
      `uniqueness: expected as many last bars as first bars, were ${lastBar.length} and ${firstBar.length}`,
    );
  }
  for (let label = 0; label < firstBar.length; label++) {
    const first = firstBar[label]!;
    const last = lastBar[label]!;
    if (last === -1 || (first >= 0 && first <= last && last < barCount)) continue;
    throw new XylenError(
      'XY_ROW_INVALID',
      `uniqueness, label ${label}: expected bars within [0, ${barCount}), were ${first} to ${last}`,
      { fields: { row: label, firstBar: first, lastBar: last } },
    );
  }
}

/** Returns how many labels each bar belongs to. */
export function labelConcurrency(labels: LabelBars): Int32Array {
  checkLabelBars(labels);
  const { firstBar, lastBar, barCount } = labels;
  const change = new Int32Array(barCount + 1);
  for (let label = 0; label < firstBar.length; label++) {
    if (lastBar[label] === -1) continue;
    change[firstBar[label]!]!++;
    change[lastBar[label]! + 1]!--;
  }
  const concurrency = new Int32Array(barCount);
  let open = 0;
  for (let bar = 0; bar < barCount; bar++) {
    open += change[bar]!;
    concurrency[bar] = open;
  }
  return concurrency;
}

/** Returns the average uniqueness of each label: the mean of 1 / concurrency over its bars, in (0, 1]; 0 without a label. */
export function uniquenessWeights(labels: LabelBars): Float64Array {
  const concurrency = labelConcurrency(labels);
  const { firstBar, lastBar, barCount } = labels;
  const shareBefore = new Float64Array(barCount + 1);
  for (let bar = 0; bar < barCount; bar++) {
    const open = concurrency[bar]!;
    shareBefore[bar + 1] = shareBefore[bar]! + (open === 0 ? 0 : 1 / open);
  }
  const weights = new Float64Array(firstBar.length);
  for (let label = 0; label < weights.length; label++) {
    const first = firstBar[label]!;
    const last = lastBar[label]!;
    if (last === -1) continue;
    weights[label] = (shareBefore[last + 1]! - shareBefore[first]!) / (last - first + 1);
  }
  return weights;
}
