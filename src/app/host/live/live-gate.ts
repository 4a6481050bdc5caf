/**
 * The gate before a live run: what must be right is checked at the venue, what will be done is said with the real amounts, and a person agrees in words.
 * Nothing is sent that changes anything. A refusal is an error with exit code 3.
 */
import { formatDecimal, XylenError } from '#core';
import type { CommandContext } from '../../cli/command.ts';
import { askPerson } from '../../cli/context.ts';
import type { XylenConfig } from '../../config/schema.ts';
import type { AccountSight } from './account-checks.ts';
import { type CheckFinding, reportLines } from './check-report.ts';
import type { LiveMode, LiveRequest } from './live-request.ts';

/** What a person has agreed to on the command line. */
export interface LiveConsent {
  /** The words that the plan asks for; `null` = they are asked for at the terminal. */
  readonly confirm: string | null;
  /** True when it was said that the key cannot withdraw, where the venue cannot say it. */
  readonly isKeySaidSafe: boolean;
}

/** What stands at the gate. */
export interface LiveGateParts {
  readonly request: LiveRequest;
  readonly sight: AccountSight;
  readonly machine: readonly CheckFinding[];
  readonly config: XylenConfig;
  readonly consent: LiveConsent;
  readonly isResumed: boolean;
}

/** The option that says it, and the words at a terminal. */
const KEY_WORDS = 'this key cannot withdraw';
const KEY_OPTION = '--yes-this-key-cannot-withdraw';

/** Lets a run through. @throws XY_LIVE_REFUSED */
export async function passGate(parts: LiveGateParts, context: CommandContext): Promise<void> {
  const { consent, machine, sight } = parts;
  const findings = [...machine, ...sight.findings];
  say(context, reportLines(findings));
  const bad = findings.filter(({ state }) => state === 'failed');
  if (bad.length > 0) {
    const words = bad.map(({ check, found }) => `${check}: ${found}`).join('; ');
    refuse(`not safe to trade: ${words}`, bad[0]?.check ?? '');
  }
  if (isMoneyReal(parts) && sight.canWithdraw === null && !consent.isKeySaidSafe)
    await confirmKey(parts.request.venue, context);
  say(context, planLines(parts));
  if (isMoneyReal(parts)) await confirmPlan(parts, context);
}

/** True when a mistake costs money: not at test systems, and not at the simulated exchange. */
function isMoneyReal({ request, sight }: LiveGateParts): boolean {
  return request.mode === 'live' && !sight.isSimulated;
}

/** Returns the words that stand for agreement: what is traded, and with how much, in whole units. */
export function confirmWords(
  venue: string,
  { atomDecimals, cashAtoms, currency }: Pick<AccountSight, 'atomDecimals' | 'cashAtoms' | 'currency'>,
): string {
  const whole = (cashAtoms ?? 0n) / 10n ** BigInt(atomDecimals);
  return `trade ${whole} ${currency} on ${venue}`;
}

function planLines({ config, isResumed, request, sight }: LiveGateParts): readonly string[] {
  const { atomDecimals, cashAtoms, currency, isSimulated } = sight;
  const money = `${formatDecimal(cashAtoms ?? 0n, atomDecimals)} ${currency}`;
  const percent = (fraction: number): string => `${(fraction * 100).toFixed(2)} %`;
  const part = (fraction: number): string =>
    `${percent(fraction)} (${partText(cashAtoms ?? 0n, fraction, atomDecimals)} ${currency})`;
  const { risk, simulation, sizing } = config;
  const ends =
    config.live.onEnd === 'flatten'
      ? 'cancels all orders and closes all positions'
      : 'cancels entry orders; positions stay with their stops at the venue';
  return [
    '',
    `plan: ${isResumed ? 'go on' : 'begin'} ${MODE_WORDS[request.mode]}${isSimulated ? ' at the SIMULATED exchange (invented money)' : ''}`,
    `  ${request.symbols.join(', ')} of ${request.venue} with ${money}, leverage ${simulation.leverage}, cross margin, one-way`,
    `  largest position ${part(sizing.positionFractionMax)}, all together ${part(risk.exposureMax)}`,
    `  no new positions after a loss of ${part(risk.dailyLossMax)} in a day, none after a drawdown of ${percent(risk.drawdownMax)}`,
    `  the end ${ends}`,
    ...(config.live.deadMan === 'probe' && !isResumed
      ? [
          '  first one reduce-only stop of the smallest size is placed far away and cancelled again: the countdown is tried on it',
        ]
      : []),
  ];
}

const MODE_WORDS: Readonly<Record<LiveMode, string>> = {
  'dry-run': 'a dry run',
  testnet: 'on the test system',
  live: 'LIVE',
};

function partText(cashAtoms: bigint, fraction: number, atomDecimals: number): string {
  const atoms = (cashAtoms * BigInt(Math.round(fraction * 1e6))) / 1_000_000n;
  return (Number(atoms) / 10 ** atomDecimals).toFixed(2);
}

async function confirmKey(venue: string, context: CommandContext): Promise<void> {
  const question = `${venue} does not say whether this key can withdraw. If it cannot, type '${KEY_WORDS}': `;
  if ((await askPerson(context, question))?.trim() === KEY_WORDS) return;
  refuse(
    `${venue} does not say whether this key can withdraw: look where keys are managed, then confirm it with ${KEY_OPTION}`,
    'key rights',
  );
}

async function confirmPlan(
  { consent, request, sight }: LiveGateParts,
  context: CommandContext,
): Promise<void> {
  const words = confirmWords(request.venue, sight);
  const typed =
    consent.confirm ??
    (await askPerson(context, `\nThis is real money. To agree, type '${words}': `))?.trim();
  if (typed === words) return;
  const found = typed === undefined ? 'nobody at a terminal' : `'${typed}'`;
  refuse(`expected the words '${words}' at a terminal or with --confirm, found ${found}`, 'confirmation');
}

function say(context: CommandContext, lines: readonly string[]): void {
  if (context.isJson) for (const line of lines) context.log.info('live_gate', { line });
  else for (const line of lines) context.print(line);
}

function refuse(message: string, check: string): never {
  throw new XylenError('XY_LIVE_REFUSED', message, { fields: { check } });
}
