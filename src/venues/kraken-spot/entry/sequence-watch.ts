/**
 * Notices lost messages of a private connection by their `sequence`. Kraken documents it for other streams of the same kind as one count a connection, and its
 * samples look like one count a channel; both are understood, and the first messages tell which it is.
 */

/** What a number says of its message. */
export type SequenceWord = 'next' | 'repeated' | 'gap';

/** Watches the numbers of one connection. */
export class SequenceWatch {
  readonly #lastOf = new Map<string, number>();
  #last: number | null = null;
  /** True = one count for all channels; `null` while only one channel has spoken. */
  #isShared: boolean | null = null;

  /** Notes the number of a message of `channel`. */
  note(channel: string, sequence: number): SequenceWord {
    const before = this.#before(channel, sequence);
    if (before !== null && sequence <= before) return 'repeated';
    const isNext = before === null || sequence === before + 1;
    this.#lastOf.set(channel, sequence);
    this.#last = sequence;
    return isNext ? 'next' : 'gap';
  }

  /** Returns the number that this one should follow; `null` where counting begins. */
  #before(channel: string, sequence: number): number | null {
    if (this.#last === null) return null;
    const own = this.#lastOf.get(channel);
    if (own === undefined && this.#isShared === null) this.#isShared = sequence > this.#last;
    if (this.#isShared === true) return this.#last;
    return own ?? null;
  }
}
