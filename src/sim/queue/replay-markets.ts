/** The exchange of a replay by what is asked of it. What it is not: the exchanges. */
import { assert } from '#core';
import type { ImpactRule } from '../impact/index.ts';
import { ConsumingExchange } from './consuming-exchange.ts';
import type { QueueModel } from './queue-model.ts';
import { type ExchangeModel, type FillListener, ReplayExchange } from './replay-exchange.ts';
import type { ReplayMarket } from './replay-market.ts';

/** What is asked of the exchange of a replay. */
export interface ReplayMarketOptions {
  readonly queue: QueueModel;
  readonly exchange: ExchangeModel;
  /** Lets own orders use the market up (M107), which is possible where they fill by parts; without it they leave nothing behind (M55). */
  readonly impact?: ImpactRule;
  readonly onFill?: FillListener;
}

/** Returns the exchange that does what is asked. */
export function replayMarketOf({ exchange, impact, onFill, queue }: ReplayMarketOptions): ReplayMarket {
  const told = onFill === undefined ? {} : { onFill };
  assert(impact === undefined || exchange === 'partial', 'own orders that use the market up fill by parts');
  if (impact === undefined) return new ReplayExchange({ queue, exchange, ...told });
  return new ConsumingExchange({ queue, impact, ...told });
}
