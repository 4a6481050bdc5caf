/** Door of the inner room: sends the requests of an account and keeps its private stream. */
export { DeadMan, type DeadManOptions, type DeadManParts } from './dead-man.ts';
export {
  ENTRY_GATEWAY_DEFAULTS,
  EntryGateway,
  type EntryGatewayOptions,
  type EntryGatewayParts,
} from './entry-gateway.ts';
export {
  ENTRY_SENDER_DEFAULTS,
  type EntryOutcome,
  EntrySender,
  type EntrySenderOptions,
  type EntrySenderParts,
  type EntrySenderStatus,
} from './entry-sender.ts';
export {
  type KillOptions,
  type KillReport,
  KillSwitch,
  type KillSwitchParts,
} from './kill-switch.ts';
export { LIVE_WAITING_MAX, LiveWorld, type LiveWorldParts } from './live-world.ts';
export type { PrivateOptions } from './private-connection.ts';
export {
  PRIVATE_STREAM_DEFAULTS,
  PrivateStream,
  type PrivateStreamParts,
  type PrivateStreamStatus,
} from './private-stream.ts';
