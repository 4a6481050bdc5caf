/** The most careful queue model: what is cancelled is taken to have stood behind the order. What it is not: an estimate; it is a bound. */
import type { QueueModel } from './queue-model.ts';

/**
 * Shortens the queue by trades at the price, and to the level's quantity where that is smaller: ahead = min(ahead - traded, level) (rule M45).
 * Source: `RiskAdverseQueueModel` of hftbacktest.
 */
export const RISK_ADVERSE: QueueModel = {
  name: 'risk_adverse',
  join: (levelLots) => ({ aheadLots: levelLots, tradedLots: 0 }),
  onTrade: (place, lots) => {
    place.aheadLots -= lots;
  },
  onLevel: (place, _previousLots, lots) => {
    place.aheadLots = Math.min(place.aheadLots, lots);
  },
};
