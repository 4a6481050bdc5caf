/**
 * Downloads a file to the disk as a stream: what has come is kept and continued after a break, in this run or a later one. It lies under
 * `PATH.part` until it is whole. What is in it is the caller's to verify.
 */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, type Prng, US_PER_MS, XylenError } from '#core';
import { BackOff } from '../back-off.ts';

/** What is wanted. */
export interface FileDownload {
  readonly url: string;
  /** Where it lies in the end; its folder exists. */
  readonly path: string;
  readonly bytesMax: number;
  /** PEM text of a certificate authority besides those of the system; `null` = none. */
  readonly certificateAuthority: string | null;
  readonly prng: Prng;
  readonly signal: AbortSignal;
  /** Bytes that have come since the last call. */
  onBytes?(count: number): void;
}

/** Largest silence of a server. */
const SILENCE_MS_MAX = 30_000;
/** Tries in a row that bring nothing; any byte that comes starts the count anew. */
const TRIES_MAX = 5;

/**
 * Returns `done` when the file is there, `missing` when the server says that it has none (404). @throws XY_VENUE_FAILED when it cannot be had,
 * XY_INTERRUPTED.
 */
export async function downloadFile(download: FileDownload): Promise<'done' | 'missing'> {
  const backOff = new BackOff(download.prng);
  const part = `${download.path}.part`;
  let failures = 0;
  for (;;) {
    if (download.signal.aborted)
      throw new XylenError('XY_INTERRUPTED', `interrupted while loading ${download.url}`);
    const hadBytes = await sizeOf(part);
    const outcome = await tryOnce(download, part, hadBytes);
    if (outcome === 'missing') return 'missing';
    if (outcome === 'done') {
      await rename(part, download.path);
      return 'done';
    }
    failures = (await sizeOf(part)) > hadBytes ? 1 : failures + 1;
    if (outcome.isFinal || failures >= TRIES_MAX) {
      throw new XylenError('XY_VENUE_FAILED', `${download.url}: ${outcome.reason}`, {
        fields: { url: download.url },
      });
    }
    await pause(backOff.nextUs(), download.signal);
  }
}

type Outcome = 'done' | 'missing' | { readonly reason: string; readonly isFinal: boolean };

async function tryOnce(download: FileDownload, part: string, hadBytes: number): Promise<Outcome> {
  let answer: IncomingMessage;
  try {
    answer = await open(download, hadBytes);
  } catch (error) {
    return { reason: messageOf(error), isFinal: false };
  }
  const status = answer.statusCode ?? 0;
  const isContinued = status === 206 && startOf(answer) === hadBytes;
  if (status === 200 || isContinued) return await receive(download, part, answer, isContinued ? hadBytes : 0);
  answer.destroy();
  if (status === 404) return 'missing';
  // What was kept is longer than the file, or another part was sent: it is of another file.
  if (status === 416 || status === 206) await rm(part, { force: true });
  const isFinal = status >= 400 && status < 500 && ![408, 416, 425, 429].includes(status);
  return { reason: `expected an answer of status 200, found ${status}`, isFinal };
}

function open(download: FileDownload, fromByte: number): Promise<IncomingMessage> {
  const { certificateAuthority, signal, url } = download;
  const isSecure = url.startsWith('https:');
  const options = {
    method: 'GET',
    headers: fromByte > 0 ? { range: `bytes=${fromByte}-` } : {},
    signal,
    timeout: SILENCE_MS_MAX,
    ...(isSecure && certificateAuthority !== null ? { ca: certificateAuthority } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (isSecure ? requestHttps : requestHttp)(url, options, resolve);
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${SILENCE_MS_MAX} ms`)));
    request.on('error', reject);
    request.end();
  });
}

async function receive(
  download: FileDownload,
  part: string,
  answer: IncomingMessage,
  fromByte: number,
): Promise<Outcome> {
  let total = fromByte;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      total += piece.length;
      download.onBytes?.(piece.length);
      done(
        total > download.bytesMax ? new RangeError(`it is longer than ${download.bytesMax} bytes`) : null,
        piece,
      );
    },
  });
  const out = createWriteStream(part, { flags: fromByte > 0 ? 'a' : 'w', flush: true });
  try {
    await pipeline(answer, counted, out);
  } catch (error) {
    return { reason: messageOf(error), isFinal: error instanceof RangeError || isDiskFault(error) };
  }
  const expected = Number(answer.headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(expected) || total - fromByte === expected) return 'done';
  return { reason: `the server ended after ${total - fromByte} of ${expected} bytes`, isFinal: false };
}

/** Where a part begins that a server sends. */
function startOf(answer: IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}

function isDiskFault(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT', 'EIO', 'ENOENT', 'EISDIR'].includes(code);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

function pause(us: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, us / US_PER_MS);
    signal.addEventListener('abort', end, { once: true });
  });
}
