/** Holds texts of metrics against the exposition format of Prometheus. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** One sample line: name, labels, value. */
const SAMPLE =
  /^([a-z0-9_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?\d[\d.e+-]*|[+-]Inf|NaN|Nan)$/;

/** A small reader of Prometheus' text format: every sample has help and type before it, counters end in `_total`, histograms are whole. */
export function checkExposition(text: string): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const buckets = new Map<string, number[]>();
  assert.ok(text.endsWith('\n'));
  for (const line of text.split('\n').filter((part) => part !== '')) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (help !== null) helps.add(help[1] ?? '');
    else if (type !== null) types.set(type[1] ?? '', type[2] ?? '');
    else {
      const [, name = '', labels = ''] = SAMPLE.exec(line) ?? assert.fail(`no sample: ${line}`);
      const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
      assert.ok(types.has(family) && helps.has(family), `${name} has help and type`);
      if (name.endsWith('_bucket')) {
        const bound = Number(/le="([^"]+)"/.exec(labels)?.[1]?.replace('+Inf', 'Infinity'));
        buckets.set(family, [...(buckets.get(family) ?? []), bound]);
      }
    }
  }
  for (const [name, type] of types) {
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`);
    assert.match(name, /^xylen_[a-z0-9_]+$/);
  }
  for (const [name, bounds] of buckets) {
    assert.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b),
      `buckets of ${name} rise`,
    );
    assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY, name);
  }
  return types;
}

/** Reason to pass over a test that calls promtool; false where it is there. */
export const WITHOUT_PROMTOOL =
  spawnSync('promtool', ['--version']).status === 0 ? false : 'promtool is not installed';

/** Asks promtool, which must have nothing to say. */
export function assertPromtool(text: string): void {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text });
  assert.equal(status, 0, `${stdout}${stderr}`);
}
