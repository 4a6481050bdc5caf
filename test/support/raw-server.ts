/** A TCP server on loopback that does to each connection what a test says: for peers that no library would be. */
import { createHash } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { assert } from '#core';

/** Accepts connections, half-open ones too, until the test ends. */
export class RawServer {
  readonly #server: Server;
  /** Connections that are open. */
  readonly sockets = new Set<Socket>();
  acceptedCount = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `serve` is handed every connection before it has said anything. */
  static async start(test: TestContext, serve: (socket: Socket) => void): Promise<RawServer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const raw = new RawServer(server);
    server.on('connection', (socket) => {
      raw.acceptedCount++;
      raw.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => raw.sockets.delete(socket));
      serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => {
      for (const socket of raw.sockets) socket.destroy();
      server.close();
    });
    return raw;
  }

  get port(): number {
    const address = this.#server.address();
    assert(address !== null && typeof address === 'object', 'the server listens');
    return address.port;
  }
}

/** Reads the head of a request and calls back with it. */
export function onHead(socket: Socket, call: (head: string) => void): void {
  let text = '';
  const read = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    if (!text.includes('\r\n\r\n')) return;
    socket.off('data', read);
    call(text);
  };
  socket.on('data', read);
}

/** Completes the handshake of a WebSocket for a head that was read. */
export function acceptUpgrade(socket: Socket, head: string, extraHeaders = ''): void {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const headers = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${extraHeaders}`;
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
}

/** Completes the handshake of a WebSocket and calls back; what comes then is raw. */
export function onUpgrade(socket: Socket, call: () => void): void {
  onHead(socket, (head) => {
    acceptUpgrade(socket, head);
    call();
  });
}

/** A frame of a server: final, unmasked, up to 65,535 bytes of payload, or claiming `claimedBytes` of them. */
export function rawFrame(opcode: number, payload: Uint8Array, claimedBytes = payload.length): Buffer {
  const first = 0x80 | opcode;
  if (claimedBytes < 126) return Buffer.concat([Buffer.from([first, claimedBytes]), payload]);
  const head = Buffer.alloc(claimedBytes < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = claimedBytes < 65_536 ? 126 : 127;
  if (claimedBytes < 65_536) head.writeUInt16BE(claimedBytes, 2);
  else head.writeBigUInt64BE(BigInt(claimedBytes), 2);
  return Buffer.concat([head, payload]);
}
