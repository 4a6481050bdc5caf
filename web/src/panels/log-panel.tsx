/** What happened to the run and to the program, newest first. */
import { memo, useState } from 'react';
import { clockTime, moment } from '../format/times.ts';
import { Choice, ScrollArea } from '../ui/marks.tsx';
import { Empty, Panel } from '../ui/panel.tsx';
import type { LogEntry } from '../wire.ts';

type Filter = 'all' | 'warnings';

const FILTERS: readonly { readonly value: Filter; readonly text: string }[] = [
  { value: 'all', text: 'All' },
  { value: 'warnings', text: 'Warnings' },
];

const LOOKS: Readonly<Record<LogEntry['level'], string>> = {
  debug: 'text-faint',
  info: 'text-muted',
  warning: 'text-warn',
  error: 'text-down',
  critical: 'text-down font-bold',
};

/** Shows the log. */
export const LogPanel = memo(function LogPanel({ log }: { readonly log: readonly LogEntry[] }) {
  const [filter, setFilter] = useState<Filter>('all');
  const shown = log.filter((entry) => filter === 'all' || !/^(debug|info)$/.test(entry.level)).toReversed();
  return (
    <Panel
      title="Log"
      className="lg:col-span-4"
      actions={
        <Choice label="Which lines" value={filter} onChange={(next) => setFilter(next)} options={FILTERS} />
      }
    >
      {shown.length === 0 ? (
        <Empty>{log.length === 0 ? 'Nothing has been logged yet.' : 'No warning has been logged.'}</Empty>
      ) : (
        <ScrollArea label="Log" className="max-h-[28rem]">
          <ol className="divide-y divide-line">
            {shown.map((entry) => (
              <li key={entry.seq} className="px-4 py-1.5 text-xs">
                <time
                  className="text-faint"
                  title={`${moment(entry.tsUs)} UTC, ${entry.clock === 'run' ? 'run time' : 'wall clock'}`}
                >
                  {entry.clock === 'run' ? clockTime(entry.tsUs) : `${clockTime(entry.tsUs)} wall`}
                </time>{' '}
                <span className={LOOKS[entry.level]}>{entry.level}</span>{' '}
                <code className="break-words">{entry.event}</code>{' '}
                <span className="break-words text-muted">{entry.text}</span>
              </li>
            ))}
          </ol>
        </ScrollArea>
      )}
    </Panel>
  );
});
