/**
 * The last prints of one stream, to know one again that comes twice: over two connections while one takes over from the other, in the list of last
 * trades that some venues send after a subscription, or because the venue repeated a message.
 */

/** Ids of the last prints, with the frame each came in. */
export class RecentPrints {
  readonly #keys: Float64Array;
  readonly #frames: Float64Array;
  #count = 0;
  #next = 0;
  #highest = Number.NEGATIVE_INFINITY;

  /** Remembers the last `capacity` prints. */
  constructor(capacity: number) {
    this.#keys = new Float64Array(capacity);
    this.#frames = new Float64Array(capacity);
  }

  /**
   * Takes a print; returns false when one of the same key came in another frame. Prints of one frame never repeat each other: venues that number
   * messages give all of them the same id.
   */
  take(key: number, frame: number): boolean {
    if (key <= this.#highest && this.#hasInOtherFrame(key, frame)) return false;
    if (key > this.#highest) this.#highest = key;
    this.#keys[this.#next] = key;
    this.#frames[this.#next] = frame;
    this.#next = this.#next + 1 === this.#keys.length ? 0 : this.#next + 1;
    if (this.#count < this.#keys.length) this.#count++;
    return true;
  }

  #hasInOtherFrame(key: number, frame: number): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#keys[i] === key && this.#frames[i] !== frame) return true;
    }
    return false;
  }
}
