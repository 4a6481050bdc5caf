/**
 * Client order ids carry the intent: who sent it, which order it is, what it is for. They are deterministic (a replayed decision makes the
 * same id again, so a repeated request can never make a second order) and fit every venue (36 characters of [a-z0-9-]).
 */
import { assert, sha256Hex } from '#core';
import type { OrderLabel } from '#domain';

const LABEL_LETTERS: Readonly<Record<OrderLabel, string>> = { ENTRY: 'e', EXIT: 'x', SL: 's', TP: 't' };
const PATTERN = /^xy-([0-9a-f]{8})-([0-9a-z]{1,11})-([exst])$/;

/** Returns the tag of a run: 8 hex digits of the hash of whatever makes the run unique (account, run id, seed). */
export function runTag(identity: string): string {
  return sha256Hex(identity).slice(0, 8);
}

/** Builds the id of order number `orderId` of a run. */
export function clientOrderId(tag: string, orderId: number, label: OrderLabel): string {
  assert(/^[0-9a-f]{8}$/.test(tag), `run tag is 8 hex digits, was '${tag}'`);
  assert(Number.isSafeInteger(orderId) && orderId > 0, `order id is a positive integer, was ${orderId}`);
  return `xy-${tag}-${orderId.toString(36)}-${LABEL_LETTERS[label]}`;
}

/** What a client order id says; `undefined` when it is not one of ours. */
export function parseClientOrderId(
  id: string,
): { readonly tag: string; readonly orderId: number; readonly label: OrderLabel } | undefined {
  const match = PATTERN.exec(id);
  if (match === null) return undefined;
  const label = (Object.keys(LABEL_LETTERS) as OrderLabel[]).find((key) => LABEL_LETTERS[key] === match[3]);
  assert(label !== undefined, 'the pattern admits known labels only');
  const orderId = Number.parseInt(match[2]!, 36);
  // A number that we never write (0, leading zeros, beyond exact integers) would stand for another order.
  const isOurs = Number.isSafeInteger(orderId) && orderId > 0 && orderId.toString(36) === match[2];
  return isOurs ? { tag: match[1]!, orderId, label } : undefined;
}
