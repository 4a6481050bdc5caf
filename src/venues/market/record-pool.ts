/** Records of one frame, made once and filled again for every frame: the place where a decoder puts what it may deliver only once the frame is whole. */
import { assert } from '#core';
import { FrameFault } from './json-cursor.ts';

/** A bounded list of reused records. */
export class RecordPool<T> {
  /** Records in use. */
  count = 0;
  readonly #records: T[] = [];
  readonly #make: () => T;
  readonly #countMax: number;
  readonly #what: string;

  /** `what` names the records in the words of a refusal. */
  constructor(what: string, countMax: number, make: () => T) {
    assert(countMax >= 1, 'a pool holds at least one record');
    this.#what = what;
    this.#countMax = countMax;
    this.#make = make;
  }

  /** Takes the next record, to be filled in full. @throws FrameFault when the frame holds more than the bound */
  take(at: number): T {
    if (this.count === this.#countMax) {
      throw new FrameFault(`expected at most ${this.#countMax} ${this.#what} in a frame`, at);
    }
    let record = this.#records[this.count];
    if (record === undefined) {
      record = this.#make();
      this.#records.push(record);
    }
    this.count++;
    return record;
  }

  /** Gives the last record back. */
  drop(): void {
    assert(this.count > 0, 'a record is given back once');
    this.count--;
  }

  /** Returns the record at `index` of those in use. */
  at(index: number): T {
    const record = index < this.count ? this.#records[index] : undefined;
    assert(record !== undefined, `record index in [0, ${this.count}), was ${index}`);
    return record;
  }

  /** Turns the records from `index` on around, for venues that list the newest first. */
  reverseFrom(index: number): void {
    const turned = this.#records.slice(index, this.count).reverse();
    for (const [i, record] of turned.entries()) this.#records[index + i] = record;
  }

  /** Forgets the records of the frame before. */
  clear(): void {
    this.count = 0;
  }
}
