/**
 * The ticket of a private connection ("bullet"): a token, and the address where it is shown. A ticket is asked for anew before each connection; its text
 * holds both, and nobody but this file looks into it.
 */
import { assert } from '#core';
import type { ReplyDoc } from '../../entry/index.ts';

/** Reads the answer as a ticket. @throws XY_VENUE_REPLY */
export function readTicket(data: ReplyDoc): string {
  const token = data.at('token').text();
  const [server] = data.at('instanceServers').items();
  if (token === '' || server === undefined) throw data.at('instanceServers').fail('a token and a server');
  const endpoint = server.at('endpoint').text();
  if (!/^wss?:\/\//.test(endpoint)) throw server.at('endpoint').fail('a WebSocket address');
  return JSON.stringify([token, endpoint]);
}

/** Returns the address of a connection; a stream host that is set takes the place of the venue's. */
export function ticketUrl(ticket: string, connectId: string, streamHost: string): string {
  const parts = JSON.parse(ticket) as unknown;
  assert(Array.isArray(parts) && parts.length === 2, 'a ticket is one that was read here');
  const [token, endpoint] = parts.map(String);
  assert(token !== undefined && endpoint !== undefined, 'a ticket has a token and an address');
  const address = streamHost === '' ? endpoint : streamHost;
  const mark = address.includes('?') ? '&' : '?';
  return `${address}${mark}token=${encodeURIComponent(token)}&connectId=${encodeURIComponent(connectId)}`;
}
