/**
 * The order entry of one account, ready to be asked: adapter and sender, and questions as promises. It knows what account it is and asks nothing by itself;
 * checks before a run, the run and its end share it.
 */
import { type Prng, XylenError } from '#core';
import type { SocketTransport } from '#net/socket';
import { ENTRY_SENDER_DEFAULTS, EntrySender } from '#venues/desk';
import type { EntryAdapter, EntryCall, EntryInstrument, EntryKeys, ExactAmount } from '#venues/entry';
import type { CommandContext } from '../../cli/command.ts';
import type { EntryVenue } from './entry-venues.ts';
import type { VenueAddress } from './venue-address.ts';
import type { WantedInstrument } from './venue-connection.ts';

/** What a desk is made of. */
export interface AccountDeskParts {
  readonly venue: EntryVenue;
  readonly address: VenueAddress;
  readonly keys: EntryKeys;
  readonly wanted: readonly WantedInstrument[];
  readonly transport: SocketTransport;
  readonly prng: Prng;
  readonly log: CommandContext['log'];
}

/** An account at a venue. */
export class AccountDesk {
  readonly adapter: EntryAdapter;
  readonly sender: EntrySender;
  readonly instruments: readonly EntryInstrument[];
  readonly transport: SocketTransport;

  /** Nothing is sent. @throws XY_VENUE_FAILED for a private key that cannot be used */
  constructor({ address, keys, log, prng, transport, venue, wanted }: AccountDeskParts) {
    this.transport = transport;
    this.instruments = wanted.map(entryInstrumentOf);
    this.adapter = venue.open({ hosts: address.entry, keys, instruments: this.instruments });
    this.sender = new EntrySender({
      adapter: this.adapter,
      transport,
      prng: prng.split('entry'),
      options: ENTRY_SENDER_DEFAULTS,
      onNotice: (event, detail) => log.warn(event, { detail }),
    });
  }

  /** Asks the venue. @throws XY_VENUE_FAILED with the venue's words when it does not answer, or refuses */
  ask<T>(call: EntryCall<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.sender.send(call, (outcome) => {
        if (outcome.kind === 'good') resolve(outcome.value);
        else
          reject(
            new XylenError(
              'XY_VENUE_FAILED',
              `${this.adapter.venue} ${call.name}: ${outcome.kind}: ${outcome.message}`,
            ),
          );
      });
    });
  }

  close(): void {
    this.sender.stop();
  }
}

/** Returns an amount in atoms; finer digits are cut off. */
export function atomsOf({ decimals, units }: ExactAmount, atomDecimals: number): bigint {
  const shift = atomDecimals - decimals;
  return shift >= 0 ? units * 10n ** BigInt(shift) : units / 10n ** BigInt(-shift);
}

/** Returns an instrument as order entry knows it. */
export function entryInstrumentOf({ instrument, listed }: WantedInstrument): EntryInstrument {
  const { baseAsset, kind, quoteAsset } = listed.spec;
  const { lotsPerContract } = instrument;
  return {
    ...{ ix: instrument.ix, venue: instrument.venue, symbol: instrument.symbol },
    ...{ wireSymbol: instrument.wireSymbol, restSymbol: listed.restSymbol, kind, baseAsset, quoteAsset },
    ...{ priceDecimals: instrument.priceDecimals, qtyDecimals: instrument.qtyDecimals },
    ...(lotsPerContract === undefined ? {} : { lotsPerContract }),
  };
}
