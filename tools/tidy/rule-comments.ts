/** Rules `unfinished` and `suppression`: no work left for later in a comment, no checker silenced without a reason. */
import type { Finding } from './finding.ts';
import { REASON_CHARS_MIN } from './rule-sizes.ts';
import type { Comment, Source } from './source.ts';

/** Comments that silence a checker; what follows the match is the reason. */
const SUPPRESSIONS: readonly (readonly [string, RegExp])[] = [
  ['@ts-expect-error', /@ts-expect-error\b[:\s]*/],
  ['biome-ignore', /biome-ignore(?:-\w+)?\s+[\w/]+(?:\([^)]*\))?\s*:?\s*/],
  [
    'coverage',
    /(?:c8|v8|istanbul) ignore(?: \w+)*[:\s-]*|node:coverage (?:disable|ignore next)(?: \d+)?[:\s-]*/,
  ],
];

/** Reports unfinished work and unexplained suppressions in the comments of a file. */
export function checkComments(source: Source): readonly Finding[] {
  return source.comments.flatMap((comment) => {
    const message = unfinishedMark(comment) ?? suppression(comment);
    return message === undefined
      ? []
      : [{ path: source.path, line: comment.startLine, rule: message[0], message: message[1] }];
  });
}

function unfinishedMark(comment: Comment): readonly [string, string] | undefined {
  const mark = /\b(?:TODO|FIXME|XXX|HACK)\b/.exec(comment.text)?.[0];
  if (mark === undefined) return undefined;
  return [
    'unfinished',
    `'${mark}': finish it now, or open an issue and say in words what the code does not do`,
  ];
}

function suppression(comment: Comment): readonly [string, string] | undefined {
  if (/@ts-(?:ignore|nocheck)\b/.test(comment.text)) {
    return ['suppression', "use '@ts-expect-error REASON': it fails when it is no longer needed"];
  }
  for (const [name, pattern] of SUPPRESSIONS) {
    const match = pattern.exec(comment.text);
    if (match === null) continue;
    const reason = comment.text
      .slice(match.index + match[0].length)
      .replace(/\*\/\s*}?\s*$/, '')
      .trim();
    if (reason.length >= REASON_CHARS_MIN && !reason.startsWith('<')) continue;
    return ['suppression', `write the reason after '${name}', or fix what it hides`];
  }
  return undefined;
}
