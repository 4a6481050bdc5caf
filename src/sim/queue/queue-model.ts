/**
 * The role of a queue model: it guesses how much stands before an own resting order at its price, from trades at that price and changes of the
 * level's displayed quantity (rules M45 to M49). What it is not: it fills nothing and knows neither prices nor other orders. Models hold no state;
 * what is known of one order is its `QueuePlace`, plain data that can be copied, saved and loaded as it is.
 */

/** Where one resting order stands; in lots, fractions included where a model estimates. */
export interface QueuePlace {
  /** Guessed quantity before the order; below 0: what has passed the order by. */
  aheadLots: number;
  /** Traded at the price since the level last changed: a decrease of the level by that much is explained already. */
  tradedLots: number;
}

/** One way to guess the place of an order in its queue. */
export interface QueueModel {
  /** Name as it is asked for, e.g. `power_prob_2`. */
  readonly name: string;
  /** Returns the place of an order that joins a level at which `levelLots` are displayed. */
  join(levelLots: number): QueuePlace;
  /** Takes a trade of `lots` at the order's price by a taker of the other side. */
  onTrade(place: QueuePlace, lots: number): void;
  /** Takes a change of the level at the order's price; both quantities as displayed, 0 = no level. */
  onLevel(place: QueuePlace, previousLots: number, lots: number): void;
}

/** Returns the whole lots by which trades have passed the order by, halves up; 0 while it waits (M47). Asked after a trade at its price. */
export function passedLots(place: QueuePlace): number {
  const passed = -place.aheadLots;
  if (passed < 0.5) return 0;
  const whole = Math.floor(passed);
  return passed - whole >= 0.5 ? whole + 1 : whole;
}
