/** Catches what goes wrong while a part of the page is drawn and says so in its place. */
import { Component, type ReactNode } from 'react';

interface Props {
  readonly what: string;
  readonly children: ReactNode;
}

interface State {
  readonly message: string | null;
}

/** Shows its children, or what went wrong with them and a way to try again. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { message: null };

  static getDerivedStateFromError(error: unknown): State {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return (
      <div role="alert" className="flex flex-col items-start gap-3 p-4 text-sm">
        <p className="text-down">
          {this.props.what} could not be drawn: {message}
        </p>
        <button
          type="button"
          onClick={() => this.setState({ message: null })}
          className="rounded-md border border-edge px-3 py-1.5 hover:bg-raised"
        >
          Try again
        </button>
      </div>
    );
  }
}
