/**
 * Reads faults as they are asked for, in JSON: one parser for the admin desk, for files and for the named scenarios. What is not understood is
 * refused with the place and what was expected; nothing is passed over. It carries nothing out.
 */
import { XylenError } from '#core';
import {
  FAULT_KINDS,
  type Fault,
  type FaultEffect,
  type FaultKind,
  type FaultScope,
  SOCKET_SETS,
} from './fault.ts';

/** Faults that can be told at once. */
const FAULTS_MAX = 100;
const SECONDS_MAX = 1_000_000;
const COUNT_MAX = 1_000_000;
const MS_MAX = 3_600_000;
const TEXT_LENGTH_MAX = 200;
/** The fields that every kind has. */
const SCOPE_FIELDS = [
  'kind',
  'account',
  'method',
  'path',
  'after_s',
  'for_s',
  'every_s',
  'count',
  'share',
] as const;

/** Reads one fault or a list of them. @throws XY_USAGE, naming the field, what was expected and what was found. */
export function readFaults(value: unknown): Fault[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > FAULTS_MAX)
    throw new XylenError('XY_USAGE', `faults: expected 1 to ${FAULTS_MAX}, found ${list.length}`);
  return list.map((item, at) => readFault(item, list.length === 1 ? 'fault' : `fault ${at + 1}`));
}

function readFault(value: unknown, where: string): Fault {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new XylenError('XY_USAGE', `${where}: expected an object with a kind`);
  const form = new FaultForm(where, value as Readonly<Record<string, unknown>>);
  const kind = form.word('kind', FAULT_KINDS);
  const effect = readEffect(form, kind);
  const scope = readScope(form, kind);
  form.refuseTheRest();
  return { ...effect, ...scope };
}

function readScope(form: FaultForm, kind: FaultKind): FaultScope {
  const forS = form.numberOrNull('for_s', 0, SECONDS_MAX);
  const everyS = form.numberOrNull('every_s', 0.05, SECONDS_MAX);
  const count = form.numberOrNull('count', 1, COUNT_MAX);
  const share = form.numberOrNull('share', 0, 1);
  const isForOne = ['drop', 'duplicate', 'delay', 'error', 'no-answer', 'reject', 'latency'].includes(kind);
  const isOpen = forS === null && count === null && share === null;
  return {
    accountIx: (form.numberOrNull('account', 1, 1_000) ?? 0) - 1,
    method: form.textOrNull('method')?.toUpperCase() ?? null,
    path: form.textOrNull('path'),
    afterS: form.numberOrNull('after_s', 0, SECONDS_MAX) ?? 0,
    forS,
    everyS,
    // What strikes single requests or messages strikes one of them unless more is said.
    count: count ?? (isForOne && isOpen ? 1 : null),
    share: share ?? 1,
  };
}

// tidy: long-function one case for each kind of fault, each a few lines
function readEffect(form: FaultForm, kind: FaultKind): FaultEffect {
  switch (kind) {
    case 'latency':
      return {
        kind,
        ms: form.number('ms', 0, MS_MAX),
        jitterMs: form.numberOrNull('jitter_ms', 0, MS_MAX) ?? 0,
      };
    case 'error': {
      const status = form.numberOrNull('status', 400, 599) ?? 503;
      return {
        kind,
        status,
        hasEffect: form.flag('effect'),
        code: form.numberOrNull('code', -99_999, 0),
        msg: form.textOrNull('msg'),
      };
    }
    case 'no-answer':
      return { kind, hasEffect: form.flag('effect') };
    case 'reject':
      return { kind, code: form.numberOrNull('code', -99_999, -1) ?? -2010, msg: form.textOrNull('msg') };
    case 'too-many':
    case 'ban':
    case 'maintenance':
    case 'liquidate':
    case 'expire-listen-key':
    case 'countdown-strips-algos':
      return { kind };
    case 'drop':
    case 'duplicate':
      return { kind, ...readStream(form) };
    case 'delay':
      return {
        kind,
        ...readStream(form),
        ms: form.number('ms', 1, MS_MAX),
        jitterMs: form.numberOrNull('jitter_ms', 0, MS_MAX) ?? 0,
      };
    case 'cut':
    case 'stall':
      return { kind, sockets: form.wordOr('sockets', SOCKET_SETS, 'all') };
    case 'clock-skew':
      return { kind, ms: form.number('ms', -MS_MAX, MS_MAX) };
  }
}

function readStream(form: FaultForm): { readonly stream: string | null; readonly events: readonly string[] } {
  return { stream: form.textOrNull('stream'), events: form.texts('events') };
}

/** One fault in JSON, and which of its fields have been asked for. */
class FaultForm {
  readonly #where: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>(SCOPE_FIELDS);

  constructor(where: string, fields: Readonly<Record<string, unknown>>) {
    this.#where = where;
    this.#fields = fields;
  }

  number(name: string, low: number, high: number): number {
    return this.numberOrNull(name, low, high) ?? this.#refuse(name, `a number from ${low} to ${high}`);
  }

  numberOrNull(name: string, low: number, high: number): number | null {
    const value = this.#take(name);
    if (value === undefined) return null;
    if (typeof value === 'number' && value >= low && value <= high) return value;
    return this.#refuse(name, `a number from ${low} to ${high}`);
  }

  flag(name: string): boolean {
    const value = this.#take(name) ?? false;
    return typeof value === 'boolean' ? value : this.#refuse(name, 'true or false');
  }

  textOrNull(name: string): string | null {
    const value = this.#take(name);
    if (value === undefined) return null;
    if (typeof value === 'string' && value !== '' && value.length <= TEXT_LENGTH_MAX) return value;
    return this.#refuse(name, `a text of 1 to ${TEXT_LENGTH_MAX} characters`);
  }

  texts(name: string): readonly string[] {
    const value = this.#take(name) ?? [];
    if (Array.isArray(value) && value.length <= FAULTS_MAX) {
      const list = value as readonly unknown[];
      if (list.every((item) => typeof item === 'string')) return list;
    }
    return this.#refuse(name, 'a list of texts');
  }

  word<T extends string>(name: string, words: readonly T[]): T {
    const value = this.#take(name);
    return words.find((word) => word === value) ?? this.#refuse(name, words.join(', '));
  }

  wordOr<T extends string>(name: string, words: readonly T[], otherwise: T): T {
    return this.#fields[name] === undefined ? otherwise : this.word(name, words);
  }

  refuseTheRest(): void {
    for (const name of Object.keys(this.#fields))
      if (!this.#asked.has(name)) this.#refuse(name.slice(0, TEXT_LENGTH_MAX), 'no such field');
  }

  #take(name: string): unknown {
    this.#asked.add(name);
    return this.#fields[name];
  }

  #refuse(name: string, expected: string): never {
    const found = JSON.stringify(this.#fields[name])?.slice(0, TEXT_LENGTH_MAX) ?? 'nothing';
    throw new XylenError('XY_USAGE', `${this.#where}: ${name}: expected ${expected}, found ${found}`);
  }
}
