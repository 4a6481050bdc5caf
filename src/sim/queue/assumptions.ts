/** What a replay of an order schedule rests on, in words, so that nobody takes its fills for more than they are. */
import { formatDurationUs } from '#core';
import { TOXIC_QUEUE_ABOVE } from '../adverse/index.ts';
import type { Assumption } from '../assumption.ts';
import { type ImpactRule, impactAssumption } from '../impact/index.ts';
import type { ExchangeModel } from './replay-exchange.ts';

/** The choices of a replay. */
export interface ReplayChoices {
  readonly queue: string;
  /** One lot in base currency, as text. */
  readonly lotSize: string;
  readonly exchange: ExchangeModel;
  readonly entryUs: number;
  readonly responseUs: number;
  /** Absent: own orders leave nothing behind (M55). */
  readonly impact?: ImpactRule;
}

const EXCHANGE_TEXTS: Readonly<Record<ExchangeModel, string>> = {
  'no-partial':
    'Orders fill whole: a taker at the best price whatever stands there, a maker once its queue is used up. Large orders look better than they are.',
  partial:
    'Takers get what the levels show, makers what a trade leaves after their queue; an order whose price is crossed fills whole.',
};

/** Returns the assumptions of a replay in a fixed order. */
export function fillReplayAssumptions(choices: ReplayChoices): readonly Assumption[] {
  const { entryUs, exchange, lotSize, queue, responseUs } = choices;
  const isLog = queue.startsWith('log_');
  return [
    {
      key: 'queue',
      value: queue,
      text: `The place in the queue is guessed from the level's quantity and its trades${isLog ? `, counted in lots of ${lotSize}` : ''}.`,
    },
    {
      key: 'latency',
      value: `${formatDurationUs(entryUs)} to the exchange, ${formatDurationUs(responseUs)} back`,
      text: 'Constant.',
    },
    { key: 'exchange', value: exchange, text: EXCHANGE_TEXTS[exchange] },
    impactOf(choices),
    {
      key: 'queue-position',
      value: `likely toxic above ${TOXIC_QUEUE_ABOVE}`,
      text: 'Makers with more ahead of them at their arrival, in orders of the mean size of the trades so far, are flagged; the flag changes no fill.',
    },
    { key: 'fees', value: 'none', text: 'Fills are told without fees; makers and takers are counted apart.' },
  ];
}

function impactOf({ impact }: ReplayChoices): Assumption {
  if (impact !== undefined) {
    const { text, value } = impactAssumption(impact);
    const shares = 'Own orders share each trade and each level.';
    return { key: 'impact', value: `own orders share, ${value}`, text: `${shares} ${text}` };
  }
  return {
    key: 'impact',
    value: 'none',
    text: 'Own orders change nothing: levels keep what was taken, and one trade can fill several own orders.',
  };
}
