/** The configuration in force as YAML, each key with the place it comes from; what `xylen config show` prints. */
import type { EffectiveKey } from './load.ts';
import { yamlAfterKey } from './yaml-text.ts';

const COMMENT_COLUMN = 48;

/** Returns YAML that, used as a file, gives the same configuration. */
export function effectiveYaml(keys: readonly EffectiveKey[]): string {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const key of keys) {
    const sections = key.path.slice(0, -1);
    let same = 0;
    while (same < sections.length && sections[same] === open[same]) same++;
    for (let depth = same; depth < sections.length; depth++)
      lines.push(`${'  '.repeat(depth)}${sections[depth]}:`);
    open = sections;
    lines.push(keyText(key, '  '.repeat(sections.length)));
  }
  return `${lines.join('\n')}\n`;
}

function keyText(key: EffectiveKey, indent: string): string {
  const [first = '', ...rest] = `${indent}${key.path.at(-1)}:${yamlAfterKey(key.value, indent)}`.split('\n');
  const origin = key.source === 'environment' ? `environment ${key.where}` : key.where;
  return [`${first.padEnd(COMMENT_COLUMN)} # ${origin === '' ? 'default' : origin}`, ...rest].join('\n');
}
