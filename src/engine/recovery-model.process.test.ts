/**
 * Lives of a trader at a venue that outlives it, with whatever can go wrong by chance: lost requests and answers, a stream that is down, silence, liquidations,
 * trades of a person, stops that vanish, crashes at any event. Once it is quiet and a person has looked, both sides are the same to the atom, every
 * position has its stop, and no order was sent twice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../test/support/property.ts';
import { entry, LiveScene } from './test/live-scene.ts';

const STORIES = 30;
const BUSY_SECONDS = 900;
const QUIET_SECONDS = 400;

interface Trouble {
  readonly name: string;
  readonly share: number;
  readonly cause: (scene: LiveScene, prng: Prng, second: number) => void;
}

const TROUBLES: readonly Trouble[] = [
  {
    ...{ name: 'lost request', share: 0.1 },
    cause: ({ venue }) => venue.losses.push('request'),
  },
  {
    ...{ name: 'lost answer', share: 0.1 },
    cause: ({ venue }) => venue.losses.push('answer'),
  },
  {
    ...{ name: 'deaf', share: 0.15 },
    cause: (scene, prng, second) => {
      scene.venue.isDeaf = true;
      scene.at(second + prng.integer(1, 90), () => {
        scene.venue.isDeaf = false;
        scene.session?.compareSoon('the private stream is up again');
      });
    },
  },
  {
    ...{ name: 'silent', share: 0.1 },
    cause: (scene, prng, second) => {
      scene.venue.isSilent = true;
      scene.at(second + prng.integer(1, 200), () => {
        scene.venue.isSilent = false;
      });
    },
  },
  {
    ...{ name: 'liquidation', share: 0.1 },
    cause: ({ venue }, prng) => {
      const lots = Math.abs(venue.positionLots);
      if (lots === 0) return;
      venue.tradeElsewhere(venue.positionLots > 0 ? 'sell' : 'buy', prng.integer(1, lots + 1), true);
    },
  },
  {
    ...{ name: 'person', share: 0.1 },
    cause: ({ venue }, prng) =>
      venue.tradeElsewhere(prng.uniform() < 0.5 ? 'sell' : 'buy', prng.integer(1, 8)),
  },
  {
    ...{ name: 'stop gone', share: 0.1 },
    cause: ({ venue }) => {
      const stop = venue.open.find(({ request }) => request.type === 'stop_market');
      if (stop !== undefined) venue.end(stop.request.clientOrderId, 'CANCELED');
    },
  },
  {
    ...{ name: 'stop hit', share: 0.1 },
    cause: ({ venue }) => {
      const stop = venue.open.find(({ request }) => request.type === 'stop_market');
      const lots = Math.abs(venue.positionLots);
      if (stop !== undefined && lots > 0)
        venue.fill(stop.request.clientOrderId, Math.min(lots, stop.request.qtyLots - stop.filledLots));
    },
  },
  {
    ...{ name: 'stop refused', share: 0.1 },
    cause: ({ venue }, prng) =>
      venue.refusals.push(prng.uniform() < 0.5 ? 'other' : 'would_trigger_immediately'),
  },
  {
    ...{ name: 'no fills told', share: 0.05 },
    cause: ({ venue }) => {
      venue.tellsFills = false;
    },
  },
];

function write(scene: LiveScene, prng: Prng): void {
  for (let second = 3; second < BUSY_SECONDS; second += prng.integer(5, 30)) {
    const dice = prng.uniform();
    if (dice < 0.5) {
      const side = prng.uniform() < 0.5 ? 'buy' : 'sell';
      const qtyLots = prng.integer(2, 10);
      scene.act(second, (context) => {
        if (context.positionLots(0) !== 0) return context.closePosition(0, 'turn');
        const away = side === 'buy' ? -6_000 : 6_000;
        const protection = { stopTicks: context.lastPriceTicks(0) + away, targetTicks: null };
        return context.submit(entry({ side, qtyLots, protection }));
      });
    }
    const pick = prng.uniform();
    let sum = 0;
    for (const { cause, share } of TROUBLES) {
      sum += share;
      if (pick >= sum) continue;
      scene.at(second + prng.uniform(), () => cause(scene, prng, second));
      break;
    }
  }
}

async function tell(seed: number): Promise<LiveScene> {
  const prng = new Prng(seed);
  const scene = new LiveScene();
  write(scene, prng.split('script'));
  const crashes = prng.split('crashes');
  let until = 0;
  while (until < BUSY_SECONDS) {
    until += crashes.integer(60, 400);
    let events = crashes.integer(20, 2_000);
    // The program dies at some event, or is ended in order when that comes first.
    await scene.live(Math.min(until, BUSY_SECONDS), () => --events === 0, 'may end');
  }
  const { venue } = scene;
  scene.at(0, () => {
    Object.assign(venue, { isDeaf: false, isSilent: false, tellsFills: true });
    venue.losses.length = 0;
    venue.refusals.length = 0;
  });
  scene.at(BUSY_SECONDS + QUIET_SECONDS / 2, () => scene.session?.control('resume', 'looked at it'));
  await scene.live(BUSY_SECONDS + QUIET_SECONDS);
  return scene;
}

const SEED = testSeed();
test(`whatever went wrong, both sides are the same once it is quiet (SEED=${SEED})`, async () => {
  for (let story = 0; story < STORIES; story++) {
    const seed = SEED + story;
    const scene = await tell(seed);
    try {
      scene.assertAgreed();
      assert.equal(new Set(scene.venue.arrived).size, scene.venue.arrived.length, 'nothing is sent twice');
      const covered = scene.stops.reduce((sum, [, lots]) => sum + lots, 0);
      const held = Math.abs(scene.positionLots);
      assert.ok(covered >= held, `${held} lots, stops for ${covered}`);
    } catch (error) {
      throw new Error(`SEED=${seed}`, { cause: error });
    }
  }
});
