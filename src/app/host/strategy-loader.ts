/** Loads a user's strategy module (`--strategy ./mine.ts`): TypeScript or JavaScript, one exported class. It runs with this program's rights. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, XylenError } from '#core';
import type { Strategy } from '#engine';
import { failure, guardedStrategy, HANDLERS } from './guarded-strategy.ts';

type StrategyClass = new (parameters: Readonly<Record<string, unknown>>) => Strategy;

/**
 * Returns an instance of the one strategy class that the module exports, built with `parameters`.
 * @throws XY_FILE_MISSING, XY_STRATEGY_INVALID when the module does not load or does not export exactly one strategy class.
 */
export async function loadStrategy(
  path: string,
  parameters: Readonly<Record<string, unknown>>,
  importModule: (url: string) => Promise<Readonly<Record<string, unknown>>>,
): Promise<Strategy> {
  const file = resolve(path);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = await importModule(pathToFileURL(file).href);
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    const code = isMissing ? 'XY_FILE_MISSING' : 'XY_STRATEGY_INVALID';
    throw new XylenError(code, `strategy ${path} does not load: ${messageOf(cause)}`, {
      fields: { path },
      cause,
    });
  }
  const classes = Object.values(module).filter(isStrategyClass);
  if (classes.length !== 1) {
    const expected = `exports one class with at least one of ${HANDLERS.join(', ')}`;
    throw new XylenError('XY_STRATEGY_INVALID', `strategy ${path} ${expected}, found ${classes.length}`, {
      fields: { path, found: classes.length },
    });
  }
  let strategy: Strategy;
  try {
    strategy = new classes[0]!(parameters);
  } catch (thrown) {
    throw failure(thrown, path, 'its constructor');
  }
  if (typeof strategy.name !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(strategy.name)) {
    const message = `strategy ${path} has a name of lower-case letters, digits and -, was '${String(strategy.name)}'`;
    throw new XylenError('XY_STRATEGY_INVALID', message, { fields: { path } });
  }
  return guardedStrategy(strategy, path);
}

/** Parses `--param key=value` options: numbers become numbers, `true` and `false` booleans, the rest text. */
export function parseParameters(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  const entries = pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new XylenError('XY_USAGE', `--param takes key=value, was '${pair}'`);
    return [pair.slice(0, at), parseValue(pair.slice(at + 1))] as const;
  });
  return Object.fromEntries(entries);
}

function parseValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

function isStrategyClass(value: unknown): value is StrategyClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return typeof prototype === 'object' && prototype !== null && HANDLERS.some((name) => name in prototype);
}
