/**
 * How configuration keys are defined. A definition is one tree of sections and keys; everything else (the type of the parsed config,
 * defaults, validation, JSON Schema, example file, reference page, what a reload may change) is derived from it.
 */
import { z } from 'zod';
import { assert } from '#core';
import type { ValueType } from './value-type.ts';

/** What YAML can say. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | readonly ConfigValue[]
  | { readonly [key: string]: ConfigValue };

/** Which direction of a limit means less risk: only that one is taken over by a reload without confirmation. */
export type Tighter = 'lower' | 'higher';

/** One key: a value with its documentation. */
export interface KeyDef<As extends string, T> {
  readonly kind: 'key';
  /** The field of the parsed config, unit last. */
  readonly as: As;
  readonly schema: z.ZodType<T>;
  readonly type: ValueType<T>;
  /** As YAML writes it; `undefined` = the key must be given (only inside list items). */
  readonly default: ConfigValue | undefined;
  /** One sentence without the full stop. */
  readonly doc: string;
  /** True when SIGHUP may change it in a running program. */
  readonly reloadable: boolean;
  readonly tighter: Tighter | undefined;
  /** The environment variable that overrides it. */
  readonly env: string | undefined;
  /** The form of the items where the value is a list of records. */
  readonly item: SectionDef<string, unknown> | undefined;
}

/** A group of keys. */
export interface SectionDef<As extends string, T> {
  readonly kind: 'section';
  readonly as: As;
  readonly schema: z.ZodType<T>;
  readonly doc: string;
  readonly fields: Fields;
}

/** A node of the definition tree. */
export type Def = KeyDef<string, unknown> | SectionDef<string, unknown>;

/** YAML key -> definition. */
export type Fields = Readonly<Record<string, Def>>;

/** The parsed form of a group of keys. */
export type Parsed<F extends Fields> = { readonly [K in keyof F as F[K]['as']]: z.output<F[K]['schema']> };

/** Reports a broken rule between keys; `key` is the dotted YAML key within the section that the message is about. */
export type RuleReport = (key: string, message: string) => void;

interface KeyOptions {
  readonly default?: ConfigValue;
  readonly doc: string;
  readonly reloadable?: boolean;
  readonly tighter?: Tighter;
  readonly env?: string;
}

/** Defines a key. */
export function key<const As extends string, T>(
  as: As,
  type: ValueType<T>,
  options: KeyOptions,
): KeyDef<As, T> {
  const described = type.schema.meta({ description: describe(type, options) });
  const schema = options.default === undefined ? described : withDefault(described, options.default);
  return {
    kind: 'key',
    as,
    schema,
    type,
    default: options.default,
    doc: options.doc,
    reloadable: options.reloadable ?? false,
    tighter: options.tighter,
    env: options.env,
    item: undefined,
  };
}

/** What an editor shows: the sentence, what is allowed, whether a running program takes a change over. */
function describe(type: ValueType<unknown>, { doc, reloadable, env }: KeyOptions): string {
  const unit = type.unit === '' || type.allowed.includes(type.unit) ? '' : ` (${type.unit})`;
  const change = reloadable === true ? 'A running program takes a change over' : 'A change needs a restart';
  const override = env === undefined ? '' : ` The environment variable ${env} comes first.`;
  return `${doc}. Expected: ${type.allowed}${unit}. ${change}.${override}`;
}

/** Defines a key that holds a list of records. */
export function keyOfRecords<const As extends string, T>(
  as: As,
  item: SectionDef<string, T>,
  options: KeyOptions & { readonly max: number },
): KeyDef<As, readonly T[]> {
  const allowed = `a list of at most ${options.max} records`;
  const type: ValueType<readonly T[]> = {
    schema: z.array(item.schema).max(options.max),
    unit: '',
    allowed,
    takesText: false,
  };
  return { ...key(as, type, options), item };
}

/** Defines a group of keys. `rules` checks what holds between them and runs once each key by itself is valid. */
export function section<const As extends string, F extends Fields>(
  as: As,
  doc: string,
  fields: F,
  rules?: (values: Parsed<F>, report: RuleReport) => void,
): SectionDef<As, Parsed<F>> & { readonly fields: F } {
  const entries = Object.entries(fields);
  const shape = Object.fromEntries(entries.map(([name, def]) => [name, fieldSchema(def)]));
  const schema = z.strictObject(shape).transform((values, context) => {
    const parsed = Object.fromEntries(entries.map(([name, def]) => [def.as, values[name]])) as Parsed<F>;
    rules?.(parsed, (name, message) => {
      const path = name.split('.');
      assert(
        path[0] !== undefined && path[0] in fields,
        `a rule reports a key of its section, was '${name}'`,
      );
      context.addIssue({ code: 'custom', message, path });
    });
    return parsed;
  });
  return { kind: 'section', as, schema, doc, fields };
}

/** Defines a list item or a section whose parsed form is something else than its fields. */
export function mapped<As extends string, F extends Fields, T>(
  def: SectionDef<As, Parsed<F>> & { readonly fields: F },
  map: (values: Parsed<F>) => T,
): SectionDef<As, T> {
  return { ...def, schema: def.schema.transform(map) };
}

function fieldSchema(def: Def): z.ZodType {
  return def.kind === 'section'
    ? withDefault(def.schema, {}).meta({ description: `${def.doc}.` })
    : def.schema;
}

/** Gives a schema its default in YAML form, parsed like any other value. */
function withDefault<T>(schema: z.ZodType<T>, value: ConfigValue): z.ZodType<T> {
  return schema.prefault(value as never);
}
