/**
 * The write-ahead log of order intents, on the engine's thread and in a file of its own: an order may reach a venue only when its intent
 * would survive a power cut. Rows are never changed or removed.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AssertionError, assert, canonicalJson } from '#core';
import type { OrderRequest } from '#domain';
import type { IntentLog, OrderIntentRecord } from '../record-port.ts';
import { guardStore, openForWriting, type WriteOptions } from './database.ts';
import type { StoreSchema } from './migrations.ts';

const INTENT_STORE: StoreSchema = {
  name: 'an intent log',
  // 'XYIN' in ASCII.
  applicationId: 0x5859494e,
  version: 1,
  ddl: `CREATE TABLE intents (
  client_order_id TEXT PRIMARY KEY NOT NULL,
  order_id INTEGER NOT NULL UNIQUE,
  ts_us INTEGER NOT NULL,
  event_seq INTEGER NOT NULL,
  request TEXT NOT NULL
) STRICT;
CREATE INDEX ix_intents_event_seq ON intents (event_seq);
CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, applied_at INTEGER NOT NULL
) STRICT;`,
  steps: [],
};

/** An intent as a row. */
interface IntentRow {
  readonly orderId: number;
  readonly tsUs: number;
  readonly eventSeq: number;
  readonly request: string;
}

class SqliteIntentLog implements IntentLog {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #since: StatementSync;

  constructor(path: string, options: WriteOptions) {
    this.#path = path;
    this.#db = openForWriting(path, INTENT_STORE, options);
    const columns = 'order_id AS orderId, ts_us AS tsUs, event_seq AS eventSeq, request';
    this.#find = this.#db.prepare(`SELECT ${columns} FROM intents WHERE client_order_id = ?`);
    this.#insert = this.#db.prepare(
      'INSERT INTO intents (client_order_id, order_id, ts_us, event_seq, request) VALUES (?, ?, ?, ?, ?)',
    );
    this.#since = this.#db.prepare(
      `SELECT ${columns} FROM intents WHERE event_seq > ? ORDER BY event_seq, rowid`,
    );
  }

  append(intent: OrderIntentRecord): 'new' | 'known' {
    const { clientOrderId } = intent.request;
    assert(clientOrderId !== '', 'an intent has a client order id');
    assert(
      [intent.orderId, intent.tsUs, intent.eventSeq].every(Number.isSafeInteger),
      `numbers of intent ${clientOrderId} are safe integers`,
    );
    const row = rowOf(intent);
    return guardStore(this.#path, () => {
      const known = this.#find.get(clientOrderId);
      if (known !== undefined) {
        requireSame(clientOrderId, row, intentRowOf(known));
        return 'known';
      }
      this.#insert.run(clientOrderId, row.orderId, row.tsUs, row.eventSeq, row.request);
      return 'new';
    });
  }

  since(eventSeq: number): readonly OrderIntentRecord[] {
    return guardStore(this.#path, () => this.#since.all(eventSeq).map((row) => intentOf(intentRowOf(row))));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** Opens or creates the intent log at `path`. A replay against a simulated venue may take durability `normal`; real orders need `full`. */
export function openIntentLog(path: string, options: WriteOptions): IntentLog {
  return new SqliteIntentLog(path, options);
}

function rowOf({ orderId, tsUs, eventSeq, request }: OrderIntentRecord): IntentRow {
  return { orderId, tsUs, eventSeq, request: canonicalJson(request) };
}

/** The file is written by `append` alone, under STRICT types, so its columns are what they were. */
function intentRowOf(row: object): IntentRow {
  return row as IntentRow;
}

function intentOf({ orderId, tsUs, eventSeq, request }: IntentRow): OrderIntentRecord {
  return { orderId, tsUs, eventSeq, request: JSON.parse(request) as OrderRequest };
}

function requireSame(clientOrderId: string, intended: IntentRow, known: IntentRow): void {
  for (const field of ['orderId', 'tsUs', 'eventSeq', 'request'] as const) {
    if (intended[field] !== known[field]) {
      throw new AssertionError(
        `Invariant: intent ${clientOrderId} keeps its ${field}: was ${known[field]}, now ${intended[field]}`,
      );
    }
  }
}
