/** The token of a connection ("bullet"): asked for anew before every attempt, because one lives for a day and may not be used again after a cut. */
import { US_PER_MS, XylenError } from '#core';
import type { VenueId } from '#domain';
import {
  type JsonCursor,
  type RestCall,
  readReply,
  type SocketAddress,
  type SocketDialogue,
  type SocketPlan,
  type Subscription,
  type VenueHosts,
} from '../market/index.ts';
import { KucoinDialogue } from './dialogue.ts';
import { readData } from './envelope.ts';
import type { TopicTable } from './topics.ts';

const WEIGHT = 10;

/** What the venue answers. */
interface Bullet {
  readonly token: string;
  readonly endpoint: string;
  readonly pingEveryUs: number | null;
}

/** What a plan of a socket is made of. */
export interface BulletSocketParts {
  readonly venue: VenueId;
  readonly name: string;
  readonly topics: TopicTable;
  readonly subscriptions: readonly Subscription[];
  readonly hosts: VenueHosts;
}

/** One socket whose address is asked for; it remembers how often the last token's server wants a ping. */
export class BulletSocket implements SocketPlan {
  readonly name: string;
  readonly subscriptions: readonly Subscription[];
  readonly #parts: BulletSocketParts;
  #pingEveryUs: number | null = null;

  constructor(parts: BulletSocketParts) {
    this.name = parts.name;
    this.subscriptions = parts.subscriptions;
    this.#parts = parts;
  }

  address(connectId: string): SocketAddress {
    const { hosts, venue } = this.#parts;
    const call: RestCall<string> = {
      method: 'POST',
      url: `${hosts.rest}/api/v1/bullet-public`,
      headers: {},
      body: null,
      weight: WEIGHT,
      parse: (body) => {
        const bullet = readReply(venue, 'bullet', body, (cursor) => readData(cursor, readBullet));
        this.#pingEveryUs = bullet.pingEveryUs;
        const endpoint = hosts.stream === '' ? bullet.endpoint : hosts.stream;
        if (!/^wss?:\/\//.test(endpoint)) {
          throw new XylenError(
            'XY_VENUE_REPLY',
            `${venue} bullet: expected a WebSocket address, found '${endpoint}'`,
          );
        }
        const mark = endpoint.includes('?') ? '&' : '?';
        const token = encodeURIComponent(bullet.token);
        return `${endpoint}${mark}token=${token}&connectId=${encodeURIComponent(connectId)}`;
      },
    };
    return { kind: 'token', call };
  }

  openDialogue(): SocketDialogue {
    return new KucoinDialogue(this.#parts.topics, this.subscriptions, this.#pingEveryUs);
  }
}

/** Reads token and the first server; the venue lists one. */
function readBullet(cursor: JsonCursor): Bullet {
  let token = '';
  let server: Omit<Bullet, 'token'> = { endpoint: '', pingEveryUs: null };
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'token') token = cursor.stringText();
    else if (key === 'instanceServers') {
      cursor.beginArray();
      while (cursor.nextItem()) {
        const next = readServer(cursor);
        if (server.endpoint === '') server = next;
      }
    } else cursor.skip();
  }
  if (token === '' || server.endpoint === '') cursor.fail('a token and a server before');
  return { token, ...server };
}

function readServer(cursor: JsonCursor): Omit<Bullet, 'token'> {
  let endpoint = '';
  let pingEveryUs: number | null = null;
  cursor.beginObject();
  while (cursor.nextKey()) {
    const key = cursor.text();
    if (key === 'endpoint') endpoint = cursor.stringText();
    else if (key === 'pingInterval') pingEveryUs = cursor.readInteger() * US_PER_MS;
    else cursor.skip();
  }
  return { endpoint, pingEveryUs };
}
