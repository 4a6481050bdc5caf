/** The auditor, which computes every order a second time in another way, agrees with the replay on random small markets (M44 to M55). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { FillReplay, type ReplayChunk } from './fill-replay.ts';
import { queueModelOf } from './queue-models.ts';
import type { ExchangeModel } from './replay-exchange.ts';
import type { PlannedOrder, ReplayOrder, ReplayTimeInForce } from './replay-order.ts';
import { type AuditedOrder, auditOrder } from './test/fill-auditor.ts';

const SEED = Number(process.env.SEED ?? 20261122);
const ROUNDS = Number(process.env.ROUNDS ?? 250);
const MODELS = [
  'risk_adverse',
  'power_prob_2',
  'power_prob_0.5',
  'power_prob2_1',
  'power_prob2_3',
  'power_prob3_3',
  'log_prob',
  'log_prob2',
];
const TRAVELS = [0, 1, 3, 20];
const TIMES_IN_FORCE: readonly ReplayTimeInForce[] = ['GTC', 'GTC', 'GTC', 'GTX', 'IOC', 'FOK'];

/**
 * A little market around a price, with many equal moments. Wild: the price wanders, updates cross, levels come and go. Calm: two deep levels a side
 * that hold for long, small trades at the touch, so that orders wait in their queues.
 */
function drawMarket(prng: Prng, count: number): ReplayChunk {
  const chunk: ReplayChunk = {
    count,
    kind: new Uint8Array(count),
    exchUs: new Float64Array(count),
    priceTicks: new Float64Array(count),
    qtyLots: new Float64Array(count),
  };
  const isCalm = prng.uniform() < 0.5;
  let nowUs = 1_000;
  let middle = 100;
  for (let i = 0; i < count; i++) {
    nowUs += prng.uniform() < 0.4 ? 0 : prng.integer(1, 6);
    if (!isCalm && prng.uniform() < 0.1) middle += prng.integer(-2, 3);
    const isTrade = prng.uniform() < 0.25;
    const isBuy = prng.uniform() < 0.5;
    chunk.exchUs[i] = nowUs;
    chunk.kind[i] = (isTrade ? 2 : 0) + (isBuy ? 0 : 1);
    const [priceTicks, qtyLots] = isCalm
      ? drawCalm(prng, middle, isTrade, isBuy)
      : drawWild(prng, middle, isTrade, isBuy);
    chunk.priceTicks[i] = priceTicks;
    chunk.qtyLots[i] = qtyLots;
  }
  return chunk;
}

function drawWild(prng: Prng, middle: number, isTrade: boolean, isBuy: boolean): readonly [number, number] {
  if (isTrade) return [middle + prng.integer(-2, 3), prng.integer(1, 6)];
  // Bids mostly below the middle and asks above it, now and then on the wrong side.
  const away = prng.integer(prng.uniform() < 0.15 ? -3 : 0, 5);
  return [middle + (isBuy ? -away : 1 + away), Math.max(0, prng.integer(-3, 12))];
}

function drawCalm(prng: Prng, middle: number, isTrade: boolean, isBuy: boolean): readonly [number, number] {
  if (isTrade) return [isBuy ? middle + 1 : middle, prng.integer(1, 4)];
  const away = prng.integer(0, 2);
  return [middle + (isBuy ? -away : 1 + away), prng.integer(4, 40)];
}

function drawOrder(prng: Prng, endUs: number): PlannedOrder {
  const submitLocalUs = prng.integer(995, endUs + 5);
  const hasCancel = prng.uniform() < 0.8;
  return {
    side: prng.uniform() < 0.5 ? 1 : -1,
    priceTicks: prng.uniform() < 0.5 ? prng.integer(99, 103) : prng.integer(95, 107),
    qtyLots: prng.integer(1, 12),
    submitLocalUs,
    cancelLocalUs: hasCancel ? submitLocalUs + prng.integer(0, 400) : Number.POSITIVE_INFINITY,
    timeInForce: TIMES_IN_FORCE[prng.integer(0, TIMES_IN_FORCE.length)] ?? 'GTC',
  };
}

function plain(order: ReplayOrder, fills: AuditedOrder['fills']): AuditedOrder {
  return {
    status: order.status,
    lastLots: order.lastExecLots,
    leaves: order.leavesLots,
    lastTicks: order.lastExecTicks,
    exchUs: order.exchUs,
    localUs: order.localUs,
    fills,
  };
}

for (const exchange of ['no-partial', 'partial'] satisfies ExchangeModel[]) {
  for (const model of MODELS) {
    test(`predicts every fill of ${model}, ${exchange} (SEED=${SEED})`, () => {
      const prng = new Prng(SEED).split(`${model} ${exchange}`);
      let filled = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const events = drawMarket(prng, prng.integer(1, 160));
        const lastExchUs = events.exchUs[events.count - 1] ?? 0;
        const lastLocalUs = lastExchUs + prng.integer(0, 10);
        const orders = Array.from({ length: prng.integer(1, 12) }, () => drawOrder(prng, lastExchUs));
        const entryUs = TRAVELS[prng.integer(0, TRAVELS.length)] ?? 0;
        const responseUs = TRAVELS[prng.integer(0, TRAVELS.length)] ?? 0;
        const fills = orders.map((): AuditedOrder['fills'] => []);
        const queue = queueModelOf(model);
        assert.ok(queue !== undefined);
        const onFill = (order: ReplayOrder, isMaker: boolean): void => {
          fills[order.ix]?.push({ lots: order.lastExecLots, ticks: order.lastExecTicks, isMaker });
          filled++;
        };
        const replay = new FillReplay({ queue, exchange, entryUs, responseUs, orders, onFill });
        replay.play(events);
        replay.finish(lastLocalUs);
        const audit = { model, isPartial: exchange === 'partial', entryUs, responseUs, events, lastLocalUs };
        for (const [at, plan] of orders.entries()) {
          const order = replay.orders[at];
          assert.ok(order !== undefined);
          const found = plain(order, fills[at] ?? []);
          assert.deepEqual(
            found,
            auditOrder(plan, audit),
            `round ${round}, order ${at}: ${JSON.stringify(plan)}`,
          );
        }
      }
      assert.ok(filled > ROUNDS / 2, `the markets fill orders, ${filled} fills`);
    });
  }
}
