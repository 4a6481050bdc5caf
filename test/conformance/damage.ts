/** Damages frames and holds a decoder to all or nothing; for frames of the dialects and for recorded ones. */
import assert from 'node:assert/strict';
import type { Prng } from '#core';
import { type FrameDecoder, FrameFault } from '#venues/market';
import { type DecodedEntry, DecodedLog } from '../support/decoded-log.ts';

/** A good frame and decoders for it. */
export interface DamageSubject {
  readonly text: string;
  readonly tsLocalUs: number;
  openDecoder(): FrameDecoder;
}

const CUTS_MAX = 2_500;

/** Cuts a frame at every byte (of a long one at some thousand). @throws AssertionError with the smallest cut that breaks the rule */
export function checkCuts({ openDecoder, text, tsLocalUs }: DamageSubject): void {
  const frame = Buffer.from(text);
  const wanted = outcomeOf(openDecoder(), frame, tsLocalUs);
  const decoder = openDecoder();
  const step = Math.max(1, Math.ceil(frame.length / CUTS_MAX));
  for (let end = 0; end < frame.length; end += step) {
    const outcome = outcomeOf(decoder, frame.subarray(0, end), tsLocalUs);
    const shown = `cut at ${end}: ${text.slice(0, end)}`;
    assert.ok(outcome.fault !== null, `refused: ${shown}`);
    assert.deepEqual(outcome.entries, [], `nothing delivered: ${shown}`);
  }
  assert.deepEqual(outcomeOf(decoder, frame, tsLocalUs), wanted, `read as ever after all cuts: ${text}`);
}

/** Changes one byte of a frame, `count` times. */
export function checkFlips({ openDecoder, text, tsLocalUs }: DamageSubject, prng: Prng, count: number): void {
  const frame = Buffer.from(text);
  const wanted = outcomeOf(openDecoder(), frame, tsLocalUs);
  for (let n = 0; n < count; n++) {
    const at = prng.integer(0, frame.length);
    const damaged = Buffer.from(frame);
    damaged[at] = prng.uniform() < 0.5 ? (frame[at] ?? 0) ^ (1 << prng.integer(0, 8)) : prng.integer(0, 256);
    const shown = `byte ${at}: ${damaged.toString('latin1')}`;
    const decoder = openDecoder();
    const { entries, fault } = outcomeOf(decoder, damaged, tsLocalUs);
    if (!isJson(damaged)) assert.ok(fault !== null, `refused, since it is no JSON: ${shown}`);
    if (fault === null) {
      for (const entry of entries) checkSane(entry, shown);
      continue;
    }
    assert.deepEqual(entries, [], `nothing delivered: ${shown}`);
    assert.deepEqual(outcomeOf(decoder, frame, tsLocalUs), wanted, `read as ever after ${shown}`);
  }
}

/** What a decoder made of a frame; anything but a FrameFault goes on to the caller. */
function outcomeOf(
  decoder: FrameDecoder,
  frame: Uint8Array,
  tsLocalUs: number,
): { readonly entries: readonly DecodedEntry[]; readonly fault: string | null } {
  const log = new DecodedLog();
  try {
    decoder.decode(frame, tsLocalUs, log);
    return { entries: log.entries, fault: null };
  } catch (thrown) {
    if (!(thrown instanceof FrameFault)) throw thrown;
    return { entries: log.entries, fault: thrown.message };
  }
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** Whatever was changed, no number is delivered that is none. */
function checkSane({ kind, value }: DecodedEntry, shown: string): void {
  const numbers = Object.values(value as Record<string, unknown>).flat(2);
  for (const number of numbers)
    if (typeof number === 'number') assert.ok(Number.isSafeInteger(number), `${kind} ${number}: ${shown}`);
}
