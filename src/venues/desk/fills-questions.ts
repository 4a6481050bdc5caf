/** Asks for the fills of orders, page by page, again and again until the venue answers: an end is told only after them. */
import { type EpochUs, US_PER_SECOND } from '#core';
import type { Timers } from '#net';
import type { EntryAdapter, EntryCall, EntryInstrument, FillRecord, FillsPage } from '../entry/index.ts';
import type { EntrySender } from './entry-sender.ts';

/** Pages that are read at a time. */
const PAGES_MAX = 100;
/** Fills are asked for until so long after now: the venue's clock is an estimate. */
const SLACK_US = 60 * US_PER_SECOND;

/** What the questions need. */
export interface FillsQuestionsParts {
  readonly adapter: EntryAdapter;
  readonly sender: EntrySender;
  readonly timers: Timers;
  readonly againAfterUs: number;
  /** Hears every fill of the instrument in that time; those that were told already too. */
  readonly onFill: (fill: FillRecord) => void;
  readonly onNotice: (event: string, detail: string) => void;
}

/** Whose fills are asked for: all of the instrument from that moment on. */
export interface FillsWanted {
  readonly instrument: EntryInstrument;
  /** The venue's time. */
  readonly sentUs: EpochUs;
  /** The order that they are wanted for, when it is one. */
  readonly clientOrderId?: string;
}

/** Asks for fills. */
export class FillsQuestions {
  readonly #parts: FillsQuestionsParts;
  #isStopped = false;

  constructor(parts: FillsQuestionsParts) {
    this.#parts = parts;
  }

  /** Asks for what an instrument has filled since an order was sent, or since a moment, then calls back. */
  fetch(sent: FillsWanted, onDone: () => void): void {
    const range = {
      instrument: sent.instrument,
      fromUs: sent.sentUs,
      toUs: this.#parts.timers.nowUs() + this.#parts.sender.clock.offsetUs + SLACK_US,
      afterExecId: null,
    };
    this.#read(this.#parts.adapter.fills(range), 1, sent, onDone);
  }

  /** Asks nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #read(call: EntryCall<FillsPage>, pages: number, sent: FillsWanted, onDone: () => void): void {
    const { againAfterUs, onFill, onNotice, sender, timers } = this.#parts;
    sender.send(call, (outcome) => {
      if (this.#isStopped) return;
      if (outcome.kind !== 'good') {
        onNotice('fills_missing', `${sent.clientOrderId ?? sent.instrument.symbol}: ${outcome.message}`);
        timers.after(againAfterUs, () => {
          if (!this.#isStopped) this.fetch(sent, onDone);
        });
        return;
      }
      for (const fill of outcome.value.fills) onFill(fill);
      if (outcome.value.next === null || pages >= PAGES_MAX) onDone();
      else this.#read(outcome.value.next, pages + 1, sent, onDone);
    });
  }
}
