/**
 * What is compared when the venue has answered: only what has not changed here since the questions left, and no request that may still be under way. Pure.
 */
import { US_PER_SECOND } from '#core';
import type { InstrumentIx } from '#domain';
import type { Order, ReconcileInput } from '#orders';
import type { VenueStateEvent } from './events.ts';
import type { EngineServices } from './services.ts';

/** How both sides are compared. */
export const RECONCILE = Object.freeze({
  /** Looks in a row that must show a difference before it counts. */
  looksMin: 3,
  /** Time between two looks while something is to be confirmed. */
  confirmEveryUs: 2 * US_PER_SECOND,
  /** A request that was not answered for so long is compared like one that was. */
  inFlightUs: 10 * US_PER_SECOND,
  /** A request that the venue does not know may still be under way for so long. */
  absentUs: 20 * US_PER_SECOND,
  /** Looks in a row that the venue may leave unanswered before entries stop. */
  silentMax: 3,
  /** A position that grew with no order of ours, and whose fills nobody tells, is taken over after so long: without its stop it is worse than strange. */
  strangeUs: 10 * US_PER_SECOND,
  /** Times that the missing fills of an order are asked for before they are booked by the venue's word, where that is taken. */
  fillQuestionsMax: 3,
});

/** An answer of the venue. */
export type Told = Extract<VenueStateEvent['answer'], { readonly kind: 'told' }>;

/** Returns both sides as far as they can be compared; `isWhole` = that is everything. `fillCounts` are those of now. */
export function comparisonOf(
  { orderDesk, portfolio, states }: EngineServices,
  fillCounts: readonly number[],
  { asked, tsLocalUs }: VenueStateEvent,
  told: Told,
): { readonly input: ReconcileInput; readonly isWhole: boolean } {
  const all = orderDesk.orders.openOrders;
  const answers = new Map(told.answers);
  const marked = new Map(asked.orders.map((one) => [one.clientOrderId, one]));
  const listed = new Set(told.openOrders.map(({ clientOrderId }) => clientOrderId));
  const localOrders = all.filter((order) => {
    const { clientOrderId } = order.request;
    const was = marked.get(clientOrderId);
    if (was === undefined || was.status !== order.status || was.filledLots !== order.filledLots) return false;
    if (!listed.has(clientOrderId) && !answers.has(clientOrderId)) return false;
    return isResting(order) || tsLocalUs - order.updatedUs >= RECONCILE.inFlightUs;
  });
  const compared = new Set(localOrders.map(({ request }) => request.clientOrderId));
  const passed = new Set([...marked.keys(), ...all.map(({ request }) => request.clientOrderId)]);
  const isStill = (ix: InstrumentIx): boolean => ix in states && fillCounts[ix] === asked.fillCounts[ix];
  const isWhole = compared.size === all.length && states.every((_, ix) => isStill(ix));
  const { account } = told;
  const isSpot = account.isSpot === true;
  const localPositions = states.map((_, ix) => ({ instrumentIx: ix, qtyLots: portfolio.positionLots(ix) }));
  const input: ReconcileInput = {
    localOrders,
    venueOpenOrders: told.openOrders.filter(
      ({ clientOrderId, instrumentIx }) =>
        compared.has(clientOrderId) || (!passed.has(clientOrderId) && instrumentIx in states),
    ),
    venueAnswers: answers,
    localPositions: isSpot ? [] : localPositions.filter(({ instrumentIx }) => isStill(instrumentIx)),
    venuePositions: isSpot ? [] : account.positions.filter(({ instrumentIx }) => isStill(instrumentIx)),
    ...(isWhole && !isSpot
      ? { cash: { localAtoms: portfolio.cashAtoms, venueAtoms: account.cashAtoms } }
      : {}),
  };
  return { input, isWhole };
}

/** True for an order that waits at the venue, and for nothing else. */
export function isResting({ status }: Order): boolean {
  return status === 'ACCEPTED' || status === 'PARTIALLY_FILLED' || status === 'TRIGGERED';
}
