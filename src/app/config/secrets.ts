/** The secrets of the program: taken from the environment once, handed out by name, never printed. */
import { inspect } from 'node:util';
import type { Environment } from './dot-env.ts';
import { ConfigError, type Problem } from './problems.ts';
import { SECRET_ALIASES, SECRET_NAMES, type SecretName } from './secret-names.ts';

const REDACTED = '[redacted]';

/** Holds secret values; whatever prints it prints `[redacted]`. */
export class Secrets {
  readonly #values: ReadonlyMap<SecretName, string>;

  constructor(values: ReadonlyMap<SecretName, string>) {
    this.#values = new Map(values);
  }

  /** Takes the secrets out of an environment, older names included. @throws ConfigError when both names hold different values. */
  static fromEnvironment(environment: Environment): Secrets {
    const values = new Map<SecretName, string>();
    const problems: Problem[] = [];
    for (const name of SECRET_NAMES) {
      const value = environment[name];
      if (value !== undefined && value !== '') values.set(name, value);
    }
    for (const [alias, name] of Object.entries(SECRET_ALIASES)) {
      const value = environment[alias];
      if (value === undefined || value === '') continue;
      const known = values.get(name);
      if (known === undefined) values.set(name, value);
      else if (known !== value) {
        const message = `is also set as ${name} with another value; unset one of them`;
        problems.push({ place: 'environment', line: null, column: null, key: alias, message });
      }
    }
    if (problems.length > 0) throw new ConfigError(problems);
    return new Secrets(values);
  }

  /** Returns the secret, or `undefined` when it is not set. */
  get(name: SecretName): string | undefined {
    return this.#values.get(name);
  }

  /** True when the secret is set. */
  has(name: SecretName): boolean {
    return this.#values.has(name);
  }

  /** The names that are set, in the order of `SECRET_NAMES`. */
  get names(): readonly SecretName[] {
    return SECRET_NAMES.filter((name) => this.#values.has(name));
  }

  /** Returns `text` with every secret value in it replaced; for whatever is shown or logged. */
  redact(text: string): string {
    let clean = text;
    for (const [name, value] of this.#values) {
      if (value.length >= REDACTABLE_CHARS_MIN && !PUBLIC_NAMES.test(name))
        clean = clean.replaceAll(value, REDACTED);
    }
    return clean;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Shorter values would also match ordinary text. */
const REDACTABLE_CHARS_MIN = 6;
/** Addresses are kept out of files but are no secrets in a log. */
const PUBLIC_NAMES = /_(HOST|PORT|DB|USER|BROKERS)$/;
