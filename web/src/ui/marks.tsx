/** Small marks: badges, signed figures, bars, choices. Nothing is told by colour alone. */
import type { ReactNode } from 'react';
import { signed } from '../format/numbers.ts';

export type Tone = 'plain' | 'up' | 'down' | 'warn' | 'info' | 'brand';

const TONES: Readonly<Record<Tone, string>> = {
  plain: 'border-edge text-muted',
  up: 'border-up/50 text-up',
  down: 'border-down/50 text-down',
  warn: 'border-warn/60 text-warn',
  info: 'border-info/50 text-info',
  brand: 'brand-gradient border-transparent text-text',
};

/** A word in a frame. */
export function Badge({ children, tone = 'plain' }: { readonly children: ReactNode; readonly tone?: Tone }) {
  return (
    <span
      className={`inline-flex items-center gap-1 whitespace-nowrap rounded border px-1.5 text-2xs font-semibold uppercase tracking-wide ${TONES[tone]}`}
    >
      {children}
    </span>
  );
}

/** The tone of a direction, of a side or of an amount. */
export function toneOf(value: string | number | null): Tone {
  if (typeof value === 'number') return value > 0 ? 'up' : value < 0 ? 'down' : 'plain';
  if (value === 'long' || value === 'LONG' || value === 'BUY') return 'up';
  return value === 'short' || value === 'SHORT' || value === 'SELL' ? 'down' : 'plain';
}

const TEXT_TONES: Readonly<Record<Tone, string>> = {
  plain: 'text-text',
  up: 'text-up',
  down: 'text-down',
  warn: 'text-warn',
  info: 'text-info',
  brand: 'text-text',
};

/** Returns the class of text in a tone. */
export function textTone(tone: Tone): string {
  return TEXT_TONES[tone];
}

/** An amount with sign and colour. */
export function Signed({ decimals, value }: { readonly value: number | null; readonly decimals: number }) {
  return <span className={textTone(toneOf(value))}>{signed(value, decimals)}</span>;
}

interface BarProps {
  /** In [0, 1]; more is shown as full. */
  readonly share: number;
  readonly label: string;
  readonly tone?: 'brand' | 'warn' | 'down';
}

const BAR_TONES = { brand: 'brand-gradient', warn: 'bg-warn', down: 'bg-down' } as const;

/** A filled bar; its end is marked brightly, so that it can be read on black. */
export function Bar({ label, share, tone = 'brand' }: BarProps) {
  const width = Math.min(1, Math.max(0, share)) * 100;
  return (
    <div role="img" aria-label={label} className="h-1.5 w-full overflow-hidden rounded-full bg-line">
      {width > 0 && (
        <div
          className={`h-full border-r-2 border-accent ${BAR_TONES[tone]}`}
          style={{ width: `${width}%` }}
        />
      )}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: T; readonly text: ReactNode }[];
  readonly value: T;
  onChange(value: T): void;
}

/** A row of buttons of which one is chosen. */
export function Choice<T extends string>({ label, onChange, options, value }: ChoiceProps<T>) {
  return (
    <fieldset className="flex flex-wrap gap-1 border-0 p-0">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={`rounded-md border px-2 py-1 text-xs ${
            option.value === value
              ? 'brand-gradient border-transparent font-semibold text-text'
              : 'border-line text-muted hover:border-edge hover:text-text'
          }`}
        >
          {option.text}
        </button>
      ))}
    </fieldset>
  );
}

/** A list that scrolls inside its panel and can be scrolled by keyboard. */
export function ScrollArea({
  children,
  className = 'max-h-96',
  label,
}: {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard (WCAG 2.1.1)
      tabIndex={0}
      className={`scroll-area ${className}`}
    >
      {children}
    </section>
  );
}
