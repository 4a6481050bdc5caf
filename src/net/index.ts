/** Door of `net`: transports. */
export { FrameConnection, type FrameHandlers } from './frame-connection.ts';
export { FRAME_BYTES_MAX, FrameDecoder, frameOf } from './frame-decoder.ts';
export {
  addressText,
  CONNECT_TIMEOUT_MS,
  connectFrames,
  type FrameAddress,
  type FrameListener,
  LOOPBACK,
  listenFrames,
} from './frame-endpoint.ts';
export type {
  Cancel,
  ClientSocket,
  HttpAnswer,
  HttpFailure,
  HttpRequest,
  SocketEnd,
  SocketHandlers,
  SocketOptions,
  Transport,
} from './transport.ts';
