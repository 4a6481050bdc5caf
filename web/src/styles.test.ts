import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const CSS = readFileSync(join(import.meta.dirname, 'styles.css'), 'utf8');
const COLOURS = new Map(
  [...CSS.matchAll(/--color-([a-z]+): (#[0-9a-f]{6});/g)].map(([, name = '', hex = '']) => [name, hex]),
);

/** Relative luminance by WCAG 2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(first: string, second: string): number {
  const [a, b] = [first, second].map((name) =>
    luminance(COLOURS.get(name) ?? assert.fail(`no colour ${name}`)),
  );
  const [high, low] = (a ?? 0) > (b ?? 0) ? [a ?? 0, b ?? 0] : [b ?? 0, a ?? 0];
  return (high + 0.05) / (low + 0.05);
}

test('the gradient has the colours of the design, on black', () => {
  assert.deepEqual(
    [COLOURS.get('page'), COLOURS.get('deep'), COLOURS.get('blood')],
    ['#000000', '#5c0000', '#8b0000'],
  );
});

test('every colour of text reaches WCAG AA on everything that it stands on', () => {
  for (const text of ['text', 'muted', 'faint', 'up', 'down', 'warn', 'info', 'accent']) {
    for (const ground of ['page', 'panel', 'raised']) {
      assert.ok(contrast(text, ground) >= 4.5, `${text} on ${ground}: ${contrast(text, ground).toFixed(2)}`);
    }
  }
  for (const ground of ['deep', 'blood']) {
    assert.ok(contrast('text', ground) >= 4.5, `text on ${ground}: ${contrast('text', ground).toFixed(2)}`);
  }
});

test('marks that are no text reach 3 : 1', () => {
  for (const mark of ['accent', 'warn', 'up', 'down', 'info']) {
    assert.ok(contrast(mark, 'panel') >= 3 && contrast(mark, 'line') >= 3, mark);
  }
});

test('nothing is loaded from elsewhere and motion can be turned off', () => {
  assert.doesNotMatch(CSS, /url\(|https?:|@font-face/);
  assert.match(CSS, /prefers-reduced-motion: reduce/);
});
