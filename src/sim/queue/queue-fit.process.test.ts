/** A fit finds the model and the latency by which fills were made, and says how sure it is (M57). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { FillReplay, REPLAY_EVENT, type ReplayChunk } from './fill-replay.ts';
import { fitEntry, fitResponse, type OwnOutcome } from './latency-fit.ts';
import { type CandidateFit, QueueFit } from './queue-fit.ts';
import { queueModelOf } from './queue-models.ts';
import type { ExchangeModel } from './replay-exchange.ts';
import { type PlannedOrder, REPLAY_STATUS } from './replay-order.ts';

const SEED = Number(process.env.SEED ?? 20261122);
const EVENTS = 30_000;

/** A market that stands: deep levels, many cancels, small trades, so that queues decide. */
function calmMarket(prng: Prng): ReplayChunk {
  const chunk: ReplayChunk = {
    count: EVENTS,
    kind: new Uint8Array(EVENTS),
    exchUs: new Float64Array(EVENTS),
    priceTicks: new Float64Array(EVENTS),
    qtyLots: new Float64Array(EVENTS),
  };
  for (let i = 0; i < EVENTS; i++) {
    const isBuy = prng.uniform() < 0.5;
    const isTrade = prng.uniform() < 0.2;
    chunk.exchUs[i] = 1_000 + i * 10;
    if (isTrade) chunk.kind[i] = isBuy ? REPLAY_EVENT.boughtTrade : REPLAY_EVENT.soldTrade;
    else chunk.kind[i] = isBuy ? REPLAY_EVENT.bid : REPLAY_EVENT.ask;
    chunk.priceTicks[i] = isBuy === isTrade ? 101 : 100;
    chunk.qtyLots[i] = isTrade ? prng.integer(1, 4) : prng.integer(20, 120);
  }
  return chunk;
}

function drawOrders(prng: Prng): readonly PlannedOrder[] {
  return Array.from({ length: 300 }, (): PlannedOrder => {
    const side = prng.uniform() < 0.5 ? 1 : -1;
    const submitLocalUs = prng.integer(2_000, EVENTS * 10 - 4_000);
    const cancelLocalUs = submitLocalUs + prng.integer(500, 3_000);
    const qtyLots = prng.integer(1, 6);
    return {
      side,
      priceTicks: side === 1 ? 100 : 101,
      qtyLots,
      submitLocalUs,
      cancelLocalUs,
      timeInForce: 'GTC',
    };
  });
}

/** Fills made by a known model, and what a fit makes of them. */
function fitOf(queueName: string, exchange: ExchangeModel): readonly CandidateFit[] {
  const prng = new Prng(SEED).split(queueName);
  const market = calmMarket(prng);
  const orders = drawOrders(prng);
  const times = { entryUs: 70, responseUs: 30 };
  const queue = queueModelOf(queueName);
  assert.ok(queue !== undefined);
  const truth = new FillReplay({ queue, exchange, ...times, orders });
  truth.play(market);
  truth.finish(Number.MAX_SAFE_INTEGER);
  const exchanges: readonly ExchangeModel[] = ['no-partial', 'partial'];
  const fit = new QueueFit({ orders, outcomes: truth.orders, exchanges, lotUnit: 1, ...times });
  fit.play(market);
  return fit.finish(Number.MAX_SAFE_INTEGER, new Prng(SEED));
}

for (const [name, exchange] of [
  ['power_prob_2', 'no-partial'],
  ['power_prob3_3', 'partial'],
  ['log_prob', 'partial'],
  ['risk_adverse', 'no-partial'],
] as const) {
  test(`finds ${name}, ${exchange}, by which fills were made (SEED=${SEED}, M57)`, () => {
    const [best, second] = fitOf(name, exchange);
    assert.ok(best !== undefined && second !== undefined);
    assert.deepEqual([best.queue, best.exchange, best.differing, best.errorUs], [name, exchange, 0, 0]);
    assert.ok(best.confidence > 0.9, `confidence ${best.confidence}`);
    assert.ok(
      second.errorUs > 0 && second.errorLowUs <= second.errorUs && second.errorUs <= second.errorHighUs,
    );
  });
}

test(`shares of the candidates sum to one, and equal seeds give equal figures (SEED=${SEED})`, () => {
  const fits = fitOf('power_prob2_2', 'partial');
  const sum = fits.reduce((total, { confidence }) => total + confidence, 0);
  assert.ok(Math.abs(sum - 1) < 1e-9, `sum ${sum}`);
  assert.deepEqual(fits, fitOf('power_prob2_2', 'partial'));
});

const PLAN: PlannedOrder = {
  side: 1,
  priceTicks: 100,
  qtyLots: 3,
  submitLocalUs: 1_000,
  cancelLocalUs: 2_000,
  timeInForce: 'GTC',
};

function outcome(status: OwnOutcome['status'], exchUs: number, localUs: number): OwnOutcome {
  return { status, lastExecLots: 0, leavesLots: 3, lastExecTicks: 0, exchUs, localUs };
}

test('tells the time of requests from orders whose last state answers one (M57)', () => {
  const outcomes = [
    outcome(REPLAY_STATUS.cancelled, 2_040, 2_000),
    outcome(REPLAY_STATUS.expired, 1_060, 1_000),
    outcome(REPLAY_STATUS.open, 1_050, 1_000),
    outcome(REPLAY_STATUS.filled, 1_900, 1_000),
    null,
  ];
  const plans = outcomes.map(() => PLAN);
  const fit = fitEntry(plans, outcomes, new Prng(SEED));
  assert.ok(fit !== undefined);
  assert.deepEqual([fit.samples, fit.medianUs, fit.leastUs, fit.mostUs], [3, 50, 40, 60]);
  assert.ok(fit.medianLowUs >= 40 && fit.medianHighUs <= 60);
  assert.equal(fitEntry([PLAN], [outcome(REPLAY_STATUS.filled, 1_900, 1_000)], new Prng(SEED)), undefined);
});

test('bounds the time of answers by cancels that were sent too late, or not at all (M57)', () => {
  const { filled } = REPLAY_STATUS;
  const bounds = (...outcomes: readonly OwnOutcome[]) =>
    fitResponse(
      outcomes.map(() => PLAN),
      outcomes,
    );
  assert.deepEqual(bounds(), { aboveUs: null, atMostUs: null });
  // Known 100 us after the fill: no cancel. Not known 30 us after the fill: a cancel.
  assert.deepEqual(bounds(outcome(filled, 1_900, 1_000), outcome(filled, 1_970, 2_000)), {
    aboveUs: 30,
    atMostUs: 100,
  });
  // A fill after the cancel was sent tells nothing.
  assert.deepEqual(bounds(outcome(filled, 2_010, 2_000)), { aboveUs: null, atMostUs: null });
});
