/** A JSON log line as one line of text: `2025-01-01T00:00:00.000Z INFO  order_sent symbol=BTCUSDT qty_lots=3`. */

/** Turns a line of pino into text; control characters are escaped, so that a line stays one line. */
export function lineText(json: string): string {
  const { level, time, event, ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const head = `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${oneLine(String(event))}`;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  return [head, ...rest].join(' ');
}

/** Quotes a text only where the eye could not tell where it ends. */
function valueText(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return /^[^\s"=]+$/.test(value) ? oneLine(value) : oneLine(JSON.stringify(value));
}

function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
