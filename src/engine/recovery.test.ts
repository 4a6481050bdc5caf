/**
 * What goes wrong between a trader and a venue that outlives it, by the name of what goes wrong; the numbers are those of issues in which users of other systems
 * told of it. Each runs through session, engine, comparison and auditor against a venue that keeps the truth.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientOrderId } from '#orders';
import { entry, LiveScene } from './test/live-scene.ts';

const TICK_ATOMS = 10_000n;
const isStop = (id: string): boolean => id.endsWith('-s');

/** The newest order of a kind that arrived at the venue. */
function arrivedLast(scene: LiveScene, isWanted: (id: string) => boolean): string {
  const id = scene.venue.arrived.findLast(isWanted);
  assert.ok(id !== undefined, 'such an order arrived');
  return id;
}

/** A scene whose trader buys 10 lots with a stop after some seconds. */
function holding(seconds = 5): LiveScene {
  const scene = new LiveScene();
  scene.act(seconds, (context) => context.submit(entry()));
  return scene;
}

// nautilus #3104, #1157: a node that refuses to start because of a position that it has not opened.
test('a long held position is adopted at start, gets a stop, and trading begins', async () => {
  const scene = new LiveScene();
  scene.venue.positionLots = 10;
  scene.venue.costTickLots = 2_500_000n;
  scene.act(2, (context) => {
    assert.equal(context.submit(entry({ qtyLots: 5 })).kind, 'refused', 'nothing is known yet');
  });
  await scene.live(30);
  scene.assertAgreed();
  assert.equal(scene.engine.portfolio.position(0).costTickLots, 2_500_000n);
  assert.deepEqual(scene.stops, [[285_000, 10]], '5 % below the last price');
  const [adopted] = scene.told('position_adopted');
  assert.deepEqual([adopted?.figures.localLots, adopted?.figures.venueLots], [0, 10]);
  scene.act(31, (context) => assert.equal(context.submit(entry({ qtyLots: 5 })).kind, 'submitted'));
  await scene.live(40);
  assert.equal(scene.positionLots, 15);
});

// nautilus PR #3067: after a restart both sides of a turned position are held at once, one of them a phantom.
test('a position that was turned around while nobody looked is one position, not two', async () => {
  const scene = holding();
  await scene.live(20);
  scene.venue.isDeaf = true;
  scene.venue.tradeElsewhere('sell', 15);
  scene.venue.isDeaf = false;
  scene.venue.tellsFills = false;
  await scene.live(140);
  assert.equal(scene.positionLots, -5);
  scene.assertAgreed();
  assert.equal(scene.engine.portfolio.openPositions().length, 1);
});

// nautilus #4737: armed stops are dropped on a restart; the position stands naked.
test('an armed stop that is gone after a restart is armed again where the plan has it', async () => {
  const scene = holding();
  await scene.live(20);
  assert.deepEqual(scene.stops, [[294_000, 10]]);
  scene.venue.isDeaf = true;
  scene.venue.end(arrivedLast(scene, isStop), 'CANCELED');
  scene.venue.isDeaf = false;
  await scene.live(60);
  scene.assertAgreed();
  assert.deepEqual(scene.stops, [[294_000, 10]]);
  assert.equal(scene.positionLots, 10, 'it was not closed for it');
});

