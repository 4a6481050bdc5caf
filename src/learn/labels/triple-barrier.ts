/**
 * Triple-barrier labels (Lopez de Prado 2018, ch. 3): a position opened at the close of a bar ends at its profit target, at its
 * stop, or when time is up, whichever comes first. Told the way that flatters least: where one bar touches both barriers the
 * stop came first, and a bar that opens beyond the stop fills at its open. Costs are taken off every outcome.
 */
import { XylenError } from '#core';
import { checkBars, checkHorizon } from './forward-return.ts';

/** Bars and barriers; all arrays have one entry a bar. */
export interface TripleBarrierOptions {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly closeUs: Float64Array;
  /** Distance of the profit target from the entry, a fraction of its price, > 0; NaN = no label for this bar. */
  readonly targetFraction: Float64Array;
  /** Distance of the stop from the entry, a fraction of its price, > 0 (for a long < 1); NaN = no label for this bar. */
  readonly stopFraction: Float64Array;
  /** Bars until time is up. */
  readonly horizonBars: number;
  /** Cost of entry and exit together, a fraction of the entry price, >= 0. */
  readonly costFraction: number;
  /** 1 = long, -1 = short. */
  readonly side: 1 | -1;
}

/** Labels with the moment each is known. */
export interface TripleBarrierLabels {
  /** [bars]: 1 = target, -1 = stop, 0 = time up (also where `labelEndUs` is NaN: no label). */
  readonly touch: Int8Array;
  /** [bars]: return of the position after costs, a fraction of the entry price; NaN = no label. */
  readonly netReturn: Float64Array;
  /** [bars]: close time of the bar in which it ended; NaN = no label. */
  readonly labelEndUs: Float64Array;
}

/** Where a position ended. */
interface Exit {
  readonly bar: number;
  readonly price: number;
  readonly touch: 1 | 0 | -1;
}

/** True when the bar's four prices are numbers above 0: a bar with a hole says nothing about what was touched. */
function isWhole({ open, high, low, close }: TripleBarrierOptions, bar: number): boolean {
  return open[bar]! > 0 && high[bar]! > 0 && low[bar]! > 0 && close[bar]! > 0;
}

/** Follows one position; `null` when a bar on the way has a hole. The caller makes sure that the whole horizon is there. */
function follow(options: TripleBarrierOptions, entryBar: number): Exit | null {
  const { open, high, low, close, side, horizonBars } = options;
  const entry = close[entryBar]!;
  const target = entry * (1 + side * options.targetFraction[entryBar]!);
  const stop = entry * (1 - side * options.stopFraction[entryBar]!);
  const lastBar = entryBar + horizonBars;
  for (let bar = entryBar + 1; bar <= lastBar; bar++) {
    if (!isWhole(options, bar)) return null;
    const isStopped = side === 1 ? low[bar]! <= stop : high[bar]! >= stop;
    if (isStopped) {
      const worse = side === 1 ? Math.min(stop, open[bar]!) : Math.max(stop, open[bar]!);
      return { bar, price: worse, touch: -1 };
    }
    const isReached = side === 1 ? high[bar]! >= target : low[bar]! <= target;
    if (isReached) return { bar, price: target, touch: 1 };
  }
  return { bar: lastBar, price: close[lastBar]!, touch: 0 };
}

function checkOptions(options: TripleBarrierOptions): void {
  const { open, high, low, close, targetFraction, stopFraction, closeUs, side, costFraction } = options;
  checkHorizon(options.horizonBars);
  checkBars([open, high, low, close, targetFraction, stopFraction], closeUs);
  if (!(costFraction >= 0 && costFraction < 1) || (side !== 1 && side !== -1)) {
    throw new XylenError(
      'XY_CONFIG_INVALID',
      `triple barrier: expected a cost in [0, 1) and side 1 or -1, were ${costFraction} and ${side}`,
    );
  }
  for (let bar = 0; bar < closeUs.length; bar++) {
    const target = targetFraction[bar]!;
    const stop = stopFraction[bar]!;
    if (!(target <= 0) && !(stop <= 0)) continue;
    throw new XylenError(
      'XY_ROW_INVALID',
      `triple barrier, bar ${bar}: expected distances > 0, were ${target} and ${stop}`,
      { fields: { row: bar, targetFraction: target, stopFraction: stop } },
    );
  }
}

/**
 * Returns how a position opened at each bar's close ends. A bar gets no label (NaN) when its barriers are NaN, when the bars end
 * before the position does, or when a bar on the way has a price that is missing or not positive.
 * @throws XY_CONFIG_INVALID, XY_DATA_INSUFFICIENT or XY_ROW_INVALID for what is out of range.
 */
export function tripleBarrierLabels(options: TripleBarrierOptions): TripleBarrierLabels {
  checkOptions(options);
  const { close, closeUs, targetFraction, stopFraction, side, costFraction } = options;
  const count = close.length;
  const touch = new Int8Array(count);
  const netReturn = new Float64Array(count).fill(Number.NaN);
  const labelEndUs = new Float64Array(count).fill(Number.NaN);
  for (let bar = 0; bar + options.horizonBars < count; bar++) {
    if (Number.isNaN(targetFraction[bar]!) || Number.isNaN(stopFraction[bar]!)) continue;
    if (!isWhole(options, bar)) continue;
    const exit = follow(options, bar);
    if (exit === null) continue;
    touch[bar] = exit.touch;
    netReturn[bar] = side * (exit.price / close[bar]! - 1) - costFraction;
    labelEndUs[bar] = closeUs[exit.bar]!;
  }
  return { touch, netReturn, labelEndUs };
}
