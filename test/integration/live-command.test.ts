/**
 * `xylen live` against `xylen exchange`, both as processes: connections cut every few seconds, the trader killed and resumed, and at the end no difference of orders,
 * position and money, to the atom. `LIVE_MINUTES=10` makes it as long; without, it takes less than a minute.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Prng, parseDecimal } from '#core';
import { openRecord, type StoredRows } from '#store/sqlite';
import { LiveExchange } from '../support/live-exchange.ts';
import { RunningProgram } from '../support/program.ts';
import { testSeed } from '../support/property.ts';

const SEED = testSeed();
const MINUTES = Number(process.env.LIVE_MINUTES ?? 0);
const TOTAL_MS = MINUTES > 0 ? MINUTES * 60_000 : 30_000;
/** The wire is cut after a pause of 2 to 5 seconds, each time anew. */
const CUT_MS = { min: 2_000, max: 5_000 } as const;
/** The trader is killed at the end of every life but the last. */
const LIVES = MINUTES > 0 ? 5 : 2;
const RUN = 'live-test';

interface LiveResult {
  readonly outcome: string;
  readonly simulated: boolean;
  readonly synthetic: boolean;
  readonly orders: number;
  readonly fills: number;
  readonly left: readonly string[];
  readonly differences: readonly string[];
  readonly killed: { readonly flat: boolean; readonly msToFlat: number } | null;
  readonly wouldSend: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function trader(context: TestContext, exchange: LiveExchange, args: readonly string[]): RunningProgram {
  return new RunningProgram(context, exchange.folder, [...args, '--json']);
}

async function resultOf(program: RunningProgram, signal: NodeJS.Signals): Promise<LiveResult> {
  assert.equal(await program.end(signal), 0, program.log);
  return JSON.parse(program.lines.at(-1) ?? '{}') as LiveResult;
}

test(`a live run whose wire is cut and that is killed ends with zero differences (SEED=${SEED})`, async (context) => {
  const prng = new Prng(SEED).split('cuts');
  const exchange = await LiveExchange.start(context, SEED);
  let isOver = false;
  let cuts = 0;
  const cutting = (async () => {
    await pause(6_000);
    while (!isOver) {
      exchange.proxy.cutAfter(0);
      cuts++;
      await pause(prng.integer(CUT_MS.min, CUT_MS.max));
    }
  })();
  let program = trader(context, exchange, [...exchange.busyArgs, '--run-id', RUN]);
  for (let life = 1; ; life++) {
    await program.logged(/(private_stream)/);
    await pause(TOTAL_MS / LIVES);
    if (life === LIVES) break;
    program.child.kill('SIGKILL');
    await program.ended();
    program = trader(context, exchange, ['live', '--resume', RUN]);
  }
  isOver = true;
  await cutting;
  const result = await resultOf(program, 'SIGINT');
  assert.deepEqual(result.differences, [], program.log);
  assert.equal(result.outcome, 'interrupted');
  assert.ok(result.simulated && result.synthetic, 'what is simulated says so');
  assert.ok(result.fills >= 4 && cuts >= 4, `${result.fills} fills, ${cuts} cuts`);

  // The same by the record and the exchange's own word.
  const word = await exchange.word();
  const record = openRecord(join(exchange.folder, 'data/runs', RUN, 'record.sqlite'));
  context.after(() => record.close());
  const fills = [...record.rows('fills')];
  const { atomDecimals = 8, mode } = record.run() ?? {};
  assert.equal(mode, 'testnet', 'invented money is no live trading');
  assert.equal(new Set(fills.map(({ execId }) => execId)).size, fills.length, 'a fill counts once');
  assert.equal(fills.length, result.fills);
  const books = booksOf(fills, atomDecimals);
  const cash = BigInt(parseDecimal(word.wallet, atomDecimals));
  assert.equal(books.cashAtoms, cash, 'start + profit - fees, by the fills of the record, is the wallet');
  const held = Object.values(word.positions);
  assert.deepEqual(held, books.lots === 0 ? [] : [books.lots / 1_000]);
  const open = held.length;
  const stops = word.orders.filter((id) => id.endsWith('-s')).length;
  assert.ok(stops >= open, 'a position has its stop at the exchange');
  assert.equal(word.orders.filter((id) => id.endsWith('-e')).length, 0, 'no entry order is left');
  context.diagnostic(
    `${TOTAL_MS / 1_000} s, ${cuts} cuts, ${LIVES - 1} kills, ${result.orders} orders, ${fills.length} fills, wallet ${word.wallet} (${cash} atoms), ${word.orders.length} orders left`,
  );
});

/** Position and cash by nothing but the fills, from 10,000 USDT on: BTCUSDT has prices of one decimal and lots of three. */
function booksOf(
  fills: readonly StoredRows['fills'][],
  atomDecimals: number,
): { readonly lots: number; readonly cashAtoms: bigint } {
  const atomsPerTickLot = 10n ** BigInt(atomDecimals - 4);
  let lots = 0;
  /** Signed: what was paid for the open position. */
  let costAtoms = 0n;
  let cashAtoms = 10_000n * 10n ** BigInt(atomDecimals);
  for (const { feesAtoms, priceTicks, qtyLots, side } of fills) {
    const signed = side === 'BUY' ? qtyLots : -qtyLots;
    const paid = BigInt(priceTicks) * BigInt(signed) * atomsPerTickLot;
    cashAtoms -= feesAtoms;
    if (lots * signed >= 0) costAtoms += paid;
    else {
      const costOfClosed = (costAtoms * BigInt(signed)) / BigInt(lots);
      cashAtoms -= paid - costOfClosed;
      costAtoms += costOfClosed;
    }
    lots += signed;
  }
  return { lots, cashAtoms };
}
