/**
 * The dead man's switch: while entry orders rest, the venue is told again and again to end them by itself should nothing be heard from here any more. Positions
 * keep their stops: it is used only where the venue's countdown spares them, and never while nothing but protection rests.
 */
import { formatDurationUs, US_PER_SECOND } from '#core';
import type { Cancel, Timers } from '#net';
import type { EntryAdapter, EntryInstrument } from '../entry/index.ts';
import type { EntrySender } from './entry-sender.ts';

/** What a switch is made of. */
export interface DeadManParts {
  readonly adapter: EntryAdapter;
  readonly sender: EntrySender;
  readonly timers: Timers;
  readonly instruments: readonly EntryInstrument[];
  /** True when it was found out that the venue's countdown leaves protective orders alone. */
  readonly sparesProtection: boolean;
  /** True while entry orders of an instrument rest, or are on their way. */
  readonly hasEntries: (instrument: EntryInstrument) => boolean;
  readonly onNotice: (event: string, detail: string) => void;
  readonly options?: Partial<DeadManOptions>;
}

/** Times of a switch. */
export interface DeadManOptions {
  /** The venue ends entry orders so long after the last word. */
  readonly forUs: number;
  /** The word is given again after so long; several may be lost. */
  readonly everyUs: number;
}

const DEFAULTS: DeadManOptions = { forUs: 120 * US_PER_SECOND, everyUs: 30 * US_PER_SECOND };

/** Keeps the venue's countdowns going. */
export class DeadMan {
  readonly #parts: DeadManParts;
  readonly #options: DeadManOptions;
  /** Instruments whose countdown runs, as far as is known. */
  readonly #armed = new Set<EntryInstrument>();
  #cancelTimer: Cancel | null = null;
  #isRunning = false;

  constructor(parts: DeadManParts) {
    this.#parts = parts;
    this.#options = { ...DEFAULTS, ...parts.options };
  }

  /** How many countdowns run. */
  get armedCount(): number {
    return this.#armed.size;
  }

  /** Begins, where the venue has such a thing and it is safe; says so where not. */
  start(): void {
    const { adapter, instruments, onNotice, sparesProtection } = this.#parts;
    const [some] = instruments;
    if (some === undefined) return;
    if (adapter.deadMan(some, 0) === null) {
      onNotice('dead_man', `${adapter.venue} has no countdown that ends entry orders alone`);
      return;
    }
    if (!sparesProtection) {
      onNotice('dead_man', `not used: the countdown of ${adapter.venue} might end protective orders too`);
      return;
    }
    this.#isRunning = true;
    this.look();
    this.#beat();
  }

  /** Entry orders came or went: a countdown begins with the first and ends with the last. */
  look(): void {
    if (!this.#isRunning) return;
    for (const instrument of this.#parts.instruments) {
      const hasEntries = this.#parts.hasEntries(instrument);
      if (hasEntries && !this.#armed.has(instrument)) this.#arm(instrument);
      else if (!hasEntries && this.#armed.has(instrument)) this.#disarm(instrument);
    }
  }

  /** Ends all countdowns: whoever leaves in order ends or keeps orders by decision. */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#cancelTimer?.();
    for (const instrument of [...this.#armed]) this.#disarm(instrument);
  }

  #beat(): void {
    this.#cancelTimer = this.#parts.timers.after(this.#options.everyUs, () => {
      this.look();
      for (const instrument of this.#armed) this.#arm(instrument);
      this.#beat();
    });
  }

  #arm(instrument: EntryInstrument): void {
    this.#armed.add(instrument);
    this.#tell(instrument, this.#options.forUs);
  }

  /** A countdown that could not be ended runs out over nothing, or over orders that came since: those arm it again. */
  #disarm(instrument: EntryInstrument): void {
    this.#armed.delete(instrument);
    this.#tell(instrument, 0);
  }

  #tell(instrument: EntryInstrument, forUs: number): void {
    const { adapter, onNotice, sender, timers } = this.#parts;
    const call = adapter.deadMan(instrument, forUs);
    if (call === null) return;
    // A word that waited longer than until the next one is not needed any more.
    const untilUs = timers.nowUs() + this.#options.everyUs;
    sender.send(
      call,
      (outcome) => {
        if (outcome.kind === 'good') return;
        const words = forUs === 0 ? 'not ended' : `not prolonged by ${formatDurationUs(forUs)}`;
        onNotice('dead_man', `countdown of ${instrument.symbol} ${words}: ${outcome.message}`);
      },
      untilUs,
    );
  }
}
