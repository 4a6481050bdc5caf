/** What goes with a run that lasts: its data directory is held, its configuration can be read again, and the dashboard shows it where that is asked for. */
import type { CommandContext } from '../cli/command.ts';
import { holdDataDir } from '../cli/data-dir-hold.ts';
import type { ConfigReloader } from '../config/reload.ts';
import { Dashboard } from './dashboard.ts';
import type { FinishedRun } from './recorded-run.ts';

/** Who watches a run and who may change it; `null` = nobody. */
export interface RunCompany {
  readonly dashboard: Dashboard | null;
  readonly reloader: ConfigReloader | null;
}

/** What company is wanted. */
export interface CompanyWish {
  /** Name of the command, for messages of others that want the same data directory. */
  readonly command: string;
  /** True for a run that goes on for a while: it takes the data directory, so that `config reload` finds it. */
  readonly lasts: boolean;
  readonly hasDashboard: boolean;
}

/** Runs in company, which ends with the run. */
export async function inCompany<Finished extends FinishedRun>(
  { command, hasDashboard, lasts }: CompanyWish,
  context: CommandContext,
  run: (company: RunCompany) => Promise<Finished>,
): Promise<Finished> {
  await using opened = new AsyncDisposableStack();
  let reloader: RunCompany['reloader'] = null;
  if (lasts || hasDashboard) {
    const hold = holdDataDir(context, command);
    opened.defer(() => hold.release());
    reloader = hold.reloader;
  }
  if (!hasDashboard) return await run({ dashboard: null, reloader });
  const dashboard = await Dashboard.open(context);
  opened.defer(() => dashboard.close());
  dashboard.announce(context);
  const finished = await run({ dashboard, reloader });
  dashboard.phase(finished.outcome, finished.outcome);
  return finished;
}
