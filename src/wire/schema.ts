/**
 * zod as this room uses it, and the few types that several messages share. The dashboard forbids the evaluation of text as code (its
 * content security policy), so zod is told not to try; the setting holds for the whole process and only costs speed.
 */
import * as z from 'zod/mini';
import { TEXT_CHARS_MAX } from './limits.ts';

z.config({ jitless: true });

export { z };

/**
 * A number that is always there. JSON has no NaN, so that what is not a number arrives as `null`; it becomes NaN again and is shown as a
 * dash, instead of making the whole message unreadable.
 */
export const figure = z.pipe(
  z.nullable(z.number()),
  z.transform((value) => value ?? Number.NaN),
);
/** A number or nothing. */
export const numberOrNull = z.nullable(z.number());
/** Epoch microseconds. */
export const tsUs = z.int();
/** Epoch microseconds or nothing. */
export const tsUsOrNull = z.nullable(z.int());
/** A number of things. */
export const count = z.int().check(z.gte(0));
/** Text from elsewhere. */
export const text = z.string().check(z.maxLength(TEXT_CHARS_MAX));
/** Text from elsewhere or nothing. */
export const textOrNull = z.nullable(text);
