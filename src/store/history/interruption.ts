/** Long work ends in good order when it is asked to. */
import { XylenError } from '#core';

/** Throws when the work was asked to stop. @throws XY_INTERRUPTED */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new XylenError(
      'XY_INTERRUPTED',
      'interrupted; what was complete before stays, nothing is half-written',
    );
}
