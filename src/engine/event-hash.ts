/**
 * A rolling 64-bit hash over the events of a run (two FNV-1a lanes with different offsets). It names "everything the engine had
 * seen up to here" in a snapshot row; equal runs have equal hashes, one changed number changes all that follow. Not cryptographic:
 * the record's SHA-256 is.
 */
import { type Checkpointable, stateRecord } from '#core';
import type { ExecutionEvent, FillEvent, FundingPaymentEvent } from '#domain';
import type { EngineEvent, PredictionEvent, VenueStateEvent } from './events.ts';

/** What a venue says of an order, fills apart. */
type OrderMessage = Exclude<ExecutionEvent, FillEvent | FundingPaymentEvent>;

const PRIME = 0x01000193;

/** Hashes events one after the other; about 0.1 us an event. */
export class EventHash implements Checkpointable {
  #low = 0x811c9dc5;
  #high = 0x050c5d1f;

  // tidy: long-function one case for each kind of event
  /** Mixes an event into the hash. */
  add(event: EngineEvent): void {
    this.#text(event.kind);
    this.#number(event.tsLocalUs);
    switch (event.kind) {
      case 'candle':
        this.#number(event.instrumentIx);
        this.#number(event.openTsUs);
        this.#number(event.openTicks);
        this.#number(event.highTicks);
        this.#number(event.lowTicks);
        this.#number(event.closeTicks);
        this.#number(event.volumeLots);
        break;
      case 'trade':
        this.#number(event.instrumentIx);
        this.#number(event.tradeId);
        this.#number(event.priceTicks);
        this.#number(event.qtyLots);
        this.#number(event.takerSide === 'buy' ? 1 : 2);
        break;
      case 'book':
        this.#number(event.instrumentIx);
        this.#number(event.lastUpdateId);
        for (const value of event.bids) this.#number(value);
        for (const value of event.asks) this.#number(value);
        break;
      case 'book-order':
        this.#number(event.instrumentIx);
        this.#text(event.orderId);
        this.#number(event.priceTicks);
        this.#number(event.qtyLots);
        break;
      case 'mark':
        this.#number(event.instrumentIx);
        this.#number(event.markTicks);
        break;
      case 'funding':
        this.#number(event.instrumentIx);
        this.#number(event.rateE12);
        break;
      case 'feed-state':
        this.#number(event.isUsable ? event.instrumentIx : -1 - event.instrumentIx);
        break;
      case 'fill':
        this.#text(event.execId);
        this.#number(event.priceTicks);
        this.#number(event.qtyLots);
        break;
      case 'funding-payment':
        this.#number(event.instrumentIx);
        this.#text(event.amountAtoms.toString());
        break;
      case 'timer':
        this.#text(event.owner);
        this.#text(event.key);
        break;
      case 'prediction':
        this.#replies(event);
        break;
      case 'control':
        this.#text(event.command);
        break;
      case 'venue-state':
        this.#venueState(event);
        break;
      default:
        this.#addOrder(event);
    }
  }

  /** Returns the hash as 16 hex digits. */
  hex(): string {
    const low = (this.#low >>> 0).toString(16).padStart(8, '0');
    return (this.#high >>> 0).toString(16).padStart(8, '0') + low;
  }

  saveState(): unknown {
    return { low: this.#low, high: this.#high };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'event hash');
    this.#low = Number(record.low);
    this.#high = Number(record.high);
  }

  #addOrder(event: OrderMessage): void {
    this.#text(event.clientOrderId);
    if (event.kind !== 'order-amended') return;
    this.#number(event.priceTicks);
    this.#number(event.qtyLots);
  }

  #replies({ replies, snapshotId }: PredictionEvent): void {
    this.#number(snapshotId);
    for (const reply of replies) {
      this.#text(reply.kind);
      if (reply.kind === 'prediction') this.#double(reply.prediction.probability);
    }
  }

  #venueState({ answer, reason }: VenueStateEvent): void {
    this.#text(reason);
    this.#text(answer.kind);
    if (answer.kind === 'silent') return;
    this.#text(answer.account.cashAtoms.toString());
    for (const { instrumentIx, qtyLots } of answer.account.positions) {
      this.#number(instrumentIx);
      this.#number(qtyLots);
    }
    for (const { clientOrderId, filledLots, status } of answer.openOrders) {
      this.#text(clientOrderId);
      this.#text(status);
      this.#number(filledLots);
    }
  }

  #word(word: number): void {
    this.#low = Math.imul(this.#low ^ word, PRIME);
    this.#high = Math.imul(this.#high ^ (word + 0x9e3779b9), PRIME) + (this.#low >>> 15);
    this.#low ^= this.#low >>> 13;
  }

  #number(value: number): void {
    this.#word(value | 0);
    this.#word((value / 0x100000000) | 0);
  }

  #double(value: number): void {
    this.#number(Math.round(value * 0x1000000000));
  }

  #text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#word(text.charCodeAt(i));
  }
}
