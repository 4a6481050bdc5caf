/** Random order streams of all kinds, and the books and prints that they meet, for auditors and property tests. Equal seeds give equal streams. */
import type { Prng } from '#core';
import {
  hasLimitPrice,
  isConditionalType,
  type MarketEvent,
  ORDER_TYPES,
  type OrderRequest,
  type PositionSide,
  SELF_TRADE_MODES,
} from '#domain';
import { book, type Command, mark, print } from './market-builders.ts';

/** Steps of an instrument, in ticks and lots. */
export interface Steps {
  readonly tick: number;
  readonly lot: number;
}

/** What a stream is drawn around. */
export interface StreamShape {
  readonly steps: Steps;
  readonly middleTicks: number;
  /** How far prices lie from the middle, ticks. */
  readonly reachTicks: number;
  readonly isHedged: boolean;
}

const pick = <T>(prng: Prng, list: readonly T[]): T => list[prng.integer(0, list.length)]!;

/** Returns an order of any kind; few are malformed, many would be refused for what they find. */
export function drawAnyOrder(prng: Prng, id: string, shape: StreamShape): OrderRequest {
  const { isHedged, middleTicks, reachTicks, steps } = shape;
  const type = prng.uniform() < 0.4 ? 'limit' : pick(prng, ORDER_TYPES);
  const draw = (): number =>
    Math.round((middleTicks + prng.integer(-reachTicks, reachTicks + 1)) / steps.tick) * steps.tick;
  const isOff = prng.uniform() < 0.01;
  const isTrailing = type === 'trailing_stop';
  const isClosing =
    (type === 'stop_market' || type === 'take_profit_market') && prng.uniform() < 0.3
      ? { closePosition: true as const }
      : {};
  const isWrongSide = prng.uniform() < 0.02;
  const positionSide: PositionSide =
    isHedged !== isWrongSide ? pick(prng, ['long', 'short'] as const) : 'both';
  const size = prng.integer(1, prng.uniform() < 0.3 ? 60 : 12) * steps.lot + (isOff ? 0.5 : 0);
  return {
    clientOrderId: id,
    instrumentIx: 0,
    side: prng.uniform() < 0.5 ? 'buy' : 'sell',
    type,
    label: 'ENTRY',
    qtyLots: 'closePosition' in isClosing ? 0 : size,
    priceTicks: hasLimitPrice(type) ? draw() + (isOff ? 0.5 : 0) : null,
    triggerTicks: isConditionalType(type) && !(isTrailing && prng.uniform() < 0.6) ? draw() : null,
    timeInForce: pick(prng, ['GTC', 'GTC', 'GTC', 'GTC', 'IOC', 'FOK', 'GTX'] as const),
    reduceOnly: !('closePosition' in isClosing) && prng.uniform() < 0.25,
    ...isClosing,
    ...(prng.uniform() < 0.3 ? { triggerBy: 'mark' as const } : {}),
    ...(isTrailing ? { callbackBps: prng.integer(1, 120) } : {}),
    ...(prng.uniform() < 0.5 ? { selfTrade: pick(prng, SELF_TRADE_MODES) } : {}),
    ...(positionSide === 'both' ? {} : { positionSide }),
  };
}

/** Returns orders, cancels and changes in order of time over [0, spanUs); some fall on multiples of `beatUs`. */
export function drawAnyScript(
  prng: Prng,
  shape: StreamShape,
  size: { readonly count: number; readonly spanUs: number; readonly beatUs: number },
): Command[] {
  const moments = Array.from({ length: prng.integer(1, size.count) }, () => {
    const afterUs = prng.integer(0, size.spanUs);
    return prng.uniform() < 0.3 ? Math.floor(afterUs / size.beatUs) * size.beatUs : afterUs;
  }).sort((a, b) => a - b);
  const { middleTicks, reachTicks, steps } = shape;
  return moments.map((afterUs, at) => {
    const kind = prng.uniform();
    const known = `o${prng.integer(Math.max(0, at - 15), at + 1)}`;
    if (kind < 0.12) return { afterUs, cancel: known };
    if (kind > 0.3)
      return { afterUs, submit: drawAnyOrder(prng, prng.uniform() < 0.02 ? known : `o${at}`, shape) };
    const isMoved = prng.uniform() < 0.6;
    const ticks =
      Math.round((middleTicks + prng.integer(-reachTicks, reachTicks + 1)) / steps.tick) * steps.tick;
    return {
      afterUs,
      amend: {
        clientOrderId: known,
        ...(isMoved ? { priceTicks: ticks } : {}),
        ...(!isMoved || prng.uniform() < 0.4 ? { qtyLots: prng.integer(1, 12) * steps.lot } : {}),
      },
    };
  });
}

/** Returns a wild little book with prints and marks, one event every `beatUs` or so; market data may be finer than the steps of orders. */
export function drawBookEvents(
  prng: Prng,
  shape: StreamShape,
  size: { readonly count: number; readonly beatUs: number; readonly hasMark: boolean },
): MarketEvent[] {
  const events: MarketEvent[] = [];
  let middle = shape.middleTicks;
  let afterUs = 0;
  for (let at = 0; at < size.count; at++) {
    const kind = prng.uniform();
    middle += prng.uniform() < 0.2 ? prng.integer(-8, 9) : prng.integer(-2, 3);
    if (at === 0 || kind < 0.03) events.push(drawSnapshot(prng, afterUs, middle));
    else if (kind < 0.5) events.push(drawDelta(prng, afterUs, middle));
    else if (size.hasMark && kind < 0.6) events.push(mark(afterUs, middle + prng.integer(-4, 5)));
    else {
      const isBuy = prng.uniform() < 0.5;
      const ticks = middle + (isBuy ? prng.integer(0, 5) : prng.integer(-4, 1));
      events.push(print(afterUs, ticks, prng.integer(1, 40), isBuy ? 'buy' : 'sell'));
    }
    afterUs += prng.uniform() < 0.3 ? 0 : size.beatUs;
  }
  return events;
}

function drawLevels(prng: Prng, from: number, step: 1 | -1, count: number, isGone: () => boolean): number[] {
  const levels: number[] = [];
  for (let at = 0; at < count; at++) {
    levels.push(from + step * prng.integer(0, 10), isGone() ? 0 : prng.integer(1, 40));
  }
  return levels;
}

function drawSnapshot(prng: Prng, afterUs: number, middle: number): MarketEvent {
  const never = (): boolean => false;
  const depth = (): number => (prng.uniform() < 0.05 ? 0 : 6);
  return book(
    afterUs,
    true,
    drawLevels(prng, middle - 1, -1, depth(), never),
    drawLevels(prng, middle + 1, 1, depth(), never),
  );
}

function drawDelta(prng: Prng, afterUs: number, middle: number): MarketEvent {
  const often = (): boolean => prng.uniform() < 0.4;
  return book(
    afterUs,
    false,
    drawLevels(prng, middle - 1, -1, prng.integer(0, 4), often),
    drawLevels(prng, middle + 1, 1, prng.integer(0, 4), often),
  );
}
