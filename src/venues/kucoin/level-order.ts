/** The levels of one spot message come in no order, and a price may come twice: brought into the order of their numbers, the last one holds. */
import type { LevelBuffer } from '#book';

/** Sorts levels by their own number; stable, and nothing is done where they are in order. */
export function sortBySequence(levels: LevelBuffer): void {
  const { count, priceTicks, qtyLots, sequence } = levels;
  let isSorted = true;
  for (let i = 1; i < count && isSorted; i++) isSorted = sequence[i]! >= sequence[i - 1]!;
  if (isSorted) return;
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => sequence[a]! - sequence[b]!);
  const rows = order.map((i) => [priceTicks[i]!, qtyLots[i]!, sequence[i]!] as const);
  levels.clear();
  for (const [price, qty, number] of rows) levels.push(price, qty, number);
}
