/** A request without parameters of its own: all of them stand in the address. */
import { type JsonCursor, type RestCall, readReply } from '#venues/market';

/** Makes a call whose answer is read by `read`; `what` names it in messages. */
export function getCall<T>(url: string, what: string, read: (cursor: JsonCursor) => T): RestCall<T> {
  return {
    method: 'GET',
    url,
    headers: {},
    body: null,
    weight: 1,
    parse: (body) => readReply('kraken-futures', what, body, read),
  };
}
