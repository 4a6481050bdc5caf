/**
 * One owner of stderr: whole lines and, on a terminal, one progress bar below them that never mixes with them.
 */
import type { Host } from './host.ts';

/** ANSI: back to the first column and clear the line. */
const CLEAR_LINE = '\r\u001b[2K';

/** Writes lines and a bar to stderr. */
export class Terminal {
  readonly #host: Pick<Host, 'writeErr' | 'isErrTty'>;
  #bar = '';

  constructor(host: Pick<Host, 'writeErr' | 'isErrTty'>) {
    this.#host = host;
  }

  /** Writes a line; a bar on the screen moves below it. */
  line(text: string): void {
    if (this.#bar === '') this.#host.writeErr(`${text}\n`);
    else this.#host.writeErr(`${CLEAR_LINE}${text}\n${this.#bar}`);
  }

  /** Shows `text` as the bar, in place of the one before. */
  bar(text: string): void {
    this.#host.writeErr(`${this.#bar === '' ? '' : CLEAR_LINE}${text}`);
    this.#bar = text;
  }

  /** Leaves the bar where it is as a finished line. */
  endBar(): void {
    if (this.#bar !== '') this.#host.writeErr('\n');
    this.#bar = '';
  }
}
