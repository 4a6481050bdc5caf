/**
 * The transition table against a second one, written from what each message means and not from the first. A reader should be able to
 * nod at every line; where the two differ, one of them is wrong.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isFinalStatus, ORDER_STATUSES, type OrderStatus } from '#domain';
import { ORDER_INPUTS, type OrderInput, type TransitionNote, transition } from './transition.ts';

/** `late` and `violation` leave the status as it is; the others name the status that follows. */
type Expected = 'late' | 'violation' | `ok ${OrderStatus}` | `anomaly ${OrderStatus}`;

const EXPECTED: Readonly<Record<OrderStatus, Readonly<Record<OrderInput, Expected>>>> = {
  // Durable here, not sent. Whatever the venue says of it is news from a request that we thought we had not made.
  INTENT: {
    submit: 'ok SUBMITTED',
    accepted: 'anomaly ACCEPTED',
    rejected: 'anomaly REJECTED',
    triggered: 'anomaly TRIGGERED',
    'fill-partial': 'anomaly PARTIALLY_FILLED',
    'fill-final': 'anomaly FILLED',
    // Nothing was sent: the wish to end it ends it.
    'cancel-request': 'ok CANCELED',
    'cancel-rejected': 'violation',
    canceled: 'anomaly CANCELED',
    expired: 'anomaly EXPIRED',
    timeout: 'ok UNKNOWN',
    'found-open': 'anomaly ACCEPTED',
    // As it should be: the venue has not seen what was not sent.
    'found-absent': 'late',
  },
  SUBMITTED: {
    submit: 'late',
    accepted: 'ok ACCEPTED',
    rejected: 'ok REJECTED',
    triggered: 'ok TRIGGERED',
    // A fill may overtake the acknowledgement.
    'fill-partial': 'ok PARTIALLY_FILLED',
    'fill-final': 'ok FILLED',
    'cancel-request': 'ok PENDING_CANCEL',
    'cancel-rejected': 'late',
    canceled: 'ok CANCELED',
    expired: 'ok EXPIRED',
    timeout: 'ok UNKNOWN',
    'found-open': 'ok ACCEPTED',
    // The request got lost; the moment for it is over.
    'found-absent': 'ok REJECTED',
  },
  ACCEPTED: {
    submit: 'late',
    accepted: 'late',
    rejected: 'ok REJECTED',
    triggered: 'ok TRIGGERED',
    'fill-partial': 'ok PARTIALLY_FILLED',
    'fill-final': 'ok FILLED',
    'cancel-request': 'ok PENDING_CANCEL',
    'cancel-rejected': 'late',
    canceled: 'ok CANCELED',
    expired: 'ok EXPIRED',
    timeout: 'late',
    'found-open': 'late',
    'found-absent': 'anomaly REJECTED',
  },
  TRIGGERED: {
    submit: 'late',
    accepted: 'late',
    rejected: 'ok REJECTED',
    triggered: 'late',
    'fill-partial': 'ok PARTIALLY_FILLED',
    'fill-final': 'ok FILLED',
    'cancel-request': 'ok PENDING_CANCEL',
    'cancel-rejected': 'late',
    canceled: 'ok CANCELED',
    expired: 'ok EXPIRED',
    timeout: 'late',
    'found-open': 'late',
    'found-absent': 'anomaly REJECTED',
  },
  PARTIALLY_FILLED: {
    submit: 'late',
    accepted: 'late',
    // It traded, so it cannot be refused.
    rejected: 'violation',
    triggered: 'late',
    'fill-partial': 'ok PARTIALLY_FILLED',
    'fill-final': 'ok FILLED',
    'cancel-request': 'ok PENDING_CANCEL',
    'cancel-rejected': 'late',
    canceled: 'ok CANCELED',
    expired: 'ok EXPIRED',
    timeout: 'late',
    'found-open': 'late',
    'found-absent': 'anomaly CANCELED',
  },
  PENDING_CANCEL: {
    submit: 'late',
    accepted: 'late',
    rejected: 'ok REJECTED',
    triggered: 'late',
    // Fills race the cancel.
    'fill-partial': 'ok PENDING_CANCEL',
    'fill-final': 'ok FILLED',
    'cancel-request': 'late',
    'cancel-rejected': 'ok ACCEPTED',
    canceled: 'ok CANCELED',
    expired: 'ok EXPIRED',
    timeout: 'ok UNKNOWN',
    'found-open': 'late',
    'found-absent': 'anomaly CANCELED',
  },
  // An answer was lost; anything that is heard of it settles the matter.
  UNKNOWN: {
    submit: 'late',
    accepted: 'ok ACCEPTED',
    rejected: 'ok REJECTED',
    triggered: 'ok TRIGGERED',
    'fill-partial': 'ok PARTIALLY_FILLED',
    'fill-final': 'ok FILLED',
    // First it must be found; the wish is remembered beside the status.
    'cancel-request': 'late',
    'cancel-rejected': 'late',
    canceled: 'ok CANCELED',
    expired: 'ok EXPIRED',
    timeout: 'late',
    'found-open': 'ok ACCEPTED',
    'found-absent': 'ok REJECTED',
  },
  FILLED: {
    submit: 'violation',
    accepted: 'late',
    rejected: 'violation',
    triggered: 'late',
    // More than was ordered.
    'fill-partial': 'violation',
    'fill-final': 'violation',
    'cancel-request': 'late',
    'cancel-rejected': 'late',
    canceled: 'late',
    expired: 'late',
    timeout: 'late',
    'found-open': 'violation',
    'found-absent': 'violation',
  },
  CANCELED: {
    submit: 'violation',
    accepted: 'late',
    rejected: 'late',
    triggered: 'late',
    // A fill from before the cancel that comes after it.
    'fill-partial': 'anomaly CANCELED',
    'fill-final': 'anomaly FILLED',
    'cancel-request': 'late',
    'cancel-rejected': 'late',
    canceled: 'late',
    expired: 'late',
    timeout: 'late',
    'found-open': 'anomaly ACCEPTED',
    'found-absent': 'late',
  },
  // Refused, or taken for lost: an order that lives after all must be looked after again.
  REJECTED: {
    submit: 'violation',
    accepted: 'anomaly ACCEPTED',
    rejected: 'late',
    triggered: 'anomaly TRIGGERED',
    'fill-partial': 'anomaly PARTIALLY_FILLED',
    'fill-final': 'anomaly FILLED',
    'cancel-request': 'late',
    'cancel-rejected': 'late',
    canceled: 'late',
    expired: 'late',
    timeout: 'late',
    'found-open': 'anomaly ACCEPTED',
    'found-absent': 'late',
  },
  EXPIRED: {
    submit: 'violation',
    accepted: 'late',
    rejected: 'late',
    triggered: 'late',
    'fill-partial': 'anomaly EXPIRED',
    'fill-final': 'anomaly FILLED',
    'cancel-request': 'late',
    'cancel-rejected': 'late',
    canceled: 'late',
    expired: 'late',
    timeout: 'late',
    'found-open': 'anomaly ACCEPTED',
    'found-absent': 'late',
  },
};

