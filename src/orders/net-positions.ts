/** Positions of an account as one of each instrument: what both sides of a hedge come to. Pure. */
import type { InstrumentIx, VenueAccount, VenuePosition } from '#domain';

/** Returns the account with one position an instrument at most, flat ones left out; long and short ones are added up. */
export function withNetPositions(account: VenueAccount): VenueAccount {
  const net = new Map<InstrumentIx, VenuePosition>();
  for (const { costTickLots, instrumentIx, qtyLots } of account.positions) {
    const before = net.get(instrumentIx);
    net.set(instrumentIx, {
      instrumentIx,
      qtyLots: qtyLots + (before?.qtyLots ?? 0),
      costTickLots: costTickLots + (before?.costTickLots ?? 0n),
    });
  }
  return { ...account, positions: [...net.values()].filter(({ qtyLots }) => qtyLots !== 0) };
}

/** True when two looks at an account found the same money and positions. */
export function isSameAccount(one: VenueAccount, other: VenueAccount): boolean {
  if (one.cashAtoms !== other.cashAtoms || one.positions.length !== other.positions.length) return false;
  const lots = new Map(one.positions.map(({ instrumentIx, qtyLots }) => [instrumentIx, qtyLots]));
  return other.positions.every(({ instrumentIx, qtyLots }) => lots.get(instrumentIx) === qtyLots);
}
