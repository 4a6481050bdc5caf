/** One try at a file: the request, what its status means, and the bytes. Never throws: a failure says whether another try can help, and when. */
import { rm } from 'node:fs/promises';
import { type IncomingMessage, type Agent as PlainAgent, request as requestHttp } from 'node:http';
import { request as requestHttps, type Agent as SecureAgent } from 'node:https';
import { messageOf, US_PER_MS } from '#core';
import { retryAfterUs } from '#net';
import { sizeOf, TooLong, writePart } from './part-file.ts';

/** What is wanted. */
export interface FileWish {
  readonly url: string;
  /** Where it lies in the end; its folder exists. */
  readonly path: string;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
  /** True for a file so small that what an earlier run has of it is not worth continuing. */
  readonly isFresh?: boolean;
  /** Bytes that have come since the last call. */
  onBytes?(count: number): void;
}

/** How a try ended. */
export type Attempt = { readonly kind: 'done' | 'missing' } | FailedAttempt;

/** A try that failed. */
export interface FailedAttempt {
  readonly kind: 'failed';
  readonly reason: string;
  /** True when another try cannot help. */
  readonly isFinal: boolean;
  /** True when the fault lies here and not with the server. */
  readonly isDisk: boolean;
  /** How long the server wants to be left alone. */
  readonly waitUs: number;
}

/** What tries are made with. */
export interface FileAttemptParts {
  readonly plain: PlainAgent;
  readonly secure: SecureAgent;
  readonly silenceMs: number;
}

/** Errors of the disk that no try changes. */
const DISK_FAULTS = ['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT', 'EIO', 'ENOENT', 'EISDIR', 'ENOTDIR', 'EPERM'];
/** Refusals that pass. */
const PASSING = [408, 418, 425, 429];
const REASON_CHARS_MAX = 200;
const PAGE_BYTES_MAX = 64 * 1024;

/** Tries. */
export class FileAttempt {
  readonly #parts: FileAttemptParts;

  constructor(parts: FileAttemptParts) {
    this.#parts = parts;
  }

  /** Loads a file behind what there is of it in `part`. */
  async load(wish: FileWish, part: string): Promise<Attempt> {
    const { signal, url } = wish;
    const hadBytes = await sizeOf(part);
    const request = this.#request('GET', url, signal, hadBytes);
    let answer: IncomingMessage;
    try {
      answer = await request.answer;
    } catch (error) {
      return failed(request.reasonOf(error));
    }
    const { statusCode: status = 0 } = answer;
    if (status === 200 || (status === 206 && startOf(answer) === hadBytes)) {
      const outcome = await receive(wish, part, answer, status === 206 ? hadBytes : 0);
      return outcome instanceof Error ? await this.#broken(outcome, part, request) : outcome;
    }
    discard(answer);
    // The break came after the last byte and before the file had its name.
    if (status === 416 && hadBytes > 0 && lengthOf(answer) === hadBytes) return { kind: 'done' };
    // What was kept is longer than the file, or another part was sent: it is of another file.
    if (status === 416 || status === 206) await rm(part, { force: true });
    return verdict(answer);
  }

  /** Asks whether there is such a file. */
  async ask(url: string, signal: AbortSignal): Promise<Attempt> {
    const request = this.#request('HEAD', url, signal, 0);
    try {
      const answer = await request.answer;
      // There is no body behind it.
      answer.resume();
      return answer.statusCode === 200 ? { kind: 'done' } : verdict(answer);
    } catch (error) {
      return failed(request.reasonOf(error));
    }
  }

