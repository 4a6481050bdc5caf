import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubmitOutcome } from './strategy.ts';
import { entry, LiveScene } from './test/live-scene.ts';

const UNIT = 100_000_000n;

function holding(): LiveScene {
  const scene = new LiveScene();
  scene.act(5, (context) => context.submit(entry()));
  return scene;
}

/** Tries a small entry after some seconds; the outcome is there once the life has gone on until then. */
function tryEntry(scene: LiveScene, seconds: number): SubmitOutcome[] {
  const outcomes: SubmitOutcome[] = [];
  scene.act(seconds, (context) => {
    outcomes.push(context.submit(entry({ qtyLots: 1 })));
  });
  return outcomes;
}

test('a difference that only looks like one, because a message is on its way, leads to nothing', async () => {
  const scene = new LiveScene();
  for (let second = 3; second < 118; second += 3) {
    // Each round trip wins, so that no breaker ends the turns.
    scene.at(second, () => {
      scene.venue.priceTicks += 500;
    });
    scene.act(second, (context) => {
      if (context.positionLots(0) !== 0) return context.closePosition(0, 'turn');
      const stopTicks = context.lastPriceTicks(0) - 6_000;
      return context.submit(entry({ protection: { stopTicks, targetTicks: null } }));
    });
  }
  await scene.live(125);
  assert.ok(scene.venue.fills.length > 30);
  scene.assertAgreed();
  const types = new Set(
    scene.record.durable.flatMap((row) => (row.table === 'system_events' ? [row.eventType] : [])),
  );
  const expected = ['entries_held', 'entries_released', 'protection_gap', 'reconcile_agreed', 'run_started'];
  assert.deepEqual([...types].toSorted(), expected);
});

test('an opening balance, a transfer and a funding payment nobody told are booked under their names', async () => {
  const scene = new LiveScene();
  scene.venue.cashAtoms = 700n * UNIT;
  scene.at(70, () => {
    scene.venue.cashAtoms -= 300n * UNIT;
  });
  await scene.live(200);
  scene.assertAgreed();
  const booked = scene.told('balance_adjusted').map(({ figures }) => [figures.cause, figures.amountAtoms]);
  assert.deepEqual(booked, [
    ['opening-balance', String(-9_300n * UNIT)],
    ['transfer', String(-300n * UNIT)],
  ]);
  const { portfolio, risk } = scene.engine;
  assert.equal(portfolio.dayPnlAtoms, 0n, 'neither won nor lost');
  const seen = risk.snapshot(scene.engine.nowUs, portfolio);
  assert.deepEqual([seen.dayLossFraction, seen.drawdownFraction, seen.halt], [0, 0, null]);
  assert.equal(scene.engine.summary().performance.totalReturn, 0);

  const held = holding();
  held.at(3_601, () => {
    held.venue.cashAtoms -= 3n * UNIT;
  });
  await held.live(3_800);
  held.assertAgreed();
  const [funding] = held.told('balance_adjusted');
  assert.deepEqual([funding?.figures.cause, funding?.figures.isResult], ['funding', true]);
  assert.equal(held.engine.portfolio.adjustmentsAtoms, -3n * UNIT);
});

test('a person’s order is told of once and left alone; what it fills is booked', async () => {
  const scene = new LiveScene();
  scene.at(10, () => {
    scene.venue.rest('web-7', {
      side: 'buy',
      type: 'limit',
      qtyLots: 2,
      priceTicks: 299_000,
      triggerTicks: null,
    });
  });
  await scene.live(300);
  assert.equal(scene.told('foreign_order').length, 1);
  assert.equal(scene.venue.orders.get('web-7')?.status, 'ACCEPTED');
  assert.deepEqual(scene.engine.limits.holds, []);
  assert.equal(scene.engine.keeper.isSettled, true);
  scene.at(310, () => scene.venue.fill('web-7', 2));
  await scene.live(400);
  assert.equal(scene.positionLots, 2);
  scene.assertAgreed();
  assert.equal(scene.stops[0]?.[1], 2, 'it has a stop, whoever opened it');
});

test('a position that grew without any order stops entries with the exact difference, and heals by itself', async () => {
  const scene = holding();
  scene.venue.tellsFills = false;
  scene.at(30, () => {
    scene.venue.isDeaf = true;
    scene.venue.tradeElsewhere('buy', 7);
    scene.venue.isDeaf = false;
  });
  const during = tryEntry(scene, 70);
  scene.at(72, () => {
    scene.venue.isDeaf = true;
    scene.venue.tradeElsewhere('sell', 7);
    scene.venue.isDeaf = false;
  });
  const after = tryEntry(scene, 300);
  await scene.live(320);
  assert.ok(during[0]?.kind === 'refused' && during[0].code === 'reduce_only_mode');
  const held = scene.told('entries_held').find(({ figures }) => figures.cause === 'difference');
  assert.equal(held?.severity, 'critical');
  assert.deepEqual(
    [held?.figures.symbol, held?.figures.localLots, held?.figures.venueLots, held?.figures.differenceLots],
    ['BTCUSDT', 10, 17, 7],
  );
  assert.equal(after[0]?.kind, 'submitted');
  assert.ok(scene.told('entries_released').some(({ figures }) => figures.cause === 'difference'));
});

