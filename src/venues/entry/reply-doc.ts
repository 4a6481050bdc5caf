/**
 * A reply or a private message as a document whose numbers keep the digits of the wire: ids beyond 2^53 and prices stay exact. For account traffic, which is rare
 * beside market data; every reading says what it wants and where, so that a wrong message is named by its field.
 */
import { type EpochUs, parseDecimal, plainDecimal, XylenError } from '#core';
import type { VenueId } from '#domain';
import { rfc3339Us } from '../market/index.ts';
import type { ExactAmount } from './entry-records.ts';

const TEXT = new TextDecoder('utf-8', { fatal: true });
const BYTES = new TextEncoder();
/** Characters of a foreign value that are quoted in an error. */
const QUOTE_CHARS_MAX = 60;

/** A number as the wire had it. */
class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, context) =>
  typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value;

/** A value of a reply, with the way to it. */
export class ReplyDoc {
  readonly #value: unknown;
  readonly #venue: VenueId;
  readonly #path: string;

  private constructor(value: unknown, venue: VenueId, path: string) {
    this.#value = value;
    this.#venue = venue;
    this.#path = path;
  }

  /** Parses a whole body; `what` names it in errors. @throws XY_VENUE_REPLY when it is no JSON text */
  static parse(body: Uint8Array, venue: VenueId, what: string): ReplyDoc {
    try {
      return new ReplyDoc(JSON.parse(TEXT.decode(body), keepDigits), venue, what);
    } catch (cause) {
      throw new XylenError('XY_VENUE_REPLY', `${venue} ${what}: no JSON text`, { cause });
    }
  }

  /** True when the value is there and not `null`. */
  get isThere(): boolean {
    return this.#value !== undefined && this.#value !== null;
  }

  get isList(): boolean {
    return Array.isArray(this.#value);
  }

  /** Returns a member of an object; one that is absent is a document that is not there. @throws XY_VENUE_REPLY when this is no object */
  at(name: string): ReplyDoc {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof NumberText)
      throw this.fail('an object');
    const members = value as Readonly<Record<string, unknown>>;
    return new ReplyDoc(
      Object.hasOwn(members, name) ? members[name] : undefined,
      this.#venue,
      `${this.#path}.${name}`,
    );
  }

  /** Returns the items of a list. @throws XY_VENUE_REPLY */
  items(): readonly ReplyDoc[] {
    if (!Array.isArray(this.#value)) throw this.fail('a list');
    return this.#value.map((item, at) => new ReplyDoc(item, this.#venue, `${this.#path}[${at}]`));
  }

  /** Returns the names of an object's members. @throws XY_VENUE_REPLY */
  names(): readonly string[] {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.fail('an object');
    return Object.keys(value);
  }

  /** Returns a text, or a number as its digits. @throws XY_VENUE_REPLY */
  text(): string {
    const value = this.#value;
    if (typeof value === 'string') return value;
    if (value instanceof NumberText) return value.text;
    throw this.fail('a text or a number');
  }

  /** Returns a text or number, `otherwise` when it is not there. @throws XY_VENUE_REPLY */
  textOr(otherwise: string): string {
    return this.isThere ? this.text() : otherwise;
  }

  /** Returns true or false, also as text. @throws XY_VENUE_REPLY */
  flag(): boolean {
    const value = this.#value;
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw this.fail('true or false');
  }

  /** Returns a safe integer. @throws XY_VENUE_REPLY */
  integer(): number {
    return this.scaled(0);
  }

  /** Returns a decimal as a count of 10^-`decimals`. @throws XY_VENUE_REPLY when it is none, finer than that, or beyond the safe integers */
  scaled(decimals: number): number {
    const units = parseDecimal(this.text(), decimals);
    if (Number.isNaN(units)) throw this.fail(`a decimal of at most ${decimals} digits behind the point`);
    return units;
  }

  /** Returns a decimal of any precision as plain text. @throws XY_VENUE_REPLY */
  decimal(): string {
    const plain = plainDecimal(this.text());
    if (plain === undefined) throw this.fail('a decimal number');
    return plain;
  }

  /** Returns the moment of RFC 3339 text; digits finer than microseconds are cut off. @throws XY_VENUE_REPLY */
  rfc3339Us(): EpochUs {
    const bytes = BYTES.encode(this.text());
    const us = rfc3339Us(bytes, 0, bytes.length);
    if (Number.isNaN(us)) throw this.fail('a time of RFC 3339');
    return us;
  }

  /** Returns an amount of money exactly as it is written. @throws XY_VENUE_REPLY */
  amount(asset: string): ExactAmount {
    return amountOf(asset, this.decimal());
  }

  /** Returns one of some known words. @throws XY_VENUE_REPLY */
  word<T extends string>(...words: readonly T[]): T {
    const text = this.text();
    const word = words.find((known) => known === text);
    if (word === undefined) throw this.fail(words.join(' or '));
    return word;
  }

  /** Returns the error of a value that is not as documented. */
  fail(expected: string): XylenError {
    const value = this.#value;
    const found = value instanceof NumberText ? value.text : (JSON.stringify(value) ?? 'nothing');
    const quote = found.length > QUOTE_CHARS_MAX ? `${found.slice(0, QUOTE_CHARS_MAX)}...` : found;
    return new XylenError(
      'XY_VENUE_REPLY',
      `${this.#venue} ${this.#path}: expected ${expected}, found ${quote}`,
      {
        fields: { venue: this.#venue, what: this.#path },
      },
    );
  }
}

/** Returns plain decimal text as an exact amount; `decimal` is a number as `plainDecimal` writes it. */
export function amountOf(asset: string, decimal: string): ExactAmount {
  const dot = decimal.indexOf('.');
  const decimals = dot < 0 ? 0 : decimal.length - dot - 1;
  return { asset, units: BigInt(decimal.replace('.', '')), decimals };
}
