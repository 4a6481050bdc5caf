/** What a key of KuCoin may do, from its list of permissions. */
import type { KeyRights, ReplyDoc } from '../../entry/index.ts';

/** Permissions that let money leave the account; moving it between wallets of the account is none of them. */
const MONEY_OUT = /^(transfer|withdraw\w*)$/i;

/** Reads the rights of a key; `trading` is the permission of the market. @throws XY_VENUE_REPLY */
export function readKeyRights(data: ReplyDoc, trading: 'Spot' | 'Futures'): KeyRights {
  const permissions = data
    .at('permission')
    .text()
    .split(',')
    .map((word) => word.trim());
  return {
    canRead: permissions.includes('General'),
    // The older name of the permission for all markets.
    canTrade: permissions.includes(trading) || permissions.includes('Trade'),
    canWithdraw: permissions.some((word) => MONEY_OUT.test(word)),
  };
}
