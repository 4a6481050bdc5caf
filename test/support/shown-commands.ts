/** The commands that documents show. */

/** One command of a fenced `sh` block, cut into words. */
export interface ShownCommand {
  readonly place: string;
  readonly words: readonly string[];
}

/** Returns the commands of the `sh` blocks: lines joined at `\`, split at `&&`, `;` and `|`, comments and settings taken off. */
export function commandsOf(path: string, text: string): readonly ShownCommand[] {
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap((block) =>
    (block[1] ?? '')
      .replace(/\\\n\s*/g, ' ')
      .split(/\n|&&|;|\|/)
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .map((line) => line.split(/\s+/).filter((word) => word !== '$'))
      .map((words) => words.slice(words.findIndex((word) => !/^[A-Z_]+=/.test(word))))
      .filter((words) => /^(npm|(\.\/)?bin\/xylen)$/.test(words[0] ?? ''))
      .map((words) => ({ place: `${path}: ${words.join(' ')}`, words })),
  );
}
