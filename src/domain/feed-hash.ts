/**
 * A running hash over market events in a canonical binary form: equal hashes mean the same events in the same order, whatever way they came.
 * Form: each event is a row of doubles, little-endian: kind (its rank in `EVENT_RANKS`), instrument, venue time, local time, then its fields in
 * the order of their declaration; a flag is 0 or 1, a side 0 (buy) or 1 (sell), a list or a text is its length and its elements (UTF-16
 * units); -0 counts as 0. Every 65,536 bytes are folded: digest = SHA-256(digest as hex, block), so that the state can be saved in the middle.
 */
import { assert, type Checkpointable, Sha256, stateRecord } from '#core';
import type { FeedEvent } from './feed.ts';
import { EVENT_RANKS } from './feed-order.ts';
import type { Side } from './side.ts';

const BLOCK_BYTES = 65_536;
const ACTIONS = { add: 0, modify: 1, delete: 2 } as const;

/** Hashes events as they come. */
export class FeedHash implements Checkpointable {
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
    const record = stateRecord(state, 'feed hash');
    const block = record.block as Uint8Array;
    assert(block.length < BLOCK_BYTES, 'a saved feed hash has less than a block');
    this.#block.set(block);
    this.#filled = block.length;
    this.#digest = String(record.digest);
    this.#count = Number(record.count);
  }

  #putFields(event: FeedEvent): void {
    switch (event.kind) {
      case 'trade':
        this.#putAll(event.tradeId, event.priceTicks, event.qtyLots, sideCode(event.takerSide));
        break;
      case 'book':
        this.#putAll(event.isSnapshot ? 1 : 0, event.firstUpdateId);
        this.#putAll(event.lastUpdateId, event.previousUpdateId);
        this.#putList(event.bids);
        this.#putList(event.asks);
        break;
      case 'quote':
        this.#putAll(event.updateId, event.bidTicks, event.bidLots, event.askTicks, event.askLots);
        break;
      case 'candle':
        this.#putAll(event.isSummary === true ? 1 : 0, event.timeframeUs, event.openTsUs, event.openTicks);
        this.#putAll(event.highTicks, event.lowTicks, event.closeTicks, event.volumeLots);
        break;
      case 'book-order':
        this.#putAll(ACTIONS[event.action], sideCode(event.side));
        this.#putText(event.orderId);
        this.#putAll(event.priceTicks, event.qtyLots);
        break;
      case 'liquidation':
        this.#putAll(sideCode(event.side), event.priceTicks, event.qtyLots);
        break;
      case 'mark-price':
        this.#putAll(event.markE8, event.indexE8);
        break;
      case 'funding-rate':
        this.#putAll(event.rateE12, event.nextFundingUs);
        break;
      case 'funding':
        this.#put(event.rateE12);
        break;
      case 'open-interest':
        this.#put(event.openInterestLots);
        break;
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
