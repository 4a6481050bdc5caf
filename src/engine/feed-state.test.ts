/** A feed that says it is not to be trusted: no entry is decided on it, exits still go out, and the record tells of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineProbe, Scripted } from './test/fixture.ts';

function say(probe: EngineProbe, isUsable: boolean): void {
  const { nowUs } = probe.engine;
  probe.step({ kind: 'feed-state', instrumentIx: 0, tsVenueUs: nowUs, tsLocalUs: nowUs, isUsable });
}

test('an entry on a feed that is not usable is refused as stale, one on the mended feed is not', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  probe.candle(300_000);
  say(probe, false);
  const enter: Scripted['next'] = (context) => {
    assert.equal(context.dataAgeUs(0), strategy.outcomes.length === 0 ? Number.POSITIVE_INFINITY : 0);
    return context.submit({ instrumentIx: 0, side: 'buy', qtyLots: 10, reason: 'test' });
  };
  strategy.next = enter;
  probe.candle(300_000);
  assert.deepEqual(probe.engine.summary().rejected, { stale_data: 1 });
  assert.equal(probe.submitted.length, 0);
  say(probe, true);
  strategy.next = enter;
  probe.candle(300_000);
  assert.equal(probe.submitted.length, 1);
});

test('an exit goes out whatever the feed says', () => {
  const strategy = new Scripted();
  const probe = new EngineProbe([strategy]);
  strategy.next = (context) => context.submit({ instrumentIx: 0, side: 'buy', qtyLots: 10, reason: 'test' });
  probe.candle(300_000);
  probe.fill(probe.lastOrder, 300_000);
  say(probe, false);
  strategy.next = (context) =>
    context.submit({ instrumentIx: 0, side: 'sell', qtyLots: 10, reduceOnly: true, reason: 'out' });
  probe.candle(300_000);
  assert.equal(probe.lastOrder.reduceOnly, true);
});

test('a change of state is told once and lives in the checkpoint', () => {
  const probe = new EngineProbe([new Scripted()]);
  probe.candle(300_000);
  for (const isUsable of [true, false, false, true, true, false]) say(probe, isUsable);
  const told = probe.table('system_events').map(({ eventType }) => eventType);
  assert.deepEqual(
    told.filter((type) => type.startsWith('feed_')),
    ['feed_stale', 'feed_usable', 'feed_stale'],
  );
  const other = new EngineProbe([new Scripted()]);
  other.engine.loadState(structuredClone(probe.engine.saveState()));
  assert.equal(other.engine.states[0]?.isFeedUsable, false);
});
