/** The reference page: a table per section, the variables of the environment, the rules of loading and reloading. */
import type { KeyDef, SectionDef } from './key.ts';
import { entryForm } from './key-paths.ts';
import { CONFIG } from './schema.ts';
import { SECRET_ALIASES, SECRET_NAMES } from './secret-names.ts';
import { inlineYaml } from './yaml-text.ts';

const INTRO = `# Configuration

<!-- Generated from src/app/config; a test fails when the two differ. -->

Xylen runs without any configuration. What you want to change goes into one YAML file: \`xylen.yaml\` in the working directory, or the one
named by \`--config FILE\`. A key that is left out has its default. [config/xylen.example.yaml](../config/xylen.example.yaml) shows
every key; [config/xylen.schema.json](../config/xylen.schema.json) lets editors complete and check the file.

\`\`\`
xylen config check     # ok, or everything that is wrong: line, key, value, what is allowed
xylen config show      # every key with the value in force and where it comes from
xylen config schema    # the JSON Schema
xylen config reload    # lets the program that runs in the data directory read its file again
\`\`\`

- Durations carry their unit: \`250ms\`, \`60s\`, \`5m\`, \`1h\`, \`30d\`. Ratios are fractions: \`0.25\` is 25 %. Fees are basis points:
  \`5\` is 0.05 %. Money is a number or, beyond 15 digits, text in quotes; it is kept exactly.
- An unknown key, a key given twice, a value out of range or of the wrong kind is an error, and all errors are shown at once. So is a
  file that exists and is empty: it is more often a failed write than a wish. \`{}\` means "all defaults".
- A file has at most 1 MiB, is UTF-8 and one YAML document.
- A server that other machines can reach (\`monitoring.host\`) demands \`XYLEN_API_TOKEN\`.

## Reload

\`SIGHUP\` (or \`xylen config reload\`) makes a running program read its file again. Changes of keys marked "yes" below apply between two
decision cycles, all of them or none, and are logged old -> new. A key marked "no" keeps its value and is named as needing a restart. A file
that is not valid changes nothing. A limit marked with an arrow may only be tightened (down or up, as the arrow says) in a running program;
a looser value is refused together with everything else in the file (exit code 3), so that losing control of a file never loosens a limit.

## Environment

The environment, then \`.env\` in the working directory (\`NAME=value\` lines), hold what must not stand in the file. A key of the file that looks
like a secret is refused, and its value is never printed.
`;

/** Returns `docs/configuration.md`. */
export function referencePageText(): string {
  const parts = [INTRO, variablesText(), ...sectionTexts(CONFIG, '')];
  return `${parts.join('\n')}`;
}

function variablesText(): string {
  const aliases = Object.entries(SECRET_ALIASES).map(([alias, name]) => `\`${alias}\` (now \`${name}\`)`);
  const rows = overrides(CONFIG, '').map(({ variable, name, isLimit }) => {
    const rule = isLimit ? 'may only tighten it' : 'replaces it';
    return `| \`${variable}\` | \`${name}\` | ${rule} |`;
  });
  return [
    '| variable | key | effect |\n|---|---|---|',
    ...rows,
    '',
    `Secrets and addresses: ${SECRET_NAMES.map((name) => `\`${name}\``).join(', ')}.`,
    `Older names that are still read: ${aliases.join(', ')}.`,
    '`XYLEN_LOG_FORMAT=json` writes the log as JSON, as `--log-format json` does.',
    '',
  ].join('\n');
}

interface Override {
  readonly variable: string;
  readonly name: string;
  readonly isLimit: boolean;
}

function overrides(section: SectionDef<string, unknown>, prefix: string): Override[] {
  return Object.entries(section.fields).flatMap(([field, def]) => {
    if (def.kind === 'section') return overrides(def, `${prefix}${field}.`);
    if (def.env === undefined) return [];
    return [{ variable: def.env, name: `${prefix}${field}`, isLimit: def.tighter !== undefined }];
  });
}

/** One heading and table for each section that has keys of its own. */
function sectionTexts(section: SectionDef<string, unknown>, prefix: string): string[] {
  const form = entryForm(section);
  if (form !== undefined) return [entriesText(section, form, prefix)];
  const entries = Object.entries(section.fields);
  const rows = entries.flatMap(([name, def]) => (def.kind === 'key' ? [row(`${prefix}${name}`, def)] : []));
  const own = rows.length === 0 ? [] : [`${heading(section, prefix)}${HEAD}\n${rows.join('\n')}\n`];
  const records = entries.flatMap(([name, def]) =>
    def.kind === 'key' && def.item !== undefined ? sectionTexts(def.item, `${prefix}${name}[].`) : [],
  );
  const below = entries.flatMap(([name, def]) =>
    def.kind === 'section' ? sectionTexts(def, `${prefix}${name}.`) : [],
  );
  return [...own, ...records, ...below];
}

/** A by-venue section: its keys once, then the defaults of each venue. */
function entriesText(
  section: SectionDef<string, unknown>,
  form: SectionDef<string, unknown>,
  prefix: string,
): string {
  const keys = Object.entries(form.fields);
  const rows = keys.flatMap(([name, def]) =>
    def.kind === 'key' ? [row(`${prefix}VENUE.${name}`, def, 'by venue')] : [],
  );
  const names = keys.map(([name]) => name);
  const defaults = Object.entries(section.fields).map(([venue, def]) => {
    const values = def.kind === 'section' ? Object.values(def.fields) : [];
    const cells = values.map((value) =>
      value.kind === 'key' ? `\`${inlineYaml(value.default ?? null)}\`` : '',
    );
    return `| \`${venue}\` | ${cells.join(' | ')} |`;
  });
  const table = [`| VENUE | ${names.join(' | ')} |`, `|---|${names.map(() => '---|').join('')}`, ...defaults];
  return `${heading(section, prefix)}${HEAD}\n${rows.join('\n')}\n\n${table.join('\n')}\n`;
}

function heading(section: SectionDef<string, unknown>, prefix: string): string {
  return `## ${prefix === '' ? 'Top level' : `\`${prefix.slice(0, -1)}\``}\n\n${section.doc}.\n\n`;
}

const HEAD = '| key | default | allowed | unit | reload | meaning |\n|---|---|---|---|---|---|';

function row(name: string, def: KeyDef<string, unknown>, fallback?: string): string {
  const value = def.default === undefined ? 'must be given' : `\`${inlineYaml(def.default)}\``;
  const arrow = def.tighter === undefined ? '' : def.tighter === 'lower' ? ' ↓' : ' ↑';
  const reload = def.reloadable ? `yes${arrow}` : 'no';
  const cells = [`\`${name}\``, fallback ?? value, def.type.allowed, def.type.unit, reload, def.doc];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
