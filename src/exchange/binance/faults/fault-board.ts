/**
 * The faults that are told and not yet over: it says what becomes of each request and of each message of a stream, and what has to be broken at
 * a moment. It breaks nothing itself. Where a share of things is struck, the seed chooses; equal seeds, faults and questions give equal
 * answers. Bounded: faults, and messages that are held back.
 */
import { type EpochUs, type Prng, TimedHeap, US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import type { Fault } from './fault.ts';

/** A fault on the board. */
export interface ToldFault {
  readonly id: number;
  readonly fault: Fault;
  readonly toldUs: EpochUs;
  /** How often it has struck. */
  strikes: number;
}

/** A request that a fault may strike. */
export interface FacedRequest {
  readonly method: string;
  readonly path: string;
  /** -1 = nobody's. */
  readonly accountIx: number;
}

/** What becomes of a request. */
export interface RequestFate {
  readonly delayUs: number;
  /** What comes instead of its own answer, and whether it is carried out all the same. */
  readonly instead: { readonly fault: InsteadFault; readonly isCarriedOut: boolean } | null;
}

/** A fault that takes the place of an answer. */
export type InsteadFault = Extract<Fault, { kind: (typeof INSTEAD_KINDS)[number] }>;

/** A fault that happens at a moment. */
export type SuddenFault = Extract<Fault, { kind: (typeof SUDDEN_KINDS)[number] }>;

type StreamFault = Extract<Fault, { kind: (typeof STREAM_KINDS)[number] }>;

/** A message that is held back. */
export interface HeldMessage {
  readonly stream: string;
  readonly payload: object;
}

const INSTEAD_KINDS = ['maintenance', 'ban', 'too-many', 'error', 'no-answer', 'reject'] as const;
const SUDDEN_KINDS = ['cut', 'stall', 'expire-listen-key', 'liquidate'] as const;
const STREAM_KINDS = ['drop', 'duplicate', 'delay'] as const;

const FAULTS_MAX = 1_000;
/** At the bound a message is dropped, which is a fault as well. */
const HELD_MAX = 100_000;
/** Orders that are placed or amended: what `reject` strikes. */
const PLACING = /^(POST|PUT) \/fapi\/v1\/(order|batchOrders|algoOrder)$/;

/** The board. */
export class FaultBoard {
  readonly #prng: Prng;
  readonly #held = new TimedHeap<HeldMessage>(HELD_MAX);
  #faults: ToldFault[] = [];
  #lastId = 0;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Faults that are told, in order. */
  get all(): readonly ToldFault[] {
    return this.#faults;
  }

  /** True where nothing is told: then nothing need be asked. */
  get isEmpty(): boolean {
    return this.#faults.length === 0;
  }

  /** Takes faults in; returns their ids. @throws XY_USAGE at the bound. */
  add(faults: readonly Fault[], nowUs: EpochUs): number[] {
    this.#forgetEnded(nowUs);
    if (this.#faults.length + faults.length > FAULTS_MAX)
      throw new XylenError('XY_USAGE', `faults: expected at most ${FAULTS_MAX} at a time`);
    const told = faults.map((fault) => ({ id: ++this.#lastId, fault, toldUs: nowUs, strikes: 0 }));
    this.#faults.push(...told);
    return told.map(({ id }) => id);
  }

  /** Takes a fault back, or all of them; returns how many there were. What is held back is let go when it is due. */
  remove(id: number | null): number {
    const before = this.#faults.length;
    this.#faults = id === null ? [] : this.#faults.filter((one) => one.id !== id);
    return before - this.#faults.length;
  }

  /** Says what becomes of a request; `null` = nothing. */
  fateOf(request: FacedRequest, nowUs: EpochUs): RequestFate | null {
    let delayUs = 0;
    let instead: RequestFate['instead'] = null;
    for (const told of this.#faults) {
      const { fault } = told;
      if (!isFacing(fault, request) || !this.#isActive(told, nowUs)) continue;
      if (fault.kind === 'latency') {
        if (this.#strikes(told)) delayUs += this.#waitUs(fault);
      } else if (instead === null && isOf(fault, INSTEAD_KINDS) && this.#strikes(told)) {
        instead = { fault, isCarriedOut: 'hasEffect' in fault && fault.hasEffect };
      }
    }
    return delayUs === 0 && instead === null ? null : { delayUs, instead };
  }

  /** Says how often a message is sent now: 0, 1 or 2 times; one that is held back comes out of `release` later. */
  copiesOf(accountIx: number, message: HeldMessage, nowUs: EpochUs): number {
    let copies = 1;
    for (const told of this.#faults) {
      const { fault } = told;
      if (!isOf(fault, STREAM_KINDS) || !isHeard(fault, accountIx, message)) continue;
      if (!this.#isActive(told, nowUs) || !this.#strikes(told)) continue;
      if (fault.kind === 'drop') return 0;
      if (fault.kind === 'delay') {
        if (this.#held.count < HELD_MAX) this.#held.push(nowUs + this.#waitUs(fault), message);
        return copies - 1;
      }
      copies = 2;
    }
    return copies;
  }

  /** Returns the messages whose time has come, in order. */
  release(nowUs: EpochUs): HeldMessage[] {
    const due: HeldMessage[] = [];
    while (this.#held.nextTsUs <= nowUs) {
      const message = this.#held.pop();
      if (message !== undefined) due.push(message);
    }
    return due;
  }

  /** Returns what happens at this moment, each once. */
  sudden(nowUs: EpochUs): SuddenFault[] {
    const due: SuddenFault[] = [];
    for (const told of this.#faults) {
      const { fault } = told;
      if (!isOf(fault, SUDDEN_KINDS)) continue;
      const { count, everyS } = fault;
      const sinceUs = nowUs - beginUs(told);
      if (sinceUs < 0) continue;
      const moments = everyS === null ? 1 : 1 + Math.floor(sinceUs / (everyS * US_PER_SECOND));
      if (told.strikes >= moments || (count !== null && told.strikes >= count)) continue;
      // Moments that were passed over, because nobody asked, are over.
      told.strikes = moments;
      if (fault.share === 1 || this.#prng.uniform() < fault.share) due.push(fault);
    }
    return due;
  }

  /** How far ahead the exchange's clock is, microseconds. */
  skewUs(nowUs: EpochUs): number {
    let skewUs = 0;
    for (const told of this.#faults)
      if (told.fault.kind === 'clock-skew' && this.#isActive(told, nowUs))
        skewUs += told.fault.ms * US_PER_MS;
    return skewUs;
  }

  /** True while a countdown of an account ends conditional orders as well. */
  stripsAlgos(accountIx: number, nowUs: EpochUs): boolean {
    return this.#faults.some(
      (told) =>
        told.fault.kind === 'countdown-strips-algos' &&
        isOfAccount(told.fault, accountIx) &&
        this.#isActive(told, nowUs),
    );
  }

  /** True while the exchange is closed. */
  isClosed(nowUs: EpochUs): boolean {
    return this.#faults.some((told) => told.fault.kind === 'maintenance' && this.#isActive(told, nowUs));
  }

  /** Returns when a fault that strikes now is over, as far as that is known; `null` = nobody knows. */
  endUs(fault: Fault, nowUs: EpochUs): EpochUs | null {
    const told = this.#faults.find((one) => one.fault === fault);
    if (told === undefined || fault.forS === null) return null;
    const everyUs = (fault.everyS ?? 0) * US_PER_SECOND;
    const sinceUs = nowUs - beginUs(told);
    const roundUs = everyUs === 0 ? sinceUs : sinceUs % everyUs;
    return nowUs - roundUs + fault.forS * US_PER_SECOND;
  }

  #isActive(told: ToldFault, nowUs: EpochUs): boolean {
    const { count, everyS, forS } = told.fault;
    const sinceUs = nowUs - beginUs(told);
    if (sinceUs < 0 || (count !== null && told.strikes >= count)) return false;
    if (forS === null) return true;
    const roundUs = everyS === null ? sinceUs : sinceUs % (everyS * US_PER_SECOND);
    return roundUs < forS * US_PER_SECOND;
  }

  /** Draws whether a thing that could be struck is. */
  #strikes(told: ToldFault): boolean {
    if (told.fault.share < 1 && this.#prng.uniform() >= told.fault.share) return false;
    told.strikes++;
    return true;
  }

  #waitUs({ jitterMs, ms }: { readonly ms: number; readonly jitterMs: number }): number {
    const extraMs = jitterMs === 0 ? 0 : jitterMs * this.#prng.uniform();
    return Math.round((ms + extraMs) * US_PER_MS);
  }

  #forgetEnded(nowUs: EpochUs): void {
    this.#faults = this.#faults.filter((told) => {
      const { count, everyS, forS } = told.fault;
      const isUsedUp = count !== null && told.strikes >= count;
      const isOver = forS !== null && everyS === null && nowUs >= beginUs(told) + forS * US_PER_SECOND;
      return !isUsedUp && !isOver;
    });
  }
}

function beginUs({ fault, toldUs }: ToldFault): EpochUs {
  return toldUs + fault.afterS * US_PER_SECOND;
}

function isOf<K extends Fault['kind']>(
  fault: Fault,
  kinds: readonly K[],
): fault is Extract<Fault, { kind: K }> {
  return (kinds as readonly string[]).includes(fault.kind);
}

function isOfAccount(fault: Fault, accountIx: number): boolean {
  return fault.accountIx === -1 || fault.accountIx === accountIx;
}

function isFacing(fault: Fault, { accountIx, method, path }: FacedRequest): boolean {
  if (!isOfAccount(fault, accountIx)) return false;
  if (fault.kind === 'reject' && !PLACING.test(`${method} ${path}`)) return false;
  return (
    (fault.method === null || fault.method === method) && (fault.path === null || path.startsWith(fault.path))
  );
}

function isHeard(fault: StreamFault, accountIx: number, { payload, stream }: HeldMessage): boolean {
  const isUser = accountIx !== -1;
  if (fault.stream === null ? !isUser : isUser || !stream.startsWith(fault.stream)) return false;
  if (isUser && !isOfAccount(fault, accountIx)) return false;
  return fault.events.length === 0 || ('e' in payload && fault.events.includes(String(payload.e)));
}
