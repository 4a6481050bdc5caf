import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings, testSeed } from '../../../test/support/property.ts';
import { clientIdOfUuid, uuidOfClientId } from './index.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const anyId = fc
  .tuple(
    fc.nat({ max: 0xffff_ffff }),
    fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
    fc.constantFrom('e', 'x', 's', 't'),
  )
  .map(([tag, order, purpose]) => `xy-${tag.toString(16).padStart(8, '0')}-${order.toString(36)}-${purpose}`);

test(`every id of ours becomes a UUID of version 8 and comes back (SEED=${testSeed()})`, () => {
  fc.assert(
    fc.property(anyId, (id) => {
      const uuid = uuidOfClientId(id) ?? '';
      assert.match(uuid, UUID);
      assert.equal(clientIdOfUuid(uuid), id);
      assert.equal(clientIdOfUuid(uuid.toUpperCase()), id);
    }),
    propertySettings(500),
  );
});

test('the packing never changes: orders of earlier versions are known again', () => {
  for (const [id, uuid] of [
    ['xy-00000000-1-e', '00000000-0000-8000-8000-0023d54c2691'],
    ['xy-1a2b3c4d-7z9-s', '1a2b3c4d-0000-8000-8005-0cb20c253686'],
    [`xy-ffffffff-${Number.MAX_SAFE_INTEGER.toString(36)}-t`, 'ffffffff-ffff-8fff-bfff-fff9919f2643'],
  ] as const) {
    assert.equal(uuidOfClientId(id), uuid, id);
  }
});

test('ids of another form have no UUID', () => {
  for (const id of [
    '',
    'x',
    'xy-1a2b3c4d-0-e',
    'xy-1a2b3c4d-01-e',
    'xy-1a2b3c4d-zzzzzzzzzzz-e',
    'xy-1A2b3c4d-1-e',
    'xy-1a2b3c4d-1-q',
    'xy-1a2b3c4d-1-e ',
    '6d1b345e-2821-40e2-ad83-4ecb18a06876',
  ])
    assert.equal(uuidOfClientId(id), undefined, id);
});

test('UUIDs of others are not taken for ours, nor is ours with any digit changed', () => {
  for (const uuid of [
    '',
    'no uuid',
    '6d1b345e-2821-40e2-ad83-4ecb18a06876',
    '6d1b345e-2821-80e2-ad83-4ecb18a06876',
    '00000000-0000-8000-8000-000000000000',
  ])
    assert.equal(clientIdOfUuid(uuid), undefined, uuid);
  const own = uuidOfClientId('xy-1a2b3c4d-7z9-s') ?? '';
  for (let at = 0; at < own.length; at++) {
    for (const digit of '0123456789abcdef') {
      const changed = own.slice(0, at) + digit + own.slice(at + 1);
      if (changed !== own) assert.equal(clientIdOfUuid(changed), undefined, changed);
    }
  }
});
