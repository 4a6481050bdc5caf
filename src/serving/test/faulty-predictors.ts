/** Predictors that misbehave when the price of a request says so, between two that always answer. */
import type { PredictionReply } from '#domain';
import { noVote } from '../forecast-predictor.ts';
import type { Predictor, PredictorInfo } from '../port.ts';

/** Prices that make the faulty predictor fail. */
export const PRICE_THROWS = 1;
export const PRICE_HANGS = 2;
export const PRICE_DIES = 3;

export const FAULTY_INFOS: readonly PredictorInfo[] = ['first', 'faulty', 'last'].map((name) => ({
  name,
  version: 'test',
  endpoint: `test:${name}`,
  isTrained: true,
  votesFromUs: 0,
}));

/** Builds them; `die` ends the thread it is called on. */
export function faultyPredictors(die: () => void): readonly Predictor[] {
  return FAULTY_INFOS.map((info) => ({
    info,
    predict({ price }): PredictionReply {
      if (info.name === 'faulty') misbehave(price, die);
      return noVote(info.name, 'not_trained', `saw ${price}`);
    },
  }));
}

function misbehave(price: number, die: () => void): void {
  if (price === PRICE_THROWS) throw new RangeError('no such price: ü€😀');
  if (price === PRICE_HANGS) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (price === PRICE_DIES) die();
}
