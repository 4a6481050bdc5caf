/**
 * A JSON document as values whose numbers are still text: the digits on the wire say how precise a market is, and `JSON.parse` loses them. For
 * looking a capture through; the feeds read with cursors of their own. Pure.
 */
import { FrameFault, type JsonCursor } from '#venues/market';

/** A value: texts and numbers as text, `null`, true and false as `undefined`. */
export type JsonTree = string | readonly JsonTree[] | ReadonlyMap<string, JsonTree> | undefined;

/** Nesting of documents; frames of venues have some six levels. */
const DEPTH_MAX = 64;

/** Reads the document that `cursor` was loaded with. @throws FrameFault when it is none, or is nested deeper than 64 levels. */
export function readTree(cursor: JsonCursor): JsonTree {
  const tree = readValue(cursor, 0);
  cursor.finish();
  return tree;
}

/** Returns a member of an object; `undefined` when there is none or the value is no object. */
export function memberOf(tree: JsonTree, key: string): JsonTree {
  return tree instanceof Map ? tree.get(key) : undefined;
}

/** Returns a member that is a text or a number, as text. */
export function textOf(tree: JsonTree, key: string): string | undefined {
  const value = memberOf(tree, key);
  return typeof value === 'string' ? value : undefined;
}

/** Returns the items of a list; none when the value is no list. */
export function itemsOf(tree: JsonTree): readonly JsonTree[] {
  return Array.isArray(tree) ? (tree as readonly JsonTree[]) : [];
}

function readValue(cursor: JsonCursor, depth: number): JsonTree {
  if (depth > DEPTH_MAX) throw new FrameFault(`expected at most ${DEPTH_MAX} levels of nesting`, cursor.at);
  if (cursor.isObject) {
    const members = new Map<string, JsonTree>();
    cursor.beginObject();
    while (cursor.nextKey()) {
      const key = cursor.text();
      members.set(key, readValue(cursor, depth + 1));
    }
    return members;
  }
  if (cursor.isArray) {
    const items: JsonTree[] = [];
    cursor.beginArray();
    while (cursor.nextItem()) items.push(readValue(cursor, depth + 1));
    return items;
  }
  if (cursor.isString) return cursor.stringText();
  const first = String.fromCharCode(cursor.peek());
  if (first === 't' || first === 'f' || first === 'n') {
    cursor.skip();
    return undefined;
  }
  return cursor.scalarText();
}
