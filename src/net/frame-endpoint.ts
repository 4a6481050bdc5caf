/**
 * Where framed connections come from: a listener on loopback or on a Unix socket, and the way to connect to one. A listener never listens on
 * an address that another machine could reach: the protocols over it know no users.
 */
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { assert, XylenError } from '#core';
import { FrameConnection } from './frame-connection.ts';

/** A TCP port of a host, or the path of a Unix socket. */
export type FrameAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** The only host that is listened on. */
export const LOOPBACK = '127.0.0.1';

/** How long a peer may take to accept a connection. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** Connections of one listener at a time; more are refused by the system. */
const CONNECTIONS_MAX = 16;

/** Accepts connections until it is closed. */
export interface FrameListener {
  /** With the port that was chosen where 0 was asked for. */
  readonly address: FrameAddress;
  /** Accepts no more and breaks off what is connected. */
  close(): Promise<void>;
}

/** Returns an address as text: `127.0.0.1:8770` or a path. */
export function addressText(address: FrameAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}

/**
 * Listens on a port of loopback (0 = any that is free) or on a Unix socket, whose file must not exist. `onConnection` opens each connection.
 * @throws XY_PORT_IN_USE, XY_LINK_FAILED.
 */
export async function listenFrames(
  address: { readonly port: number } | { readonly path: string },
  onConnection: (connection: FrameConnection) => void,
): Promise<FrameListener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    onConnection(new FrameConnection(socket));
  });
  server.maxConnections = CONNECTIONS_MAX;
  const wish: FrameAddress = 'path' in address ? address : { host: LOOPBACK, port: address.port };
  await listen(server, wish);
  return {
    address: addressOf(server, wish),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Connects to a listener. The connection must be opened by the caller. @throws XY_LINK_FAILED when nobody listens or answers in time. */
export function connectFrames(
  address: FrameAddress,
  timeoutMs: number = CONNECT_TIMEOUT_MS,
): Promise<FrameConnection> {
  return new Promise((resolve, reject) => {
    const socket = netConnect({ ...address });
    const fail = (why: string, cause?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      const message = `no connection to ${addressText(address)}: ${why}`;
      const fields = { address: addressText(address) };
      reject(new XylenError('XY_LINK_FAILED', message, { fields, cause }));
    };
    const onError = (cause: Error): void => fail(cause.message, cause);
    const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      const connection = new FrameConnection(socket);
      socket.off('error', onError);
      resolve(connection);
    });
  });
}

function listen(server: Server, address: FrameAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const place = addressText(address);
      const isTaken = cause.code === 'EADDRINUSE';
      const message = isTaken
        ? `${place} is taken by another program; choose another port`
        : `cannot listen on ${place}: ${cause.message}`;
      const code = isTaken ? 'XY_PORT_IN_USE' : 'XY_LINK_FAILED';
      reject(new XylenError(code, message, { fields: { address: place }, cause }));
    });
    server.listen({ ...address }, () => {
      server.removeAllListeners('error');
      // A connection that could not be accepted (no descriptors left) concerns whoever tried it, and is broken off there.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function addressOf(server: Server, wish: FrameAddress): FrameAddress {
  const found = server.address();
  assert(found !== null, 'a listening server has an address');
  if (typeof found === 'string' || 'path' in wish) return wish;
  return { host: wish.host, port: found.port };
}
