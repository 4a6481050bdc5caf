/** Keeps secrets out of log lines: by the name of the field, and by the known values wherever they stand. */
import type { LogFields } from '#telemetry';

const SECRET_FIELD =
  /secret|token|passw|passphrase|api_?key|private_?key|credential|authorization|signature/i;
const REDACTED = '[redacted]';
/** Fields that pino writes itself; a caller's field of that name gets an underscore instead of a second key. */
const RESERVED = new Set(['level', 'time', 'event']);

/** Returns the fields as plain JSON values without secrets; undefined ones are dropped, bigints become text. */
export function withoutSecrets(fields: LogFields, redact: (text: string) => string): LogFields {
  const clean: Record<string, string | number | boolean | null> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const key = RESERVED.has(name) ? `${name}_` : name;
    if (SECRET_FIELD.test(name)) clean[key] = REDACTED;
    else if (typeof value === 'string') clean[key] = redact(value);
    else clean[key] = typeof value === 'bigint' ? String(value) : value;
  }
  return clean;
}
