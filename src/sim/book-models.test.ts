/** The simulated venue on recorded books, under every queue and impact model: what must hold whatever the market does (M90 to M95). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, XylenError } from '#core';
import type { BookEvent, MarketEvent, Side } from '#domain';
import { testSeed } from '../../test/support/property.ts';
import { IMPACT_DEFAULT, IMPACT_MODELS, type ImpactName } from './impact/index.ts';
import { type SimRules, simRules } from './options.ts';
import { FillReplay, queueModelOf, REPLAY_EVENT, REPLAY_STATUS } from './queue/index.ts';
import {
  assertResumable,
  book,
  type Command,
  limit,
  order,
  play,
  print,
  START_US,
  testRules,
  testWorld,
} from './test/market-builders.ts';

const SEED = testSeed();
const QUEUES = ['risk_adverse', 'power_prob_2', 'power_prob2_1', 'power_prob3_3', 'log_prob', 'log_prob2'];

const rulesOf = (model: ImpactName, queue = 'risk_adverse'): SimRules =>
  testRules({ impact: { ...IMPACT_DEFAULT, model }, queue });

/** A book of absolute levels that wanders, with prints at and around its touch. */
function drawMarket(prng: Prng, count: number): readonly MarketEvent[] {
  const events: MarketEvent[] = [book(0, true, [990, 40, 985, 60], [1010, 40, 1015, 60])];
  for (let at = 1; at < count; at++) {
    const us = at * 500_000;
    const isBuy = prng.uniform() < 0.5;
    if (prng.uniform() < 0.4) {
      const ticks = isBuy ? prng.integer(1004, 1012) : prng.integer(988, 996);
      events.push(print(us, ticks, prng.integer(1, 40), isBuy ? 'buy' : 'sell'));
      continue;
    }
    const lots = (): number => (prng.uniform() < 0.2 ? 0 : prng.integer(1, 60));
    const bids = Array.from({ length: 2 }, () => [prng.integer(985, 996), lots()]).flat();
    const asks = Array.from({ length: 2 }, () => [prng.integer(1004, 1016), lots()]).flat();
    events.push(book(us, false, bids, asks));
  }
  return events;
}

interface SeenFill {
  readonly id: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  readonly isMaker: boolean;
  readonly atUs: number;
}

function fillsOf(
  events: readonly MarketEvent[],
  script: readonly Command[],
  rules: SimRules,
): readonly SeenFill[] {
  return play(testWorld(events, { rules, cash: 100_000_000 }), script).flatMap((event) =>
    event.kind === 'fill'
      ? [
          {
            id: event.clientOrderId,
            side: event.side,
            priceTicks: event.priceTicks,
            lots: event.qtyLots,
            isMaker: event.liquidity === 'maker',
            atUs: event.tsVenueUs - START_US,
          },
        ]
      : [],
  );
}

function drawOrders(prng: Prng, count: number, endUs: number): readonly Command[] {
  return Array.from({ length: count }, (_, at): Command => {
    const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const qtyLots = prng.integer(1, 50);
    const priceTicks = side === 'buy' ? prng.integer(986, 1003) : prng.integer(997, 1014);
    const submit =
      prng.uniform() < 0.3
        ? order(`o${at}`, { side, qtyLots })
        : limit(`o${at}`, side, priceTicks, { qtyLots });
    return { afterUs: Math.floor(((at + 1) * endUs) / (count + 1)), submit };
  });
}

