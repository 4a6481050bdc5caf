/** Assertions stay on in production: a stopped program is cheaper than a wrong order. */

/** Thrown when an invariant of the program itself does not hold; never caught except at the process edge. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws `AssertionError` when `condition` is false; `message` states the invariant. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(`Invariant: ${message}`);
}

/** Returns `value` when it is a safe integer; throws `AssertionError` naming it otherwise. */
export function assertSafeInteger(value: number, name: string): number {
  if (!Number.isSafeInteger(value))
    throw new AssertionError(`Invariant: ${name} is a safe integer, was ${value}`);
  return value;
}

/** Closes an exhaustive `switch`: the compiler proves that no case is missing, the assertion guards data from outside. */
export function unreachable(value: never, what: string): never {
  throw new AssertionError(`Invariant: every ${what} is handled, was ${describe(value)}`);
}

/** JSON where it can say it; a bigint would make `JSON.stringify` throw and hide the real fault. */
function describe(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
}
