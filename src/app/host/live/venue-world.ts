/**
 * The world of a live run: a real venue and its market, before them the past that a run warms up on. It can be told to let nothing out any more, and its time
 * does not go back, also where the clock was set while the trader was away.
 */
import type { EpochUs } from '#core';
import type { MarketEvent, OrderRequest, RiskApproved } from '#domain';
import type { WorldEvent } from '#venues';
import { LiveWorld, type LiveWorldParts } from '#venues/desk';

type Step = WorldEvent | 'idle' | 'end';

/** What it needs beyond a live world. */
export interface VenueWorldParts extends LiveWorldParts {
  /** Candles of the past, in order; told to a run that begins, at their own times. */
  readonly warm: readonly MarketEvent[];
  /** The last moment of an earlier life; 0 = none. */
  readonly floorUs: EpochUs;
  /** The run is ready to hear: the account's stream may begin. */
  readonly onListening: () => void;
}

/** A live world with a past. */
export class VenueWorld extends LiveWorld {
  readonly #own: VenueWorldParts;
  #warm: readonly MarketEvent[] = [];
  #head = 0;
  #lastUs: EpochUs;
  #isListening = false;
  #refusal: string | null = null;
  #lastState: MarketEvent | null = null;

  constructor(parts: VenueWorldParts) {
    super(parts);
    this.#own = parts;
    this.#lastUs = parts.floorUs;
  }

  /** True once nothing is let out any more. */
  get isRefusing(): boolean {
    return this.#refusal !== null;
  }

  /** Lets no order out any more: each is refused with these words. */
  refuseOrders(message: string): void {
    this.#refusal = message;
  }

  /** Has a run that waits for something look around: what it was told last of its feed is told again. */
  nudge(): void {
    if (this.#lastState !== null) super.push(this.#lastState);
  }

  override push(event: Parameters<LiveWorld['push']>[0]): void {
    if (event.kind === 'feed-state') this.#lastState = event;
    super.push(event);
  }

  override resumeAfter(worldSeq: number): number {
    this.#warm = worldSeq === 0 ? this.#own.warm : [];
    super.resumeAfter(worldSeq + this.#warm.length);
    // The past of a run that begins is nothing that was told before.
    return worldSeq;
  }

  override advance(limitUs: EpochUs): Step | Promise<Step> {
    const event = this.#warm[this.#head];
    if (event !== undefined) {
      if (event.tsLocalUs > limitUs) return 'idle';
      this.#head++;
      return this.#told({ worldSeq: this.#head, event });
    }
    if (!this.#isListening) {
      this.#isListening = true;
      this.#warm = [];
      this.#own.onListening();
    }
    const step = super.advance(limitUs);
    return step instanceof Promise ? step.then((settled) => this.#told(settled)) : this.#told(step);
  }

  override submit(order: RiskApproved<OrderRequest>, nowUs: EpochUs): void {
    if (this.#refusal === null) {
      super.submit(order, nowUs);
      return;
    }
    const { clientOrderId, instrumentIx } = order.value;
    this.push({
      ...{ kind: 'order-rejected', clientOrderId, instrumentIx, venueOrderId: '' },
      ...{ tsVenueUs: nowUs, tsLocalUs: nowUs, code: 'other', message: this.#refusal },
    });
  }

  #told(step: Step): Step {
    if (step === 'idle' || step === 'end') return step;
    const { event, worldSeq } = step;
    if (event.tsLocalUs < this.#lastUs) return { worldSeq, event: { ...event, tsLocalUs: this.#lastUs } };
    this.#lastUs = event.tsLocalUs;
    return step;
  }
}
