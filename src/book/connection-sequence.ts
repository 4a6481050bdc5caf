/**
 * The numbers of the frames of one connection (Coinbase `sequence_num`): one more for every frame of whatever channel, from 0. What it is not: no
 * rule of a book; a hole in it concerns every book of the connection.
 */
import { assert } from '#core';

/** `next` = the frame follows; `old` = it came before and is to be left alone; `gap` = frames are missing before it. */
export type FrameVerdict = 'next' | 'old' | 'gap';

/** Judges frame by frame whether a connection has lost any. One connection, one object. */
export class ConnectionSequence {
  #expected: number;

  /** `first`: the number that the first frame must have; `null` = any, for captures that begin in the middle. */
  constructor(first: number | null = 0) {
    this.#expected = first ?? -1;
  }

  /** The number that the next frame must have; -1 = any. */
  get expected(): number {
    return this.#expected;
  }

  /** Judges a frame. After a gap the count goes on behind that frame: each hole is told once, what it cost is the caller's to mend. */
  judge(sequence: number): FrameVerdict {
    assert(Number.isSafeInteger(sequence) && sequence >= 0, 'a frame has a number of at least 0');
    const expected = this.#expected < 0 ? sequence : this.#expected;
    if (sequence < expected) return 'old';
    this.#expected = sequence + 1;
    return sequence === expected ? 'next' : 'gap';
  }
}
