/** The server's end of a real WebSocket, over the `ws` package. The receiver is told of the end once; no error of a socket escapes. */
import type { Socket } from 'node:net';
import type WebSocket from 'ws';
import { assertCloseCode, fittingReason, type ServerSocket, type SocketReceiver } from '#net';

/** Bytes that may wait to be taken by a client; more and it is broken off. */
export const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

/** One client. */
export class ServedSocket implements ServerSocket {
  readonly #socket: WebSocket;
  /** The connection below, TLS or not. */
  readonly #wire: Socket;
  #receiver: SocketReceiver | undefined;
  /** Nothing that the client says is of interest any more. */
  #isDeaf = false;
  #isEnded = false;

  constructor(socket: WebSocket, wire: Socket) {
    this.#socket = socket;
    this.#wire = wire;
    socket.on('message', (data) => {
      if (!this.#isDeaf) this.#receiver?.onMessage(data.toString());
    });
    socket.on('ping', (data) => {
      if (this.#isDeaf) return;
      socket.pong(data);
      this.#receiver?.onPing();
    });
    // Said again by the end that follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#end());
    wire.on('close', () => setImmediate(() => this.#end()));
  }

  /** Hands over who listens; called before anything can arrive. */
  set receiver(receiver: SocketReceiver) {
    this.#receiver = receiver;
  }

  send(text: string): void {
    if (this.#isDeaf || this.#isEnded) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > UNSENT_BYTES_MAX) this.destroy();
  }

  close(code: number, reason: string): void {
    assertCloseCode(code);
    if (this.#isDeaf || this.#isEnded) return;
    this.#isDeaf = true;
    this.#socket.close(code, fittingReason(reason));
  }

  destroy(): void {
    this.#isDeaf = true;
    // Answers to what is still to come would be sent as if somebody listened: the reset says at once that nobody does.
    if (this.#wire.resetAndDestroy !== undefined && !('encrypted' in this.#wire))
      this.#wire.resetAndDestroy();
    this.#socket.terminate();
  }

  stall(): void {
    if (this.#isDeaf || this.#isEnded) return;
    this.#isDeaf = true;
    // The library would answer pings and the end; from here on the bytes go past it.
    this.#wire.removeAllListeners('data');
    this.#wire.removeAllListeners('end');
    this.#wire.on('data', () => undefined);
    this.#wire.on('end', () => this.#wire.destroy());
    this.#wire.resume();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#isDeaf = true;
    this.#receiver?.onEnd();
  }
}
