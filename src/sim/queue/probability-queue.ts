/**
 * Queue models that split what was cancelled at a level between those ahead of the order and those behind it, by a probability. What it is not:
 * the probabilities themselves (`probabilities.ts`).
 */
import { assert } from '#core';
import type { BehindProbability } from './probabilities.ts';
import type { QueueModel, QueuePlace } from './queue-model.ts';

/**
 * Returns a model that shortens the queue by trades, and by its share of each decrease of the level that trades do not explain (rule M46):
 * with c = previous - new - traded >= 0, b = previous - ahead and p the probability that a cancelled lot stood behind,
 * ahead' = min(ahead - (1 - p) c + min(b - p c, 0), new). An increase leaves the queue alone. Source: `ProbQueueModel` of hftbacktest.
 */
export function probabilityQueue(name: string, probability: BehindProbability): QueueModel {
  return {
    name,
    join: (levelLots) => ({ aheadLots: levelLots, tradedLots: 0 }),
    onTrade: (place, lots) => {
      place.aheadLots -= lots;
      place.tradedLots += lots;
    },
    onLevel: (place, previousLots, lots) => onLevel(place, previousLots, lots, probability),
  };
}

function onLevel(
  place: QueuePlace,
  previousLots: number,
  lots: number,
  probability: BehindProbability,
): void {
  const cancelled = previousLots - lots - place.tradedLots;
  place.tradedLots = 0;
  const ahead = place.aheadLots;
  if (cancelled < 0) {
    place.aheadLots = Math.min(ahead, lots);
    return;
  }
  const behind = previousLots - ahead;
  const share = probability(ahead, behind);
  // Division by 0: nothing was there to be split.
  const behindShare = Number.isFinite(share) || Number.isNaN(share) ? share : 1;
  const estimate = ahead - (1 - behindShare) * cancelled + Math.min(behind - behindShare * cancelled, 0);
  // Where the probability has no value (M49), the order is as far back as it can be.
  place.aheadLots = Number.isNaN(estimate) ? lots : Math.min(estimate, lots);
  assert(place.aheadLots <= lots, 'no more stands before an order than the level shows');
}
