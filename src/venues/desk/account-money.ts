/** Amounts of a venue in the atoms of the account. What is of another currency is converted, or said aloud: it is never dropped in silence. */
import type { EntryInstrument, ExactAmount, FillRecord } from '../entry/index.ts';
import { atomsAgainst } from './venue-records.ts';

/** What the conversion needs. */
export interface AccountMoneyParts {
  /** Currency of the account, and decimals of its atoms. */
  readonly account: { readonly currency: string; readonly atomDecimals: number };
  /** Worth of an amount of another currency in the account's own (fees in a venue's coin); `null` = not known. */
  readonly convert: (amount: ExactAmount) => ExactAmount | null;
  /** Hears what a person should know: foreign orders, amounts that cannot be converted, orders in doubt. */
  readonly onNotice: (event: string, detail: string) => void;
}

/** Turns amounts into atoms. */
export class AccountMoney {
  readonly #parts: AccountMoneyParts;

  constructor(parts: AccountMoneyParts) {
    this.#parts = parts;
  }

  /** Returns the fee of a fill, rounded up; 0 where the venue tells it later or it cannot be converted, which is said. */
  feeAtoms({ execId, fee }: FillRecord): bigint {
    if (fee === null) return 0n;
    const own = this.#own(fee);
    if (own !== null) return atomsAgainst(own, this.#parts.account.atomDecimals, true);
    this.#parts.onNotice('fee_unbooked', `${execId}: ${textOf(fee)}`);
    return 0n;
  }

  /** Returns a funding payment, rounded down; `null` when its instrument or its worth is not known, which is said. */
  fundingAtoms(instrument: EntryInstrument | null, amount: ExactAmount): bigint | null {
    const own = this.#own(amount);
    if (instrument !== null && own !== null)
      return atomsAgainst(own, this.#parts.account.atomDecimals, false);
    this.#parts.onNotice('funding_unbooked', textOf(amount));
    return null;
  }

  #own(amount: ExactAmount): ExactAmount | null {
    return amount.asset === this.#parts.account.currency ? amount : this.#parts.convert(amount);
  }
}

function textOf({ asset, decimals, units }: ExactAmount): string {
  return `${units} x 10^-${decimals} ${asset}`;
}