function outcomeOf(expected: Expected, status: OrderStatus): { next: OrderStatus; note: TransitionNote } {
  const [note, next = status] = expected.split(' ') as [TransitionNote, OrderStatus?];
  return { next, note };
}

describe('the transition table', () => {
  for (const status of ORDER_STATUSES) {
    test(`has the expected cell for ${status} and every input`, () => {
      const found = ORDER_INPUTS.map((input) => [input, transition(status, input)]);
      const expected = ORDER_INPUTS.map((input) => [input, outcomeOf(EXPECTED[status][input], status)]);
      assert.deepEqual(found, expected);
    });
  }

  test('changes nothing where it says late or violation', () => {
    for (const status of ORDER_STATUSES) {
      for (const input of ORDER_INPUTS) {
        const { next, note } = transition(status, input);
        if (note === 'late' || note === 'violation') assert.equal(next, status, `${status} x ${input}`);
      }
    }
  });

  test('lets an order leave a final status only by an anomaly', () => {
    for (const status of ORDER_STATUSES.filter(isFinalStatus)) {
      for (const input of ORDER_INPUTS) {
        const { next, note } = transition(status, input);
        if (next !== status) assert.equal(note, 'anomaly', `${status} x ${input}`);
      }
    }
  });

  test('refuses a status or an input that it does not know', () => {
    const broken = 'LOST' as OrderStatus;
    assert.throws(() => transition(broken, 'submit'), /LOST x submit is in the table/);
    assert.throws(() => transition('INTENT', 'wish' as OrderInput), /INTENT x wish is in the table/);
  });
});
