/** Market events of a file, in chunks of columns for a replay. Form: ev (D depth, T trade), exch_ts, local_ts (ns), side, price_ticks, qty_lots. */
import { assert, XylenError } from '#core';
import { type DepthChunk, REPLAY_EVENT } from '#sim';
import { type CsvReading, type CsvRow, readCsv } from './csv-rows.ts';

/** What a file of events held. */
export interface EventCounts {
  depth: number;
  trades: number;
  /** When the trader saw the last of them. */
  lastLocalUs: number;
}

/** Events of a chunk. */
const CHUNK_EVENTS = 16_384;

const FORM = {
  required: ['ev', 'exch_ts', 'local_ts', 'side', 'price_ticks', 'qty_lots'],
  optional: [],
  others: 'ignore',
} as const;
const EV = 0;
const EXCH_TS = 1;
const LOCAL_TS = 2;
const SIDE = 3;
const PRICE = 4;
const QTY = 5;

const LETTER = { B: 0x42, D: 0x44, S: 0x53, T: 0x54 } as const;

/**
 * Reads a file of events and hands over chunks, each valid during the call only.
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID, XY_DATA_INSUFFICIENT when it has no events, XY_INTERRUPTED.
 */
export async function readEvents(
  path: string,
  onChunk: (chunk: DepthChunk) => void,
  reading: CsvReading,
): Promise<EventCounts> {
  const columns = new EventColumns(onChunk);
  await readCsv(path, FORM, (row) => columns.take(row), reading);
  columns.flush();
  const { counts } = columns;
  if (counts.depth + counts.trades > 0) return counts;
  throw new XylenError('XY_DATA_INSUFFICIENT', `${path}: expected events, found a header only`, {
    fields: { file: path },
  });
}

/** Rows on their way into chunks. */
class EventColumns {
  readonly counts: EventCounts = { depth: 0, trades: 0, lastLocalUs: 0 };
  readonly #onChunk: (chunk: DepthChunk) => void;
  readonly #chunk: DepthChunk = {
    count: 0,
    kind: new Uint8Array(CHUNK_EVENTS),
    exchUs: new Float64Array(CHUNK_EVENTS),
    localUs: new Float64Array(CHUNK_EVENTS),
    priceTicks: new Float64Array(CHUNK_EVENTS),
    qtyLots: new Float64Array(CHUNK_EVENTS),
  };
  #lastExchUs = 0;

  constructor(onChunk: (chunk: DepthChunk) => void) {
    this.#onChunk = onChunk;
  }

  take(row: CsvRow): void {
    const chunk = this.#chunk;
    const at = chunk.count;
    assert(at < CHUNK_EVENTS, 'a chunk is handed over when it is full');
    const isTrade = isTradeOf(row);
    const exchUs = row.nanosUs(EXCH_TS);
    if (exchUs < this.#lastExchUs)
      throw row.refused(EXCH_TS, `a time not before that of the event above (${this.#lastExchUs}000)`);
    this.#lastExchUs = exchUs;
    const isBuy = isBuyOf(row);
    chunk.kind[at] = isTrade
      ? isBuy
        ? REPLAY_EVENT.boughtTrade
        : REPLAY_EVENT.soldTrade
      : isBuy
        ? REPLAY_EVENT.bid
        : REPLAY_EVENT.ask;
    chunk.exchUs[at] = exchUs;
    chunk.priceTicks[at] = row.whole(PRICE, 1);
    chunk.qtyLots[at] = row.whole(QTY, isTrade ? 1 : 0);
    const localUs = row.nanosUs(LOCAL_TS);
    chunk.localUs[at] = localUs;
    this.counts.lastLocalUs = Math.max(this.counts.lastLocalUs, localUs);
    chunk.count = at + 1;
    if (isTrade) this.counts.trades++;
    else this.counts.depth++;
    if (chunk.count === CHUNK_EVENTS) this.flush();
  }

  flush(): void {
    if (this.#chunk.count > 0) this.#onChunk(this.#chunk);
    this.#chunk.count = 0;
  }
}

function isTradeOf(row: CsvRow): boolean {
  const letter = row.byte(EV);
  if (letter !== LETTER.D && letter !== LETTER.T) throw row.refused(EV, 'D (depth) or T (trade)');
  return letter === LETTER.T;
}

function isBuyOf(row: CsvRow): boolean {
  const letter = row.byte(SIDE);
  if (letter !== LETTER.B && letter !== LETTER.S) throw row.refused(SIDE, 'B or S');
  return letter === LETTER.B;
}
