/** Writes configuration values as YAML, the way people write them: short lists in one line, records below each other. */
import type { ConfigValue } from './key.ts';

/** Returns the text after `key:`: one line with a leading space, or indented lines for a list of records. */
export function yamlAfterKey(value: ConfigValue, indent: string): string {
  if (!Array.isArray(value) || value.length === 0 || value.every((item) => !isRecord(item)))
    return ` ${inlineYaml(value)}`;
  return value.map((item: ConfigValue) => `\n${indent}  - ${inlineYaml(item)}`).join('');
}

/** Returns a value in one line. */
export function inlineYaml(value: ConfigValue): string {
  if (Array.isArray(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  if (isRecord(value)) {
    const pairs = Object.entries(value).map(([name, inner]) => `${name}: ${inlineYaml(inner)}`);
    return `{${pairs.join(', ')}}`;
  }
  return typeof value === 'string' && isPlain(value) ? value : JSON.stringify(value);
}

function isRecord(value: ConfigValue): value is { readonly [key: string]: ConfigValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text that YAML reads back as the same text without quotes. */
function isPlain(text: string): boolean {
  return (
    /^[A-Za-z_][A-Za-z0-9_./-]*$|^\d+(us|ms|s|m|h|d|w)$|^\d+\.\d+\.\d+\.\d+$/.test(text) &&
    !/^(true|false|null|nan|inf)$/i.test(text)
  );
}