// nautilus #4958: an order in flight is taken for rejected, fills, and its position belongs to nobody.
test('an order in flight that was given up, and fills after all, is booked, protected and told of', async () => {
  const scene = holding();
  scene.venue.losses.push('answer');
  // The venue shows the order to nobody for a while: it is given up.
  scene.at(6, () => {
    const [id] = scene.venue.orders.keys();
    const order = id === undefined ? undefined : scene.venue.orders.get(id);
    assert.ok(id !== undefined && order !== undefined);
    const { fills, positionLots, costTickLots, cashAtoms } = scene.venue;
    const kept = fills.splice(0);
    scene.venue.orders.delete(id);
    Object.assign(scene.venue, { positionLots: 0, costTickLots: 0n, cashAtoms: 10_000n * 100_000_000n });
    scene.at(110, () => {
      scene.venue.orders.set(id, order);
      fills.push(...kept);
      Object.assign(scene.venue, { positionLots, costTickLots, cashAtoms });
      for (const fill of kept) scene.venue.tell({ ...fill, tsLocalUs: scene.venue.nowUs });
    });
  });
  await scene.live(100);
  assert.equal(scene.engine.orderDesk.orders.openCount, 0, 'given up');
  await scene.live(200);
  scene.assertAgreed();
  assert.equal(scene.positionLots, 10);
  assert.equal(scene.stops.length, 1);
  assert.ok(scene.told('order_oddity').some(({ figures }) => figures.note === 'anomaly'));
});

