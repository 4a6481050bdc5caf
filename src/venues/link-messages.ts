/**
 * The messages of the exchange link, version 1: JSON, one message a frame; `docs/exchange-link.md` describes their order. Every request has
 * exactly one reply and replies come in the order of the requests. Money is decimal text, since JSON has no big integers; what is not a finite
 * number is `null`.
 */
import type { EpochUs, ErrorCode, ErrorFields } from '#core';
import type {
  ExecutionEvent,
  InstrumentIx,
  MarketEvent,
  OrderRequest,
  VenueAccount,
  VenueOrder,
} from '#domain';
import type { MarketCard } from './market-card.ts';

/** Name of the protocol, the first thing that is said. */
export const LINK_PROTOCOL = 'xylen-exchange-link';
/** Both ends must speak the same version. */
export const LINK_VERSION = 1;
/** Most commands between two advances. */
export const LINK_COMMANDS_MAX = 1_000;

/** An order or a cancel on its way to the venue; it counts from `nowUs`. */
export type LinkCommand =
  | { readonly kind: 'submit'; readonly nowUs: EpochUs; readonly order: OrderRequest }
  | {
      readonly kind: 'cancel';
      readonly nowUs: EpochUs;
      readonly clientOrderId: string;
      readonly instrumentIx: InstrumentIx;
    };

/** One call of `advance`: the commands given since the one before, and how far time may pass (`null` = without limit). */
export interface AdvanceRequest {
  readonly kind: 'advance';
  /** Number of the call in the session: 1, 2, 3, ... */
  readonly step: number;
  readonly limitUs: EpochUs | null;
  readonly commands: readonly LinkCommand[];
}

/** The first message of a trader. */
export interface HelloRequest {
  readonly kind: 'hello';
  readonly protocol: string;
  readonly version: number;
  /** Names the run; whoever says the same name continues the same session. */
  readonly sessionId: string;
}

/** What a trader says. */
export type LinkRequest =
  | HelloRequest
  /** Goes back to just after event `worldSeq` and call `step`; `step` null = the call that gave that event. */
  | { readonly kind: 'resume'; readonly worldSeq: number; readonly step: number | null }
  | AdvanceRequest
  /** Everything up to event `worldSeq` is durable at the trader. */
  | { readonly kind: 'acknowledge'; readonly worldSeq: number }
  | { readonly kind: 'open-orders' }
  | { readonly kind: 'order'; readonly clientOrderId: string; readonly instrumentIx: InstrumentIx }
  | { readonly kind: 'account' }
  /** Answers `are-you-there`; the one message that is no request. */
  | { readonly kind: 'here' };

/** What became of a call of `advance`. */
export type AdvanceReply =
  | {
      readonly kind: 'event';
      readonly step: number;
      readonly worldSeq: number;
      readonly event: MarketEvent | ExecutionEvent;
    }
  | { readonly kind: 'idle'; readonly step: number }
  | { readonly kind: 'end'; readonly step: number };

/** What an exchange says. */
export type LinkReply =
  | {
      readonly kind: 'welcome';
      readonly version: number;
      /** Calls that the exchange keeps for resumption; a trader must acknowledge before it has made more. */
      readonly stepsKeptMax: number;
      readonly market: MarketCard;
    }
  /** Where the trader stands, and the last event that it was ever sent. */
  | { readonly kind: 'resumed'; readonly step: number; readonly worldSeqLast: number }
  | AdvanceReply
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'open-orders'; readonly orders: readonly VenueOrder[] }
  | { readonly kind: 'order'; readonly order: VenueOrder | null }
  | { readonly kind: 'account'; readonly account: VenueAccount }
  /** The request was refused; the connection ends after it, the session stays as it was. */
  | {
      readonly kind: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly fields: ErrorFields;
    }
  /** No reply: the exchange wants a sign of life, answered by `here`. */
  | { readonly kind: 'are-you-there' };

/** Returns a message as the text of its frame. */
export function encodeLinkMessage(message: LinkRequest | LinkReply): string {
  switch (message.kind) {
    // By far the most messages: what JSON cannot say is replaced by hand, a replacer would be asked about every field.
    case 'event':
      return JSON.stringify({ ...message, event: plainEvent(message.event) });
    case 'advance':
      return JSON.stringify(message);
    default:
      return JSON.stringify(message, plainField);
  }
}

function plainEvent(event: MarketEvent | ExecutionEvent): unknown {
  switch (event.kind) {
    case 'book':
      return { ...event, bids: [...event.bids], asks: [...event.asks] };
    case 'fill':
      return { ...event, feeAtoms: event.feeAtoms.toString() };
    case 'funding-payment':
      return { ...event, amountAtoms: event.amountAtoms.toString() };
    default:
      return event;
  }
}

function plainField(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
