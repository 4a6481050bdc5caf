/** Which names mean secrets: the environment variables that hold them, and the keys that must never stand in a file. */

/** Every environment variable that the secrets of the program come from. */
export const SECRET_NAMES = [
  'BINANCE_API_KEY',
  'BINANCE_API_SECRET',
  'BINANCE_TESTNET_API_KEY',
  'BINANCE_TESTNET_API_SECRET',
  'COINBASE_API_KEY',
  'COINBASE_API_SECRET',
  'KRAKEN_API_KEY',
  'KRAKEN_API_SECRET',
  'KRAKEN_FUTURES_API_KEY',
  'KRAKEN_FUTURES_API_SECRET',
  'KRAKEN_FUTURES_DEMO_API_KEY',
  'KRAKEN_FUTURES_DEMO_API_SECRET',
  'KUCOIN_API_KEY',
  'KUCOIN_API_SECRET',
  'KUCOIN_API_PASSPHRASE',
  'TIMESCALE_HOST',
  'TIMESCALE_PORT',
  'TIMESCALE_DB',
  'TIMESCALE_USER',
  'TIMESCALE_PASSWORD',
  'KAFKA_BROKERS',
  'NEWSAPI_KEY',
  'OLLAMA_HOST',
  'XYLEN_API_TOKEN',
] as const;

/** An environment variable of `SECRET_NAMES`. */
export type SecretName = (typeof SECRET_NAMES)[number];

/** Older spellings that are still read. */
export const SECRET_ALIASES: Readonly<Record<string, SecretName>> = {
  BINANCE_SECRET: 'BINANCE_API_SECRET',
  COINBASE_SECRET: 'COINBASE_API_SECRET',
  KRAKEN_SECRET: 'KRAKEN_API_SECRET',
};

const SECRET_WORDS = /api_?key|secret|token|passw|passphrase|private_?key|credential/;

/** Returns true when a key's name says that its value is a secret. */
export function looksSecret(name: string): boolean {
  return SECRET_WORDS.test(wordsOf(name).join('_'));
}

/** Returns the environment variable that a secret found under `path` belongs into. */
export function secretNameFor(path: readonly string[]): SecretName {
  const text = path
    .flatMap(wordsOf)
    .join('_')
    .replace(/private_?key/, 'api_secret');
  const said = new Set(text.split('_').flatMap((word) => SYNONYMS[word] ?? [word]));
  let best: SecretName = 'BINANCE_API_KEY';
  let bestScore = 0;
  for (const name of SECRET_NAMES) {
    const words = name.toLowerCase().split('_');
    const score = words.filter((word) => said.has(word)).length - words.length / 10;
    if (score > bestScore) {
      best = name;
      bestScore = score;
    }
  }
  return best;
}

const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  apikey: ['api', 'key'],
  passwd: ['password'],
  credentials: ['api', 'key'],
  newsapi: ['newsapi', 'key'],
  postgres: ['timescale'],
};

/** Splits `apiKey`, `api-key` and `API_KEY` into `api`, `key`. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}
