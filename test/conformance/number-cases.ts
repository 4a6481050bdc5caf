/** Cases of numbers: exact, or refused in words; never rounded in silence, never negative, never made of what is no number. */
import assert from 'node:assert/strict';
import { FrameFault, type TradePrint } from '#venues/market';
import { decimalText, wireQtyOf } from '../hostile/true-market.ts';
import type { PlainBook } from '../support/decoded-log.ts';
import type { AdapterUnderTest } from './adapters.ts';
import type { ConformanceCase } from './case.ts';
import { type Connection, carrierOf, connectAll } from './connection.ts';
import { DialectMarket } from './dialect-market.ts';
import { decode, frameSamples, marketEntries, wireDecimal } from './frame-samples.ts';

/** More than any double counts exactly, and longer than a 64-bit integer. */
const TOO_LARGE = ['9007199254740993', '99999999999999999999', `1${'0'.repeat(60)}`];
const NO_NUMBERS = [
  '',
  '.',
  '-',
  '+1',
  '1.',
  '.5',
  '1e',
  '0x10',
  '1_000',
  '1,5',
  'NaN',
  'Infinity',
  '--1',
  '1 2',
];
const CHANGES_MAX = 200;

/** Rules of numbers. */
export const NUMBER_CASES: readonly ConformanceCase[] = [
  {
    id: 'V29',
    rule: 'Numbers are written as `decimalStyle` says; zeros at the end of a fraction change nothing, an exponent is exact or refused',
    run: (under) => {
      for (const { decodeWith, price, ticks } of tradeNumbers(under)) {
        for (const form of [price, price.includes('.') ? `${price}000` : `${price}.000`])
          assert.equal(decodeWith({ price: form })?.priceTicks, ticks, form);
        for (const form of [`${price}e0`, `${price}E+0`, `${price}e-0`])
          assert.equal(delivered(() => decodeWith({ price: form }))?.priceTicks ?? ticks, ticks, form);
      }
    },
  },
  {
    id: 'V30',
    rule: 'A price finer than the instrument is refused; a quantity too, or it is cut to whole lots where the venue is known for it, never to nothing',
    run: (under) => {
      for (const { decodeWith, exactPrice, exactQty, lots } of tradeNumbers(under)) {
        refuses(() => decodeWith({ price: finer(exactPrice) }), finer(exactPrice));
        if (under.traits.finerQty === 'refused')
          refuses(() => decodeWith({ qty: finer(exactQty) }), exactQty);
        else assert.equal(decodeWith({ qty: finer(exactQty) })?.qtyLots, lots);
      }
    },
  },
  {
    id: 'V31',
    rule: 'A price, a quantity or a time beyond the safe integers is refused',
    run: (under) => {
      for (const { decodeWith } of tradeNumbers(under)) {
        for (const large of TOO_LARGE) {
          refuses(() => decodeWith({ price: large }), large);
          refuses(() => decodeWith({ qty: large }), large);
        }
      }
      refusesLateTimes(under);
    },
  },
  {
    id: 'V32',
    rule: 'A price or quantity below 0, and a price of 0, is never delivered',
    run: (under) => {
      for (const { decodeWith, price, qty } of tradeNumbers(under)) {
        for (const form of [{ price: `-${price}` }, { qty: `-${qty}` }, { price: '0' }, { price: '0.0' }])
          assert.equal(
            delivered(() => decodeWith(form)),
            undefined,
            JSON.stringify(form),
          );
      }
    },
  },
  {
    id: 'V33',
    rule: 'What is no number is refused where one must stand',
    run: (under) => {
      for (const { decodeWith } of tradeNumbers(under)) {
        for (const word of NO_NUMBERS) {
          refuses(() => decodeWith({ price: word }), word);
          refuses(() => decodeWith({ qty: word }), word);
        }
      }
    },
  },
  {
    id: 'V34',
    rule: 'The same holds for the levels of books: a price too fine or too large is refused, or that one ask left out',
    run: (under) => {
      const market = new DialectMarket(under, 4);
      const connections = connectAll(market);
      for (const [ix, book] of market.books.entries()) {
        const connection = carrierOf(connections, `book ${book.instrument.wireSymbol}`);
        const { decodeWith, side } = levelNumbers(under, market, connection, ix);
        refuses(() => decodeWith(finer), 'a finer price');
        for (const large of TOO_LARGE) {
          if (under.traits.hugeAsk === 'refused' || side === 'bid')
            refuses(() => decodeWith(() => large), large);
          else assert.deepEqual(decodeWith(() => large).asks, [], 'the level is left out');
        }
      }
    },
  },
];

