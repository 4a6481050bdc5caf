/** Made-up captures of streams: small books whose changes are numbered as the venues number theirs. */
import { Prng } from '#core';

/** A level as the wire has it. */
export type WireLevel = readonly [price: string, qty: string];

/** A stretch of a Binance USD-M stream of one market, with the book before it and after it. */
export interface BinanceStretch {
  /** Frames in their order, one depth event each. */
  readonly frames: readonly string[];
  /** The body of a request for the book that was answered before frame `at`. */
  snapshotAt(at: number): string;
  /** Levels after the last frame, best first. */
  readonly bids: readonly WireLevel[];
  readonly asks: readonly WireLevel[];
  readonly lastId: number;
}

const PRICE_DECIMALS = 2;
const QTY_DECIMALS = 3;
const MIDDLE = 10_000;

/** Makes `count` random changes of a book around 100.00; bids stay below 100, asks above. */
export function binanceStretch(symbol: string, count: number, seed: number): BinanceStretch {
  const prng = new Prng(seed);
  const sides = { b: new Map<number, number>(), a: new Map<number, number>() };
  const change = (side: 'a' | 'b'): WireLevel => {
    const away = prng.integer(1, 30);
    const ticks = side === 'b' ? MIDDLE - away : MIDDLE + away;
    const lots = prng.integer(0, 4) === 0 ? 0 : prng.integer(1, 5_000);
    if (lots === 0) sides[side].delete(ticks);
    else sides[side].set(ticks, lots);
    return [fixed(ticks, PRICE_DECIMALS), fixed(lots, QTY_DECIMALS)];
  };
  for (let n = 0; n < 40; n++) change(n % 2 === 0 ? 'b' : 'a');
  const levels = (side: 'a' | 'b'): readonly WireLevel[] =>
    [...sides[side]]
      .sort(([x], [y]) => (side === 'b' ? y - x : x - y))
      .map(([ticks, lots]) => [fixed(ticks, PRICE_DECIMALS), fixed(lots, QTY_DECIMALS)]);
  let lastId = 1_000;
  const bodies: string[] = [];
  const frames = Array.from({ length: count }, () => {
    bodies.push(JSON.stringify({ lastUpdateId: lastId, E: 1, T: 1, bids: levels('b'), asks: levels('a') }));
    const pu = lastId;
    const U = pu + prng.integer(1, 3);
    lastId = U + prng.integer(0, 4);
    const b = Array.from({ length: prng.integer(0, 4) }, () => change('b'));
    const a = Array.from({ length: prng.integer(0, 4) }, () => change('a'));
    const data = {
      e: 'depthUpdate',
      E: 1_700_000_000_000,
      T: 1_700_000_000_000,
      s: symbol,
      U,
      u: lastId,
      pu,
      b,
      a,
    };
    return JSON.stringify({ stream: `${symbol.toLowerCase()}@depth@100ms`, data });
  });
  return { frames, snapshotAt: (at) => bodies[at] ?? '', bids: levels('b'), asks: levels('a'), lastId };
}

/** Formats an integer count of 10^-`decimals` with all its decimals. */
function fixed(units: number, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
