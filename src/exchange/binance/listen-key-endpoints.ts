/** The endpoints of listen keys: the key of an account's user stream, asked for with the API key alone. */
import { refuse } from './api-refusal.ts';
import type { ApiEndpoint } from './front-desk.ts';
import type { ListenKeys } from './listen-keys.ts';

/** Returns the endpoints of listen keys; `close` ends the one of an account and says so to who listens. */
export function listenKeyEndpoints(
  keys: ListenKeys,
  close: (accountIx: number) => void,
): readonly ApiEndpoint[] {
  const own = (method: string, answer: ApiEndpoint['answer']): ApiEndpoint => ({
    at: `${method} /fapi/v1/listenKey`,
    security: 'key',
    weight: () => 1,
    orders: null,
    answer,
  });
  return [
    own('POST', ({ accountIx, nowUs }) => ({ listenKey: keys.open(accountIx, nowUs) })),
    own('PUT', ({ accountIx, nowUs }) =>
      keys.of(accountIx) === null ? refuse('-1125') : { listenKey: keys.open(accountIx, nowUs) },
    ),
    own('DELETE', ({ accountIx }) => {
      close(accountIx);
      return {};
    }),
  ];
}
