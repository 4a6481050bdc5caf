/** The one budget of Coinbase's private interface: 30 requests a second of a key's user. Orders and questions share it. */
import { US_PER_SECOND } from '#core';
import type { EntryCost, LimitRule } from '../../entry/index.ts';

const REQUESTS = 'coinbase-requests';

/** The budget. */
export const LIMITS: readonly LimitRule[] = [{ name: REQUESTS, amount: 30, windowUs: US_PER_SECOND }];

/** Cost of any request. */
export const QUESTION: readonly EntryCost[] = [{ limit: REQUESTS, amount: 1 }];
