/** What a depth back-test rests on, in words, so that nobody takes its result for more than it is. */
import { formatDurationUs } from '#core';
import type { Assumption } from '../assumption.ts';
import type { ImpactRule } from '../impact/index.ts';
import { type ExchangeModel, fillReplayAssumptions } from '../queue/index.ts';
import type { DepthFees } from './depth-account.ts';
import type { OrderLatency } from './order-latency.ts';

/** The choices of a depth back-test. */
export interface DepthChoices {
  readonly queue: string;
  readonly exchange: ExchangeModel;
  readonly latency: OrderLatency;
  readonly fees: DepthFees;
  readonly stepUs: number;
  readonly impact: ImpactRule | undefined;
}

/** What counts as it does in the replay of a schedule. */
const SHARED_KEYS: readonly string[] = ['queue', 'exchange', 'impact'];

/** Returns the assumptions in a fixed order. */
export function depthAssumptions(choices: DepthChoices): readonly Assumption[] {
  const { exchange, fees, impact, latency, queue, stepUs } = choices;
  const replay = { queue, exchange, lotSize: 'its lot unit', entryUs: 0, responseUs: 0 };
  const shared = fillReplayAssumptions(impact === undefined ? replay : { ...replay, impact });
  return [
    ...shared.filter(({ key }) => SHARED_KEYS.includes(key)),
    {
      key: 'latency',
      value: latency.name,
      text: 'Of requests and of answers; market data come as they were recorded.',
    },
    {
      key: 'step',
      value: formatDurationUs(stepUs),
      text: 'The trader looks and acts at this interval and never in between.',
    },
    {
      key: 'fees',
      value: `maker ${fees.makerPpm} ppm, taker ${fees.takerPpm} ppm`,
      text: 'Of the value of each fill, rounded up; no funding, no margin, no liquidation.',
    },
  ];
}
