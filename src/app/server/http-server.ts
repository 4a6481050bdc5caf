/** What both HTTP servers have in common: their settings, who may ask, how errors are told, and how a port is taken. */
import fastify, { type FastifyInstance } from 'fastify';
import { messageOf, XylenError } from '#core';
import type { HttpError } from '#wire';
import type { AccessRules } from './access.ts';
import { addSecurityHeaders } from './web-pages.ts';

/** No request has a body. */
const BODY_BYTES_MAX = 4 * 1024;
const REQUEST_MS_MAX = 10_000;

/** Returns a server that checks host and origin of every request, and the token of those that `isProtected` names by their path. */
export function createHttpServer(
  access: AccessRules,
  isProtected: (path: string) => boolean,
): FastifyInstance {
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
  });
  addSecurityHeaders(server);
  // After the onRequest hook of the WebSocket plugin, which then ends the connection of a refused upgrade.
  server.addHook('preParsing', async (request, reply) => {
    const { authorization, host, origin } = request.headers;
    if (!access.isHostAllowed(host)) {
      return reply.code(403).send(errorOf('host', `this server does not answer as '${host ?? ''}'`));
    }
    if (!access.isOriginAllowed(origin, host)) {
      return reply.code(403).send(errorOf('origin', `pages of '${origin ?? ''}' may not ask this server`));
    }
    const path = request.url.split('?', 1)[0] ?? '';
    if (isProtected(path) && !access.isAuthorised(authorization)) {
      return reply
        .code(401)
        .header('www-authenticate', 'Bearer')
        .send(errorOf('token', 'expected the header Authorization: Bearer with the token'));
    }
    return undefined;
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send(errorOf('not_found', 'no such page')));
  server.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error);
    const message = status < 500 ? messageOf(error) : 'the server failed; its log says more';
    return reply.code(status).send(errorOf(status < 500 ? 'bad_request' : 'failed', message));
  });
  return server;
}

/**
 * Listens; returns the port that was taken (another one when 0 was asked for).
 * @throws XY_PORT_IN_USE; XY_CONFIG_INVALID when the address is not one of this machine or the port is not ours to take.
 */
export async function listen(
  server: FastifyInstance,
  place: { readonly host: string; readonly port: number; readonly key: string },
): Promise<number> {
  const { host, key, port } = place;
  try {
    await server.listen({ host, port });
  } catch (cause) {
    throw listenError(cause, place);
  }
  const address = server.server.address();
  if (address === null || typeof address === 'string') {
    throw new XylenError('XY_CONFIG_INVALID', `monitoring.${key}: expected a TCP port, found ${address}`);
  }
  return address.port;
}

function listenError(
  cause: unknown,
  { host, key, port }: { readonly host: string; readonly port: number; readonly key: string },
): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const fields = { host, port, key: `monitoring.${key}` };
  if (code === 'EADDRINUSE') {
    const message = `port ${port} on ${host} is taken by another program; stop that one, or set monitoring.${key} in xylen.yaml to a free port`;
    return new XylenError('XY_PORT_IN_USE', message, { fields, cause });
  }
  if (code === 'EACCES') {
    const message = `port ${port} needs more rights than this program has; set monitoring.${key} to a port above 1023`;
    return new XylenError('XY_CONFIG_INVALID', message, { fields, cause });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const message = `monitoring.host is an address of this machine, was '${host}'`;
    return new XylenError('XY_CONFIG_INVALID', message, { fields, cause });
  }
  return cause;
}

function errorOf(code: string, message: string): HttpError {
  return { error: { code, message } };
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 600 ? status : 500;
}
