/** Reads the lists that come as JSON inside of one parameter: orders of a batch, ids to cancel. */

const ITEMS_MAX = 100;

/** Returns the parameters of each order of a batch; `null` when the text is no list of flat objects. */
export function readBatch(text: string): ReadonlyMap<string, string>[] | null {
  const list = parsed(text);
  if (!Array.isArray(list) || list.length > ITEMS_MAX) return null;
  const items: Map<string, string>[] = [];
  for (const item of list as readonly unknown[]) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return null;
    const params = new Map<string, string>();
    for (const [name, value] of Object.entries(item)) {
      const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
      if (!isPlain) return null;
      params.set(name, String(value));
    }
    items.push(params);
  }
  return items;
}

/** Returns a list of ids as texts; `null` when the text is no list of numbers or texts. */
export function readIdList(text: string): string[] | null {
  const list = parsed(text);
  if (!Array.isArray(list) || list.length > ITEMS_MAX) return null;
  const items = list as readonly unknown[];
  if (!items.every((item) => typeof item === 'string' || Number.isSafeInteger(item))) return null;
  return items.map(String);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no list; the caller says so in the venue's words.
    return null;
  }
}
