/** Line charts as inline SVG: no script, no font, no request, so that the report stays one file that opens anywhere. */

/** One line of a chart. */
export interface Series {
  readonly name: string;
  readonly color: string;
  /** Same length as the times; `null` leaves a gap. */
  readonly values: readonly (number | null)[];
  /** Fills the area to zero. */
  readonly isArea?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly formatValue: (value: number) => string;
  readonly formatTime: (tsUs: number) => string;
}

const PAD = { left: 64, right: 12, top: 10, bottom: 24 };
const TICK_COUNT = 4;

/** Draws the series over the times as an SVG element. */
export function lineChart(
  timesUs: readonly number[],
  series: readonly Series[],
  options: ChartOptions,
): string {
  const finite = series.flatMap(({ values }) => values.filter((value): value is number => value !== null));
  if (timesUs.length < 2 || finite.length === 0) return '<p class="empty">Not enough data for a chart.</p>';
  const [low, high] = paddedRange(...minMax(finite));
  const first = timesUs[0]!;
  const span = Math.max(1, timesUs[timesUs.length - 1]! - first);
  const innerWidth = options.width - PAD.left - PAD.right;
  const innerHeight = options.height - PAD.top - PAD.bottom;
  const x = (tsUs: number): number => PAD.left + ((tsUs - first) / span) * innerWidth;
  const y = (value: number): number => PAD.top + (1 - (value - low) / (high - low)) * innerHeight;
  const grid = ticks(low, high).map((value) => gridLine(value, y(value), options));
  const labels = [0, 0.5, 1].map((part) =>
    timeLabel(first + part * span, x(first + part * span), part, options),
  );
  const lines = series.map((one) => linePath(timesUs, one, x, y, y(Math.min(Math.max(0, low), high))));
  const legend = series.map((one) => `${one.name}`).join(', ');
  return (
    `<svg viewBox="0 0 ${options.width} ${options.height}" role="img" aria-label="${options.title}: ${legend}">` +
    `${grid.join('')}${labels.join('')}${lines.join('')}</svg>${legendHtml(series)}`
  );
}

/** Smallest and largest of many numbers without spreading them over the stack. */
function minMax(values: readonly number[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function paddedRange(low: number, high: number): readonly [number, number] {
  const pad = high > low ? (high - low) * 0.05 : Math.max(1e-9, Math.abs(high) * 0.05);
  return [low - pad, high + pad];
}

function ticks(low: number, high: number): readonly number[] {
  const raw = (high - low) / TICK_COUNT;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw) ?? raw;
  const values: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) values.push(value);
  return values;
}

function gridLine(value: number, atY: number, { width, formatValue }: ChartOptions): string {
  const line = `<line class="grid" x1="${PAD.left}" x2="${width - PAD.right}" y1="${atY.toFixed(1)}" y2="${atY.toFixed(1)}"/>`;
  return `${line}<text class="tick" x="${PAD.left - 6}" y="${(atY + 4).toFixed(1)}" text-anchor="end">${formatValue(value)}</text>`;
}

function timeLabel(tsUs: number, atX: number, part: number, { height, formatTime }: ChartOptions): string {
  const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle';
  return `<text class="tick" x="${atX.toFixed(1)}" y="${height - 6}" text-anchor="${anchor}">${formatTime(tsUs)}</text>`;
}

function linePath(
  timesUs: readonly number[],
  { values, color, isArea }: Series,
  x: (tsUs: number) => number,
  y: (value: number) => number,
  zeroY: number,
): string {
  let path = '';
  let isDown = false;
  let firstX = 0;
  let lastX = 0;
  for (let i = 0; i < timesUs.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) {
      isDown = false;
      continue;
    }
    lastX = x(timesUs[i]!);
    if (path === '') firstX = lastX;
    path += `${isDown ? 'L' : 'M'}${lastX.toFixed(1)},${y(value).toFixed(1)}`;
    isDown = true;
  }
  if (path === '') return '';
  const area =
    isArea === true
      ? `<path d="${path}L${lastX.toFixed(1)},${zeroY.toFixed(1)}L${firstX.toFixed(1)},${zeroY.toFixed(1)}Z" fill="${color}" fill-opacity="0.35"/>`
      : '';
  return `${area}<path d="${path}" fill="none" stroke="${color}" stroke-width="1.5"/>`;
}

function legendHtml(series: readonly Series[]): string {
  const items = series.map(({ name, color }) => `<span><i style="background:${color}"></i>${name}</span>`);
  return `<p class="legend">${items.join('')}</p>`;
}
