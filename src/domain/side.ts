/** Buy or sell. */
export type Side = 'buy' | 'sell';

/** Returns +1 for buy, -1 for sell. */
export function sideSign(side: Side): 1 | -1 {
  return side === 'buy' ? 1 : -1;
}

/** Returns the other side. */
export function oppositeSide(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}
