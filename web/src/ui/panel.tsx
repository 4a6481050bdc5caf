/** A titled section of the page. A fault inside one panel leaves the others as they are. */
import { type ReactNode, useId } from 'react';
import { ErrorBoundary } from './error-boundary.tsx';

interface PanelProps {
  readonly title: string;
  /** What the figures are of: small, beside the title. */
  readonly note?: string | undefined;
  /** Controls at the right of the title. */
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** Shows a section with its heading. */
export function Panel({ actions, children, className = '', note, title }: PanelProps) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      data-panel={title}
      className={`flex min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-panel ${className}`}
    >
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2.5">
        <span aria-hidden="true" className="brand-gradient h-4 w-1 rounded-full" />
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        {note !== undefined && <p className="text-xs text-muted">{note}</p>}
        {actions !== undefined && <div className="ml-auto flex flex-wrap items-center gap-1">{actions}</div>}
      </header>
      <ErrorBoundary what={title}>{children}</ErrorBoundary>
    </section>
  );
}

/** Says why a panel has nothing to show. */
export function Empty({ children }: { readonly children: ReactNode }) {
  return (
    <p className="flex min-h-24 flex-1 items-center justify-center px-6 py-8 text-center text-sm text-muted">
      {children}
    </p>
  );
}
