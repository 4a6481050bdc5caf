/** Two strategies that make work for everything below them: one opens and closes with stops and targets, one quotes limits and replaces them. Seeded, and resumable. */
import { type Prng, type PrngState, US_PER_SECOND } from '#core';
import type { InstrumentIx, Side, TradeEvent } from '#domain';
import type { Strategy, StrategyContext } from '#engine';

/** What the story wants of the strategies; it outlives every trader. */
export interface Mood {
  /** True when nothing new is to be begun. */
  isCalm: boolean;
}

/** Stops and targets lie so far away, in parts of the price; as far as the price goes in some tens of seconds. */
const NEAR = 0.0015;
const FAR = 0.006;

interface TurnerState {
  readonly prng: PrngState;
}

/** Opens by market or limit with a stop, and often a target; closes, halves or adds to what it holds. */
export class Turner implements Strategy {
  readonly name: string;
  readonly #ix: InstrumentIx;
  readonly #mood: Mood;
  readonly #prng: Prng;

  constructor(ix: InstrumentIx, prng: Prng, mood: Mood) {
    this.name = `turner-${ix}`;
    this.#ix = ix;
    this.#prng = prng;
    this.#mood = mood;
  }

  onTrade({ instrumentIx, priceTicks }: TradeEvent, context: StrategyContext): void {
    if (instrumentIx !== this.#ix || this.#mood.isCalm) return;
    const dice = this.#prng.uniform();
    const lots = context.positionLots(this.#ix);
    if (lots !== 0) {
      if (dice < 0.08) context.closePosition(this.#ix, 'enough');
      else if (dice < 0.12 && Math.abs(lots) > 1) this.#halve(lots, context);
      else if (dice < 0.14) this.#open(priceTicks, context, lots > 0 ? 'buy' : 'sell');
      return;
    }
    if (dice < 0.5 && context.workingOrderCount(this.#ix) === 0)
      this.#open(priceTicks, context, this.#prng.uniform() < 0.5 ? 'buy' : 'sell');
  }

  saveState(): TurnerState {
    return { prng: this.#prng.save() };
  }

  loadState(state: unknown): void {
    this.#prng.load((state as TurnerState).prng);
  }

  #open(priceTicks: number, context: StrategyContext, side: Side): void {
    const prng = this.#prng;
    const sign = side === 'buy' ? 1 : -1;
    const away = (): number => Math.ceil(priceTicks * (NEAR + prng.uniform() * (FAR - NEAR)));
    context.submit({
      ...{ instrumentIx: this.#ix, side, qtyLots: prng.integer(1, 40), reason: 'open' },
      protection: {
        stopTicks: priceTicks - sign * away(),
        targetTicks: prng.uniform() < 0.5 ? priceTicks + sign * away() : null,
      },
    });
  }

  #halve(lots: number, context: StrategyContext): void {
    const qtyLots = Math.ceil(Math.abs(lots) / 2);
    const side = lots > 0 ? 'sell' : 'buy';
    context.submit({ instrumentIx: this.#ix, side, qtyLots, reduceOnly: true, reason: 'half' });
  }
}

interface QuoterState {
  readonly prng: PrngState;
  readonly quotes: readonly (readonly [string, number])[];
}

/** Keeps a limit on either side of the price, replaces them when they are old, closes what has grown too large. */
export class Quoter implements Strategy {
  readonly name: string;
  readonly #ix: InstrumentIx;
  readonly #mood: Mood;
  readonly #prng: Prng;
  /** Client ids of its quotes and when each is too old. */
  readonly #quotes = new Map<string, number>();

  constructor(ix: InstrumentIx, prng: Prng, mood: Mood) {
    this.name = `quoter-${ix}`;
    this.#ix = ix;
    this.#prng = prng;
    this.#mood = mood;
  }

  onTrade({ instrumentIx, priceTicks }: TradeEvent, context: StrategyContext): void {
    if (instrumentIx !== this.#ix) return;
    this.#replaceOld(context);
    if (this.#mood.isCalm) return;
    const lots = context.positionLots(this.#ix);
    if (Math.abs(lots) > 120 && this.#prng.uniform() < 0.2) context.closePosition(this.#ix, 'too large');
    if (context.workingOrderCount(this.#ix) >= 6) return;
    const dice = this.#prng.uniform();
    if (dice < 0.45) this.#quote('buy', priceTicks, context);
    else if (dice < 0.9) this.#quote('sell', priceTicks, context);
  }

  saveState(): QuoterState {
    return { prng: this.#prng.save(), quotes: [...this.#quotes] };
  }

  loadState(state: unknown): void {
    const { prng, quotes } = state as QuoterState;
    this.#prng.load(prng);
    this.#quotes.clear();
    for (const [id, untilUs] of quotes) this.#quotes.set(id, untilUs);
  }

  #replaceOld(context: StrategyContext): void {
    for (const [id, untilUs] of this.#quotes) {
      if (context.nowUs < untilUs && !this.#mood.isCalm) continue;
      this.#quotes.delete(id);
      context.cancel(id);
    }
  }

  #quote(side: Side, priceTicks: number, context: StrategyContext): void {
    const prng = this.#prng;
    const sign = side === 'buy' ? 1 : -1;
    const away = Math.ceil(priceTicks * prng.uniform() * NEAR);
    const outcome = context.submit({
      ...{ instrumentIx: this.#ix, side, type: 'limit', qtyLots: prng.integer(1, 40), reason: 'quote' },
      // Now and then it crosses the spread.
      priceTicks: priceTicks - sign * (prng.uniform() < 0.1 ? -away : away),
      protection: { stopTicks: priceTicks - sign * Math.ceil(priceTicks * FAR), targetTicks: null },
    });
    if (outcome.kind === 'submitted')
      this.#quotes.set(outcome.clientOrderId, context.nowUs + prng.integer(1, 8) * US_PER_SECOND);
  }
}
