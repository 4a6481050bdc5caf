/**
 * What goes over the WebSocket, as JSON text, one message a frame.
 *
 * The server speaks first: `token_required` when it has a token, else `hello`. A client answers `token_required` with `token` and then gets
 * `hello`: the whole state. From then on each `update` holds what changed, with a sequence number one above the last (`hello` says
 * where it stands); a client that misses one connects again. `heartbeat` comes when nothing else does. A client may ask
 * for the explanation of a decision; the answer says `null` when it is no longer known.
 */
import { explanationSchema } from './decision.ts';
import { TEXT_CHARS_MAX } from './limits.ts';
import { count, numberOrNull, z } from './schema.ts';
import { changesSchema, dashboardStateSchema } from './state.ts';

/** Why the server closes a connection; 1001 = it is going away. */
export const CLOSE_CODES = {
  goingAway: 1001,
  /** The token was wrong, or did not come in time. */
  unauthorised: 4001,
  /** The client does not read as fast as there is news; it may connect again. */
  tooSlow: 4002,
  /** The client sent something that is no message, or too many. */
  badMessage: 4003,
  /** As many clients as the server takes are connected. */
  full: 4004,
} as const;

/** The whole state; also what `GET /api/state` answers. */
export const helloSchema = z.object({
  kind: z.literal('hello'),
  version: z.int(),
  /** Another one after each start of the server. */
  serverId: z.string(),
  /** Number of the last update that is in `state`. */
  seq: count,
  state: dashboardStateSchema,
});
export type Hello = z.infer<typeof helloSchema>;

/** What changed since the update before. */
export const updateSchema = z.object({ kind: z.literal('update'), seq: count, changes: changesSchema });
export type Update = z.infer<typeof updateSchema>;

/** The answer to `explain`. */
export const explanationMessageSchema = z.object({
  kind: z.literal('explanation'),
  decisionId: z.int(),
  explanation: z.nullable(explanationSchema),
});

/** That the connection lives, and how long ago the engine was heard of (`null` = never). */
export const heartbeatSchema = z.object({ kind: z.literal('heartbeat'), engineAgeMs: numberOrNull });

/** Anything that the server sends. */
export const serverMessageSchema = z.discriminatedUnion('kind', [
  helloSchema,
  updateSchema,
  explanationMessageSchema,
  heartbeatSchema,
  z.object({ kind: z.literal('token_required') }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** Anything that a client sends. */
export const clientMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('token'), token: z.string().check(z.maxLength(TEXT_CHARS_MAX)) }),
  z.object({ kind: z.literal('explain'), decisionId: z.int() }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** A message, or what is wrong with it. */
export type Parsed<T> =
  | { readonly kind: 'message'; readonly message: T }
  | { readonly kind: 'problem'; readonly problem: string };

/** Parses what came from the server. */
export function parseServerMessage(json: string): Parsed<ServerMessage> {
  return parse(json, (value) => serverMessageSchema.safeParse(value));
}

/** Parses what came from a client. */
export function parseClientMessage(json: string): Parsed<ClientMessage> {
  return parse(json, (value) => clientMessageSchema.safeParse(value));
}

type Outcome<T> = z.core.util.SafeParseResult<T>;

function parse<T>(json: string, check: (value: unknown) => Outcome<T>): Parsed<T> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { kind: 'problem', problem: `expected JSON, found '${json.slice(0, 40)}'` };
  }
  const outcome = check(value);
  if (outcome.success) return { kind: 'message', message: outcome.data };
  const issue = outcome.error.issues[0];
  const place = issue === undefined ? '' : issue.path.join('.');
  return {
    kind: 'problem',
    problem: `${place === '' ? 'message' : place}: ${issue?.message ?? 'not valid'}`,
  };
}
