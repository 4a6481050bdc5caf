/**
 * What a page must fulfil at any width: nothing beyond the edge, every text legible. Runs inside the browser (`test/support/page-checks.ts`
 * carries it there as text), so that it imports nothing.
 */

/** Returns the elements whose content is wider than they are and would have to be scrolled sideways or is cut off. */
export function overflowingElements(): string[] {
  const found: string[] = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`page: ${root.scrollWidth} > ${root.clientWidth}`);
  for (const element of document.querySelectorAll<HTMLElement>('body *')) {
    const { overflowX, position, textOverflow } = getComputedStyle(element);
    const isMeant = textOverflow === 'ellipsis' || position === 'absolute';
    // Charts draw on canvases that they place themselves; texts for screen readers are one pixel wide.
    if (
      isMeant ||
      element.clientWidth <= 1 ||
      element.closest('[role=img], table.tv-lightweight-charts') !== null
    )
      continue;
    if (overflowX === 'visible' || element.scrollWidth <= element.clientWidth + 1) continue;
    const text = (element.textContent ?? '').slice(0, 40);
    found.push(`<${element.tagName.toLowerCase()}> ${element.scrollWidth} > ${element.clientWidth}: ${text}`);
  }
  return found;
}

/** Returns the visible texts whose contrast is below WCAG AA (4.5 : 1, large ones 3 : 1). */
export function illegibleTexts(): string[] {
  interface Colour {
    readonly channels: readonly number[];
    readonly alpha: number;
  }
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  /** Lets the browser itself turn any notation into channels. */
  const colourOf = (css: string): Colour => {
    if (canvas === null) throw new Error('a canvas has a context');
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return { channels: [red, green, blue], alpha: alpha / 255 };
  };
  const over = (top: Colour, ground: readonly number[]): number[] =>
    top.channels.map((value, i) => value * top.alpha + (ground[i] ?? 0) * (1 - top.alpha));
  const groundOf = (element: Element | null): number[] => {
    if (element === null) return [0, 0, 0];
    const own = colourOf(getComputedStyle(element).backgroundColor);
    return own.alpha >= 0.99 ? [...own.channels] : over(own, groundOf(element.parentElement));
  };
  const luminance = (channels: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = channels.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = new Set<string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = (node.textContent ?? '').trim();
    if (element === null || text === '' || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    const isSvg = element.namespaceURI?.endsWith('svg') === true;
    const ink = luminance(over(colourOf(isSvg ? style.fill : style.color), ground));
    const paper = luminance(ground);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (contrast < (isLarge ? 3 : 4.5)) found.add(`${contrast.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  return [...found];
}
