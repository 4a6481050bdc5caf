/** Reads the parameters of one request; the first fault counts and is asked for once, at the end. */
import { parseDecimal } from '#core';
import { type ApiCode, type ApiRefusal, refuse } from './api-refusal.ts';

/** The parameters of a request and the first thing that is wrong with them. */
export class ApiParams {
  readonly #values: ReadonlyMap<string, string>;
  #fault: ApiRefusal | null = null;

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values;
  }

  /** The first fault so far; `null` when there is none. */
  get fault(): ApiRefusal | null {
    return this.#fault;
  }

  /** Notes a fault, unless there is an earlier one. */
  refuse(fault: ApiRefusal): void {
    this.#fault ??= fault;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Returns a text; `null` when it was not sent. An empty one is a fault. */
  text(name: string): string | null {
    const value = this.#values.get(name);
    if (value === undefined) return null;
    if (value === '') this.refuse(refuse('-1105', name));
    return value;
  }

  /** Returns a text that must be there; empty, with a fault, when it is not. */
  need(name: string): string {
    const value = this.#values.get(name) ?? '';
    if (value === '') this.refuse(refuse('-1102', name));
    return value;
  }

  /** Returns an integer within [`low`, `high`]; `null` when it was not sent or, with a fault, is none. */
  integer(name: string, low = 0, high = Number.MAX_SAFE_INTEGER): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    this.refuse(Number.isNaN(value) ? refuse('-1102', name) : refuse('-1130', name));
    return null;
  }

  /** Returns a yes or no; `false` when it was not sent. */
  flag(name: string): boolean {
    const text = this.text(name)?.toLowerCase() ?? 'false';
    if (text !== 'true' && text !== 'false') this.refuse(refuse('-1130', name));
    return text === 'true';
  }

  /** Returns one of some words; the first one when it was not sent or, with a fault of `code`, is another. */
  choice<T extends string>(name: string, words: readonly [T, ...T[]], code: ApiCode = '-1130'): T {
    const text = this.text(name);
    if (text === null) return words[0];
    const found = words.find((word) => word === text.toUpperCase());
    if (found === undefined) this.refuse(refuse(code, name));
    return found ?? words[0];
  }

  /** Returns a decimal as an integer count of 10^-`decimals`; `null` when it was not sent or, with a fault, is none or too fine. */
  decimal(name: string, decimals: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    if (!/^-?\d{1,20}(\.\d{1,20})?$/.test(text)) {
      this.refuse(refuse('-1102', name));
      return null;
    }
    const units = parseDecimal(text, decimals);
    if (!Number.isNaN(units)) return units;
    this.refuse(refuse('-1111'));
    return null;
  }
}
