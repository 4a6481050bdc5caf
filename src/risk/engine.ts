/**
 * The one door between a wish and the venue: sizes an order, asks every rule, seals what passes. Pure and synchronous; the whole state
 * survives a checkpoint. An answer is always a value: no number, however wrong, makes `check` throw or yields a size above a cap.
 *
 * This module claims the mint of `RiskApproved` while it loads; no other place in the program can make one.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import { claimRiskMint, floorToLot, notionalAtoms } from '#domain';
import type { PortfolioView } from '#portfolio';
import { AccountGuard, type Halt } from './account-guard.ts';
import { REFUSAL_CODE_LIST, REFUSAL_CODES, type RefusalCode } from './codes.ts';
import { entryCaps, gatherFacts, malformation, type OrderFacts, openingLots, requestOf } from './facts.ts';
import type { OrderIntent, RiskContext, RiskVerdict, RuleOutcome } from './intent.ts';
import { type BreakerState, LossBreaker } from './loss-breaker.ts';
import { changedKeys, loosenedKeys, type RiskOptions, riskOptionProblems } from './options.ts';
import { RecentOrders } from './recent-orders.ts';
import { CAP_RULES, FINAL_RULES, type GateRule, passesGate, STATE_RULES } from './rules.ts';
import { signalNotional } from './sizing.ts';

const mint = claimRiskMint();

/** What the engine must do, or tell, because of the account's state. In order. */
export interface RiskAction {
  readonly kind:
    | 'cancel_all'
    | 'close_all'
    | 'shutdown'
    | 'resumed'
    | 'daily_loss_stop'
    | 'breaker_opened'
    | 'breaker_half_open'
    | 'breaker_closed';
  readonly code: RefusalCode | null;
  readonly message: string;
}

/** What became of new options. */
export type OptionsUpdate =
  | { readonly kind: 'applied'; readonly keys: readonly (keyof RiskOptions)[] }
  /** Nothing was applied: these keys would allow more than now. */
  | { readonly kind: 'refused_loosening'; readonly keys: readonly (keyof RiskOptions)[] }
  | { readonly kind: 'refused_invalid'; readonly problems: readonly string[] };

/** The state of risk for people. Ratios are fractions. */
export interface RiskSnapshot {
  readonly breaker: BreakerState;
  readonly breakerCause: string;
  /** End of the cool-down; `null` while the breaker is closed. */
  readonly coolDownEndUs: EpochUs | null;
  readonly consecutiveLosses: number;
  readonly halt: Halt | null;
  readonly isReduceOnlyMode: boolean;
  /** Worst loss of the UTC day; `null` before the first observation. */
  readonly dayLossFraction: number | null;
  readonly drawdownFraction: number | null;
  /** Gross exposure as a fraction of equity; `null` when equity is not above 0. */
  readonly exposureFraction: number | null;
  readonly approvedCount: number;
  readonly refusedCount: number;
  /** Refusals by code, codes without any left out. */
  readonly refusals: Readonly<Partial<Record<RefusalCode, number>>>;
}

const NO_ACTIONS: readonly RiskAction[] = Object.freeze([]);

/** Sizes, judges and seals orders of one account. */
export class RiskEngine implements Checkpointable {
  #options: RiskOptions;
  readonly #guard = new AccountGuard();
  readonly #breaker = new LossBreaker();
  readonly #recent = new RecentOrders();
  readonly #refusals = new Map<RefusalCode, number>();
  #approvedCount = 0;
  #isReduceOnly = false;
  #isHalfOpenTold = false;
  /** UTC day whose daily-loss stop was told. */
  #stoppedDay = -1;

  constructor(options: RiskOptions) {
    const problems = riskOptionProblems(options);
    assert(problems.length === 0, `risk options are valid: ${problems.join('; ')}`);
    this.#options = { ...options };
  }

  /** The limits in force. */
  get options(): RiskOptions {
    return this.#options;
  }

