/** What can be made to go wrong at the simulated exchange on demand: kinds of faults, whom they strike and when. Data alone. */

/** The kinds of faults. */
export const FAULT_KINDS = [
  'latency',
  'error',
  'no-answer',
  'reject',
  'too-many',
  'ban',
  'maintenance',
  'clock-skew',
  'drop',
  'duplicate',
  'delay',
  'cut',
  'stall',
  'expire-listen-key',
  'liquidate',
  'countdown-strips-algos',
] as const;

/** One of `FAULT_KINDS`. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Which sockets are cut or stalled: those with a user stream, the others, all. */
export const SOCKET_SETS = ['all', 'user', 'market'] as const;

/** One of `SOCKET_SETS`. */
export type SocketSet = (typeof SOCKET_SETS)[number];

/** Whom a fault strikes, when, and how often. */
export interface FaultScope {
  /** -1 = all accounts, and who has none. */
  readonly accountIx: number;
  /** `null` = any. */
  readonly method: string | null;
  /** Where the path of a request begins with it; `null` = any. */
  readonly path: string | null;
  /** Seconds of the exchange's time from when it was told until it begins. */
  readonly afterS: number;
  /** How long it strikes, each time; `null` = until it is taken back. */
  readonly forS: number | null;
  /** It begins anew so often; `null` = once. */
  readonly everyS: number | null;
  /** How many requests, messages or moments it strikes in all; `null` = any number. */
  readonly count: number | null;
  /** Share of what it could strike that it does strike, [0, 1]. */
  readonly share: number;
}

/** Which messages of which streams. */
interface StreamMessages {
  /** Where the name of a public stream begins with it; `null` = user streams. */
  readonly stream: string | null;
  /** Names of events (`e`); empty = any. */
  readonly events: readonly string[];
}

/** What a fault does. */
export type FaultEffect =
  /** Answers come later; what was asked for is done at once. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs: number }
  /** Another status instead of the answer, with or without what was asked for having been done. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly hasEffect: boolean;
      readonly code: number | null;
      readonly msg: string | null;
    }
  | { readonly kind: 'no-answer'; readonly hasEffect: boolean }
  /** An order that is placed or amended is refused. */
  | { readonly kind: 'reject'; readonly code: number; readonly msg: string | null }
  /** Every request is answered 429, 418 or 503 as long as it lasts. */
  | { readonly kind: 'too-many' }
  | { readonly kind: 'ban' }
  | { readonly kind: 'maintenance' }
  /** The exchange's clock is so far ahead (or, negative, behind) of the clients'. */
  | { readonly kind: 'clock-skew'; readonly ms: number }
  | ({ readonly kind: 'drop' } & StreamMessages)
  | ({ readonly kind: 'duplicate' } & StreamMessages)
  /** Messages come later than those behind them. */
  | ({ readonly kind: 'delay'; readonly ms: number; readonly jitterMs: number } & StreamMessages)
  /** Sockets are broken off, or stay open and say nothing any more. */
  | { readonly kind: 'cut'; readonly sockets: SocketSet }
  | { readonly kind: 'stall'; readonly sockets: SocketSet }
  | { readonly kind: 'expire-listen-key' }
  /** Everything of the account is closed by force. */
  | { readonly kind: 'liquidate' }
  /** While it lasts, a countdown ends conditional orders too. */
  | { readonly kind: 'countdown-strips-algos' };

/** A fault. */
export type Fault = FaultEffect & FaultScope;
