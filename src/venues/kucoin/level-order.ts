/** The levels of one spot message come in no order, and a price may come twice: brought into the order of their numbers, the last one holds. */
import type { LevelBuffer } from '#book';

/** More levels are not inserted one by one, which takes the square of their number. */
const INSERTED_MAX = 64;

/** Sorts levels by their own number; stable, and nothing is done where they are in order. */
export function sortBySequence(levels: LevelBuffer): void {
  const { count, sequence } = levels;
  let isSorted = true;
  for (let i = 1; i < count && isSorted; i++) isSorted = sequence[i]! >= sequence[i - 1]!;
  if (isSorted) return;
  if (count <= INSERTED_MAX) insertInOrder(levels);
  else sortRows(levels);
}

/** Few levels, as nearly all messages have: without making anything. */
function insertInOrder({ count, priceTicks, qtyLots, sequence }: LevelBuffer): void {
  for (let i = 1; i < count; i++) {
    const price = priceTicks[i]!;
    const qty = qtyLots[i]!;
    const number = sequence[i]!;
    let to = i;
    for (; to > 0 && sequence[to - 1]! > number; to--) {
      priceTicks[to] = priceTicks[to - 1]!;
      qtyLots[to] = qtyLots[to - 1]!;
      sequence[to] = sequence[to - 1]!;
    }
    priceTicks[to] = price;
    qtyLots[to] = qty;
    sequence[to] = number;
  }
}

function sortRows(levels: LevelBuffer): void {
  const { count, priceTicks, qtyLots, sequence } = levels;
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => sequence[a]! - sequence[b]!);
  const rows = order.map((i) => [priceTicks[i]!, qtyLots[i]!, sequence[i]!] as const);
  levels.clear();
  for (const [price, qty, number] of rows) levels.push(price, qty, number);
}