// nautilus #3878: reconciling the same state gives another result each time.
test('the same troubles are put right in the same way, to the byte of the record', async () => {
  const run = async (): Promise<string> => {
    const scene = holding();
    scene.at(15, () => {
      scene.venue.isDeaf = true;
      scene.venue.tradeElsewhere('sell', 4, true);
      scene.venue.end(arrivedLast(scene, isStop), 'CANCELED');
      scene.venue.cashAtoms -= 12_345n;
    });
    scene.at(30, () => {
      scene.venue.isDeaf = false;
    });
    await scene.live(200);
    scene.assertAgreed();
    return JSON.stringify(scene.record.durable, (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
  };
  assert.equal(await run(), await run());
});

// nautilus #3176: an order is sent a second time after its answer was lost.
test('a crash behind a sent order makes no second one, and its fill is found', async () => {
  const scene = holding();
  const isSent = (): boolean => scene.venue.arrived.length === 1;
  scene.venue.losses.push('answer');
  // The intent is durable and sent; the state that is resumed from knows nothing of it.
  await scene.live(300, isSent);
  await scene.live(100);
  assert.equal(new Set(scene.venue.arrived).size, scene.venue.arrived.length, 'no id arrives twice');
  assert.equal(scene.venue.arrived.filter((id) => id.endsWith('-e')).length, 1);
  assert.equal(scene.positionLots, 10);
  scene.assertAgreed();
  assert.equal(scene.stops.length, 1, 'whatever became of its plan, it has a stop');
  assert.equal(scene.told('intents_recovered').length, 1);
});

test('a crash between a durable intent and its sending leaves an order that never was', async () => {
  const scene = holding();
  scene.venue.losses.push('request');
  await scene.live(300, () => scene.intents.all.length === 1);
  await scene.live(120);
  assert.deepEqual(scene.venue.arrived, []);
  const [intent] = scene.intents.all;
  assert.equal(scene.engine.orderDesk.orders.find(intent?.request.clientOrderId ?? '')?.status, 'REJECTED');
  scene.assertAgreed();
  scene.act(121, (context) => context.submit(entry()));
  await scene.live(140);
  assert.equal(scene.positionLots, 10, 'the next order has another number');
  assert.equal(new Set(scene.intents.all.map(({ orderId }) => orderId)).size, scene.intents.all.length);
});

// freqtrade #7107, #11570: the venue liquidates, the trade stays open for ever.
test('a liquidation that is told closes the trade and is named so', async () => {
  const scene = holding();
  scene.at(20, () => {
    scene.venue.priceTicks = 200_000;
    scene.venue.tradeElsewhere('sell', 10, true);
  });
  await scene.live(200);
  assert.equal(scene.positionLots, 0);
  scene.assertAgreed();
  assert.equal(scene.told('liquidation').length, 1);
  assert.deepEqual(scene.stops, [], 'no stop outlives its position');
  const [trade] = scene.record.durable.filter((row) => row.table === 'trades').slice(-1);
  assert.ok(trade?.table === 'trades' && trade.status === 'LIQUIDATED');
});

test('a liquidation while nobody listened is found by its fills', async () => {
  const scene = holding();
  scene.at(20, () => {
    scene.venue.isDeaf = true;
    scene.venue.priceTicks = 200_000;
    scene.venue.tradeElsewhere('sell', 10, true);
    scene.venue.isDeaf = false;
  });
  await scene.live(200);
  assert.equal(scene.positionLots, 0);
  scene.assertAgreed();
  assert.equal(scene.told('liquidation').length, 1);
  assert.deepEqual(scene.told('position_forced'), [], 'its fill is known');
});

test('a liquidation whose fills nobody tells is booked by the venue word, its money too', async () => {
  const scene = holding();
  scene.venue.tellsFills = false;
  scene.at(20, () => {
    scene.venue.isDeaf = true;
    scene.venue.priceTicks = 200_000;
    scene.venue.tradeElsewhere('sell', 10, true);
    scene.venue.priceTicks = 210_000;
  });
  await scene.live(200);
  assert.equal(scene.positionLots, 0);
  scene.assertAgreed();
  const [forced] = scene.told('position_forced');
  assert.deepEqual(
    [forced?.figures.localLots, forced?.figures.venueLots, forced?.severity],
    [10, 0, 'critical'],
  );
  const [money] = scene.told('balance_adjusted');
  assert.equal(money?.figures.cause, 'forced-close');
  const fee = (200_000n * 10n * TICK_ATOMS) / 2_000n;
  assert.equal(money?.figures.amountAtoms, String(-(10_000n * 10n * TICK_ATOMS) - fee));
  assert.equal(money?.figures.isResult, true, 'lost is lost');
});

test('a position that auto-deleveraging made smaller keeps a stop for what is left', async () => {
  const scene = holding();
  scene.venue.tellsFills = false;
  scene.at(20, () => {
    scene.venue.isDeaf = true;
    scene.venue.tradeElsewhere('sell', 4, true);
    scene.venue.isDeaf = false;
  });
  await scene.live(200);
  assert.equal(scene.positionLots, 6);
  scene.assertAgreed();
  assert.ok(scene.stops.reduce((sum, [, lots]) => sum + lots, 0) >= 6);
});

test('the fill of a booked liquidation that is told late counts no second time', async () => {
  const scene = holding();
  scene.venue.tellsFills = false;
  scene.at(20, () => {
    scene.venue.isDeaf = true;
    scene.venue.tradeElsewhere('sell', 10, true);
  });
  scene.at(150, () => {
    scene.venue.isDeaf = false;
    const late = scene.venue.fills.at(-1);
    assert.ok(late !== undefined);
    scene.venue.tell({ ...late, tsLocalUs: scene.venue.nowUs });
  });
  await scene.live(300);
  assert.equal(scene.positionLots, 0);
  scene.assertAgreed();
  assert.equal(scene.told('fill_absorbed').length, 1);
});

// freqtrade #12360: the stop is gone at the exchange, and the program crashes again and again.
test('a stop that vanishes while the run goes on is placed again, and nothing crashes', async () => {
  const scene = holding();
  scene.at(20, () => {
    scene.venue.orders.delete(arrivedLast(scene, isStop));
  });
  await scene.live(200);
  scene.assertAgreed();
  assert.deepEqual(scene.stops, [[294_000, 10]]);
  assert.equal(scene.positionLots, 10);
  assert.ok(scene.told('order_repaired').some(({ figures }) => figures.input === 'found-absent'));
});

test('a private stream that says nothing at all costs neither a position its stop nor its money its truth', async () => {
  const scene = holding();
  scene.venue.isDeaf = true;
  scene.act(90, (context) => context.closePosition(0, 'enough'));
  await scene.live(80);
  assert.equal(scene.positionLots, 10);
  assert.deepEqual(scene.stops, [[294_000, 10]]);
  assert.deepEqual(scene.told('protection_overdue'), [], 'it was asked for in time');
  assert.ok(scene.engine.orderDesk.auditor.nakedUsLongest < 30_000_000);
  await scene.live(240);
  assert.equal(scene.positionLots, 0);
  scene.assertAgreed();
});

// hummingbot #3374: a network error, and the order is forgotten although it rests.
test('an order whose answer was lost is found resting', async () => {
  const scene = new LiveScene();
  scene.venue.losses.push('answer');
  scene.act(5, (context) => context.submit(entry({ type: 'limit', priceTicks: 299_000 })));
  await scene.live(120);
  scene.assertAgreed();
  assert.equal(scene.engine.orderDesk.orders.openOrders[0]?.status, 'ACCEPTED');
});

// hummingbot #3001: ghost orders, open here and long gone at the venue.
test('an order that ended while nobody listened ends here too, its fills first', async () => {
  const scene = new LiveScene();
  scene.act(5, (context) => context.submit(entry({ type: 'limit', priceTicks: 299_000 })));
  scene.at(20, () => {
    scene.venue.isDeaf = true;
    const [id] = scene.venue.arrived;
    assert.ok(id !== undefined);
    scene.venue.fill(id, 4);
    scene.venue.end(id, 'EXPIRED');
    scene.venue.isDeaf = false;
  });
  await scene.live(200);
  scene.assertAgreed();
  assert.equal(scene.positionLots, 4);
  assert.deepEqual(scene.stops, [[294_000, 4]]);
});

// hummingbot #1528: orders of an earlier run hang at the exchange.
test('orders that a former run left hanging are recognised: its stop stays, its entry is ended', async () => {
  const scene = new LiveScene();
  const { venue } = scene;
  venue.positionLots = 10;
  venue.costTickLots = 3_000_000n;
  const stop = clientOrderId('abcdef01', 7, 'SL');
  const hanging = clientOrderId('abcdef01', 8, 'ENTRY');
  venue.rest(stop, {
    side: 'sell',
    type: 'stop_market',
    qtyLots: 10,
    priceTicks: null,
    triggerTicks: 290_000,
  });
  venue.rest(hanging, { side: 'buy', type: 'limit', qtyLots: 3, priceTicks: 280_000, triggerTicks: null });
  await scene.live(60);
  assert.equal(venue.orders.get(hanging)?.status, 'CANCELED');
  assert.deepEqual(scene.stops, [[290_000, 10]], 'no second stop');
  scene.assertAgreed();
  assert.ok(scene.world?.adopted.includes(hanging));
});

test('fills from before a run that are told again, by a gateway that has never heard them, are not booked', async () => {
  const scene = holding(15);
  const { venue } = scene;
  venue.nowUs -= 3_600_000_000;
  venue.tradeElsewhere('buy', 4);
  venue.nowUs += 3_600_000_000;
  const [old] = venue.fills;
  assert.ok(old !== undefined);
  for (const second of [0.5, 3, 30]) {
    const again = { ...old, execId: `${old.execId}-${second}` };
    scene.at(second, () => venue.tell({ ...again, tsLocalUs: venue.nowUs, isRecalled: true }));
  }
  await scene.live(140);
  assert.equal(scene.positionLots, 14, 'what they have left is taken over once');
  scene.assertAgreed();
  assert.equal(scene.told('fill_absorbed').length, 3);
});

test('a liquidation that is told as it happens counts, though its stamp is older than the last agreement', async () => {
  const scene = holding();
  const { venue } = scene;
  // The venue's clock has jumped back by an hour since both sides agreed.
  scene.at(30, () => {
    venue.isDeaf = true;
    venue.tradeElsewhere('sell', 10);
    venue.isDeaf = false;
    const fill = venue.fills.at(-1);
    assert.ok(fill !== undefined);
    const tsVenueUs = fill.tsVenueUs - 3_600_000_000;
    venue.tell({ ...fill, tsVenueUs, tsLocalUs: venue.nowUs, isLiquidation: true });
  });
  await scene.live(50);
  assert.equal(scene.positionLots, 0);
  assert.equal(scene.told('fill_absorbed').length, 0);
});