  /** Judges one order. Approved entries count at once for rate, duplicates and the breaker's probe. */
  check(intent: OrderIntent, context: RiskContext): RiskVerdict {
    const rules: RuleOutcome[] = [];
    const flaw = malformation(intent, context);
    if (flaw !== null) return this.#refuse('invalid_intent', `expected: ${flaw}`, rules);
    const facts = this.#gather(intent, context);
    const broken = this.#firstBroken(STATE_RULES, facts, rules);
    if (broken !== null) return this.#refuse(broken, refusalText(broken, rules), rules);
    return intent.reduceOnly ? this.#judgeExit(facts, rules) : this.#judgeEntry(facts, rules);
  }

  /** Takes the net result of a closed trade. */
  onTradeClosed(netPnlAtoms: bigint, nowUs: EpochUs): readonly RiskAction[] {
    const effect = this.#breaker.onTradeClosed(netPnlAtoms, nowUs, this.#options);
    if (effect === 'none') return NO_ACTIONS;
    this.#isHalfOpenTold = false;
    if (effect === 'opened') return [this.#breakerOpened()];
    return [{ kind: 'breaker_closed', code: null, message: 'a probe trade won; entries are accepted again' }];
  }

  /** Takes that money was moved in (positive) or out of the account, before the account shows it: neither a win nor a loss. */
  onTransfer(amountAtoms: bigint): void {
    this.#guard.shift(amountAtoms);
  }

  /** Opens the circuit breaker for another cause than losses: rejected orders, stale data, a shock. */
  tripBreaker(cause: string, nowUs: EpochUs): readonly RiskAction[] {
    this.#breaker.trip(cause, nowUs, this.#options);
    this.#isHalfOpenTold = false;
    return [this.#breakerOpened()];
  }

  /** Takes the account at a moment; call it whenever equity may have changed. Returns what must be done about it. */
  onEquity(nowUs: EpochUs, account: PortfolioView): readonly RiskAction[] {
    this.#guard.observe(nowUs, account);
    const actions = this.#lossActions(nowUs);
    if (this.#isHalfOpenTold || this.#breaker.stateAt(nowUs) !== 'half_open') return actions;
    this.#isHalfOpenTold = true;
    const message = 'the cool-down is over; one probe trade is admitted';
    return [...actions, { kind: 'breaker_half_open', code: 'circuit_breaker', message }];
  }

  /** Ends trading by order of a person: nothing but exits until `resume`. */
  shutdown(reason: string, nowUs: EpochUs): readonly RiskAction[] {
    return this.#stop({ code: 'shutdown', message: reason, sinceUs: nowUs });
  }

  /**
   * Lifts a halt and reduce-only mode; `reason` says who and why. The loss that caused the halt is measured from the present equity on;
   * the circuit breaker keeps its own course.
   */
  resume(reason: string, nowUs: EpochUs, account: PortfolioView): readonly RiskAction[] {
    assert(reason !== '', 'a person gives a reason to resume');
    const code = this.#guard.resume(nowUs, account);
    this.#isReduceOnly = false;
    if (code === 'emergency_shutdown') this.#stoppedDay = -1;
    return [{ kind: 'resumed', code, message: reason }];
  }

  /** Takes new limits, all or none. Tighter ones apply at once; a looser key needs `isLooseningConfirmed`. */
  updateOptions(next: RiskOptions, isLooseningConfirmed = false): OptionsUpdate {
    const problems = riskOptionProblems(next);
    if (problems.length > 0) return { kind: 'refused_invalid', problems };
    const loosened = loosenedKeys(this.#options, next);
    if (loosened.length > 0 && !isLooseningConfirmed) return { kind: 'refused_loosening', keys: loosened };
    const keys = changedKeys(this.#options, next);
    this.#options = { ...next };
    return { kind: 'applied', keys };
  }

  /** Returns the state of risk at a moment, for people. */
  snapshot(nowUs: EpochUs, account: PortfolioView): RiskSnapshot {
    const breaker = this.#breaker.stateAt(nowUs);
    const equity = Number(account.equityAtoms);
    const refused = [...this.#refusals.values()];
    return {
      breaker,
      breakerCause: this.#breaker.cause,
      coolDownEndUs: breaker === 'closed' ? null : this.#breaker.openUntilUs,
      consecutiveLosses: this.#breaker.consecutiveLosses,
      halt: this.#guard.halt,
      isReduceOnlyMode: this.#isReduceOnly,
      dayLossFraction: numberOrNull(this.#guard.dayLossFraction),
      drawdownFraction: numberOrNull(this.#guard.drawdownFraction),
      exposureFraction: equity > 0 ? Number(account.grossExposureAtoms) / equity : null,
      approvedCount: this.#approvedCount,
      refusedCount: refused.reduce((sum, count) => sum + count, 0),
      refusals: Object.fromEntries(this.#refusals),
    };
  }

  saveState(): unknown {
    return {
      guard: this.#guard.saveState(),
      breaker: this.#breaker.saveState(),
      recent: this.#recent.saveState(),
      refusals: new Map(this.#refusals),
      approvedCount: this.#approvedCount,
      isReduceOnly: this.#isReduceOnly,
      isHalfOpenTold: this.#isHalfOpenTold,
      stoppedDay: this.#stoppedDay,
    };
  }

  /** Loads a saved state; the limits are those of this engine's own options, not of the saved run. */
  loadState(state: unknown): void {
    const saved = stateRecord(state, 'RiskEngine');
    const refusals = saved.refusals as ReadonlyMap<RefusalCode, number>;
    assert(refusals instanceof Map, 'saved refusals are a map');
    this.#guard.loadState(saved.guard);
    this.#breaker.loadState(saved.breaker);
    this.#recent.loadState(saved.recent);
    this.#refusals.clear();
    for (const [code, count] of refusals) {
      assert(REFUSAL_CODE_LIST.includes(code), `saved refusal code is known, was ${code}`);
      this.#refusals.set(code, count);
    }
    this.#approvedCount = saved.approvedCount as number;
    this.#isReduceOnly = saved.isReduceOnly as boolean;
    this.#isHalfOpenTold = saved.isHalfOpenTold as boolean;
    this.#stoppedDay = saved.stoppedDay as number;
  }

  #gather(intent: OrderIntent, context: RiskContext): OrderFacts {
    const { nowUs } = context;
    this.#guard.observe(nowUs, context.portfolio);
    return gatherFacts(intent, context, {
      haltCode: this.#guard.halt?.code ?? null,
      isReduceOnlyMode: this.#isReduceOnly,
      isBreakerOpen: !this.#breaker.admits(nowUs),
      dayLossFraction: this.#guard.dayLossFraction,
      dayLossAtoms: Number(this.#guard.dayLossAtoms),
      drawdownFraction: this.#guard.drawdownFraction,
      recentOrderCount: this.#recent.countWithin(this.#options.orderRateWindowUs, nowUs),
      isDuplicate:
        !intent.reduceOnly && this.#recent.isDuplicate(intent, this.#options.duplicateWindowUs, nowUs),
    });
  }

  /** Asks gates in order; returns the code of the first that fails, `null` when all pass. */
  #firstBroken(gates: readonly GateRule[], facts: OrderFacts, rules: RuleOutcome[]): RefusalCode | null {
    for (const gate of gates) {
      if (gate.appliesTo === 'entry' && facts.intent.reduceOnly) continue;
      const value = gate.value(facts, this.#options);
      const limit = gate.limit(facts, this.#options);
      const isPassed = passesGate(gate, value, limit);
      rules.push({ rule: gate.code, verdict: isPassed ? 'pass' : 'refuse', value, limit });
      if (!isPassed) return gate.code;
    }
    return null;
  }

  /** An exit is cut to what is open, to the venue's largest order and to whole steps. */
  #judgeExit(facts: OrderFacts, rules: RuleOutcome[]): RiskVerdict {
    const { intent, context } = facts;
    const openLots = -facts.sideLots;
    const askedLots = intent.size.kind === 'lots' ? intent.size.qtyLots : openLots;
    const mostLots = Math.min(openLots, context.instrument.qtyLotsMax);
    facts.qtyLots = floorToLot(context.instrument, Math.min(askedLots, mostLots));
    const { lotStep, qtyLotsMin } = context.instrument;
    const leastLots = Math.max(lotStep, qtyLotsMin);
    if (facts.qtyLots >= leastLots) {
      const verdict = facts.qtyLots < askedLots ? 'cut' : 'pass';
      rules.push({ rule: 'quantity_filter', verdict, value: askedLots, limit: mostLots });
      return this.#approve(facts, 0n, rules);
    }
    rules.push({
      rule: 'quantity_filter',
      verdict: 'refuse',
      value: Math.min(askedLots, mostLots),
      limit: leastLots,
    });
    return this.#refuse('quantity_filter', `expected at least ${leastLots} lots to close`, rules);
  }

  #judgeEntry(facts: OrderFacts, rules: RuleOutcome[]): RiskVerdict {
    const { intent, context } = facts;
    const { instrument } = context;
    const isSignal = intent.size.kind === 'signal';
    facts.qtyLots = intent.size.kind === 'lots' ? intent.size.qtyLots : this.#signalLots(facts);
    const cap = this.#applyCaps(facts, isSignal, rules);
    if (cap.verdict === 'refuse') return this.#refuse(cap.code, refusalText(cap.code, rules), rules);
    const wholeLots = floorToLot(instrument, facts.qtyLots);
    if (!isSignal && wholeLots !== facts.qtyLots) {
      rules.push({
        rule: 'quantity_filter',
        verdict: 'refuse',
        value: facts.qtyLots,
        limit: instrument.lotStep,
      });
      const message = `expected a multiple of ${instrument.lotStep} lots, was ${facts.qtyLots}`;
      return this.#refuse('quantity_filter', message, rules);
    }
    facts.qtyLots = wholeLots;
    const broken = this.#firstBroken(FINAL_RULES, facts, rules);
    if (broken !== null) {
      if (broken === 'overflow') this.#isReduceOnly = true;
      // Where a cap left too little, the cap is the reason.
      const code = cap.verdict === 'cut' && broken !== 'overflow' ? cap.code : broken;
      return this.#refuse(code, refusalText(broken, rules), rules);
    }
    const addedLots = openingLots(facts.sideLots, wholeLots);
    return this.#approve(facts, notionalAtoms(instrument, facts.valuationTicks, addedLots), rules);
  }

  /** Returns what the signal's formula asks for, before caps and steps. */
  #signalLots({ intent, context, valuationTicks }: OrderFacts): number {
    assert(intent.size.kind === 'signal', 'an entry is sized by lots or by a signal');
    const { instrument, portfolio, volatility } = context;
    const account = { equityAtoms: portfolio.equityAtoms, volatility };
    const notional = signalNotional(intent.size, this.#options, account);
    const lots = Math.floor(notional / (valuationTicks * instrument.atomsPerTickLot));
    return Math.min(lots, Number.MAX_SAFE_INTEGER);
  }

  /** Cuts a signal's size to every cap in turn; a size asked for in lots is refused by the first cap that it exceeds. */
  #applyCaps(facts: OrderFacts, isSignal: boolean, rules: RuleOutcome[]): CapResult {
    const caps = entryCaps(facts, this.#options);
    let result: CapResult = { verdict: 'pass' };
    for (const cap of CAP_RULES) {
      const value = facts.qtyLots;
      const limit = cap.lots(caps, facts);
      if (value <= limit) {
        rules.push({ rule: cap.code, verdict: 'pass', value, limit });
        continue;
      }
      const verdict = isSignal && limit >= 1 ? 'cut' : 'refuse';
      rules.push({ rule: cap.code, verdict, value, limit });
      result = { verdict, code: cap.code };
      if (verdict === 'refuse') break;
      facts.qtyLots = limit;
    }
    return result;
  }

  #approve(facts: OrderFacts, reservedAtoms: bigint, rules: readonly RuleOutcome[]): RiskVerdict {
    const { intent, context, qtyLots } = facts;
    assert(qtyLots > 0 && Number.isSafeInteger(qtyLots), `an approved quantity is > 0, was ${qtyLots}`);
    assert(!intent.reduceOnly || qtyLots <= -facts.sideLots, 'an exit is not larger than its position');
    this.#approvedCount++;
    this.#recent.add(intent, context.nowUs, this.#options.orderRateMax);
    if (!intent.reduceOnly) this.#breaker.onEntryApproved(context.nowUs, this.#options);
    return { kind: 'approved', order: mint(requestOf(intent, qtyLots)), qtyLots, reservedAtoms, rules };
  }

  #refuse(code: RefusalCode, message: string, rules: readonly RuleOutcome[]): RiskVerdict {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
    return { kind: 'refused', code, message, rules };
  }

  #stop(halt: Halt): readonly RiskAction[] {
    if (this.#guard.halt !== null) return NO_ACTIONS;
    this.#guard.stop(halt);
    const { code, message } = halt;
    return [
      { kind: 'cancel_all', code, message },
      { kind: 'close_all', code, message },
      { kind: 'shutdown', code, message },
    ];
  }

  #lossActions(nowUs: EpochUs): readonly RiskAction[] {
    if (this.#guard.halt !== null) return NO_ACTIONS;
    const { emergencyDailyLoss, drawdownMax, dailyLossMax, dailyLossMaxAtoms } = this.#options;
    const { dayLossFraction, dayLossAtoms, drawdownFraction, day } = this.#guard;
    if (dayLossFraction >= emergencyDailyLoss) {
      const message = `the day lost ${percent(dayLossFraction)} of its opening equity, limit ${percent(emergencyDailyLoss)}`;
      return this.#stop({ code: 'emergency_shutdown', message, sinceUs: nowUs });
    }
    if (drawdownFraction >= drawdownMax) {
      const message = `equity is ${percent(drawdownFraction)} below its high-water mark, limit ${percent(drawdownMax)}`;
      return this.#stop({ code: 'drawdown', message, sinceUs: nowUs });
    }
    if (this.#stoppedDay === day) return NO_ACTIONS;
    const isByAmount = dailyLossMaxAtoms !== null && dayLossAtoms >= dailyLossMaxAtoms;
    if (!(dayLossFraction >= dailyLossMax) && !isByAmount) return NO_ACTIONS;
    this.#stoppedDay = day;
    const code = dayLossFraction >= dailyLossMax ? 'daily_loss' : 'daily_loss_amount';
    const message = `the day lost ${percent(dayLossFraction)} of its opening equity; no entry until the next UTC day`;
    return [{ kind: 'daily_loss_stop', code, message }];
  }

  #breakerOpened(): RiskAction {
    const message = `${this.#breaker.cause}; no entry until the cool-down is over`;
    return { kind: 'breaker_opened', code: 'circuit_breaker', message };
  }
}

/** What the caps made of a size. */
type CapResult =
  | { readonly verdict: 'pass' }
  | { readonly verdict: 'cut' | 'refuse'; readonly code: RefusalCode };

function refusalText(code: RefusalCode, rules: readonly RuleOutcome[]): string {
  const outcome = rules.at(-1);
  assert(outcome !== undefined, 'a refusal follows a rule');
  return `${REFUSAL_CODES[code]} (value ${outcome.value}, limit ${outcome.limit})`;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
