/**
 * Asks a real venue for the account at the right moments: at the start, whenever somebody has reason to (a private stream that is up again), every so
 * often, and soon again while both sides differ. The questions are asked beside the run, which goes on; the answer becomes an event of the engine. It
 * compares nothing itself, and keeps nothing over a crash: a new life asks at once.
 */
import { type EpochUs, messageOf } from '#core';
import type { InstrumentIx, VenueOrder } from '#domain';
import type { AccountQueries, AccountRecovery } from '#venues';
import type { AccountMark, VenueAnswer, VenueStateEvent } from './events.ts';

/** While an answer is awaited the world is looked after so often. */
const POLL_US = 50_000;
/** Looks in a row at the shorter distance; what is not settled by then is looked at less and less often: questions cost. */
const EAGER_LOOKS = 8;
/** Open orders that are asked for one by one; more than that of ours that the venue does not list wait for the next look. */
const QUESTIONS_MAX = 200;

/** What a watch is made of. */
export interface VenueWatchParts {
  readonly venue: AccountQueries & AccountRecovery;
  /** Time between two looks at an account that agrees. */
  readonly everyUs: number;
  /** Time between two looks while something is to be confirmed. */
  readonly confirmEveryUs: number;
  /** What this side holds now. */
  readonly mark: () => AccountMark;
}

/** What the last comparison came to. */
export interface ComparisonState {
  /** Both sides agree, as a whole. */
  readonly isSettled: boolean;
  /** Something was done about a difference. */
  readonly hasActed: boolean;
}

/** Looks at the account at the venue, one look at a time. */
export class VenueWatch {
  readonly #parts: VenueWatchParts;
  #nextUs: EpochUs = Number.NEGATIVE_INFINITY;
  #reason = 'start';
  #isAsking = false;
  /** Looks in a row after which both sides were not known to agree. */
  #unsettled = 0;
  /** When the run looks for the answer again. */
  #pollUs: EpochUs = 0;
  #answer: Omit<VenueStateEvent, 'tsLocalUs'> | null = null;
  /** Questions for fills that the venue has not answered yet. */
  #tellings = 0;
  /** Why fills could not be told. */
  #failure: string | null = null;

  constructor(parts: VenueWatchParts) {
    this.#parts = parts;
  }

  /** Moment at which the run must come back here although nothing else happens. */
  get wakeUs(): EpochUs {
    return this.#isAsking ? this.#pollUs : this.#nextUs;
  }

  /** Wants a look as soon as the one that is under way, if any, is over. */
  askSoon(reason: string): void {
    this.#nextUs = Number.NEGATIVE_INFINITY;
    this.#reason = reason;
    this.#unsettled = 0;
  }

  /** Sends the questions when it is time; true when answers can come in only if the process has a turn. */
  needsTurn(nowUs: EpochUs): boolean {
    if (this.#answer !== null) return false;
    if (this.#isAsking) {
      if (nowUs < this.#pollUs) return false;
    } else {
      if (nowUs < this.#nextUs) return false;
      this.#isAsking = true;
      this.#nextUs = nowUs + this.#parts.everyUs;
      const reason = this.#reason;
      this.#reason = 'interval';
      void this.#look(reason);
    }
    this.#pollUs = nowUs + POLL_US;
    return true;
  }

  /** Takes the answer that has come, as an event of that moment. */
  take(tsLocalUs: EpochUs): VenueStateEvent | null {
    const answer = this.#answer;
    if (answer === null) return null;
    this.#answer = null;
    return { ...answer, tsLocalUs };
  }

  /** The engine has compared: when both sides are not known to agree, it looks again soon; after something was repaired as eagerly as at first. */
  compared({ hasActed, isSettled }: ComparisonState, nowUs: EpochUs): void {
    this.#unsettled = isSettled || hasActed ? 0 : this.#unsettled + 1;
    if (isSettled || this.#nextUs === Number.NEGATIVE_INFINITY) return;
    const { confirmEveryUs, everyUs } = this.#parts;
    const pauseUs = confirmEveryUs * 2 ** Math.max(0, Math.min(20, this.#unsettled - EAGER_LOOKS));
    this.#nextUs = nowUs + Math.min(everyUs, pauseUs);
    this.#reason = 'confirm';
  }

  /** Has fills told again; looks go on meanwhile and say so. */
  tellFills(instrumentIx: InstrumentIx, fromUs: EpochUs): void {
    if (this.#parts.venue.tellFills === undefined) return;
    this.#tellings++;
    void this.#tellFills(instrumentIx, fromUs);
  }

  async #tellFills(instrumentIx: InstrumentIx, fromUs: EpochUs): Promise<void> {
    try {
      await this.#parts.venue.tellFills?.(instrumentIx, fromUs);
    } catch (error) {
      this.#failure = messageOf(error);
    } finally {
      this.#tellings--;
    }
  }

  async #look(reason: string): Promise<void> {
    const asked = this.#parts.mark();
    const isTelling = this.#tellings > 0;
    let answer: VenueAnswer;
    try {
      answer = await this.#ask(asked);
    } catch (error) {
      answer = { kind: 'silent', message: messageOf(error) };
    }
    if (this.#failure !== null && answer.kind === 'told') answer = { kind: 'silent', message: this.#failure };
    this.#failure = null;
    this.#isAsking = false;
    this.#answer = { kind: 'venue-state', reason, asked, isTelling, answer };
  }

  async #ask({ orders }: AccountMark): Promise<VenueAnswer> {
    const { venue } = this.#parts;
    const before = await venue.account();
    const openOrders = await venue.openOrders();
    const listed = new Set(openOrders.map(({ clientOrderId }) => clientOrderId));
    const answers: [string, VenueOrder | null][] = [];
    for (const { clientOrderId, instrumentIx } of orders) {
      if (listed.has(clientOrderId)) continue;
      if (answers.length >= QUESTIONS_MAX) break;
      answers.push([clientOrderId, await venue.order(clientOrderId, instrumentIx)]);
    }
    return { kind: 'told', openOrders, answers, before, account: await venue.account() };
  }
}
