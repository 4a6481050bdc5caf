/**
 * Books by request that lie in a file of their own: the body of one answer, or the lines of a capture that hold several, each with the address that
 * was asked (`URL -> SECONDS: body`) or with the market's name in it.
 */
import { XylenError } from '#core';
import { ContainerDamage, openByteSource } from '#store/files';
import { FrameFault, JsonCursor } from '#venues/market';
import { LineCutter } from './byte-lines.ts';
import { type CaptureLine, CaptureLineReader } from './capture-line.ts';
import { type JsonTree, readTree } from './json-tree.ts';
import { requestedSides, snapshotSymbol } from './wire-sketch.ts';

/** A book by request, not yet read. */
export interface RequestedBook {
  /** When it was received; `null` = not stated. */
  readonly tsUs: number | null;
  /** The market on the wire; `null` = not stated. */
  readonly symbol: string | null;
  readonly body: Uint8Array;
}

/** What a snapshot file may hold; the largest book by request is some megabytes. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** Reads a file. @throws XY_FILE_MISSING, XY_FILE_DAMAGED when a line of it is no answer of a venue. */
export async function readSnapshotFile(path: string): Promise<readonly RequestedBook[]> {
  const content = await contentOf(path);
  const books: RequestedBook[] = [];
  const reader = new CaptureLineReader();
  const add = (bytes: Uint8Array, line: number): void => {
    const read = reader.read(bytes);
    const book = requestedBook(read);
    if (book !== undefined) books.push(book);
    else if (read.kind === 'frame' || read.kind === 'damaged') {
      throw damaged(path, line, 'expected the book of a market (bids and asks)');
    }
  };
  if (isDocument(content)) add(content, 1);
  else {
    const onTooLong = (line: number): never => {
      throw damaged(path, line, 'the line is too long');
    };
    const cutter = new LineCutter({ onLine: (bytes, line) => add(bytes.slice(), line), onTooLong });
    cutter.push(content);
    cutter.finish();
  }
  // Answers to other requests may stand between them; a file without any book is not what was meant.
  if (books.length === 0) throw damaged(path, 0, 'there is no book of a market in it');
  return books;
}

/** Returns the book in a line, or `undefined` when it holds none. */
export function requestedBook(line: CaptureLine): RequestedBook | undefined {
  if (line.kind !== 'frame' && line.kind !== 'answer') return undefined;
  const tree = treeOf(line.bytes);
  if (requestedSides(tree) === undefined) return undefined;
  const symbol = snapshotSymbol(tree) ?? (line.kind === 'answer' ? symbolOfUrl(line.url) : undefined) ?? null;
  return { tsUs: line.tsUs, symbol, body: line.bytes };
}

function treeOf(bytes: Uint8Array): JsonTree {
  const cursor = new JsonCursor();
  cursor.load(bytes);
  try {
    return readTree(cursor);
  } catch (error) {
    if (!(error instanceof FrameFault)) throw error;
    // What is no JSON is no book; the caller says so with its place.
    return undefined;
  }
}

/** The market in the parameters of an address: `?symbol=BTCUSDT`. */
function symbolOfUrl(url: string): string | undefined {
  return URL.parse(url)?.searchParams.get('symbol') ?? undefined;
}

/** True when the whole file is one JSON document, on however many lines. */
function isDocument(content: Uint8Array): boolean {
  const cursor = new JsonCursor();
  cursor.load(content);
  try {
    cursor.skip();
    cursor.finish();
    return true;
  } catch (error) {
    if (!(error instanceof FrameFault)) throw error;
    // Several lines, or none of JSON: they are looked at one by one.
    return false;
  }
}

async function contentOf(path: string): Promise<Uint8Array> {
  const source = await openByteSource(path);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of source.chunks()) {
      bytes += piece.length;
      if (bytes > FILE_BYTES_MAX)
        throw damaged(path, 0, `a file of snapshots has at most ${FILE_BYTES_MAX} bytes`);
      pieces.push(piece);
    }
  } catch (thrown) {
    if (!(thrown instanceof ContainerDamage)) throw thrown;
    throw damaged(path, 0, thrown.message);
  }
  return Buffer.concat(pieces, bytes);
}

function damaged(path: string, line: number, what: string): XylenError {
  const place = line > 0 ? `${path}:${line}` : path;
  return new XylenError('XY_FILE_DAMAGED', `${place}: ${what}`, { fields: { file: path, line } });
}
