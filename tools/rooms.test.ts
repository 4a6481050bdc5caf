/** The room table as such: names, tiers, no way back up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowanceText, findRoom, importableBy, ROOMS } from './rooms.ts';

test('no room may import itself by way of others', () => {
  const order = new Map(ROOMS.map((room, index) => [room.name, index]));
  for (const room of ROOMS) {
    for (const other of importableBy(room)) {
      assert.ok(
        (order.get(other) ?? Infinity) < (order.get(room.name) ?? -1),
        `${other} stands below ${room.name} in the table`,
      );
    }
  }
});

test('no room imports a higher tier', () => {
  for (const room of ROOMS) {
    for (const other of importableBy(room)) {
      assert.ok((findRoom(other)?.tier ?? 9) <= room.tier, `${room.name} -> ${other}`);
    }
  }
});

test('the ports of tier 3 are open to the engine, the simulator is not', () => {
  const engine = findRoom('engine');
  assert.ok(engine !== undefined);
  const allowed = importableBy(engine);
  for (const name of ['net', 'bus', 'store', 'venues', 'serving', 'risk', 'core'])
    assert.ok(allowed.has(name), name);
  for (const name of ['sim', 'training', 'app', 'engine']) assert.ok(!allowed.has(name), name);
  assert.equal(allowanceText(engine), 'tiers 0-2, doors of the tier 3 ports');
});

test('app may import every room', () => {
  const app = findRoom('app');
  assert.ok(app !== undefined);
  const others = ROOMS.filter((room) => room !== app).map((room) => room.name);
  assert.deepEqual([...importableBy(app)].sort(), others.sort());
});
