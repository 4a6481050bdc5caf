/** Why a connection failed, in words; errors of several addresses at once have an empty message of their own. Pure. */

/** Returns what an error of a socket says. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError) {
    return error.errors.map((inner) => (inner instanceof Error ? inner.message : String(inner))).join('; ');
  }
  return error.code ?? error.name;
}
