/**
 * The life of one connection as a table: every state, every step, what follows. A pair that is not in the table cannot happen and is a bug.
 * A connection is made for one attempt and never comes back from `stopped`; the next attempt is another connection.
 */
import { assert } from '#core';

/**
 * `waiting`: for its turn (back-off, pace of connections, token); `connecting`: asked for; `open`: subscriptions are on their way; `confirmed`: the
 * venue has answered all of them, which proves nothing yet; `live`: it has also sent data; `draining`: another connection has taken over, this one only
 * delivers what is still under way; `stopped`: over.
 */
export type SocketState = 'waiting' | 'connecting' | 'open' | 'confirmed' | 'live' | 'draining' | 'stopped';

/** What happens to a connection. */
export type SocketStep = 'connect' | 'opened' | 'answered' | 'data' | 'replaced' | 'ended';

const TRANSITIONS: Readonly<Record<SocketState, Readonly<Partial<Record<SocketStep, SocketState>>>>> = {
  waiting: { connect: 'connecting', ended: 'stopped' },
  connecting: { opened: 'open', ended: 'stopped' },
  // The first data may come before the answer to the subscription: they do not make it confirmed.
  open: { answered: 'confirmed', data: 'open', replaced: 'draining', ended: 'stopped' },
  confirmed: { answered: 'confirmed', data: 'live', replaced: 'draining', ended: 'stopped' },
  live: { answered: 'live', data: 'live', replaced: 'draining', ended: 'stopped' },
  draining: { answered: 'draining', data: 'draining', replaced: 'draining', ended: 'stopped' },
  stopped: { ended: 'stopped' },
};

/** Returns the state after a step; a step that a state does not know is a bug. */
export function nextSocketState(state: SocketState, step: SocketStep): SocketState {
  const next = TRANSITIONS[state][step];
  assert(next !== undefined, `a socket that is ${state} is not asked to take the step '${step}'`);
  return next;
}

/** True while the socket is connected and its subscriptions may be used. */
export function isOpenState(state: SocketState): boolean {
  return state === 'open' || state === 'confirmed' || state === 'live' || state === 'draining';
}
