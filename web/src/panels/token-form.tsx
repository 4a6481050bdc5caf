/** Asks for the token where the server has one. */
import { useState } from 'react';

interface TokenFormProps {
  readonly isRejected: boolean;
  onToken(token: string): void;
}

/** Shows the form in the place of the page. */
export function TokenForm({ isRejected, onToken }: TokenFormProps) {
  const [token, setToken] = useState('');
  return (
    <form
      className="mx-auto mt-[12vh] grid max-w-md gap-4 rounded-lg border border-line bg-panel p-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (token !== '') onToken(token);
      }}
    >
      <h2 className="text-base font-semibold">This dashboard is locked</h2>
      <label className="grid gap-1.5 text-sm">
        <span>
          Token (the value of <code>XYLEN_API_TOKEN</code> where the program runs)
        </span>
        <input
          type="password"
          autoComplete="off"
          value={token}
          aria-invalid={isRejected}
          onChange={(event) => setToken(event.target.value)}
          className="rounded-md border border-edge bg-page px-3 py-2"
        />
      </label>
      {isRejected && (
        <p role="alert" className="text-sm text-down">
          The server did not accept this token.
        </p>
      )}
      <button type="submit" className="brand-gradient rounded-md px-4 py-2 font-semibold">
        Open
      </button>
      <p className="text-xs text-muted">It is kept in this page only and sent to nobody but the server.</p>
    </form>
  );
}
