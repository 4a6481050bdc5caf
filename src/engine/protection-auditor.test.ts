import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import { PROTECTION_DEFAULTS } from './protection-auditor.ts';
import { entry, LiveScene } from './test/live-scene.ts';

function buying(changes: ConstructorParameters<typeof LiveScene>[0] = {}): LiveScene {
  const scene = new LiveScene(changes);
  scene.act(5, (context) => context.submit(entry()));
  return scene;
}

test('how long a position stood without its stop is measured and told, each time', async () => {
  const scene = buying();
  await scene.live(30);
  const [gap] = scene.told('protection_gap');
  // From the fill that is heard to the stop that is heard: to the venue and back.
  assert.deepEqual([gap?.figures.nakedUs, gap?.figures.how, gap?.severity], [4_000, 'protected', 'info']);
  assert.equal(gap?.figures.boundUs, 30 * US_PER_SECOND);
  assert.equal(scene.engine.orderDesk.auditor.nakedUsLongest, 4_000);
});

test('a stop that would trigger at once closes the position at market', async () => {
  const scene = buying();
  scene.venue.refusals.push('would_trigger_immediately');
  await scene.live(30);
  assert.equal(scene.positionLots, 0);
  assert.deepEqual(
    scene.venue.arrived.map((id) => id.at(-1)),
    ['e', 's', 'x'],
  );
});

test('a stop that is refused for another reason is tried again, after growing pauses', async () => {
  const scene = buying();
  scene.venue.refusals.push('too_many_orders', 'maintenance');
  await scene.live(30);
  assert.equal(scene.positionLots, 10);
  assert.deepEqual(scene.stops, [[294_000, 10]]);
  const [gap] = scene.told('protection_gap');
  assert.equal(gap?.figures.nakedUs, 3 * US_PER_SECOND + 3 * 4_000, 'one second, then two');
});

test('a stop that is refused again and again closes the position at market', async () => {
  const scene = buying();
  scene.venue.refusals.push('other', 'other', 'other');
  await scene.live(30);
  assert.equal(scene.positionLots, 0);
  assert.deepEqual(
    scene.venue.arrived.map((id) => id.at(-1)),
    ['e', 's', 's', 's', 'x'],
  );
  const [gap] = scene.told('protection_gap');
  assert.equal(gap?.figures.how, 'closed');
});

test('a position that stands without its stop for longer than stated is closed at market', async () => {
  const rules = { ...PROTECTION_DEFAULTS, nakedUsMax: 12 * US_PER_SECOND };
  const scene = buying({ protection: rules });
  // The stop is lost on its way, and the venue answers no question: all that is left is to act.
  scene.at(5.001, () => {
    scene.venue.losses.push('answer', 'request');
    scene.venue.isSilent = true;
  });
  scene.at(5.003, () => {
    const last = scene.venue.fills.at(-1);
    assert.ok(last !== undefined);
    scene.venue.tell({ ...last, tsLocalUs: scene.venue.nowUs });
  });
  await scene.live(40);
  const [overdue] = scene.told('protection_overdue');
  assert.ok(overdue !== undefined && Number(overdue.figures.nakedUs) >= rules.nakedUsMax);
  assert.ok(Number(overdue.figures.nakedUs) < rules.nakedUsMax + US_PER_SECOND);
  assert.equal(scene.positionLots, 0);
});

test('a strategy that asks for no protection has its waiver recorded once, and no stop', async () => {
  const scene = new LiveScene();
  const bare = { instrumentIx: 0, side: 'buy', qtyLots: 5, reason: 'test' } as const;
  scene.act(5, (context) => context.submit(bare));
  scene.act(20, (context) => context.submit(bare));
  await scene.live(100);
  assert.equal(scene.positionLots, 10);
  assert.deepEqual(scene.stops, []);
  const waived = scene.told('protection_waived');
  assert.deepEqual(
    waived.map(({ figures }) => figures.strategy),
    ['actor'],
  );
  assert.deepEqual(scene.told('protection_missing'), []);
  await scene.live(200);
  assert.equal(scene.told('protection_waived').length, 1, 'it survives a restart');
});

test('a waiver does not cover positions that were to have a stop', async () => {
  const scene = new LiveScene();
  const bare = { instrumentIx: 0, side: 'buy', qtyLots: 5, reason: 'test' } as const;
  scene.act(5, (context) => context.submit(bare));
  scene.act(20, (context) => context.closePosition(0, 'x'));
  scene.act(30, (context) => context.submit(entry()));
  scene.at(40, () => {
    for (const { request } of scene.venue.open) scene.venue.end(request.clientOrderId, 'CANCELED');
  });
  await scene.live(60);
  assert.deepEqual(scene.stops, [[294_000, 10]]);
});

test('a position without a price waits for one; its stop lies on the side of less loss, long and short', async () => {
  for (const [lots, expected] of [
    [10, 285_001],
    [-10, 314_999],
  ] as const) {
    const scene = new LiveScene({ protection: { ...PROTECTION_DEFAULTS, defaultStopPpm: 49_999 } });
    scene.venue.positionLots = lots;
    scene.venue.costTickLots = BigInt(lots * 300_000);
    await scene.live(60);
    assert.deepEqual(scene.stops, [[expected, 10]]);
    const [told] = scene.told('protection_default');
    assert.deepEqual([told?.figures.stopTicks, told?.figures.positionLots], [expected, lots]);
  }
});

test('without a real venue nothing is audited: rows of back-tests stay as they are', async () => {
  const scene = buying();
  const { auditor } = scene.engine.orderDesk;
  assert.equal(auditor.rules, null);
  auditor.report();
  auditor.check(0);
  assert.equal(auditor.defaultPlan(0), null);
  assert.equal(auditor.refused(0, false), null, 'a refused stop closes, as ever');
});
