import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { loadStrategy } from './strategy-loader.ts';

class Good {
  readonly name: string = 'good';
  readonly #parameters: unknown;
  constructor(parameters: unknown) {
    this.#parameters = parameters;
  }
  onCandle(): void {}
  saveState(): unknown {
    return this.#parameters;
  }
}
class BadName extends Good {
  override readonly name: string = 'Bad Name';
}
class NoHandler {
  readonly name = 'idle';
}

const load = (module: Readonly<Record<string, unknown>>) =>
  loadStrategy('./mine.ts', { a: 1 }, async () => module);
const invalid = (error: unknown): boolean =>
  error instanceof XylenError && error.code === 'XY_STRATEGY_INVALID';

test('the one strategy class of a module is built with its parameters', async () => {
  const strategy = await load({ Good, helper: () => 1, NoHandler, text: 'x' });
  assert.equal(strategy.name, 'good');
  assert.deepEqual(strategy.saveState?.(), { a: 1 });
});

test('a module with none, two, or a badly named strategy is refused', async () => {
  await assert.rejects(load({ NoHandler }), invalid);
  await assert.rejects(load({ Good, BadName }), invalid);
  await assert.rejects(load({ BadName }), invalid);
});

test('a module that is missing or does not load is named', async () => {
  await assert.rejects(
    loadStrategy('./no-such-file.ts', {}, (url) => import(url)),
    (error: unknown) =>
      error instanceof XylenError &&
      error.code === 'XY_FILE_MISSING' &&
      error.message.includes('no-such-file'),
  );
  const broken = loadStrategy('./broken.ts', {}, async () => {
    throw new SyntaxError('unexpected token');
  });
  await assert.rejects(
    broken,
    (error: unknown) => invalid(error) && String(error).includes('unexpected token'),
  );
});

test('the documented example loads and has a name', async () => {
  const path = new URL('../../../examples/ema-cross.ts', import.meta.url).pathname;
  const strategy = await loadStrategy(path, { fastBars: 3, slowBars: 5 }, (url) => import(url));
  assert.equal(strategy.name, 'ema-cross');
});

test('what a strategy throws names its file, its handler and its place, and is no fault of the program', async () => {
  class Thrower {
    readonly name = 'thrower';
    onStart(): void {
      throw new Error('boom');
    }
    onTimer(): void {
      throw new XylenError('XY_USAGE', 'as it is');
    }
  }
  class Unbuilt extends Thrower {
    constructor() {
      super();
      throw new RangeError('fast: expected a number');
    }
  }
  const strategy = await load({ Thrower });
  const failed = { code: 'XY_STRATEGY_FAILED' };
  const call = (handler: ((...args: never[]) => unknown) | undefined) => () => handler?.();
  assert.throws(call(strategy.onStart), {
    ...failed,
    message: /^strategy \.\/mine\.ts failed in onStart: boom \(.*:\d+:\d+\)$/,
  });
  assert.throws(call(strategy.onTimer), { code: 'XY_USAGE', message: 'as it is' });
  await assert.rejects(load({ Unbuilt }), {
    ...failed,
    message: /failed in its constructor: fast: expected a number/,
  });
  assert.equal(strategy.onCandle, undefined, 'what it does not hear costs nothing');
});
