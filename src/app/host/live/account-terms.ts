/** Sets an account to what the house reckons with before it trades: one-way positions, cross margin, the leverage of the configuration. */
import { messageOf, XylenError } from '#core';
import type { EntryCall } from '#venues/entry';
import type { AccountDesk } from './account-desk.ts';
import type { EntryVenue } from './entry-venues.ts';

/**
 * Sets it; what is so already stays so. Called at each start: some adapters speak of modes in every order and learn them here.
 * @throws XY_LIVE_REFUSED when the venue refuses and `isResumed` is false; a run that goes on has positions, which keep what they were opened with.
 */
export async function setTerms(
  desk: AccountDesk,
  venue: EntryVenue,
  leverage: number,
  isResumed: boolean,
  onRefused: (message: string) => void,
): Promise<void> {
  const { adapter, instruments } = desk;
  const calls: (EntryCall<void> | null)[] = [adapter.setPositionMode('one-way')];
  for (const instrument of instruments) {
    calls.push(adapter.setMarginMode(instrument, 'cross'));
    if (venue.hasCrossLeverage) calls.push(adapter.setLeverage(instrument, leverage));
  }
  for (const call of calls) {
    if (call === null) continue;
    try {
      await desk.ask(call);
    } catch (error) {
      const message = `the account could not be set up: ${messageOf(error)}`;
      if (!isResumed)
        throw new XylenError('XY_LIVE_REFUSED', message, { fields: { check: call.name }, cause: error });
      onRefused(message);
    }
  }
}
