/** Door of `net`: transports. */
export { BACK_OFF_BASE_US, BACK_OFF_US_MAX, BackOff, RETRY_AFTER_US_MAX, retryAfterUs } from './back-off.ts';
export { ClockFilter, type ClockReading } from './clock-filter.ts';
export {
  assertCloseCode,
  CLOSE_ABNORMAL,
  CLOSE_NORMAL,
  CLOSE_TOO_BIG,
  fittingReason,
} from './close-code.ts';
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
  NetworkServer,
  ServedAnswer,
  ServedRequest,
  ServerSocket,
  SocketReceiver,
  UpgradeAnswer,
} from './server-port.ts';
export { type BucketRule, TokenBucket, windowRule } from './token-bucket.ts';
export type {
  Cancel,
  ClientSocket,
  HttpAnswer,
  HttpFailure,
  HttpRequest,
  SocketEnd,
  SocketHandlers,
  SocketOptions,
  Timers,
  Transport,
} from './transport.ts';
export { trustBesides } from './trust.ts';
