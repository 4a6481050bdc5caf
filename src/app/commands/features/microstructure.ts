/**
 * `xylen features --microstructure`: features of books and trades, a row a moment and instrument, from captures or from the archive. Events are
 * put into the one order of a live run and sampled as they come; what is held is bounded, whatever the length.
 */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatDurationUs, formatIso, XylenError } from '#core';
import { checkSignal } from '#store/history';
import type { CommandContext, ExitCode } from '../../cli/command.ts';
import { openArchiveSource } from './archive-source.ts';
import { mergeStreams } from './arrivals.ts';
import { openCaptureSource } from './capture-source.ts';
import { FrameOrder } from './frame-order.ts';
import type { FrameSource } from './frame-source.ts';
import { pairedInstruments } from './instrument-pairs.ts';
import { type MicrostructureWish, microstructureWish, type SourceSide } from './microstructure-wish.ts';
import { printedRows, RowFile } from './row-file.ts';
import { RowTable } from './row-table.ts';

/** Runs it. @throws XY_USAGE, XY_DATA_INSUFFICIENT, XY_STORE_FAILED, what reading throws */
export async function microstructureFeatures(
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const wish = microstructureWish(options, context);
  await assertApart(wish);
  const own = await openSide(wish.own, 0, wish, context);
  try {
    const other =
      wish.other === null ? null : await openSide(wish.other, own.instruments.length, wish, context);
    try {
      await run({ wish, own, other }, context);
    } finally {
      await other?.close();
    }
  } finally {
    await own.close();
  }
  return 0;
}

interface Opened {
  readonly wish: MicrostructureWish;
  readonly own: FrameSource;
  readonly other: FrameSource | null;
}

function openSide(
  side: SourceSide,
  firstIx: number,
  { parameters, range }: MicrostructureWish,
  context: CommandContext,
): Promise<FrameSource> {
  if (side.kind === 'capture') return openCaptureSource(side, firstIx, context);
  const { memoryUs, shared } = parameters;
  const windowUs = context.config.feeds.reorderWindowUs;
  const isOwn = firstIx === 0;
  const needsLiquidations = isOwn && shared.liquidationsUs !== null;
  const reach = { rows: range, memoryUs, windowUs, needsLiquidations } as const;
  return openArchiveSource(side, firstIx, { ...reach, kinds: isOwn ? 'all' : 'book' }, context);
}

async function run(opened: Opened, context: CommandContext): Promise<void> {
  const { other, own, wish } = opened;
  const { columns, parameters, range } = wish;
  const isInOrder = wish.other !== null && wish.other.symbols.length > 0;
  const pairs = pairedInstruments(own.instruments, other?.instruments ?? null, isInOrder);
  const table = new RowTable({ pairs, parameters, range, columns });
  const file = wish.out === '-' ? printedRows((line) => context.print(line)) : new RowFile(wish.out);
  try {
    table.begin(file);
    const { sampler } = table;
    const order = new FrameOrder(context.config.feeds.reorderWindowUs, (event) => sampler.push(event));
    for await (const events of mergeStreams([...own.streams(), ...(other?.streams() ?? [])])) {
      checkSignal(context.signal);
      for (const event of events) order.push(event);
      if (sampler.isDone) break;
    }
    order.flush();
    checkSignal(context.signal);
    if (table.rowCount === 0) throw noRows(wish);
    const summary = { out: wish.out, ...table.summary(), ...orderSummary(order), ...reports(opened) };
    file.finish();
    if (context.isJson) context.printJson(summary);
    else if (wish.out !== '-') tell(table, order, wish.out, context);
  } catch (thrown) {
    file.abort();
    throw thrown;
  }
}

function orderSummary({ aheadCount, eventCount, lateCount }: FrameOrder): Readonly<Record<string, unknown>> {
  return { events: { count: eventCount, late: lateCount, ahead: aheadCount } };
}

function reports({ other, own, wish }: Opened): Readonly<Record<string, unknown>> {
  return {
    source: { kind: wish.own.kind, venue: wish.own.venue, ...own.report() },
    ...(other === null ? {} : { otherSource: { venue: wish.other?.venue, ...other.report() } }),
  };
}

function tell(table: RowTable, order: FrameOrder, out: string, { print }: CommandContext): void {
  const { columns, everyUs, hash, rowCount, tallies } = table;
  const every = formatDurationUs(everyUs);
  print(
    `${rowCount} rows of ${columns.length} features every ${every} in ${out}; frame ${hash.slice(0, 16)}`,
  );
  for (const { rowCount: rows, symbol, venue, withoutBookCount } of tallies) {
    const share = rows === 0 ? 0 : (100 * withoutBookCount) / rows;
    print(`${venue} ${symbol}: ${rows} rows, ${share.toFixed(1)} % of them without a usable book`);
  }
  const { aheadCount, eventCount, lateCount, windowUs } = order;
  const window = formatDurationUs(windowUs);
  if (aheadCount > 0)
    print(
      `${aheadCount} of ${eventCount} events have venue times after their arrival (two clocks): they count when they came`,
    );
  if (lateCount > 0)
    print(
      `${lateCount} of ${eventCount} events came more than ${window} late: they count ${window} before they came`,
    );
}

function noRows({ parameters, range }: MicrostructureWish): XylenError {
  const every = formatDurationUs(parameters.shared.sampling.everyUs);
  const from = range.fromUs === null ? '' : ` from ${formatIso(range.fromUs)}`;
  const to = range.toUs === null ? '' : ` to ${formatIso(range.toUs)}`;
  return new XylenError(
    'XY_DATA_INSUFFICIENT',
    `the data are too short for a row every ${every}${from}${to}`,
  );
}

/** Refuses to write over what is being read. */
async function assertApart({ other, out, own }: MicrostructureWish): Promise<void> {
  if (out === '-') return;
  const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  for (const side of [own, other]) {
    if (side?.kind !== 'capture') continue;
    for (const file of [...side.rawFiles, ...side.snapshotFiles]) {
      if ((await real(file)) !== (await real(out))) continue;
      throw new XylenError('XY_USAGE', `--out would write over ${file}, which is read`, { fields: { file } });
    }
  }
}
