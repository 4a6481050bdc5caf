import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VenueAccount, VenueOrder } from '#domain';
import type { AccountQueries } from '#venues';
import { Reconciler } from './reconciler.ts';
import type { Strategy, StrategyContext } from './strategy.ts';
import { EngineProbe } from './test/fixture.ts';

/** Buys 10 lots with a stop at the first candle. */
class Buyer implements Strategy {
  readonly name = 'buyer';
  onCandle(_candle: unknown, context: StrategyContext): void {
    if (context.positionLots(0) !== 0 || context.workingOrderCount(0) > 0) return;
    context.submit({
      instrumentIx: 0,
      side: 'buy',
      qtyLots: 10,
      protection: { stopTicks: 294_000, targetTicks: null },
      reason: 'test',
    });
  }
}

class FakeVenue implements AccountQueries {
  orders: VenueOrder[] = [];
  positionLots = 0;
  async openOrders(): Promise<readonly VenueOrder[]> {
    return this.orders;
  }
  async order(): Promise<VenueOrder | null> {
    return null;
  }
  async account(): Promise<VenueAccount> {
    const positions =
      this.positionLots === 0 ? [] : [{ instrumentIx: 0, qtyLots: this.positionLots, costTickLots: 0n }];
    return { tsVenueUs: 0, cashAtoms: 0n, positions };
  }
}

/** An engine with a filled entry and its stop accepted, and a venue that knows the same. */
function agreeing(): { probe: EngineProbe; venue: FakeVenue } {
  const probe = new EngineProbe([new Buyer()]);
  probe.candle(300_000);
  probe.fill(probe.lastOrder, 300_000);
  const stop = probe.lastOrder;
  probe.venue({ kind: 'order-accepted', clientOrderId: stop.clientOrderId, venueOrderId: 'v2' });
  const venue = new FakeVenue();
  venue.positionLots = 10;
  venue.orders = [
    {
      clientOrderId: stop.clientOrderId,
      venueOrderId: 'v2',
      instrumentIx: 0,
      side: 'sell',
      type: 'stop_market',
      qtyLots: 10,
      filledLots: 0,
      priceTicks: null,
      triggerTicks: 294_000,
      status: 'ACCEPTED',
      updatedUs: 0,
    },
  ];
  return { probe, venue };
}

test('two sides that agree are found to agree', async () => {
  const { probe, venue } = agreeing();
  assert.deepEqual(await new Reconciler(probe.engine, venue).look(), { kind: 'agreed' });
});

test('nothing is compared while a request is on its way', async () => {
  const probe = new EngineProbe([new Buyer()]);
  probe.candle(300_000);
  const reconciler = new Reconciler(probe.engine, new FakeVenue());
  assert.equal(reconciler.isQuiet, false);
  assert.deepEqual(await reconciler.look(), { kind: 'pending' });
});

test('a difference that goes away was a message on its way', async () => {
  const { probe, venue } = agreeing();
  const reconciler = new Reconciler(probe.engine, venue);
  venue.positionLots = 7;
  assert.deepEqual(await reconciler.look(), { kind: 'pending' });
  venue.positionLots = 10;
  assert.deepEqual(await reconciler.look(), { kind: 'agreed' });
});

test('a difference that stays stops entries and stands in the record', async () => {
  const { probe, venue } = agreeing();
  const reconciler = new Reconciler(probe.engine, venue);
  venue.positionLots = 7;
  let outcome = await reconciler.look();
  for (let i = 0; i < 40 && outcome.kind === 'pending'; i++) outcome = await reconciler.look();
  assert.equal(outcome.kind, 'mismatch');
  assert.ok(outcome.kind === 'mismatch');
  assert.deepEqual(
    outcome.actions.map((action) => action.kind),
    ['position-mismatch'],
  );
  probe.take(probe.engine.distrust(outcome.actions));
  assert.equal(probe.engine.isReduceOnlyMode, true);
  assert.equal(probe.table('system_events').at(-1)?.eventType, 'reconcile_mismatch');
});