/** Moments after 2255, whose microseconds no double counts exactly, in place of every moment of a frame. */
function refusesLateTimes(under: AdapterUnderTest): void {
  const { market, openDecoder, samples } = frameSamples(under);
  for (const { text } of samples) {
    const late = text
      .replaceAll(/(?<!\d)1(?=7\d{11}(\d{3}|\d{6})?(?!\d))/g, '9')
      .replaceAll(/"20(?=\d\d-\d\d-\d\dT)/g, '"28');
    if (late !== text) refuses(() => decode(openDecoder(), late, market.nowUs), late);
  }
}

interface TradeNumbers {
  /** The numbers as the venue prints them. */
  readonly price: string;
  readonly qty: string;
  /** With all decimals of the instrument. */
  readonly exactPrice: string;
  readonly exactQty: string;
  readonly ticks: number;
  readonly lots: number;
  /** Decodes the print with other text in place of its numbers; `undefined` = nothing was delivered. */
  decodeWith(text: { readonly price?: string; readonly qty?: string }): TradePrint | undefined;
}

/** A print of each instrument, to be written with other numbers. */
function tradeNumbers(under: AdapterUnderTest): readonly TradeNumbers[] {
  const market = new DialectMarket(under, 4);
  const connections = connectAll(market);
  return market.books.map((book) => {
    const { lotsPerContract = 1, priceDecimals, wireSymbol } = book.instrument;
    const trade = { ...market.trade(book), lots: 70_003 * lotsPerContract };
    const wireQty = wireQtyOf(book.instrument, trade.lots);
    const [frame = ''] = carrierOf(connections, `trades ${wireSymbol}`).tradeFrames(trade);
    const style = under.adapter.decimalStyle;
    const price = wireDecimal(style, trade.ticks, priceDecimals);
    const qty = wireDecimal(style, ...wireQty);
    return {
      price,
      qty,
      exactPrice: decimalText(trade.ticks, priceDecimals),
      exactQty: decimalText(...wireQty),
      ticks: trade.ticks,
      lots: trade.lots,
      decodeWith: (text) => {
        const changed = replaced(replaced(frame, price, text.price ?? price), qty, text.qty ?? qty);
        const decoder = under.adapter.openDecoder(market.listed.map(({ instrument }) => instrument));
        const [entry] = marketEntries(decode(decoder, changed, market.nowUs));
        return entry?.value as TradePrint | undefined;
      },
    };
  });
}

/** A change of one level of a book, to be written with another price. */
function levelNumbers(
  under: AdapterUnderTest,
  market: DialectMarket,
  connection: Connection,
  ix: number,
): { readonly side: 'bid' | 'ask'; decodeWith(priceOf: (exact: string) => string): PlainBook } {
  const book = market.books[ix];
  assert.ok(book !== undefined);
  const { priceDecimals } = book.instrument;
  for (let n = 0; n < CHANGES_MAX; n++) {
    const change = market.change(book);
    const frames = connection.changeFrames(change);
    const [level, ...others] = change.levels;
    const [frame, ...more] = frames;
    if (level === undefined || frame === undefined || others.length > 0 || more.length > 0) continue;
    const price = wireDecimal(under.adapter.decimalStyle, level.ticks, priceDecimals);
    // An ask, of which alone the worst may be left out.
    if (level.side !== 'ask' || !isIn(frame, price)) continue;
    return {
      side: level.side,
      decodeWith: (priceOf) => {
        const changed = replaced(frame, price, priceOf(decimalText(level.ticks, priceDecimals)));
        const decoder = under.adapter.openDecoder(market.listed.map(({ instrument }) => instrument));
        const [decoded] = decode(decoder, changed, market.nowUs).books;
        assert.ok(decoded !== undefined, changed);
        return decoded;
      },
    };
  }
  return assert.fail(`one of ${CHANGES_MAX} changes is of a single ask`);
}

/** Writes `text` in place of a number that stands in a frame exactly once, in quotes or not. */
function replaced(frame: string, number: string, text: string): string {
  if (number === text) return frame;
  const [before, after, ...more] = frame.split(patternOf(number));
  assert.ok(
    before !== undefined && after !== undefined && more.length === 0,
    `${number} stands once in ${frame}`,
  );
  return before + text + after;
}

function isIn(frame: string, number: string): boolean {
  return frame.split(patternOf(number)).length === 2;
}

function patternOf(number: string): RegExp {
  return new RegExp(`(?<![\\d.e-])${number.replaceAll('.', '\\.')}(?![\\d.])`);
}

/** A digit more than the instrument has. */
function finer(exact: string): string {
  return exact.includes('.') ? `${exact}5` : `${exact}.5`;
}

function refuses(work: () => unknown, shown: string): void {
  assert.throws(work, (thrown: unknown) => thrown instanceof FrameFault, `refused: '${shown}'`);
}

function delivered(work: () => TradePrint | undefined): TradePrint | undefined {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof FrameFault) return undefined;
    throw thrown;
  }
}
