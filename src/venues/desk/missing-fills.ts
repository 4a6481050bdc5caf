/**
 * Fetches the fills that an order must have by the venue's own word, until as many were told: each time from further back, because clocks may have been set since
 * the order was sent, and venues may list fills later than orders. One chain of questions an order, however often the venue repeats itself.
 */
import { US_PER_SECOND } from '#core';
import type { FillsQuestions, FillsQuestionsParts } from './fills-questions.ts';
import type { SentOrder } from './sent-orders.ts';

/** Fills are asked for from so long before the moment in question, in microseconds, and from further back while some are missing: clocks differ. */
export const FILLS_SLACK_US = 60 * US_PER_SECOND;
const SLACK_US_MAX = 24 * 3_600 * US_PER_SECOND;
/** Between two questions for the same fills at most that many times the first pause. */
const PAUSES_MAX = 10;

/** What the fetching needs. */
export interface MissingFillsParts extends Pick<FillsQuestionsParts, 'sender' | 'timers' | 'onNotice'> {
  readonly fills: FillsQuestions;
  /** Pause before the second question; later ones are longer. */
  readonly askAfterUs: number;
}

/** What an order waits for. */
interface Wanted {
  filledLots: number;
  onDone: () => void;
}

/** Fetches fills of orders. */
export class MissingFills {
  readonly #parts: MissingFillsParts;
  readonly #wanted = new Map<SentOrder, Wanted>();
  #isStopped = false;

  constructor(parts: MissingFillsParts) {
    this.#parts = parts;
  }

  /** Calls back once `filledLots` of an order were told. While its fills are being fetched already, the newer word of the venue counts. */
  fetch(sent: SentOrder, filledLots: number, onDone: () => void): void {
    const known = this.#wanted.get(sent);
    if (known === undefined) {
      this.#wanted.set(sent, { filledLots, onDone });
      this.#ask(sent, 0);
    } else if (filledLots >= known.filledLots) {
      known.filledLots = filledLots;
      known.onDone = onDone;
    }
  }

  /** Asks once for what an order has filled, however much that is. */
  fetchOnce(sent: SentOrder, onDone: () => void): void {
    this.#fetch(sent, FILLS_SLACK_US, onDone);
  }

  /** Asks nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #ask(sent: SentOrder, tries: number): void {
    this.#fetch(sent, Math.min(FILLS_SLACK_US * 4 ** tries, SLACK_US_MAX), () => {
      const wanted = this.#wanted.get(sent);
      if (wanted === undefined || this.#isStopped) return;
      if (sent.filledLots >= wanted.filledLots) {
        this.#wanted.delete(sent);
        wanted.onDone();
        return;
      }
      const { askAfterUs, onNotice, timers } = this.#parts;
      const listed = `${sent.filledLots} of ${wanted.filledLots} lots are listed`;
      onNotice('fills_missing', `${sent.clientOrderId}: ${listed}`);
      timers.after(askAfterUs * Math.min(2 ** tries, PAUSES_MAX), () => {
        if (!this.#isStopped) this.#ask(sent, Math.min(tries + 1, PAUSES_MAX));
      });
    });
  }

  #fetch(sent: SentOrder, slackUs: number, onDone: () => void): void {
    const { fills, sender } = this.#parts;
    const { clientOrderId, instrument } = sent;
    fills.fetch({ instrument, clientOrderId, sentUs: sent.sentUs + sender.clock.offsetUs - slackUs }, onDone);
  }
}
