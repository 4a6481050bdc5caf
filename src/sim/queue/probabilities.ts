/**
 * How likely it is that a cancelled lot stood behind the order: one function a family of models (rule M46). All take the quantity ahead of the
 * order and behind it and answer a share in [0, 1] while both are at least 0. Sources: R. Donnelly and E. Rigtorp on estimating the queue position
 * of an order (quant.stackexchange.com/questions/3782, rigtorp.se/2013/06/08), named and parametrised as in hftbacktest.
 */

/** Returns the share of a cancelled quantity that is taken to have stood behind an order. */
export type BehindProbability = (ahead: number, behind: number) => number;

/** `power_prob_N`: f(behind) / (f(behind) + f(ahead)) with f(x) = x^n. Source: `PowerProbQueueFunc` of hftbacktest. */
export function powerProbability(n: number): BehindProbability {
  return (ahead, behind) => {
    const back = behind ** n;
    return back / (back + ahead ** n);
  };
}

/** `power_prob2_N`: f(behind) / f(behind + ahead) with f(x) = x^n. Source: `PowerProbQueueFunc2` of hftbacktest. */
export function powerProbability2(n: number): BehindProbability {
  return (ahead, behind) => behind ** n / (behind + ahead) ** n;
}

/** `power_prob3_N`: 1 - f(ahead / (ahead + behind)) with f(x) = x^n. Source: `PowerProbQueueFunc3` of hftbacktest. */
export function powerProbability3(n: number): BehindProbability {
  return (ahead, behind) => 1 - (ahead / (ahead + behind)) ** n;
}

/**
 * `log_prob`: f(behind) / (f(behind) + f(ahead)) with f(x) = ln(1 + x). Unlike the powers it depends on the unit of the quantities: `unit` is what
 * one of them is in that unit. Source: `LogProbQueueFunc` of hftbacktest.
 */
export function logProbability(unit: number): BehindProbability {
  return (ahead, behind) => {
    const back = Math.log(1 + behind * unit);
    return back / (back + Math.log(1 + ahead * unit));
  };
}

/** `log_prob2`: f(behind) / f(behind + ahead) with f(x) = ln(1 + x); `unit` as in `logProbability`. Source: `LogProbQueueFunc2` of hftbacktest. */
export function logProbability2(unit: number): BehindProbability {
  return (ahead, behind) => Math.log(1 + behind * unit) / Math.log(1 + (behind + ahead) * unit);
}
