/** What the dashboard knows: the state of the run, the connection, and the explanations that were asked for. Views subscribe to it. */
import type { ConnectionState } from '../connection/live-connection.ts';
import {
  applyChanges,
  type DashboardState,
  type Explanation,
  emptyState,
  type ServerMessage,
} from '../wire.ts';

/** An explanation on its way, here, or no longer known by the server. */
export type ExplanationEntry =
  | { readonly kind: 'here'; readonly explanation: Explanation }
  | { readonly kind: 'forgotten' };

/** Everything at one moment; replaced, never changed. */
export interface LiveSnapshot {
  readonly connection: ConnectionState;
  /** False until the server was heard for the first time. */
  readonly hasState: boolean;
  readonly state: DashboardState;
  readonly explanations: ReadonlyMap<number, ExplanationEntry>;
  /** When the engine was heard of last, by the browser's clock; `null` = never. */
  readonly engineHeardMs: number | null;
}

/** Explanations kept; a person reads a few. */
const EXPLANATIONS_MAX = 50;

/** Holds the snapshot and tells who is interested. */
export class LiveStore {
  readonly #nowMs: () => number;
  readonly #listeners = new Set<() => void>();
  #serverId = '';
  #snapshot: LiveSnapshot = {
    connection: { kind: 'connecting' },
    hasState: false,
    state: emptyState(),
    explanations: new Map(),
    engineHeardMs: null,
  };

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Calls `listener` after each change until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Returns the snapshot of this moment. */
  readonly current = (): LiveSnapshot => this.#snapshot;

  /** Notes how the connection stands. */
  setConnection(connection: ConnectionState): void {
    this.#replace({ connection });
  }

  /** Takes a message of the server in. */
  accept(message: ServerMessage): void {
    switch (message.kind) {
      case 'hello':
        this.#greet(message.serverId, message.state);
        break;
      case 'update':
        this.#replace({
          state: applyChanges(this.#snapshot.state, message.changes),
          engineHeardMs: this.#nowMs(),
        });
        break;
      case 'explanation':
        this.#keep(
          message.decisionId,
          message.explanation === null
            ? { kind: 'forgotten' }
            : { kind: 'here', explanation: message.explanation },
        );
        break;
      case 'heartbeat':
        if (message.engineAgeMs !== null) {
          this.#replace({ engineHeardMs: this.#nowMs() - message.engineAgeMs });
        }
        break;
      case 'token_required':
        break;
    }
  }

  /** Another start of the server is another run of the program: what it explained before no longer holds. */
  #greet(serverId: string, state: DashboardState): void {
    const isSame = serverId === this.#serverId;
    this.#serverId = serverId;
    this.#replace({
      state,
      hasState: true,
      explanations: isSame ? this.#snapshot.explanations : new Map(),
      engineHeardMs: state.status === null ? null : this.#nowMs(),
    });
  }

  #keep(decisionId: number, entry: ExplanationEntry): void {
    const explanations = new Map(this.#snapshot.explanations);
    explanations.delete(decisionId);
    explanations.set(decisionId, entry);
    for (const oldest of explanations.keys()) {
      if (explanations.size <= EXPLANATIONS_MAX) break;
      explanations.delete(oldest);
    }
    this.#replace({ explanations });
  }

  #replace(part: Partial<LiveSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part };
    for (const listener of this.#listeners) listener();
  }
}
