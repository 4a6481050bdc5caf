/** A user's strategy whose errors name it, its handler, its place and the moment: they are the user's to mend, not a fault of the program. */
import { formatIso, messageOf, XylenError } from '#core';
import type { Strategy, StrategyContext } from '#engine';

/** What a strategy may have. */
export const HANDLERS = [
  'onStart',
  'onCandle',
  'onTrigger',
  'onTrade',
  'onBook',
  'onTimer',
  'onPrediction',
  'onFill',
] as const;

type Guarded = { -readonly [Key in keyof Strategy]: Strategy[Key] };

/** Returns a strategy that does what `strategy` does; `path` is its file as it was named. */
export function guardedStrategy(strategy: Strategy, path: string): Strategy {
  const guard = <Args extends unknown[], Result>(
    name: string,
    handler: (...args: Args) => Result,
  ): ((...args: Args) => Result) => {
    return (...args) => {
      try {
        return handler.apply(strategy, args);
      } catch (thrown) {
        throw failure(thrown, path, `${name}${momentOf(args.at(-1))}`);
      }
    };
  };
  // Called for every event: no list of arguments is made for them.
  const guardEvent = <Event>(
    name: string,
    handler: (event: Event, context: StrategyContext) => void,
  ): ((event: Event, context: StrategyContext) => void) => {
    return (event, context) => {
      try {
        handler.call(strategy, event, context);
      } catch (thrown) {
        throw failure(thrown, path, `${name}${momentOf(context)}`);
      }
    };
  };
  const guarded: Guarded = { name: strategy.name };
  if (strategy.needsFeatures !== undefined) guarded.needsFeatures = strategy.needsFeatures;
  if (strategy.onStart) guarded.onStart = guard('onStart', strategy.onStart);
  if (strategy.onCandle) guarded.onCandle = guardEvent('onCandle', strategy.onCandle);
  if (strategy.onTrigger) guarded.onTrigger = guard('onTrigger', strategy.onTrigger);
  if (strategy.onTrade) guarded.onTrade = guardEvent('onTrade', strategy.onTrade);
  if (strategy.onBook) guarded.onBook = guardEvent('onBook', strategy.onBook);
  if (strategy.onTimer) guarded.onTimer = guard('onTimer', strategy.onTimer);
  if (strategy.onPrediction) guarded.onPrediction = guard('onPrediction', strategy.onPrediction);
  if (strategy.onFill) guarded.onFill = guardEvent('onFill', strategy.onFill);
  if (strategy.saveState) guarded.saveState = guard('saveState', strategy.saveState);
  if (strategy.loadState) guarded.loadState = guard('loadState', strategy.loadState);
  return guarded;
}

/** The moment of a handler's context, its last argument. */
function momentOf(context: unknown): string {
  const isContext = typeof context === 'object' && context !== null && 'nowUs' in context;
  return isContext && typeof context.nowUs === 'number' ? ` at ${formatIso(context.nowUs)}` : '';
}

/** Returns the error of a strategy as one of ours; a coded error, and a broken invariant of the program, stay what they are. */
export function failure(thrown: unknown, path: string, where: string): unknown {
  if (thrown instanceof XylenError || (thrown instanceof Error && thrown.name === 'AssertionError'))
    return thrown;
  const frame = thrown instanceof Error ? (thrown.stack?.split('\n')[1] ?? '') : '';
  const place = /\(?([^()\s]+:\d+:\d+)\)?$/.exec(frame.trim())?.[1]?.replace(/^file:\/\//, '');
  const at = place === undefined ? '' : ` (${place})`;
  return new XylenError(
    'XY_STRATEGY_FAILED',
    `strategy ${path} failed in ${where}: ${messageOf(thrown)}${at}`,
    {
      fields: { path, where },
      cause: thrown,
    },
  );
}
