/** Numbers as people read them: English grouping, fixed decimals, a real minus sign, a dash for what is not known. */

/** Stands where there is no number. */
export const NOTHING = '–';
const MINUS = '\u2212';
/** Between a number and its unit: the two never part at the end of a line. */
export const GAP = '\u00a0';

const formats = new Map<number, Intl.NumberFormat>();

/** Returns a number with so many decimals: `1,234.50`. */
export function fixed(value: number | null, decimals: number): string {
  if (value === null || !Number.isFinite(value)) return NOTHING;
  let format = formats.get(decimals);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(decimals, format);
  }
  // Rounded first, so that -0.001 does not become -0.00.
  const text = format.format(Math.abs(value));
  const isZero = !/[1-9]/.test(text);
  return value < 0 && !isZero ? `${MINUS}${text}` : text;
}

/** Returns a number with its sign, also when it is above 0: `+12.30`. */
export function signed(value: number | null, decimals: number): string {
  const text = fixed(value, decimals);
  return value !== null && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** Returns a fraction as percent: 0.0123 is `1.23 %`. */
export function percent(fraction: number | null, decimals = 2): string {
  return fraction === null ? NOTHING : `${fixed(fraction * 100, decimals)}${GAP}%`;
}

/** Returns a fraction as percent with its sign. */
export function signedPercent(fraction: number | null, decimals = 2): string {
  return fraction === null ? NOTHING : `${signed(fraction * 100, decimals)}${GAP}%`;
}

/** Returns a small fraction in basis points: 0.0012 is `12.0 bp`. */
export function basisPoints(fraction: number | null): string {
  return fraction === null ? NOTHING : `${signed(fraction * 10_000, 1)}${GAP}bp`;
}

/** Returns a number with as many decimals as its size needs: four significant digits, no more. */
export function compact(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size >= 1e8) return value.toExponential(2).replace('-', MINUS).replace('+', '');
  if (size >= 1_000 || Number.isInteger(value)) return fixed(value, 0);
  if (size >= 10) return fixed(value, 2);
  return size >= 0.001 || size === 0 ? fixed(value, 4) : value.toExponential(2).replaceAll('-', MINUS);
}
