/**
 * A recorded market told as finely as an exchange must tell it: what was recorded comes as it is; where there is no book, one is invented around
 * the prints; where there are bars alone, prints and book are invented within each bar; where there is no mark, the last price is it. What is
 * invented is listed, and drawn from a seed: equal data and seeds give equal tapes. Invariant: events come in order of venue time.
 */
import { assert, type EpochUs, type Prng, US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';
import type { CandleEvent, InstrumentTable, MarketEvent } from '#domain';
import { dataCardOf, learnedUs, type PacedSource, type Quiet, type SourceFeed } from '../source.ts';
import { InventedBook } from './invented-book.ts';
import { SymbolTape } from './symbol-tape.ts';

/** What a completed tape is made from. */
export interface CompletedTapeOptions {
  readonly source: PacedSource;
  readonly instruments: InstrumentTable;
  readonly prng: Prng;
  /** Bars that have closed by then stay bars, as history; default: none do. */
  readonly fineFromUs?: EpochUs;
}

type Answer = MarketEvent | Quiet | undefined;

/** Steps of a bar: as often as this, but at most so many. */
const STEP_US = 100 * US_PER_MS;
const STEPS_MAX = 3_000;
/** Without bars the volume of a minute is guessed as so many prints of the first one's size. */
const PRINTS_PER_MINUTE = 100;

/** An instrument of which something is missing. */
interface Completion {
  readonly instrumentIx: number;
  readonly level: 'book' | 'trades' | 'candles';
  readonly hasMark: boolean;
  readonly prng: Prng;
  book: InventedBook | null;
  tape: SymbolTape | null;
  bar: CandleEvent | null;
  stepUs: number;
  nextUs: EpochUs;
  markUs: EpochUs;
}

const NEVER = Number.POSITIVE_INFINITY;

/** The tape. */
export class CompletedTape {
  readonly feeds: readonly SourceFeed[];
  /** What is invented of which symbol, in words; empty where everything was recorded. */
  readonly invented: readonly string[];
  readonly #source: PacedSource;
  readonly #all: readonly Completion[];
  readonly #fineFromUs: EpochUs;
  #queue: MarketEvent[] = [];
  #at = 0;
  #head: MarketEvent | null = null;
  #hasEnded = false;

  constructor({ fineFromUs = 0, instruments, prng, source }: CompletedTapeOptions) {
    this.#source = source;
    this.#fineFromUs = fineFromUs;
    this.#all = instruments.all.map(({ ix, symbol }): Completion => {
      const card = dataCardOf(source.feeds, ix);
      assert(card !== null, `there are data of ${symbol}`);
      const { hasMark, level } = card;
      assert(level !== 'l3', `${symbol} is recorded by levels, prints or bars: clients are served levels`);
      const none = { book: null, tape: null, bar: null, stepUs: 0, nextUs: NEVER, markUs: 0 };
      return { instrumentIx: ix, level, hasMark, prng: prng.split(symbol), ...none };
    });
    this.invented = this.#all.flatMap((one) => wordsOf(one, instruments.at(one.instrumentIx).symbol));
    this.feeds = this.#all.flatMap(({ instrumentIx }) =>
      (['book', 'trade', 'mark', 'funding'] as const).map((kind) => ({
        instrumentIx,
        kind,
        timeframeUs: null,
      })),
    );
  }

  /** Returns the next event, at once where it can; `undefined` = there is none any more. */
  next(limitUs: EpochUs): Answer | Promise<Answer> {
    for (;;) {
      const event = this.#queue[this.#at];
      if (event !== undefined) {
        this.#at++;
        return event;
      }
      this.#queue = [];
      this.#at = 0;
      const answer = this.#advance(limitUs);
      if (answer instanceof Promise) return answer.then((came) => this.#onCame(came, limitUs));
      if (answer !== 'made') return answer;
    }
  }

  #onCame(came: Answer, limitUs: EpochUs): Answer | Promise<Answer> {
    const quiet = this.#take(came);
    return quiet ?? this.next(limitUs);
  }

  /** Makes what is next, or says why there is nothing now. */
  #advance(limitUs: EpochUs): 'made' | Answer | Promise<Answer> {
    if (this.#head === null && !this.#hasEnded) {
      const came = this.#source.next(limitUs);
      if (came instanceof Promise) return came;
      const quiet = this.#take(came);
      if (quiet !== null && this.#nextStep().nextUs >= quiet.untilUs) return quiet;
      if (quiet !== null) return this.#step(this.#nextStep());
    }
    const step = this.#nextStep();
    const head = this.#head;
    if (head === null) return step.nextUs === NEVER ? undefined : this.#step(step);
    if (step.nextUs < learnedUs(head)) return this.#step(step);
    this.#head = null;
    this.#complete(head);
    return 'made';
  }

  /** Keeps an event as the next one; returns a quiet time that it is no event but. */
  #take(came: Answer): Quiet | null {
    if (came === undefined) this.#hasEnded = true;
    else if (came.kind === 'quiet') return came;
    else this.#head = came;
    return null;
  }

  #nextStep(): Completion {
    return this.#all.reduce((first, one) => (one.nextUs < first.nextUs ? one : first));
  }

  /** Tells the next step of a bar. */
  #step(one: Completion): 'made' {
    const { bar, stepUs, tape } = one;
    assert(bar !== null && tape !== null, 'a bar has begun before its steps');
    const atUs = one.nextUs;
    const share = (atUs - bar.openTsUs) / bar.timeframeUs;
    const events: MarketEvent[] = [];
    tape.addStep(events, atUs, 0, share, stepUs / bar.timeframeUs);
    // A recorded mark is better than the invented middle.
    for (const event of events) if (event.kind !== 'mark' || !one.hasMark) this.#queue.push(event);
    one.nextUs = atUs + stepUs < bar.openTsUs + bar.timeframeUs ? atUs + stepUs : NEVER;
    return 'made';
  }

  /** Tells an event, and what belongs to it. */
  #complete(event: MarketEvent): void {
    const one = this.#all[event.instrumentIx];
    assert(one !== undefined, 'an event is of a known instrument');
    if (event.kind === 'candle' && event.isSummary !== true) {
      this.#begin(one, event);
      return;
    }
    this.#queue.push(event);
    if (event.kind !== 'trade') return;
    const { instrumentIx, priceTicks, qtyLots, tsLocalUs, tsVenueUs } = event;
    const base = { instrumentIx, tsVenueUs, tsLocalUs };
    if (one.level === 'trades') {
      one.book ??= new InventedBook(one.prng, qtyLots * PRINTS_PER_MINUTE, priceTicks);
      const change = one.book.moveTo(priceTicks);
      if (change !== null) this.#queue.push({ kind: 'book', ...base, ...change });
    }
    if (one.hasMark || tsVenueUs < one.markUs + US_PER_SECOND) return;
    one.markUs = tsVenueUs;
    this.#queue.push({ kind: 'mark', ...base, markTicks: priceTicks });
  }

  #begin(one: Completion, bar: CandleEvent): void {
    if (one.level !== 'candles') return;
    const { closeTicks, openTsUs, timeframeUs, volumeLots } = bar;
    if (openTsUs + timeframeUs <= this.#fineFromUs) {
      // Told when it began to unfold, so that nothing goes back in time; as history it is known anyway.
      this.#queue.push({ ...bar, isSummary: true, tsVenueUs: openTsUs });
      return;
    }
    const lotsPerMinute = (volumeLots * US_PER_MINUTE) / timeframeUs;
    one.tape ??= new SymbolTape(one.prng, lotsPerMinute, closeTicks, true);
    one.tape.begin(bar);
    one.bar = bar;
    one.stepUs = Math.max(STEP_US, Math.ceil(timeframeUs / STEPS_MAX / STEP_US) * STEP_US);
    one.nextUs = openTsUs;
  }
}

function wordsOf({ hasMark, level }: Completion, symbol: string): string[] {
  const words: string[] = [];
  if (level === 'candles') words.push(`${symbol}: prints and book invented within recorded bars`);
  if (level === 'trades') words.push(`${symbol}: book invented around recorded prints`);
  if (!hasMark)
    words.push(`${symbol}: mark is the ${level === 'candles' ? 'invented middle' : 'last price'}`);
  return words;
}
