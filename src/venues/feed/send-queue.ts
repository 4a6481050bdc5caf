/**
 * Messages to a venue at its pace: at least so long between two, as it disconnects who talks faster. Pings go first, because a late ping
 * costs the connection; everything else keeps its order.
 */
import type { EpochUs } from '#core';
import type { Cancel, Transport } from '#net';

/** Messages that may wait on one connection; a dialogue that wants to say more is told so and loses the connection. */
export const SENDS_MAX = 4_096;

/** The outgoing side of one connection. */
export class SendQueue {
  readonly #transport: Transport;
  readonly #everyUs: number;
  readonly #send: (text: string) => void;
  #waiting: string[] = [];
  #nextAtUs: EpochUs = 0;
  #cancelTimer: Cancel | undefined;

  constructor(transport: Transport, everyUs: number, send: (text: string) => void) {
    this.#transport = transport;
    this.#everyUs = everyUs;
    this.#send = send;
  }

  /** Messages that wait. */
  get count(): number {
    return this.#waiting.length;
  }

  /** Sends messages in order, now or when their turn comes; returns false, and takes none, when too many wait. */
  push(texts: readonly string[]): boolean {
    if (this.#waiting.length + texts.length > SENDS_MAX) return false;
    for (const text of texts) this.#waiting.push(text);
    this.#pump();
    return true;
  }

  /** Sends one message before all others. */
  pushFirst(text: string): void {
    this.#waiting.unshift(text);
    this.#pump();
  }

  /** Forgets what waits; nothing is sent any more. */
  stop(): void {
    this.#waiting = [];
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #pump(): void {
    if (this.#cancelTimer !== undefined) return;
    while (this.#waiting.length > 0) {
      const nowUs = this.#transport.nowUs();
      if (nowUs < this.#nextAtUs) {
        this.#cancelTimer = this.#transport.after(this.#nextAtUs - nowUs, () => {
          this.#cancelTimer = undefined;
          this.#pump();
        });
        return;
      }
      this.#nextAtUs = nowUs + this.#everyUs;
      const text = this.#waiting.shift();
      if (text !== undefined) this.#send(text);
    }
  }
}
