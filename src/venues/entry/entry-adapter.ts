/**
 * The order-entry port of a venue: one shape for all of them. An adapter is pure: it builds signed requests, reads replies and private messages, knows the
 * venue's budgets and errors; the desk that uses it sends, waits, asks and reconciles. `null` = the venue has no such thing.
 */
import type { VenueId } from '#domain';
import type { HttpAnswer } from '#net';
import type { EntryCall, EntryJudge, EntryStamp, LimitRule, LimitUsage } from './entry-call.ts';
import type { EntryInstrument } from './entry-instrument.ts';
import type { EntryAmend, EntryFillsRange, EntryOrder, EntryOrderRef } from './entry-order.ts';
import type {
  BalanceRecord,
  BatchOutcome,
  FillRecord,
  InstrumentTerms,
  KeyRights,
  OrderRecord,
  PlacedRecord,
  PositionRecord,
  PrivateSink,
} from './entry-records.ts';

/** Where a venue takes orders: production, its demo, or a local server in tests. No trailing slash. */
export interface EntryHosts {
  readonly rest: string;
  readonly stream: string;
  /** Where the venue tells what a key may do, when that is another host; absent = it is not asked there. */
  readonly keys?: string | undefined;
}

/** Keys of an account. They are handed to an adapter once and appear in no message, log or URL. */
export interface EntryKeys {
  readonly apiKey: string;
  /** Secret of HMAC keys as the venue hands it out, or a private key as PEM. */
  readonly secret: string;
  /** KuCoin wants one; else empty. */
  readonly passphrase: string;
}

/** A page of fills, oldest first. */
export interface FillsPage {
  readonly fills: readonly FillRecord[];
  /** The call of the next page; `null` when this was the last. */
  readonly next: EntryCall<FillsPage> | null;
}

/** What a private dialogue wants after something was said. */
export interface PrivateStep {
  readonly send: readonly string[];
  /** True once everything that was asked for is confirmed: from then on the stream is complete. */
  readonly isReady: boolean;
  /** Why the venue refused it; trying again at once cannot help. */
  readonly refusal: string | null;
}

/** The private connection, from its opening to its end; pure state. */
export interface PrivateDialogue {
  onOpen(stamp: EntryStamp): PrivateStep;
  /** Reads a message; what it says of the account goes to `sink`. @throws XY_VENUE_REPLY when it is not as documented */
  onMessage(bytes: Uint8Array, stamp: EntryStamp, sink: PrivateSink): PrivateStep;
  /** The venue's own ping, to be sent every `everyUs`; `null` = pings of the protocol do. */
  readonly ping: { readonly everyUs: number; text(stamp: EntryStamp): string } | null;
}

/** How the private stream is had. */
export interface PrivatePlan {
  /** Asked for before each connection, where the address needs it (listen key, bullet); its answer goes to `url`. */
  readonly ticket: EntryCall<string> | null;
  /** `ticket` is empty where none is needed; `connectId` is unique for the attempt. */
  url(ticket: string, connectId: string): string;
  /** Keeps the ticket alive; asked every `everyUs`. */
  readonly keepAlive: { readonly everyUs: number; call(ticket: string): EntryCall<void> } | null;
  /** Connections are replaced after that long; `null` = never. */
  readonly lifeUs: number | null;
  open(instruments: readonly EntryInstrument[]): PrivateDialogue;
}

/** Order entry at a venue. */
export interface EntryAdapter {
  readonly venue: VenueId;
  readonly limits: readonly LimitRule[];
  readonly judge: EntryJudge;
  /** True where conditional orders are numbered apart: the same number may be an order of each family. Absent = one numbering for all. */
  readonly areConditionalIdsApart?: boolean;
  /** Budgets as the headers of an answer tell them. */
  usage(answer: HttpAnswer): readonly LimitUsage[];
  /** The venue's clock. */
  serverTime(): EntryCall<number>;
  /** Returns why the venue cannot take an order of that form, `null` when it can. */
  unsupported(order: EntryOrder): string | null;

  place(order: EntryOrder): EntryCall<PlacedRecord>;
  /** Orders together, as many as `placeBatchMax`; outcomes in their order. */
  readonly placeBatchMax: number;
  placeBatch(orders: readonly EntryOrder[]): EntryCall<readonly BatchOutcome[]> | null;
  amend(amend: EntryAmend): EntryCall<PlacedRecord> | null;
  /** Ends an order. That it is ended already is refused as `unknown_order`. */
  cancel(order: EntryOrderRef): EntryCall<void>;
  /** Calls that together end every open order of an instrument, conditional ones too. */
  cancelAll(instrument: EntryInstrument): readonly EntryCall<void>[];
  /** Has the venue end entry orders by itself unless asked again within `forUs`; 0 = not any more. Never reaches protective orders. */
  deadMan(instrument: EntryInstrument, forUs: number): EntryCall<void> | null;

  /** Calls that together list every open order, conditional ones too; of all instruments where the venue can, else of these. */
  openOrders(instruments: readonly EntryInstrument[]): readonly EntryCall<readonly OrderRecord[]>[];
  /** One order in whatever state; `null` when the venue never saw it, or has forgotten it. */
  order(order: EntryOrderRef): EntryCall<OrderRecord | null>;
  fills(range: EntryFillsRange): EntryCall<FillsPage>;
  balances(): EntryCall<readonly BalanceRecord[]>;
  /** `null` on spot markets. */
  positions(instruments: readonly EntryInstrument[]): EntryCall<readonly PositionRecord[]> | null;
  setLeverage(instrument: EntryInstrument, leverage: number): EntryCall<void> | null;
  setMarginMode(instrument: EntryInstrument, mode: 'cross' | 'isolated'): EntryCall<void> | null;
  setPositionMode(mode: 'one-way' | 'hedge'): EntryCall<void> | null;
  keyRights(): EntryCall<KeyRights> | null;
  /** Calls that together tell how an instrument stands in this account: modes, leverage, fees. Absent = the venue is not asked. */
  terms?(instrument: EntryInstrument): readonly EntryCall<InstrumentTerms>[];

  readonly stream: PrivatePlan;
}

/** Makes an adapter of a venue. */
export type OpenEntry = (parts: {
  readonly hosts: EntryHosts;
  readonly keys: EntryKeys;
  readonly instruments: readonly EntryInstrument[];
}) => EntryAdapter;
