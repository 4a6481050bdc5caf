/**
 * A file of rows, written beside its place and put there when it is whole, or not at all. Writing waits for the disk, so that what is held is a
 * buffer, whatever the length.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { messageOf, XylenError } from '#core';

/** Characters that are written together. */
const BUFFER_CHARS = 256 * 1024;

/** Takes lines of text. */
export interface RowSinkFile {
  /** Takes a line, with its end. */
  write(line: string): void;
  /** Puts the whole file into its place. */
  finish(): void;
  /** Leaves nothing behind. */
  abort(): void;
}

/** A file of that name. @throws XY_STORE_FAILED when it cannot be written, then and later */
export class RowFile implements RowSinkFile {
  readonly #path: string;
  readonly #aside: string;
  readonly #fd: number;
  #isOpen = true;
  #text = '';

  constructor(path: string) {
    this.#path = path;
    this.#aside = `${path}.${process.pid}.partial`;
    this.#fd = this.#try(() => openSync(this.#aside, 'w'));
  }

  write(line: string): void {
    this.#text += line;
    if (this.#text.length >= BUFFER_CHARS) this.#flush();
  }

  finish(): void {
    this.#flush();
    this.#try(() => {
      fsyncSync(this.#fd);
      this.#close();
      renameSync(this.#aside, this.#path);
    });
  }

  abort(): void {
    this.#close();
    rmSync(this.#aside, { force: true });
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    this.#try(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    });
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const message = `${this.#path} cannot be written: ${messageOf(cause)}`;
      throw new XylenError('XY_STORE_FAILED', message, { fields: { file: this.#path }, cause });
    }
  }
}

/** Returns what takes lines to a printer of lines. */
export function printedRows(print: (line: string) => void): RowSinkFile {
  return {
    write: (line) => print(line.slice(0, -1)),
    finish: () => undefined,
    abort: () => undefined,
  };
}
