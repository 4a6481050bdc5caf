/** JSON text written anew without a number being read: scalars keep their characters, white space, order and members change as asked. */
import { assert } from '#core';

/** A value of JSON text. */
export type JsonNode =
  | { readonly kind: 'object'; readonly members: readonly (readonly [key: string, value: JsonNode])[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'scalar'; readonly raw: string };

const STRING = /\s*"(?:[^"\\]|\\.)*"/y;
const SCALAR = /\s*[^\s,:[\]{}"]+/y;
const MARK = /\s*[,:[\]{}]/y;

/** Parses valid JSON text; strings and keys keep their quotes and escapes. */
export function parseJson(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value();
  assert(reader.isEnd, 'JSON text ends behind its value');
  return node;
}

/** Writes a value; `isReversed`: members in the opposite order; `space`: put wherever white space may stand. */
export function renderJson(node: JsonNode, { isReversed = false, space = '' } = {}): string {
  const render = (value: JsonNode): string => {
    if (value.kind === 'scalar') return value.raw;
    const parts =
      value.kind === 'array'
        ? value.items.map(render)
        : value.members.map(([key, member]) => `${key}${space}:${space}${render(member)}`);
    const ordered = isReversed && value.kind === 'object' ? parts.reverse() : parts;
    const [open, close] = value.kind === 'array' ? ['[', ']'] : ['{', '}'];
    return `${open}${space}${ordered.join(`${space},${space}`)}${space}${close}`;
  };
  return `${space}${render(node)}${space}`;
}

/** Returns the value with every object changed, inner ones first. */
export function mapObjects(
  node: JsonNode,
  change: (members: readonly (readonly [string, JsonNode])[]) => readonly (readonly [string, JsonNode])[],
): JsonNode {
  if (node.kind === 'scalar') return node;
  if (node.kind === 'array')
    return { kind: 'array', items: node.items.map((item) => mapObjects(item, change)) };
  const members = node.members.map(([key, value]) => [key, mapObjects(value, change)] as const);
  return { kind: 'object', members: change(members) };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isEnd(): boolean {
    return this.#text.slice(this.#at).trim() === '';
  }

  value(): JsonNode {
    const mark = this.#peek(MARK);
    if (mark === '{') return this.#object();
    if (mark === '[') return this.#array();
    const raw = this.#take(STRING) ?? this.#take(SCALAR);
    assert(raw !== undefined, `a value stands at ${this.#at}`);
    return { kind: 'scalar', raw };
  }

  #object(): JsonNode {
    const members: (readonly [string, JsonNode])[] = [];
    this.#take(MARK);
    while (this.#peek(MARK) !== '}') {
      const key = this.#take(STRING);
      assert(key !== undefined && this.#take(MARK) === ':', `a member stands at ${this.#at}`);
      members.push([key, this.value()]);
      if (this.#peek(MARK) === ',') this.#take(MARK);
    }
    this.#take(MARK);
    return { kind: 'object', members };
  }

  #array(): JsonNode {
    const items: JsonNode[] = [];
    this.#take(MARK);
    while (this.#peek(MARK) !== ']') {
      items.push(this.value());
      if (this.#peek(MARK) === ',') this.#take(MARK);
    }
    this.#take(MARK);
    return { kind: 'array', items };
  }

  #peek(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0].trim();
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found?.trim();
  }
}