  async #broken(error: Error, part: string, request: RunningRequest): Promise<Attempt> {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (error instanceof TooLong) await rm(part, { force: true });
    const isDisk = DISK_FAULTS.includes(code);
    return {
      ...failed(isDisk ? error.message : request.reasonOf(error)),
      isDisk,
      isFinal: isDisk || error instanceof TooLong,
    };
  }

  #request(method: 'GET' | 'HEAD', url: string, signal: AbortSignal, fromByte: number): RunningRequest {
    const { plain, secure, silenceMs } = this.#parts;
    const isSecure = url.startsWith('https:');
    let isSilent = false;
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      const request = (isSecure ? requestHttps : requestHttp)(
        url,
        {
          method,
          agent: isSecure ? secure : plain,
          headers: fromByte > 0 ? { range: `bytes=${fromByte}-` } : {},
          signal,
          timeout: silenceMs,
        },
        resolve,
      );
      request.on('timeout', () => {
        isSilent = true;
        request.destroy(new Error('the server is silent'));
      });
      request.on('error', reject);
      request.end();
    });
    const silence = `nothing came for ${silenceMs} ms`;
    return { answer, reasonOf: (error) => (isSilent ? silence : inWords(error)) };
  }
}

/** Node calls an answer that ended too early `aborted`, as if somebody here had wanted it. */
function inWords(error: unknown): string {
  const message = messageOf(error);
  return message === 'aborted' ? 'the connection broke off' : message;
}

interface RunningRequest {
  readonly answer: Promise<IncomingMessage>;
  /** Puts the error of a request into words: the end of a silent connection comes as an error of another kind. */
  reasonOf(error: unknown): string;
}

async function receive(
  wish: FileWish,
  part: string,
  answer: IncomingMessage,
  fromByte: number,
): Promise<Attempt | Error> {
  const expected = Number(answer.headers['content-length'] ?? Number.NaN);
  const { bytesMax } = wish;
  if (fromByte + expected > bytesMax) {
    answer.destroy();
    return new TooLong(`it has ${fromByte + expected} bytes, at most ${bytesMax} are expected`);
  }
  try {
    const onBytes = wish.onBytes?.bind(wish);
    const total = await writePart(part, fromByte, answer, { bytesMax, onBytes });
    if (Number.isNaN(expected) || total - fromByte === expected) return { kind: 'done' };
    return failed(`the server ended after ${total - fromByte} of ${expected} bytes`);
  } catch (error) {
    answer.destroy();
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/** A short page is read to its end, so that its connection can be used again. */
function discard(answer: IncomingMessage): void {
  const isShort = Number(answer.headers['content-length'] ?? Number.NaN) <= PAGE_BYTES_MAX;
  // What happens to a page that nobody reads changes nothing.
  answer.on('error', () => undefined);
  if (isShort) answer.resume();
  else answer.destroy();
}

/** Says what an answer without the file means. */
function verdict(answer: IncomingMessage): Attempt {
  const { headers, statusCode: status = 0 } = answer;
  if (status === 404) return { kind: 'missing' };
  if (status >= 300 && status < 400) {
    const target = (headers.location ?? 'nowhere').slice(0, REASON_CHARS_MAX);
    return {
      ...failed(`it answered ${status} and named ${target}: redirections are not followed`),
      isFinal: true,
    };
  }
  const nowUs = Date.now() * US_PER_MS;
  const untilUs = retryAfterUs(headers['retry-after'] ?? '', nowUs) ?? nowUs;
  return {
    ...failed(`expected an answer of status 200, found ${status}`),
    isFinal: status >= 400 && status < 500 && status !== 416 && !PASSING.includes(status),
    waitUs: untilUs - nowUs,
  };
}

function failed(reason: string): FailedAttempt {
  return { kind: 'failed', reason, isFinal: false, isDisk: false, waitUs: 0 };
}

/** Where a part begins that a server sends: `bytes 5-9/10`. */
function startOf(answer: IncomingMessage): number {
  return Number(/^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}

/** How long a file is that a server has no such part of: an asterisk in place of the part, then a slash and the length. */
function lengthOf(answer: IncomingMessage): number {
  return Number(/^bytes \*\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1] ?? Number.NaN);
}
