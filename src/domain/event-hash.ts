/**
 * A running hash over market events in a canonical binary form: equal hashes mean the same events in the same order, whatever way they came.
 * Form: each event is a row of doubles, little-endian: kind (its rank in `EVENT_RANKS`), instrument, venue time, local time, then its fields in
 * the order of their declaration; a flag is 0 or 1, a side 0 (buy) or 1 (sell), a list or a text is its length and its elements (UTF-16
 * units); -0 counts as 0. Every 65,536 bytes are folded: digest = SHA-256(digest as hex, block), so that the state can be saved in the middle.
 */
import { assert, type Checkpointable, Sha256, stateRecord } from '#core';
import { EVENT_RANKS } from './event-order.ts';
import type { FeedEvent } from './feed.ts';
import type { Side } from './side.ts';

const BLOCK_BYTES = 65_536;
const ACTIONS = { add: 0, modify: 1, delete: 2 } as const;

/** Hashes events as they come. */
export class EventHash implements Checkpointable {
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  #filled = 0;
  #digest = '';
  #count = 0;

  /** How many events were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds the next event. */
  add(event: FeedEvent): void {
    this.#count++;
    this.#put(EVENT_RANKS[event.kind]);
    this.#put(event.instrumentIx);
    this.#put(event.tsVenueUs);
    this.#put(event.tsLocalUs);
    this.#putFields(event);
  }

  /** Returns the hash of everything added so far, as 64 hex digits; more may be added afterwards. */
  hex(): string {
    return this.#folded(this.#block.subarray(0, this.#filled));
  }

  saveState(): unknown {
    return { block: this.#block.slice(0, this.#filled), digest: this.#digest, count: this.#count };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'event hash');
    const block = record.block as Uint8Array;
    assert(block.length < BLOCK_BYTES, 'a saved event hash has less than a block');
    this.#block.set(block);
    this.#filled = block.length;
    this.#digest = String(record.digest);
    this.#count = Number(record.count);
  }

  #putFields(event: FeedEvent): void {
    switch (event.kind) {
      case 'trade':
        return this.#putAll(event.tradeId, event.priceTicks, event.qtyLots, sideCode(event.takerSide));
      case 'book':
        this.#putAll(event.isSnapshot ? 1 : 0, event.firstUpdateId, event.lastUpdateId, event.previousUpdateId);
        this.#putList(event.bids);
        return this.#putList(event.asks);
      case 'quote':
        this.#putAll(event.updateId, event.bidTicks, event.bidLots);
        return this.#putAll(event.askTicks, event.askLots);
      case 'candle':
        this.#putAll(event.timeframeUs, event.openTsUs, event.openTicks, event.highTicks);
        return this.#putAll(event.lowTicks, event.closeTicks, event.volumeLots);
      case 'book-order':
        this.#putAll(ACTIONS[event.action], sideCode(event.side));
        this.#putText(event.orderId);
        return this.#putAll(event.priceTicks, event.qtyLots);
      case 'liquidation':
        return this.#putAll(sideCode(event.side), event.priceTicks, event.qtyLots);
      case 'mark-price':
        return this.#putAll(event.markE8, event.indexE8);
      case 'funding-rate':
        return this.#putAll(event.rateE12, event.nextFundingUs);
      case 'funding':
        return this.#put(event.rateE12);
      case 'open-interest':
        return this.#put(event.openInterestLots);
    }
  }

  #putAll(...values: number[]): void {
    for (const value of values) this.#put(value);
  }

  #putList(values: Float64Array): void {
    this.#put(values.length);
    for (let i = 0; i < values.length; i++) this.#put(values[i]!);
  }

  #putText(text: string): void {
    this.#put(text.length);
    for (let i = 0; i < text.length; i++) this.#put(text.charCodeAt(i));
  }

  #put(value: number): void {
    this.#view.setFloat64(this.#filled, value + 0, true);
    this.#filled += 8;
    if (this.#filled < BLOCK_BYTES) return;
    this.#digest = this.#folded(this.#block);
    this.#filled = 0;
  }

  #folded(bytes: Uint8Array): string {
    return new Sha256().update(this.#digest).update(bytes).hex();
  }
}

function sideCode(side: Side): number {
  return side === 'buy' ? 0 : 1;
}
