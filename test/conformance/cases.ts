/** All cases of the conformance suite, in the order of their numbers. */
import { BOOK_CASES } from './book-cases.ts';
import type { ConformanceCase } from './case.ts';
import { DAMAGE_CASES } from './damage-cases.ts';
import { DIALOGUE_CASES } from './dialogue-cases.ts';
import { FRAME_CASES } from './frame-cases.ts';
import { NUMBER_CASES } from './number-cases.ts';
import { PLAN_CASES } from './plan-cases.ts';
import { REST_CASES } from './rest-cases.ts';

/** Every case once. */
export const CONFORMANCE_CASES: readonly ConformanceCase[] = [
  ...PLAN_CASES,
  ...DIALOGUE_CASES,
  ...FRAME_CASES,
  ...DAMAGE_CASES,
  ...NUMBER_CASES,
  ...BOOK_CASES,
  ...REST_CASES,
];
