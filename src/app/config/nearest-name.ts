/** "Did you mean": the known name that a mistyped one is closest to. */

/** Returns the edit distance of two short names: insertions, deletions, substitutions and swaps of neighbours each count one. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Longer names are not compared: distance is quadratic and nobody mistypes so much. */
const NAME_CHARS_MAX = 64;

/**
 * Returns the candidate nearest to `name`, or `undefined` when none is near: at most a third of the characters (at least two) differ, or
 * all words of the one stand in the other (`max_drawdown`, `drawdown` and `drawdown_max`).
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  if (name.length > NAME_CHARS_MAX) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const distance = shareWords(wanted, known) ? 1 : editDistance(wanted, known);
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function shareWords(a: string, b: string): boolean {
  const [few, many] = [a.split('_'), b.split('_')].sort((x, y) => x.length - y.length);
  return (
    few !== undefined && many !== undefined && few.every((word) => word.length > 2 && many.includes(word))
  );
}
