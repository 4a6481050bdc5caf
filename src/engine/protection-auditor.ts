/**
 * The protective-order auditor of a run whose venue is real: every open position has its stop at the venue for its whole quantity, or a recorded waiver of the
 * strategy that opened it. What has no plan gets a stop at a default distance; how long a position stood without is measured and told; what stands
 * without for longer than stated is closed at market.
 *
 * It places nothing itself: the order desk does, through risk. Without rules (back-tests) it is silent.
 */
import { type Checkpointable, type EpochUs, stateRecord, US_PER_SECOND } from '#core';
import type { Instrument, InstrumentIx } from '#domain';
import { auditProtection, type Order, type OrderManager } from '#orders';
import type { Portfolio } from '#portfolio';
import type { Desk } from './desk.ts';
import type { InstrumentState } from './instrument-state.ts';
import type { TradeJournal } from './trade-journal.ts';

/** What the auditor demands. */
export interface ProtectionRules {
  /** Distance of a stop where no plan is known, a part of the last price in parts per million. */
  readonly defaultStopPpm: number;
  /** Protective orders that the venue may refuse in a row before the position is closed at market. */
  readonly refusalsMax: number;
  /** Pause before a refused protective order is tried again; twice as long each time. */
  readonly retryAfterUs: number;
  /** No position stands longer than that without its stop at the venue: then it is closed at market. */
  readonly nakedUsMax: number;
}

/** What is demanded unless told otherwise: a stop at 5 %, three tries, half a minute. */
export const PROTECTION_DEFAULTS: ProtectionRules = {
  defaultStopPpm: 50_000,
  refusalsMax: 3,
  retryAfterUs: US_PER_SECOND,
  nakedUsMax: 30 * US_PER_SECOND,
};

/** What is audited. */
export interface ProtectionAuditorParts extends AuditedDesk {
  readonly states: readonly InstrumentState[];
  readonly portfolio: Portfolio;
  readonly journal: TradeJournal;
}

/** The order desk as the auditor sees it. */
export interface AuditedDesk {
  readonly orders: OrderManager;
  /** True when it is known where the stop of a position belongs. */
  readonly hasPlan: (instrumentIx: InstrumentIx) => boolean;
  /** Closes a position at market. */
  readonly close: (instrumentIx: InstrumentIx, reason: string) => void;
}

/** A stop for a position that nobody planned for. */
export interface DefaultPlan {
  readonly stopTicks: number;
  readonly targetTicks: null;
}

interface Watched {
  /** Since when the position is without its stop; `null` = it has it, or needs none. */
  nakedSinceUs: EpochUs | null;
  /** When that is looked at again; timers of earlier gaps find another moment here. */
  dueUs: EpochUs | null;
  refusals: number;
  /** Time without a stop after which it is told again that it lasts too long: twice as long each time. */
  tellAfterUs: number;
  /** True once it was told that the stop is missing. */
  isTold: boolean;
}

const TIMER = 'naked:';

/** Audits the stops of all positions. */
export class ProtectionAuditor implements Checkpointable {
  readonly #parts: ProtectionAuditorParts;
  readonly #desk: Desk;
  readonly #watched: readonly Watched[];
  /** Reasons of strategies that need no stop, by name. */
  readonly #waivers = new Map<string, string>();
  readonly #toldWaivers = new Set<string>();
  #rules: ProtectionRules | null = null;
  #nakedUsLongest = 0;

