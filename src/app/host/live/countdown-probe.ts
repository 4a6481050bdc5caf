/**
 * Finds out whether a venue's countdown spares stops, before the dead man's switch is trusted with it: one reduce-only stop of the smallest size, far from the market
 * of an instrument in which nothing is open, and a countdown that runs out over it. Reduce-only without a position it cannot open anything.
 */
import { US_PER_SECOND, XylenError } from '#core';
import { floorToTick, type Instrument, isFinalStatus, notionalAtoms } from '#domain';
import type { EntryOrder } from '#venues/entry';
import type { AccountDesk } from './account-desk.ts';

/** `spares` = stops live on; `ends` = they go with the others; `unknown` = it could not be found out; `none` = the venue has no such countdown. */
export type CountdownOutcome = 'spares' | 'ends' | 'unknown' | 'none';

/** What came of a probe, with its reason. */
export interface CountdownFinding {
  readonly outcome: CountdownOutcome;
  readonly words: string;
}

/** What is tried. */
export interface CountdownProbe {
  readonly desk: AccountDesk;
  readonly instrument: Instrument;
  /** The last known price; 0 = none. */
  readonly lastTicks: number;
  /** True when something of the instrument is open already: the countdown would end it. */
  readonly isOccupied: boolean;
  readonly clientOrderId: string;
}

/** Near enough for the price bands of venues, far enough for the seconds that it takes. */
const AWAY = 0.04;
const COUNTDOWN_US = 2 * US_PER_SECOND;
const WAIT_US = 5 * US_PER_SECOND;

/** Tries it; whatever happens the stop is cancelled and the countdown ended. */
export async function probeCountdown(probe: CountdownProbe): Promise<CountdownFinding> {
  const { desk, instrument, isOccupied, lastTicks } = probe;
  const { adapter } = desk;
  const own = desk.instruments.find(({ ix }) => ix === instrument.ix);
  if (own === undefined || adapter.deadMan(own, 0) === null)
    return { outcome: 'none', words: `${adapter.venue} has no countdown that ends entry orders alone` };
  if (isOccupied)
    return { outcome: 'unknown', words: `not tried: something of ${instrument.symbol} is open already` };
  if (lastTicks <= 0) return { outcome: 'unknown', words: 'not tried: no price is known' };
  const order = stopOf(probe);
  const obstacle = adapter.unsupported(order);
  if (obstacle !== null) return { outcome: 'unknown', words: `not tried: ${obstacle}` };
  return await tried(desk, order);
}

async function tried(desk: AccountDesk, order: EntryOrder): Promise<CountdownFinding> {
  const { adapter, transport } = desk;
  const { clientOrderId, instrument } = order;
  const countdown = async (forUs: number): Promise<void> => {
    const call = adapter.deadMan(instrument, forUs);
    if (call !== null) await desk.ask(call);
  };
  try {
    const { venueOrderId } = await desk.ask(adapter.place(order));
    const ref = { instrument, clientOrderId, venueOrderId, isConditional: true };
    try {
      await countdown(COUNTDOWN_US);
      await new Promise<void>((resolve) => transport.after(WAIT_US, resolve));
      const after = await desk.ask(adapter.order(ref));
      if (after === null) return { outcome: 'unknown', words: 'the venue does not know the stop any more' };
      if (isFinalStatus(after.status))
        return { outcome: 'ends', words: `the stop ended with the countdown (${after.status})` };
      await desk.ask(adapter.cancel(ref));
      return { outcome: 'spares', words: 'the stop outlived the countdown' };
    } finally {
      await countdown(0);
      await sweep(desk, clientOrderId);
    }
  } catch (error) {
    if (!(error instanceof XylenError)) throw error;
    return { outcome: 'unknown', words: error.message };
  }
}

/** Ends the stop where it is still open: asked of the venue's own list, since a lost answer says nothing. */
async function sweep(desk: AccountDesk, clientOrderId: string): Promise<void> {
  const { adapter, instruments } = desk;
  for (const call of adapter.openOrders(instruments))
    for (const { instrument, isConditional, venueOrderId, ...record } of await desk.ask(call))
      if (record.clientOrderId === clientOrderId)
        await desk.ask(adapter.cancel({ instrument, clientOrderId, venueOrderId, isConditional }));
}

function stopOf({ clientOrderId, desk, instrument, lastTicks }: CountdownProbe): EntryOrder {
  const own = desk.instruments.find(({ ix }) => ix === instrument.ix);
  if (own === undefined)
    throw new XylenError('XY_INSTRUMENT_UNKNOWN', `${instrument.symbol} is not traded here`);
  const triggerTicks = floorToTick(instrument, Math.floor(lastTicks * (1 - AWAY)));
  return {
    ...{ clientOrderId, instrument: own, side: 'sell', type: 'stop_market' },
    ...{ qtyLots: smallestLots(instrument, triggerTicks), priceTicks: null, triggerTicks },
    ...{ triggerBy: 'last', callbackBps: null, timeInForce: 'GTC', reduceOnly: true, positionSide: 'both' },
  };
}

/** The fewest lots that the rules of the instrument let through. */
function smallestLots(instrument: Instrument, priceTicks: number): number {
  const { lotStep, notionalAtomsMin, qtyLotsMin } = instrument;
  const atomsOfStep = notionalAtoms(instrument, priceTicks, lotStep);
  const steps = Number((notionalAtomsMin + atomsOfStep - 1n) / atomsOfStep);
  return Math.max(qtyLotsMin, steps * lotStep);
}
