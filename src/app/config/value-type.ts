/**
 * The kinds of values that a configuration key may have. Each knows how YAML writes it (the zod schema's input), what the program
 * gets (its output, in the house's units), and how people are told what is allowed. No key is defined here.
 */
import { z } from 'zod';
import { decimalsOf, parseDecimal, parseDurationUs, plainDecimal } from '#core';

/** One kind of value. `T` is what the program gets. */
export interface ValueType<T> {
  readonly schema: z.ZodType<T>;
  /** How a value is measured, e.g. `fraction`; empty when it has no unit. */
  readonly unit: string;
  /** What is allowed, as the end of the sentence "expected ...". */
  readonly allowed: string;
  /** True when a text is written where YAML would also take a bare number, so that the hint about quotes makes no sense. */
  readonly takesText: boolean;
  /** The type of one element where the value is a list. */
  readonly element?: ValueType<unknown>;
  /** Every word that is allowed, where the value is one out of a list. */
  readonly words?: readonly string[];
}

/** Message of an issue that is told from `allowed` alone. */
export const NOT_ALLOWED = 'not allowed';

interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** The largest amount of money a key takes; with 8 decimals it still fits a safe integer. */
const MONEY_MAX = 50_000_000;
/** Decimals of money in the configuration: an atom is never coarser. */
const MONEY_DECIMALS = 8;
/** A double carries 15 significant decimal digits exactly; longer numbers must be quoted. */
export const EXACT_DIGITS_MAX = 15;
const PPM_PER_BPS_DECIMALS = 2;
const PPM_DECIMALS = 6;

/** Returns the type of a ratio such as 0.25. */
export function fraction({ min, max }: NumberRange): ValueType<number> {
  return {
    schema: z.number().min(min).max(max),
    unit: 'fraction',
    allowed: `a fraction from ${min} to ${max}`,
    takesText: false,
  };
}

/** Returns the type of a plain finite number; `unit` may be empty. */
export function real({ min, max, unit }: NumberRange & { readonly unit: string }): ValueType<number> {
  return {
    schema: z.number().min(min).max(max),
    unit,
    allowed: `a number from ${min} to ${max}`,
    takesText: false,
  };
}

/** Returns the type of a whole number; `unit` says what is counted. */
export function count({ min, max, unit }: NumberRange & { readonly unit: string }): ValueType<number> {
  return {
    schema: z.int().min(min).max(max),
    unit,
    allowed: `a whole number from ${min} to ${max}`,
    takesText: false,
  };
}

/** Returns the type of a duration written with its unit (`60s`, `5m`); the program gets microseconds. */
export function duration({ min, max }: { readonly min: string; readonly max: string }): ValueType<number> {
  const minUs = parseDurationUs(min) ?? 0;
  const maxUs = parseDurationUs(max) ?? 0;
  const allowed = `a duration with its unit (us, ms, s, m, h, d, w) from ${min} to ${max}`;
  const schema = z
    .string()
    .regex(/^\d+(\.\d+)?(us|ms|s|m|h|d|w)$/)
    .transform((text, context) => {
      const us = parseDurationUs(text);
      if (us !== undefined && us >= minUs && us <= maxUs) return us;
      context.addIssue({ code: 'custom', message: NOT_ALLOWED, input: text });
      return z.NEVER;
    });
  return { schema, unit: 'duration', allowed, takesText: true };
}

/** Returns the type of hundredths of a percent with at most two decimals; the program gets whole parts per million. */
export function bps({ min, max }: NumberRange): ValueType<number> {
  const schema = z
    .number()
    .min(min)
    .max(max)
    .transform((value, context) => {
      const ppm = parseDecimal(String(value), PPM_PER_BPS_DECIMALS);
      if (Number.isSafeInteger(ppm)) return ppm;
      context.addIssue({ code: 'custom', message: NOT_ALLOWED, input: value });
      return z.NEVER;
    });
  return {
    schema,
    unit: 'basis points',
    allowed: `a number of basis points from ${min} to ${max} with at most 2 decimals`,
    takesText: false,
  };
}

