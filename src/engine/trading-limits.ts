/**
 * Where nothing but exits is allowed, and why: an account that was not compared with the venue yet, a difference that nobody can explain, a venue that
 * does not answer, an order event that must not happen. Each cause ends by itself once its reason is gone, but a violation, which a person ends.
 * What a person or a rule of risk forbids is not kept here.
 */
import { type Checkpointable, stateRecord } from '#core';
import type { InstrumentIx } from '#domain';
import type { Desk, HoldCause } from './desk.ts';

/** One hold; `null` = all instruments. */
export interface Hold {
  readonly cause: HoldCause;
  readonly instrumentIx: InstrumentIx | null;
  readonly message: string;
}

const WORDS: Readonly<Record<HoldCause, string>> = {
  unknown: 'no entries before the account at the venue was compared with ours',
  difference: 'the account at the venue and ours differ: nothing but exits until they agree',
  silence: 'the venue does not say how the account stands: nothing but exits until it does',
  violation: 'an order event that must not happen: nothing but exits until a person resumes',
};

/** Keeps the holds of one run. */
export class TradingLimits implements Checkpointable {
  readonly #desk: Desk;
  readonly #symbolOf: (instrumentIx: InstrumentIx) => string;
  readonly #holds = new Map<string, Hold>();

  constructor(desk: Desk, symbolOf: (instrumentIx: InstrumentIx) => string) {
    this.#desk = desk;
    this.#symbolOf = symbolOf;
  }

  /** What is in force, oldest first. */
  get holds(): readonly Hold[] {
    return [...this.#holds.values()];
  }

  /** True when an instrument may only be reduced. */
  isHeld(instrumentIx: InstrumentIx): boolean {
    for (const { instrumentIx: held } of this.#holds.values()) {
      if (held === null || held === instrumentIx) return true;
    }
    return false;
  }

  /** Holds entries; true when they were not held for that cause already. `figures` stand in the record. */
  hold(
    cause: HoldCause,
    instrumentIx: InstrumentIx | null,
    figures: Readonly<Record<string, unknown>>,
  ): boolean {
    const key = keyOf(cause, instrumentIx);
    if (this.#holds.has(key)) return false;
    const message = WORDS[cause];
    this.#holds.set(key, { cause, instrumentIx, message });
    const severity = cause === 'unknown' ? 'info' : 'critical';
    this.#desk.systemEvent('entries_held', severity, message, {
      cause,
      ...this.#scope(instrumentIx),
      ...figures,
    });
    return true;
  }

  /** Ends the holds of a cause, of one instrument (`null` = of the account as a whole) or of `'any'`. */
  release(cause: HoldCause, instrumentIx: InstrumentIx | null | 'any', why: string): void {
    for (const [key, hold] of this.#holds) {
      if (hold.cause !== cause) continue;
      if (instrumentIx !== 'any' && hold.instrumentIx !== instrumentIx) continue;
      this.#holds.delete(key);
      this.#desk.systemEvent('entries_released', 'info', why, { cause, ...this.#scope(hold.instrumentIx) });
    }
  }

  saveState(): unknown {
    return { holds: [...this.#holds.values()].map((hold) => ({ ...hold })) };
  }

  loadState(state: unknown): void {
    this.#holds.clear();
    for (const hold of stateRecord(state, 'trading limits').holds as Hold[]) {
      this.#holds.set(keyOf(hold.cause, hold.instrumentIx), { ...hold });
    }
  }

  #scope(instrumentIx: InstrumentIx | null): Readonly<Record<string, unknown>> {
    return { symbol: instrumentIx === null ? null : this.#symbolOf(instrumentIx) };
  }
}

function keyOf(cause: HoldCause, instrumentIx: InstrumentIx | null): string {
  return `${cause} ${instrumentIx ?? 'all'}`;
}
