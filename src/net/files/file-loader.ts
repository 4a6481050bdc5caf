/**
 * Loads files from a server to the disk as streams: what has come is kept and continued after a break, in this run or a later one. A file lies
 * under `PATH.part` until it is whole. What is in it is the caller's to verify: a file that was continued may be of two versions.
 */
import { rename, rm } from 'node:fs/promises';
import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { type Prng, US_PER_MINUTE, US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import { BackOff, trustBesides } from '#net';
import { type Attempt, FileAttempt, type FileWish } from './file-attempt.ts';
import { sizeOf } from './part-file.ts';

/** How servers are reached. */
export interface FileLoaderOptions {
  /** PEM text of a certificate authority besides those of the system; `null` = none. */
  readonly certificateAuthority: string | null;
  /** Draws the length of pauses. */
  readonly prng: Prng;
  readonly connectionsMax: number;
  /** Waits between tries, until the time or the signal; without it, real time passes. */
  readonly pause?: ((us: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Largest silence of a server, in milliseconds. */
  readonly silenceMs?: number;
}

const SILENCE_MS = 30_000;
/** Tries in a row that bring nothing; any byte that comes starts the count anew. */
const TRIES_MAX = 5;
/** A server that wants a longer pause is not waited for. */
const WAIT_US_MAX = 5 * US_PER_MINUTE;

/** Loads files, several at a time; `close` it in the end. */
export class FileLoader {
  readonly #options: FileLoaderOptions;
  readonly #attempts: FileAttempt;
  readonly #agents: readonly (PlainAgent | SecureAgent)[];

  /** @throws XY_CONFIG_INVALID when the certificate authority is none. */
  constructor(options: FileLoaderOptions) {
    this.#options = options;
    const settings = { keepAlive: true, maxSockets: options.connectionsMax };
    const plain = new PlainAgent(settings);
    const authority = options.certificateAuthority;
    const trust = authority === null ? {} : { secureContext: trustBesides(authority) };
    const secure = new SecureAgent({ ...settings, ...trust });
    this.#agents = [plain, secure];
    this.#attempts = new FileAttempt({ plain, secure, silenceMs: options.silenceMs ?? SILENCE_MS });
  }

  /**
   * Returns `done` when the file is there, `missing` when the server says that it has none (404). @throws XY_VENUE_FAILED when it cannot be had,
   * XY_VENUE_LIMITED when the server wants a pause of more than five minutes, XY_STORE_FAILED when it cannot be written, XY_INTERRUPTED.
   */
  async load(wish: FileWish): Promise<'done' | 'missing'> {
    const part = `${wish.path}.part`;
    if (wish.isFresh === true) await rm(part, { force: true });
    const outcome = await this.#repeat(wish, part, () => this.#attempts.load(wish, part));
    if (outcome === 'done') await rename(part, wish.path);
    return outcome;
  }

  /** Returns whether the server has a file. @throws XY_VENUE_FAILED, XY_VENUE_LIMITED, XY_INTERRUPTED. */
  async has(url: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#repeat({ url, signal }, null, () => this.#attempts.ask(url, signal))) === 'done';
  }

  /** Lets go of the connections. */
  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  /** Tries until it is decided. */
  async #repeat(
    { signal, url }: Pick<FileWish, 'signal' | 'url'>,
    part: string | null,
    attempt: () => Promise<Attempt>,
  ): Promise<'done' | 'missing'> {
    const backOff = new BackOff(this.#options.prng);
    let failures = 0;
    for (;;) {
      checkInterruption(signal, url);
      const hadBytes = part === null ? 0 : await sizeOf(part);
      const outcome = await attempt();
      if (outcome.kind !== 'failed') return outcome.kind;
      checkInterruption(signal, url);
      const hasGrown = part !== null && (await sizeOf(part)) > hadBytes;
      if (hasGrown) backOff.reset();
      failures = hasGrown ? 1 : failures + 1;
      const message = `${url}: ${outcome.reason}`;
      if (outcome.isDisk) throw new XylenError('XY_STORE_FAILED', message, { fields: { url } });
      if (outcome.isFinal || failures >= TRIES_MAX)
        throw new XylenError('XY_VENUE_FAILED', message, { fields: { url } });
      await this.#pause(Math.max(outcome.waitUs, backOff.nextUs()), message, signal);
    }
  }

  async #pause(us: number, message: string, signal: AbortSignal): Promise<void> {
    if (us > WAIT_US_MAX) {
      const seconds = Math.ceil(us / US_PER_SECOND);
      throw new XylenError('XY_VENUE_LIMITED', `${message}; it asks to wait for ${seconds} s`, {
        fields: { seconds },
      });
    }
    await (this.#options.pause ?? pause)(us, signal);
  }
}

function checkInterruption(signal: AbortSignal, url: string): void {
  if (signal.aborted) throw new XylenError('XY_INTERRUPTED', `interrupted while loading ${url}`);
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
    if (signal.aborted) end();
  });
}