test('a position that grew and whose fills nobody tells gets its stop, and no entry until a person resumes', async () => {
  const scene = holding();
  scene.venue.tellsFills = false;
  scene.at(30, () => {
    scene.venue.isDeaf = true;
    scene.venue.tradeElsewhere('buy', 7);
    scene.venue.isDeaf = false;
  });
  const during = tryEntry(scene, 200);
  scene.at(210, () => scene.session?.control('resume', 'I bought these'));
  const after = tryEntry(scene, 300);
  await scene.live(320);
  const [adopted] = scene.told('position_adopted');
  assert.deepEqual([adopted?.severity, adopted?.figures.differenceLots], ['critical', 7]);
  assert.ok(during[0]?.kind === 'refused' && during[0].code === 'reduce_only_mode');
  assert.equal(scene.positionLots, 18, 'taken over, and one more bought');
  assert.equal(
    scene.stops.reduce((sum, [, lots]) => sum + lots, 0),
    18,
  );
  assert.equal(after[0]?.kind, 'submitted');
});

test('what a person resumes after is taken over as the venue has it', async () => {
  const scene = holding();
  scene.venue.tellsFills = false;
  scene.at(30, () => {
    scene.venue.isDeaf = true;
    scene.venue.tradeElsewhere('buy', 7);
    scene.venue.isDeaf = false;
  });
  scene.at(200, () => scene.session?.control('resume', 'I bought these'));
  await scene.live(400);
  assert.equal(scene.positionLots, 17);
  scene.assertAgreed();
  assert.equal(
    scene.stops.reduce((sum, [, lots]) => sum + lots, 0),
    17,
  );
});

test('a venue that does not answer stops entries until it does, and the run goes on', async () => {
  const scene = holding();
  scene.at(50, () => {
    scene.venue.isSilent = true;
  });
  const during = tryEntry(scene, 150);
  scene.at(160, () => {
    scene.venue.isSilent = false;
  });
  const after = tryEntry(scene, 290);
  await scene.live(300);
  assert.ok(during[0]?.kind === 'refused' && during[0].code === 'reduce_only_mode');
  assert.equal(after[0]?.kind, 'submitted');
  assert.equal(scene.told('reconcile_failed').length, 1);
  const [silence] = scene.told('entries_held').filter(({ figures }) => figures.cause === 'silence');
  assert.equal(silence?.figures.message, 'no answer');
});

test('a venue that is silent at the start does not keep the run from starting, only from entering', async () => {
  const scene = new LiveScene();
  scene.venue.isSilent = true;
  const early = tryEntry(scene, 20);
  scene.at(30, () => {
    scene.venue.isSilent = false;
  });
  const late = tryEntry(scene, 200);
  await scene.live(210);
  assert.equal(early[0]?.kind, 'refused');
  assert.equal(late[0]?.kind, 'submitted');
});

test('an order event that must not happen leaves exits only, until a person resumes', async () => {
  const scene = holding();
  const ids = { instrumentIx: 0, venueOrderId: 'v' };
  scene.at(20, () => {
    const [clientOrderId = ''] = scene.venue.arrived;
    const times = { tsVenueUs: scene.venue.nowUs, tsLocalUs: scene.venue.nowUs };
    // It has filled: that it was refused cannot be.
    scene.venue.tell({ kind: 'order-rejected', ...ids, ...times, clientOrderId, code: 'other', message: '' });
  });
  const during = tryEntry(scene, 130);
  scene.at(140, () => scene.session?.control('resume', 'looked at it'));
  const after = tryEntry(scene, 150);
  await scene.live(160);
  assert.ok(
    during[0]?.kind === 'refused' && during[0].code === 'reduce_only_mode',
    'agreement does not heal it',
  );
  assert.equal(after[0]?.kind, 'submitted');
  const [held] = scene.told('entries_held').filter(({ figures }) => figures.cause === 'violation');
  assert.deepEqual([held?.figures.event, held?.figures.symbol], ['order-rejected', 'BTCUSDT']);
});

test('an asked-for comparison comes at once, beside the run', async () => {
  const scene = holding();
  scene.at(20, () => {
    scene.venue.isDeaf = true;
    scene.venue.tradeElsewhere('sell', 10, true);
    scene.venue.isDeaf = false;
    scene.session?.compareSoon('the private stream is up again');
  });
  await scene.live(40);
  assert.equal(scene.positionLots, 0, 'within some looks, not a minute later');
});

test('holds survive a restart, and so does the memory of persons’ orders', async () => {
  const scene = holding();
  scene.at(10, () => {
    scene.venue.rest('web-7', {
      side: 'buy',
      type: 'limit',
      qtyLots: 2,
      priceTicks: 299_000,
      triggerTicks: null,
    });
  });
  scene.at(20, () => scene.engine.holdEntries('violation', 0, { test: true }));
  await scene.live(100);
  await scene.live(200);
  assert.deepEqual(
    scene.engine.limits.holds.map(({ cause, instrumentIx }) => [cause, instrumentIx]),
    [['violation', 0]],
  );
  assert.equal(scene.told('foreign_order').length, 1);
});
