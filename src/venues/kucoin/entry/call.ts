/** Calls of KuCoin: what both markets' adapters make them of. */

import { US_PER_HOUR, US_PER_SECOND } from '#core';
import type { VenueId } from '#domain';
import {
  type EntryCall,
  EntryInstruments,
  type EntryJudge,
  type EntryPriority,
  type KeyRights,
  type LimitRule,
  type OrderRecord,
  type PrivatePlan,
  ReplyDoc,
} from '../../entry/index.ts';
import { readKeyRights } from './key-rights.ts';
import { KucoinPrivateDialogue, type ReadTopic } from './private-dialogue.ts';
import { readTicket, ticketUrl } from './private-ticket.ts';
import { momentUs } from './quantity.ts';
import { dataOf } from './reply.ts';
import type { KucoinSigner, PlainRequest } from './signature.ts';
import { isOrderMissing, judge } from './verdict.ts';

/** Pools of requests that the venue counts apart. */
export type Pool = 'orders' | 'management' | 'public';

/** A call before it is bound to keys. */
export interface Shape<T> {
  readonly name: string;
  readonly priority: EntryPriority;
  readonly effect: EntryCall<T>['effect'];
  readonly pool?: Pool;
  readonly weight: number;
  readonly plain: PlainRequest;
  /** Another host than that of the market. */
  readonly host?: string;
  read(data: ReplyDoc): T;
}

/** Returns the pools of an account of the lowest tier; `orders` is that of the market. */
export function poolsOf(orders: number): readonly LimitRule[] {
  const windowUs = 30 * US_PER_SECOND;
  return [
    { name: 'orders', amount: orders, windowUs },
    { name: 'management', amount: 2_000, windowUs },
    { name: 'public', amount: 2_000, windowUs },
  ];
}

/** Makes calls for one market with the keys of one account. */
export class KucoinCalls {
  readonly judge: EntryJudge;
  readonly venue: VenueId;
  readonly #host: string;
  readonly #signer: KucoinSigner;

  constructor(venue: VenueId, host: string, signer: KucoinSigner) {
    this.venue = venue;
    this.#host = host;
    this.#signer = signer;
    this.judge = (call, answer, nowUs) => signer.shield.verdict(judge(venue, call, answer, nowUs));
  }

  /** Binds a call. */
  of<T>(shape: Shape<T>): EntryCall<T> {
    const { effect, host = this.#host, name, plain, pool = 'orders', priority, read, weight } = shape;
    return {
      name,
      priority,
      effect,
      costs: [{ limit: pool, amount: weight }],
      request: (stamp) => this.#signer.request(host, plain, stamp),
      parse: (body) => this.#signer.shield.guard(() => read(dataOf(body, this.venue, name))),
    };
  }

  /** Binds a question. */
  query<T>(name: string, weight: number, plain: PlainRequest, read: (data: ReplyDoc) => T): EntryCall<T> {
    return this.of({ name, priority: 'query', effect: 'read', weight, plain, read });
  }

  /** Binds the question for one order, which may be answered by there being none. */
  order(
    weight: number,
    plain: PlainRequest,
    read: (data: ReplyDoc) => OrderRecord | null,
  ): EntryCall<OrderRecord | null> {
    const call = this.query('order', weight, plain, (data) => (data.isThere ? read(data) : null));
    const isMissing = (body: Uint8Array): boolean =>
      isOrderMissing(ReplyDoc.parse(body, this.venue, 'order'));
    const parse = (body: Uint8Array): OrderRecord | null =>
      this.#signer.shield.guard(() => isMissing(body)) ? null : call.parse(body);
    return { ...call, parse };
  }

  /** The venue's clock. */
  serverTime(): EntryCall<number> {
    const plain = { method: 'GET', path: '/api/v1/timestamp' } as const;
    const shape = {
      name: 'server-time',
      priority: 'query',
      effect: 'read',
      pool: 'public',
      weight: 3,
    } as const;
    return this.of({ ...shape, plain, read: momentUs });
  }

  /** The rights of the key, which the spot market's host tells for both markets. */
  keyRights(trading: 'Spot' | 'Futures'): EntryCall<KeyRights> {
    const plain = { method: 'GET', path: '/api/v1/user/api-key' } as const;
    const host = this.#host.replace('//api-futures.', '//api.');
    const shape = { name: 'key-rights', priority: 'query', effect: 'read', pool: 'management' } as const;
    return this.of({ ...shape, weight: 20, plain, host, read: (data) => readKeyRights(data, trading) });
  }

  /** The private connection of the market. */
  stream(
    topics: readonly string[],
    streamHost: string,
    reader: (own: EntryInstruments) => ReadTopic,
  ): PrivatePlan {
    const { venue } = this;
    const signer = this.#signer;
    const plain = { method: 'POST', path: '/api/v1/bullet-private' } as const;
    return {
      ticket: this.query('ticket', 10, plain, readTicket),
      url: (ticket, connectId) => ticketUrl(ticket, connectId, streamHost),
      keepAlive: null,
      // A token lives for 24 hours.
      lifeUs: 23 * US_PER_HOUR,
      open: (instruments) =>
        new KucoinPrivateDialogue({ venue, topics, signer, read: reader(new EntryInstruments(instruments)) }),
    };
  }

  /** Binds a call that ends orders. */
  cancel(name: 'cancel' | 'cancel-all', weight: number, plain: PlainRequest): EntryCall<void> {
    return this.of({ name, priority: 'cancel', effect: 'change', weight, plain, read: () => undefined });
  }

  /** Binds a call that changes a setting. */
  setting(name: string, plain: PlainRequest, read: (data: ReplyDoc) => void): EntryCall<void> {
    return this.of({ name, priority: 'query', effect: 'change', weight: 2, plain, read });
  }
}
