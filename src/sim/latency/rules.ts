/** What can be said of latency: one record a model, plain data for configuration and cards. What it is not: the models. */
import { XylenError } from '#core';

/** The time a message needs one way: uniform in a range, with rare spikes. */
export interface LatencyRule {
  readonly minUs: number;
  readonly maxUs: number;
  /** Share of messages that are held up, ppm. */
  readonly spikePpm: number;
  /** A spike multiplies the time by a number in [2, `spikeFactorMax`], at least 2. */
  readonly spikeFactorMax: number;
}

/** Recorded latencies in columns, in microseconds and in order of request; each row has request <= exchange <= response. */
export interface RecordedLatencies {
  /** Where they come from, for the card. */
  readonly name: string;
  readonly requestUs: Float64Array;
  readonly exchangeUs: Float64Array;
  readonly responseUs: Float64Array;
}

/** One leg of the way with the model that holds for it. */
export type LegRule =
  | { readonly model: 'constant'; readonly us: number }
  | ({ readonly model: 'uniform' } & LatencyRule)
  /** The logarithm of the time is normal around that of `medianUs` with standard deviation `sigma`; more than `capUs` counts as `capUs`. */
  | {
      readonly model: 'log_normal';
      readonly medianUs: number;
      readonly sigma: number;
      readonly capUs: number;
    }
  | { readonly model: 'recorded'; readonly recorded: RecordedLatencies };

/** Names of the latency models. */
export const LATENCY_MODELS = ['constant', 'uniform', 'log_normal', 'recorded'] as const;

/** The legs of the way between trader and venue: an order to the venue, its answer back, market data. */
export const LATENCY_LEGS = ['entry', 'response', 'feed'] as const;

/** One of `LATENCY_LEGS`. */
export type LatencyLeg = (typeof LATENCY_LEGS)[number];

/** A day: nothing travels longer. */
const TRAVEL_US_MAX = 86_400_000_000;

/** Checks a uniform rule. @throws XY_CONFIG_INVALID when its range makes no sense; `name` says whose it is. */
export function checkLatencyRule<R extends LatencyRule>(rule: R, name: string): R {
  const isGood =
    Number.isSafeInteger(rule.minUs) &&
    Number.isSafeInteger(rule.maxUs) &&
    rule.minUs >= 0 &&
    rule.maxUs >= rule.minUs &&
    rule.spikePpm >= 0 &&
    rule.spikePpm <= 1_000_000 &&
    rule.spikeFactorMax >= 2;
  if (isGood) return rule;
  throw new XylenError(
    'XY_CONFIG_INVALID',
    `latency of ${name} has 0 <= minUs <= maxUs, spikePpm in [0, 1000000] and spikeFactorMax >= 2, was ${JSON.stringify(rule)}`,
  );
}

/** Checks the rule of a leg. @throws XY_CONFIG_INVALID saying what is wrong; `name` says whose it is. */
export function checkLegRule(rule: LegRule, name: string): LegRule {
  const refuse = (expected: string, found: string): never => {
    throw new XylenError('XY_CONFIG_INVALID', `latency of ${name}: expected ${expected}, found ${found}`);
  };
  const isTime = (us: number): boolean => Number.isSafeInteger(us) && us >= 0 && us <= TRAVEL_US_MAX;
  switch (rule.model) {
    case 'constant':
      return isTime(rule.us) ? rule : refuse('whole microseconds of at most a day', String(rule.us));
    case 'uniform':
      return checkLatencyRule(rule, name);
    case 'log_normal': {
      const { capUs, medianUs, sigma } = rule;
      const isGood =
        isTime(medianUs) && medianUs > 0 && isTime(capUs) && capUs >= medianUs && sigma >= 0 && sigma <= 5;
      return isGood ? rule : refuse('0 < medianUs <= capUs and sigma in [0, 5]', JSON.stringify(rule));
    }
    case 'recorded':
      checkRecorded(rule.recorded, refuse);
      return rule;
  }
}

function checkRecorded(rows: RecordedLatencies, refuse: (expected: string, found: string) => never): void {
  const { exchangeUs, name, requestUs, responseUs } = rows;
  const count = requestUs.length;
  if (count === 0 || exchangeUs.length !== count || responseUs.length !== count)
    refuse('at least one row of request, exchange and response', `${name} with ${count} requests`);
  for (let row = 0; row < count; row++) {
    const [request, exchange, response] = [requestUs[row]!, exchangeUs[row]!, responseUs[row]!];
    if (!(request <= exchange && exchange <= response && response - request <= TRAVEL_US_MAX))
      refuse(
        'request <= exchange <= response within a day',
        `${request}, ${exchange}, ${response} in row ${row + 1} of ${name}`,
      );
    if (row > 0 && !(request >= requestUs[row - 1]! && exchange >= exchangeUs[row - 1]!))
      refuse('rows in order of request and exchange', `${request}, ${exchange} in row ${row + 1} of ${name}`);
  }
}
