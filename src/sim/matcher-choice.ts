/** Which matcher an instrument gets: the one of the finest data that its source delivers. What it is not: matching. */
import { assert } from '#core';
import type { Instrument } from '#domain';
import { BookMatcher } from './book-matcher.ts';
import { CandleMatcher } from './candle-matcher.ts';
import { impactOf } from './impact/index.ts';
import { LevelLiquidity } from './level-liquidity.ts';
import type { MatchDesk, Matcher } from './matcher.ts';
import type { SimRules } from './options.ts';
import { OrderLiquidity } from './order-liquidity.ts';
import { queueModelOf } from './queue/index.ts';
import type { DataCard } from './source.ts';
import { TradeMatcher } from './trade-matcher.ts';

/** Returns a fresh matcher of an instrument; `null` when no data let its orders be matched. */
export function matcherOf(
  instrument: Instrument,
  card: DataCard | null,
  rules: SimRules,
  desk: MatchDesk,
): Matcher | null {
  if (card === null) return null;
  const rule = rules.costs.depthRule;
  switch (card.level) {
    case 'candles':
      return new CandleMatcher(instrument, Number(card.timeframeUs), rule, desk);
    case 'trades':
      return new TradeMatcher(instrument, rule, desk);
    case 'book':
    case 'l3':
      return bookMatcherOf(instrument, card.level, rules, desk);
  }
}

function bookMatcherOf(
  instrument: Instrument,
  level: 'book' | 'l3',
  rules: SimRules,
  desk: MatchDesk,
): BookMatcher {
  const impact = impactOf(rules.impact, instrument.tickStep);
  // The logarithms of two models count in base currency (M56).
  const queue = queueModelOf(rules.queue, { lotUnit: 10 ** -instrument.qtyDecimals });
  assert(queue !== undefined, 'the queue model of the rules is known');
  const liquidity = level === 'l3' ? new OrderLiquidity() : new LevelLiquidity(queue, impact);
  return new BookMatcher({ instrument, desk, liquidity, impact });
}
