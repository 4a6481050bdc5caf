import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AssertionError } from '#core';
import type { OrderIntentRecord } from '#store';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { openIntentLog } from './intent-log.ts';
import { openRecord } from './record-reader.ts';

const OPTIONS = { durability: 'full', wallNowUs: 1 } as const;

const intent = (orderId: number, changes: Partial<OrderIntentRecord> = {}): OrderIntentRecord => ({
  orderId,
  tsUs: 1_700_000_000_000_000 + orderId,
  eventSeq: orderId * 10,
  request: {
    clientOrderId: `x-${orderId}`,
    instrumentIx: 0,
    side: 'buy',
    type: 'limit',
    label: 'ENTRY',
    qtyLots: 5,
    priceTicks: 300_000,
    triggerTicks: null,
    timeInForce: 'GTC',
    reduceOnly: false,
  },
  ...changes,
});

describe('the intent log', () => {
  it('is durable when append returns, without being closed', (test) => {
    const path = join(tempDir(test), 'intents.sqlite');
    const log = openIntentLog(path, OPTIONS);
    assert.equal(log.append(intent(1)), 'new');
    const other = openIntentLog(path, OPTIONS);
    assert.deepEqual(other.since(0), [intent(1)]);
    other.close();
    log.close();
  });

  it('knows an intent again, also after it was opened anew', (test) => {
    const path = join(tempDir(test), 'intents.sqlite');
    const log = openIntentLog(path, OPTIONS);
    log.append(intent(1));
    assert.equal(log.append(intent(1)), 'known');
    log.close();
    const again = openIntentLog(path, OPTIONS);
    assert.equal(again.append(intent(1)), 'known');
    assert.deepEqual(again.since(0), [intent(1)]);
    again.close();
    again.close();
  });

  it('does not mind in which order the fields of a request stand', (test) => {
    const log = openIntentLog(join(tempDir(test), 'intents.sqlite'), OPTIONS);
    log.append(intent(1));
    const fields = Object.entries(intent(1).request).reverse();
    const request: unknown = Object.fromEntries(fields);
    assert.equal(log.append(intent(1, { request: request as OrderIntentRecord['request'] })), 'known');
    log.close();
  });

  it('calls other content under a known id a bug', (test) => {
    const log = openIntentLog(join(tempDir(test), 'intents.sqlite'), OPTIONS);
    log.append(intent(1));
    const others: readonly OrderIntentRecord[] = [
      intent(1, { eventSeq: 11 }),
      intent(1, { tsUs: 5 }),
      intent(1, { orderId: 2 }),
      intent(1, { request: { ...intent(1).request, qtyLots: 6 } }),
    ];
    for (const other of others) {
      assert.throws(
        () => log.append(other),
        (error) => error instanceof AssertionError && /intent x-1 keeps its/.test(error.message),
      );
    }
    assert.deepEqual(log.since(0), [intent(1)]);
    log.close();
  });

  it('calls two client ids for one order a bug', (test) => {
    const log = openIntentLog(join(tempDir(test), 'intents.sqlite'), OPTIONS);
    log.append(intent(1));
    const request = { ...intent(1).request, clientOrderId: 'x-other' };
    assert.throws(() => log.append(intent(1, { request })), AssertionError);
    log.close();
  });

  it('returns intents above an event, in order', (test) => {
    const log = openIntentLog(join(tempDir(test), 'intents.sqlite'), { ...OPTIONS, durability: 'normal' });
    for (const orderId of [1, 3, 2]) log.append(intent(orderId));
    log.append(intent(4, { eventSeq: 30 }));
    const ids = (eventSeq: number): number[] => log.since(eventSeq).map(({ orderId }) => orderId);
    assert.deepEqual(ids(0), [1, 2, 3, 4]);
    assert.deepEqual(ids(20), [3, 4]);
    assert.deepEqual(ids(30), []);
    log.close();
  });

  it('is not a record', (test) => {
    const path = join(tempDir(test), 'intents.sqlite');
    openIntentLog(path, OPTIONS).close();
    assert.throws(() => openRecord(path), { code: 'XY_FILE_DAMAGED' });
  });
});