for (const model of IMPACT_MODELS) {
  test(`M28 M90 ${model}: own makers of a print share it, own takers get each level once (SEED=${SEED})`, () => {
    const prng = new Prng(SEED).split(model);
    let makers = 0;
    let takers = 0;
    for (let round = 0; round < 30; round++) {
      const events = drawMarket(prng, 120);
      const script = drawOrders(prng, 40, 60_000_000);
      const left = new Map<string, number>();
      const seen = fillsOf(events, script, rulesOf(model, QUEUES[round % QUEUES.length] ?? ''));
      for (const event of events) {
        const us = event.tsVenueUs - START_US;
        if (event.kind === 'trade') {
          const made = seen.filter(({ atUs, isMaker }) => isMaker && atUs === us);
          makers += made.length;
          assert.ok(
            made.reduce((sum, { lots }) => sum + lots, 0) <= event.qtyLots,
            `the print at ${us} is shared`,
          );
        }
      }
      if (model === 'square_root') continue;
      // Levels as they were last told, less what takers got since: never below 0.
      const changes = [...events.filter(({ kind }) => kind === 'book'), ...[]] as readonly (MarketEvent & {
        readonly kind: 'book';
      })[];
      let next = 0;
      for (const fill of seen.filter(({ isMaker }) => !isMaker)) {
        takers++;
        while (next < changes.length && (changes[next]?.tsVenueUs ?? 0) - START_US <= fill.atUs)
          tell(left, changes[next++]);
        const level = `${fill.side === 'buy' ? 'ask' : 'bid'} ${fill.priceTicks}`;
        left.set(level, (left.get(level) ?? 0) - fill.lots);
        assert.ok((left.get(level) ?? -1) >= 0, `${level} at ${fill.atUs}: ${left.get(level)}`);
      }
    }
    assert.ok(makers > 50 && (takers > 50 || model === 'square_root'), `${makers} makers, ${takers} takers`);
  });
}

function tell(left: Map<string, number>, event: BookEvent | undefined): void {
  if (event === undefined) return;
  for (const [side, levels] of [
    ['bid', event.bids],
    ['ask', event.asks],
  ] as const) {
    for (let i = 0; i < levels.length; i += 2) left.set(`${side} ${levels[i]}`, levels[i + 1] ?? 0);
  }
}