  constructor(parts: ProtectionAuditorParts, desk: Desk) {
    this.#parts = parts;
    this.#desk = desk;
    this.#watched = parts.states.map(() => ({
      nakedSinceUs: null,
      dueUs: null,
      refusals: 0,
      tellAfterUs: 0,
      isTold: false,
    }));
  }

  /** The rules in force; `null` = nothing is audited. */
  get rules(): ProtectionRules | null {
    return this.#rules;
  }

  /** The longest time that a position stood without its stop so far, in us; those that stand so now are not in it. */
  get nakedUsLongest(): number {
    return this.#nakedUsLongest;
  }

  /** Begins to audit, in a new life of the run too: timers of the one before may be gone. */
  begin(rules: ProtectionRules): void {
    this.#rules = rules;
    this.#watched.forEach(({ nakedSinceUs }, ix) => {
      if (nakedSinceUs !== null) this.#arm(ix);
    });
  }

  /** A strategy says why its positions need no stop at the venue; it stands in the record once a position relies on it. */
  waive(strategy: string, reason: string): void {
    if (!this.#waivers.has(strategy)) this.#waivers.set(strategy, reason);
  }

  /** True when the position was opened without a plan by a strategy that has said why it needs no stop. */
  isWaived(instrumentIx: InstrumentIx): boolean {
    if (this.#parts.hasPlan(instrumentIx)) return false;
    return this.#waivers.has(this.#parts.journal.strategyOf(instrumentIx));
  }

  /** True when stops cover the whole position, those on their way included. */
  isCovered(instrumentIx: InstrumentIx): boolean {
    return this.#misses(instrumentIx, this.#parts.orders.openOrdersOf(instrumentIx)) === 0;
  }

  /** Returns a stop for a position without a plan or waiver; `null` when it needs none, or no price is known yet. */
  defaultPlan(instrumentIx: InstrumentIx): DefaultPlan | null {
    const { portfolio, states } = this.#parts;
    const positionLots = portfolio.positionLots(instrumentIx);
    if (this.#rules === null || positionLots === 0 || this.isWaived(instrumentIx)) return null;
    const state = states[instrumentIx]!;
    if (state.lastTicks === 0) return null;
    const stopTicks = stopAt(state.instrument, state.lastTicks, positionLots > 0, this.#rules.defaultStopPpm);
    this.#tell(
      'protection_default',
      'warning',
      'a position without a plan gets a stop at the default distance',
      {
        ...{ symbol: state.instrument.symbol, positionLots, stopTicks, lastTicks: state.lastTicks },
        strategy: this.#parts.journal.strategyOf(instrumentIx),
      },
    );
    return { stopTicks, targetTicks: null };
  }

  /** Notes what is missing before it is repaired: at the start, after a resumption, and with every comparison. */
  report(): void {
    if (this.#rules === null) return;
    const { orders, portfolio, states } = this.#parts;
    const positions = states.map(({ instrument: { ix } }) => ({
      instrumentIx: ix,
      qtyLots: this.isWaived(ix) ? 0 : portfolio.positionLots(ix),
    }));
    for (const { instrumentIx, positionLots, protectedLots } of auditProtection(
      positions,
      orders.openOrders,
    )) {
      if (this.#watched[instrumentIx]!.isTold) continue;
      this.#watched[instrumentIx]!.isTold = true;
      const { symbol } = states[instrumentIx]!.instrument;
      const message = 'a position is without its stop, which is placed again';
      this.#tell('protection_missing', 'warning', message, { symbol, positionLots, protectedLots });
    }
  }

  /** Looks at one position after anything has happened to it. */
  check(instrumentIx: InstrumentIx): void {
    if (this.#rules === null) return;
    const watched = this.#watched[instrumentIx]!;
    const positionLots = this.#parts.portfolio.positionLots(instrumentIx);
    if (positionLots === 0) this.#end(instrumentIx, 'closed');
    else if (this.isWaived(instrumentIx)) {
      this.#tellWaiver(instrumentIx);
      this.#end(instrumentIx, 'waived');
    } else if (this.#isProtected(instrumentIx)) this.#end(instrumentIx, 'protected');
    else if (watched.nakedSinceUs === null) {
      watched.nakedSinceUs = this.#desk.nowUs;
      this.#arm(instrumentIx);
    }
  }

  /** A protective order was refused. Returns after how long it is tried again, `null` = close at market instead. */
  refused(instrumentIx: InstrumentIx, wouldTrigger: boolean): number | null {
    const rules = this.#rules;
    if (rules === null || wouldTrigger) return null;
    const watched = this.#watched[instrumentIx]!;
    watched.refusals++;
    return watched.refusals >= rules.refusalsMax ? null : rules.retryAfterUs * 2 ** (watched.refusals - 1);
  }

  /** True when the timer was one of the auditor's. */
  onTimer(key: string): boolean {
    if (!key.startsWith(TIMER)) return false;
    const instrumentIx = Number(key.slice(TIMER.length));
    const { dueUs = null, nakedSinceUs = null } = this.#watched[instrumentIx] ?? {};
    if (this.#rules === null || nakedSinceUs === null || dueUs !== this.#desk.nowUs) return true;
    const nakedUs = this.#desk.nowUs - nakedSinceUs;
    if (nakedUs >= this.#rules.nakedUsMax) {
      const message = 'a position stands without its stop for longer than stated, closing at market';
      this.#tellOverdue(instrumentIx, nakedUs, message);
      this.#parts.close(instrumentIx, message);
    } else {
      // Its stop may rest at the venue, and only the answer was lost.
      this.#desk.emit({ kind: 'compare', reason: 'a position waits for its stop' });
    }
    this.#arm(instrumentIx);
    return true;
  }

  saveState(): unknown {
    return {
      watched: this.#watched.map((watched) => ({ ...watched })),
      waivers: [...this.#waivers],
      toldWaivers: [...this.#toldWaivers],
      nakedUsLongest: this.#nakedUsLongest,
    };
  }

  loadState(state: unknown): void {
    const saved = stateRecord(state, 'protection auditor');
    (saved.watched as Watched[]).forEach((watched, ix) => {
      Object.assign(this.#watched[ix] ?? {}, watched);
    });
    this.#waivers.clear();
    for (const [strategy, reason] of saved.waivers as [string, string][]) this.#waivers.set(strategy, reason);
    this.#toldWaivers.clear();
    for (const strategy of saved.toldWaivers as string[]) this.#toldWaivers.add(strategy);
    this.#nakedUsLongest = Number(saved.nakedUsLongest);
  }

  #isProtected(instrumentIx: InstrumentIx): boolean {
    return this.#misses(instrumentIx, this.#parts.orders.openOrdersOf(instrumentIx).filter(isAtVenue)) === 0;
  }

  #misses(instrumentIx: InstrumentIx, orders: readonly Order[]): number {
    const qtyLots = this.#parts.portfolio.positionLots(instrumentIx);
    return auditProtection([{ instrumentIx, qtyLots }], orders).length;
  }

  #end(instrumentIx: InstrumentIx, how: 'protected' | 'closed' | 'waived'): void {
    const watched = this.#watched[instrumentIx]!;
    watched.refusals = 0;
    watched.isTold = false;
    watched.tellAfterUs = 0;
    if (watched.nakedSinceUs === null) return;
    const nakedUs = this.#desk.nowUs - watched.nakedSinceUs;
    watched.nakedSinceUs = null;
    if (how === 'waived') return;
    this.#nakedUsLongest = Math.max(this.#nakedUsLongest, nakedUs);
    const boundUs = this.#rules?.nakedUsMax ?? 0;
    const { symbol } = this.#parts.states[instrumentIx]!.instrument;
    this.#tell('protection_gap', nakedUs > boundUs ? 'critical' : 'info', `the position is ${how}`, {
      ...{ symbol, how, nakedUs, boundUs, longestUs: this.#nakedUsLongest },
    });
  }

  #arm(instrumentIx: InstrumentIx): void {
    const boundUs = this.#rules?.nakedUsMax ?? 0;
    const watched = this.#watched[instrumentIx]!;
    const nakedUs = this.#desk.nowUs - (watched.nakedSinceUs ?? this.#desk.nowUs);
    // First to ask, then to act, then again and again.
    const atUs =
      this.#desk.nowUs + (nakedUs === 0 ? Math.ceil(boundUs / 3) : Math.max(boundUs - nakedUs, boundUs / 3));
    watched.dueUs = Math.ceil(atUs);
    this.#desk.emit({ kind: 'timer', atUs: watched.dueUs, owner: 'engine', key: `${TIMER}${instrumentIx}` });
  }

  #tellOverdue(instrumentIx: InstrumentIx, nakedUs: number, message: string): void {
    const watched = this.#watched[instrumentIx]!;
    if (nakedUs < watched.tellAfterUs) return;
    watched.tellAfterUs = 2 * nakedUs;
    const { symbol } = this.#parts.states[instrumentIx]!.instrument;
    const positionLots = this.#parts.portfolio.positionLots(instrumentIx);
    const figures = { symbol, positionLots, nakedUs, boundUs: this.#rules?.nakedUsMax };
    this.#tell('protection_overdue', 'critical', message, figures);
  }

  #tellWaiver(instrumentIx: InstrumentIx): void {
    const strategy = this.#parts.journal.strategyOf(instrumentIx);
    if (this.#toldWaivers.has(strategy)) return;
    this.#toldWaivers.add(strategy);
    const reason = this.#waivers.get(strategy) ?? '';
    this.#tell(
      'protection_waived',
      'warning',
      `positions of ${strategy} have no stop at the venue: ${reason}`,
      {
        ...{ strategy, reason },
      },
    );
  }

  #tell(...[type, severity, message, details]: Parameters<Desk['systemEvent']>): void {
    this.#desk.systemEvent(type, severity, message, details);
  }
}

/** True for an order that the venue is known to have. */
function isAtVenue({ status }: Order): boolean {
  return status === 'ACCEPTED' || status === 'TRIGGERED' || status === 'PARTIALLY_FILLED';
}

/** A trigger on the far side of the price, rounded towards it: less may be lost, not more. */
function stopAt({ tickStep }: Instrument, lastTicks: number, isLong: boolean, ppm: number): number {
  const away = (lastTicks * ppm) / 1_000_000;
  const stop = isLong
    ? Math.ceil((lastTicks - away) / tickStep) * tickStep
    : Math.floor((lastTicks + away) / tickStep) * tickStep;
  return Math.max(tickStep, stop);
}
