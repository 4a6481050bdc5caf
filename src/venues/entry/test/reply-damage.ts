/** Replies and private messages that were cut off or changed on their way: how they are damaged, and what every adapter owes to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, XylenError } from '#core';
import { bytesOf } from './samples.ts';

/** So many first characters of a key are as good as the key. */
const KEY_HEAD = 12;

/** Runs it; what it throws is a fault of the reply, and shows none of `keys`, nor their first characters. Returns whether it was refused. */
export function isRefused(run: () => unknown, keys: readonly string[]): boolean {
  try {
    run();
    return false;
  } catch (error) {
    assert.ok(error instanceof XylenError && error.code === 'XY_VENUE_REPLY', String(error));
    const shown = `${error.message}${String(error.cause)}${JSON.stringify(error.fields)}`;
    for (const key of keys) assert.ok(key === '' || !shown.includes(key.slice(0, KEY_HEAD)), shown);
    return true;
  }
}

/** Returns the value without the members of that name, however deep. */
export function without(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (key === name ? [] : [[key, without(member, name)]])),
  );
}

/** Returns values that belong nowhere, keys among them. */
export function strangeValues(keys: readonly string[]): readonly unknown[] {
  return [null, '', 'x', -1, 1e300, 0.123456789, true, [], {}, '9'.repeat(40), ...keys];
}

/** Returns the value with one member somewhere in it exchanged for one of `strange`, or left out. */
export function changed(value: unknown, strange: readonly unknown[], prng: Prng): unknown {
  if (typeof value !== 'object' || value === null) return strange[prng.integer(0, strange.length)];
  if (Array.isArray(value)) {
    if (value.length === 0) return changed(null, strange, prng);
    const at = prng.integer(0, value.length);
    return value.map((item, index) => (index === at ? changed(item, strange, prng) : (item as unknown)));
  }
  const members = Object.entries(value);
  const at = prng.integer(0, members.length);
  const isGone = prng.uniform() < 0.2;
  return Object.fromEntries(
    members.flatMap(([name, item], index) => {
      if (index !== at) return [[name, item as unknown]];
      return isGone ? [] : [[name, changed(item, strange, prng)]];
    }),
  );
}

/** A kind of reply. */
export interface SoundReply {
  readonly name: string;
  read(body: Uint8Array): unknown;
  readonly good: object;
  /** Members without which it says nothing. */
  readonly needed: readonly string[];
}

/** Registers tests of a reply: cut off anywhere, without a member that it needs, with changed characters. No error shows any of `keys`. */
export function testDamage(
  { good, name, needed, read }: SoundReply,
  {
    keys,
    rounds,
    seed,
  }: { readonly keys: readonly string[]; readonly rounds: number; readonly seed: number },
): void {
  const text = JSON.stringify(good);
  const isBad = (damaged: string): boolean => isRefused(() => read(bytesOf(damaged)), keys);
  test(`${name}: good is read, cut off anywhere is refused`, () => {
    assert.equal(isBad(text), false);
    for (let end = 0; end < text.length; end++)
      assert.equal(isBad(text.slice(0, end)), true, text.slice(0, end));
  });

  test(`${name}: a reply that lacks what it is about is refused`, () => {
    for (const member of needed) assert.equal(isBad(JSON.stringify(without(good, member))), true, member);
  });

  test(`${name}: changed characters are refused or read, never anything else (SEED=${seed})`, () => {
    const prng = new Prng(seed).split(name);
    for (let round = 0; round < rounds; round++) {
      const at = prng.integer(0, text.length);
      const character = String.fromCharCode(32 + prng.integer(0, 95));
      isBad(text.slice(0, at) + character + text.slice(at + 1));
    }
  });
}