test(`M90 M93 a heavier impact gives a taker no lot more and none at a better price (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('heavier');
  let compared = 0;
  for (let round = 0; round < 60; round++) {
    const events = drawMarket(prng, 60);
    // The same takers come at one moment, so that nothing but what they left behind differs.
    const takers = Array.from({ length: 5 }, (_, at): Command => {
      const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
      return { afterUs: 29_900_000, submit: order(`t${at}`, { side, qtyLots: prng.integer(1, 60) }) };
    });
    const lotsOf = IMPACT_MODELS.map((model) => {
      const lots = new Map<string, number[]>();
      for (const { id, lots: count, priceTicks } of fillsOf(events, takers, rulesOf(model)))
        lots.set(id, [...(lots.get(id) ?? []), ...Array.from({ length: count }, () => priceTicks)]);
      return lots;
    });
    for (const [at, command] of takers.entries()) {
      const sign = 'submit' in command && command.submit.side === 'buy' ? 1 : -1;
      for (let heavier = 1; heavier < lotsOf.length; heavier++) {
        const [light, heavy] = [
          lotsOf[heavier - 1]?.get(`t${at}`) ?? [],
          lotsOf[heavier]?.get(`t${at}`) ?? [],
        ];
        assert.ok(heavy.length <= light.length);
        for (const [lot, price] of heavy.entries()) assert.ok(sign * (price - (light[lot] ?? 0)) >= 0);
        compared += heavy.length;
      }
    }
  }
  assert.ok(compared > 2000, `${compared} lots were compared`);
});

test('M92 M93 own buying moves the market: buyers pay more, sellers get no more, makers wait for the moved price', () => {
  const events: MarketEvent[] = [book(0, true, [9990, 500], [10_010, 500])];
  for (let at = 1; at < 1400; at++) {
    events.push(
      book(at * 1_000_000, false, [9990, 500 + (at % 2)], [10_010, 500, 10_008, at % 2 && at < 1398 ? 5 : 0]),
    );
    events.push(print(at * 1_000_000 + 1, at % 2 ? 10_010 : 9990, 10, at % 2 ? 'buy' : 'sell'));
  }
  events.push(print(1_401_000_000, 9990, 2000, 'sell'), print(1_402_000_000, 9980, 20_000, 'sell'));
  const script: readonly Command[] = [
    { afterUs: 1_399_000_001, submit: order('a', { qtyLots: 400 }) },
    { afterUs: 1_399_000_002, submit: limit('m', 'buy', 9990, { qtyLots: 5 }) },
    { afterUs: 1_399_000_003, submit: order('b', { qtyLots: 5 }) },
    { afterUs: 1_399_000_004, submit: order('c', { side: 'sell', qtyLots: 5 }) },
  ];
  const pricesOf = (model: ImpactName): readonly string[] =>
    fillsOf(events, script, rulesOf(model)).map(
      ({ atUs, id, priceTicks }) => `${id} ${priceTicks} ${Math.round(atUs / 1e6)}`,
    );
  assert.deepEqual(pricesOf('none'), ['a 10010 1399', 'b 10010 1399', 'c 9990 1399', 'm 9990 1401']);
  const moved = pricesOf('square_root');
  assert.equal(moved[0], 'a 10010 1399');
  assert.match(moved[1] ?? '', /^b 100(1[1-9]|[2-9]\d) 1399$/);
  assert.equal(moved[2], 'c 9990 1399');
  assert.ok(!moved.includes('m 9990 1401'), `the print at its price is above it now: ${moved}`);
});

for (const queue of QUEUES) {
  test(`M95 ${queue}: a maker alone in its queue fills as in a replay with that model (SEED=${SEED})`, () => {
    const prng = new Prng(SEED).split(queue);
    let filled = 0;
    for (let round = 0; round < 60; round++) {
      const lots = prng.integer(1, 30);
      const start = prng.integer(1, 60);
      const levels: { readonly us: number; readonly lots: number; readonly isTrade: boolean }[] = [];
      for (let at = 2; at < 60; at++) {
        const isTrade = prng.uniform() < 0.4;
        levels.push({ us: at * 10, lots: isTrade ? prng.integer(1, 9) : prng.integer(0, 60), isTrade });
      }
      const events: readonly MarketEvent[] = [
        book(0, true, [990, start, 900, 1], [1010, 10]),
        ...levels.map(({ isTrade, lots: many, us }) =>
          isTrade ? print(us, 990, many, 'sell') : book(us, false, [990, many], []),
        ),
      ];
      const script = [{ afterUs: 1, submit: limit('m', 'buy', 990, { qtyLots: lots }) }];
      const seen = fillsOf(events, script, rulesOf('none', queue)).map(
        ({ atUs, lots: many }) => `${atUs} ${many}`,
      );
      const expected: string[] = [];
      const model = queueModelOf(queue, { lotUnit: 0.1 });
      assert.ok(model !== undefined);
      const replay = new FillReplay({
        queue: model,
        exchange: 'partial',
        entryUs: 0,
        responseUs: 0,
        orders: [
          {
            side: 1,
            priceTicks: 990,
            qtyLots: lots,
            submitLocalUs: 1,
            cancelLocalUs: 1e9,
            timeInForce: 'GTC',
          },
        ],
        onFill: (order) => expected.push(`${order.exchUs} ${order.lastExecLots}`),
      });
      const all = [{ us: 0, lots: start, isTrade: false }, ...levels];
      replay.play({
        count: all.length,
        kind: Uint8Array.from(all, ({ isTrade }) => (isTrade ? REPLAY_EVENT.soldTrade : REPLAY_EVENT.bid)),
        exchUs: Float64Array.from(all, ({ us }) => us),
        priceTicks: Float64Array.from(all, () => 990),
        qtyLots: Float64Array.from(all, ({ lots: many }) => many),
      });
      replay.finish(600);
      assert.deepEqual(seen, expected, `round ${round}`);
      if (replay.orders[0]?.status === REPLAY_STATUS.filled) filled++;
    }
    assert.ok(filled > 20, `${filled} orders were filled`);
  });
}

test(`M40 a venue with queue and impact models goes on from its saved state (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('resume');
  const events = drawMarket(prng, 100);
  const script = drawOrders(prng, 20, 50_000_000);
  assertResumable(
    () => testWorld(events, { rules: rulesOf('square_root', 'log_prob'), cash: 100_000_000 }),
    script,
  );
});

test('M41 the card names queue and impact of a recorded book, and rules that do not exist are refused', () => {
  const cardOf = (rules: SimRules): ReadonlyMap<string, string> =>
    new Map(
      testWorld(drawMarket(new Prng(1), 5), { rules })
        .assumptions()
        .map(({ key, value }) => [key, value]),
    );
  const plain = cardOf(testRules());
  assert.equal(plain.get('impact'), 'none beyond depth');
  assert.equal(plain.get('queue.sim:AAAUSDT'), 'risk_adverse');
  const other = cardOf(rulesOf('consume', 'power_prob_2'));
  assert.equal(other.get('impact'), 'consume, half-life 10s');
  assert.equal(other.get('queue.sim:AAAUSDT'), 'power_prob_2');
  assert.throws(() => simRules({ queue: 'power_prob_0' }), XylenError);
  assert.throws(() => simRules({ impact: { ...IMPACT_DEFAULT, decayUs: 0 } }), XylenError);
});
