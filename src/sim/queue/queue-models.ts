/** The queue models by name. What it is not: the models (`risk-adverse.ts`, `probability-queue.ts`). */
import { assert } from '#core';
import {
  type BehindProbability,
  logProbability,
  logProbability2,
  powerProbability,
  powerProbability2,
  powerProbability3,
} from './probabilities.ts';
import { probabilityQueue } from './probability-queue.ts';
import type { QueueModel } from './queue-model.ts';
import { RISK_ADVERSE } from './risk-adverse.ts';

/** Forms of the names of queue models; N is a number above 0, e.g. `power_prob3_3` or `power_prob_0.5`. */
export const QUEUE_MODEL_FORMS: readonly string[] = [
  'risk_adverse',
  'power_prob_N',
  'power_prob2_N',
  'power_prob3_N',
  'log_prob',
  'log_prob2',
];

const POWERS: Readonly<Record<string, (n: number) => BehindProbability>> = {
  power_prob: powerProbability,
  power_prob2: powerProbability2,
  power_prob3: powerProbability3,
};

/** What the models need to know of the instrument. */
export interface QueueModelOptions {
  /** One lot in the unit in which quantities enter the logarithms; 1 = they are counted in lots. */
  readonly lotUnit: number;
}

/** Returns the queue model of a name; `undefined` when there is none of that name. */
export function queueModelOf(
  name: string,
  { lotUnit }: QueueModelOptions = { lotUnit: 1 },
): QueueModel | undefined {
  assert(lotUnit > 0 && Number.isFinite(lotUnit), 'a lot is a quantity above 0');
  if (name === 'risk_adverse') return RISK_ADVERSE;
  if (name === 'log_prob') return probabilityQueue(name, logProbability(lotUnit));
  if (name === 'log_prob2') return probabilityQueue(name, logProbability2(lotUnit));
  const match = /^(power_prob[23]?)_(\d{1,4}(?:\.\d{1,12})?)$/.exec(name);
  const [, family = '', power = ''] = match ?? [];
  const n = Number(power);
  return match === null || n <= 0 ? undefined : probabilityQueue(name, POWERS[family]!(n));
}