/** Returns the type of a ratio with at most six decimals; the program gets whole parts per million. */
export function fractionPpm({ min, max }: NumberRange): ValueType<number> {
  const schema = z
    .number()
    .min(min)
    .max(max)
    .transform((value, context) => {
      const ppm = parseDecimal(String(value), PPM_DECIMALS);
      if (Number.isSafeInteger(ppm)) return ppm;
      context.addIssue({ code: 'custom', message: NOT_ALLOWED, input: value });
      return z.NEVER;
    });
  return {
    schema,
    unit: 'fraction',
    allowed: `a fraction from ${min} to ${max} with at most 6 decimals`,
    takesText: false,
  };
}

interface DecimalRange extends NumberRange {
  readonly decimals: number;
  readonly unit: string;
}

/** Returns the type of an exact decimal, written as number or as text; the program gets plain decimal text such as `0.001`. */
export function exactDecimal({ min, max, decimals, unit }: DecimalRange): ValueType<string> {
  const schema = z.union([z.number(), z.string().regex(/^\d+(\.\d+)?$/)]).transform((value, context) => {
    const plain = exactText(value);
    if (plain !== undefined && decimalsOf(plain) <= decimals && Number(plain) >= min && Number(plain) <= max)
      return plain;
    context.addIssue({ code: 'custom', message: NOT_ALLOWED, input: value });
    return z.NEVER;
  });
  return {
    schema,
    unit,
    allowed: `a decimal from ${min} to ${max} with at most ${decimals} decimals`,
    takesText: true,
  };
}

/** Returns the type of an amount in quote currency, exact to 8 decimals. */
export function money({
  min,
  max = MONEY_MAX,
}: {
  readonly min: number;
  readonly max?: number;
}): ValueType<string> {
  return exactDecimal({ min, max, decimals: MONEY_DECIMALS, unit: 'quote currency' });
}

/** Returns `value` as plain decimal text, or `undefined` where the number may already have lost digits. */
function exactText(value: string | number): string | undefined {
  const plain = plainDecimal(String(value));
  if (plain === undefined || typeof value === 'string') return plain;
  const digits = plain.replace(/^[-0.]+/, '').replace('.', '').length;
  return digits > EXACT_DIGITS_MAX ? undefined : plain;
}

/** Returns the type of one word out of a list. */
export function choice<const C extends readonly [string, ...string[]]>(words: C): ValueType<C[number]> {
  return { schema: z.enum(words), unit: '', allowed: `one of ${words.join(', ')}`, takesText: true, words };
}

/** Returns the type of `true` or `false`. */
export function flag(): ValueType<boolean> {
  return { schema: z.boolean(), unit: '', allowed: 'true or false', takesText: false };
}

interface TextForm {
  readonly pattern: RegExp;
  readonly allowed: string;
}

/** Returns the type of a text of a given form. */
export function text({ pattern, allowed }: TextForm): ValueType<string> {
  return { schema: z.string().regex(pattern), unit: '', allowed, takesText: true };
}

/** Returns the type of a text that `parse` turns into what the program gets; `parse` returns `undefined` where it cannot. */
export function parsedText<T>(form: TextForm, parse: (text: string) => T | undefined): ValueType<T> {
  const schema = z
    .string()
    .regex(form.pattern)
    .transform((value, context) => {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message: NOT_ALLOWED, input: value });
      return z.NEVER;
    });
  return { schema, unit: '', allowed: form.allowed, takesText: true };
}

/** Returns the type that also takes `null`; `meaning` says what null stands for. */
export function orNull<T>(type: ValueType<T>, meaning: string): ValueType<T | null> {
  return { ...type, schema: type.schema.nullable(), allowed: `${type.allowed}, or null (${meaning})` };
}

/** Returns the type of a list of `min` to `max` values without repeats. */
export function listOf<T>(type: ValueType<T>, { min, max }: NumberRange): ValueType<readonly T[]> {
  const schema = z
    .array(type.schema)
    .min(min)
    .max(max)
    .superRefine((values, context) => {
      values.forEach((value, index) => {
        if (values.indexOf(value) === index) return;
        context.addIssue({ code: 'custom', message: 'is listed twice', path: [index], input: value });
      });
    });
  return {
    schema,
    unit: type.unit,
    allowed: `a list of ${min} to ${max} values, each ${type.allowed}`,
    takesText: false,
    element: type,
  };
}
