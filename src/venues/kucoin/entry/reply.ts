/** The form of KuCoin's answers: `{"code":"200000","data":...}`. Any other code is a refusal, also with HTTP status 200. */
import type { VenueId } from '#domain';
import { ReplyDoc } from '../../entry/index.ts';

/** Batches of the high-frequency interface answer with the second one. */
const GOOD = ['200000', '200'];

/** True for codes of success. */
export function isGood(code: string): boolean {
  return GOOD.includes(code);
}

/** Returns the data of a good answer. @throws XY_VENUE_REPLY when the code is another one */
export function dataOf(body: Uint8Array, venue: VenueId, what: string): ReplyDoc {
  const answer = ReplyDoc.parse(body, venue, what);
  if (!isGood(answer.at('code').text())) throw answer.at('code').fail('a code of success');
  return answer.at('data');
}

/** Returns the items of a list that is cut into pages and stands whole on its first one. @throws XY_VENUE_REPLY when it does not */
export function wholePage(data: ReplyDoc): readonly ReplyDoc[] {
  const pages = data.at('totalPage').integer();
  if (pages > 1) throw data.at('totalPage').fail('a list on one page');
  return data.at('items').items();
}
