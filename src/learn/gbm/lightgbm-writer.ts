/**
 * Writes LightGBM's text format, version 4. Numbers are the shortest decimals that read back as the same double, so a model
 * survives any number of round trips bit for bit. `tree_sizes` counts bytes exactly (a tree's text is
 * ASCII): LightGBM seeks by it.
 */
import { XylenError } from '#core';
import type { GbmModelParts } from './model-parts.ts';
import type { GbmTree } from './tree.ts';

/** The threshold of "all numbers left, NaN right" is +Infinity, which LightGBM spells in C. */
function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? 'inf' : String(value);
}

function join(values: Iterable<number>): string {
  return Array.from(values, numberText).join(' ');
}

function treeText(tree: GbmTree, index: number): string {
  const setCount = Math.max(0, tree.categoryStart.length - 1);
  const lines = [
    `Tree=${index}`,
    `num_leaves=${tree.leafCount}`,
    `num_cat=${setCount}`,
    `split_feature=${join(tree.splitFeature)}`,
    `split_gain=${join(tree.splitGain)}`,
    `threshold=${join(tree.threshold)}`,
    `decision_type=${join(tree.decision)}`,
    `left_child=${join(tree.leftChild)}`,
    `right_child=${join(tree.rightChild)}`,
    `leaf_value=${join(tree.leafValue)}`,
    `leaf_weight=${join(tree.leafWeight)}`,
    `leaf_count=${join(tree.leafRows)}`,
    `internal_value=${join(tree.internalValue)}`,
    `internal_weight=${join(tree.internalWeight)}`,
    `internal_count=${join(tree.internalRows)}`,
  ];
  if (setCount > 0) {
    lines.push(`cat_boundaries=${join(tree.categoryStart)}`, `cat_threshold=${join(tree.categoryWords)}`);
  }
  lines.push('is_linear=0', `shrinkage=${String(tree.shrinkage)}`, '', '', '');
  return lines.join('\n');
}

/** Splits of each feature over all trees, most first, as LightGBM lists them. */
function importanceLines(parts: GbmModelParts): string[] {
  const counts = new Int32Array(parts.featureNames.length);
  for (const tree of parts.trees) {
    for (let node = 0; node < tree.leafCount - 1; node++) {
      if (tree.splitGain[node]! > 0) counts[tree.splitFeature[node]!]!++;
    }
  }
  return Array.from(counts, (count, feature) => ({ count, feature }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || a.feature - b.feature)
    .map(({ count, feature }) => `${parts.featureNames[feature]}=${count}`);
}

function refuse(expected: string, found: number): never {
  throw new XylenError('XY_MODEL_INVALID', `gbm model: expected ${expected}, was ${found}`);
}

function checkWritable(parts: GbmModelParts): void {
  for (const tree of parts.trees) {
    for (let node = 0; node < tree.leafCount - 1; node++) {
      if (Number.isNaN(tree.threshold[node]!)) refuse('a number as a threshold', tree.threshold[node]!);
    }
    for (const value of tree.leafValue) {
      if (!Number.isFinite(value)) refuse('finite leaf values', value);
    }
  }
}

/**
 * Returns the model as LightGBM text.
 * @throws XY_MODEL_INVALID when a leaf value is not finite or a threshold NaN.
 */
export function writeLightGbmText(parts: GbmModelParts): string {
  checkWritable(parts);
  const trees = parts.trees.map(treeText);
  const header = [
    'tree',
    'version=v4',
    `num_class=${parts.classCount}`,
    `num_tree_per_iteration=${parts.treesPerRound}`,
    'label_index=0',
    `max_feature_idx=${parts.featureNames.length - 1}`,
    ...(parts.objective === '' ? [] : [`objective=${parts.objective}`]),
    ...(parts.isAveraged ? ['average_output'] : []),
    `feature_names=${parts.featureNames.join(' ')}`,
    ...(parts.monotoneConstraints === '' ? [] : [`monotone_constraints=${parts.monotoneConstraints}`]),
    `feature_infos=${parts.featureInfos.join(' ')}`,
    `tree_sizes=${trees.map((text) => text.length).join(' ')}`,
    '',
    '',
  ];
  const footer = [
    'end of trees',
    '',
    'feature_importances:',
    ...importanceLines(parts),
    '',
    'parameters:',
    ...parts.parameterLines,
    'end of parameters',
    '',
    'pandas_categorical:null',
    '',
  ];
  return header.join('\n') + trees.join('') + footer.join('\n');
}
