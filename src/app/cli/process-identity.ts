/** Tells whether a process id still means the process that it meant when it was written down: ids are used again. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Returns a text that another process of the same id would not have, or `undefined` when no such process runs. */
export function processIdentity(pid: number): string | undefined {
  if (!isAlive(pid)) return undefined;
  return process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of `/proc/PID/stat`: start time in clock ticks since boot; the boot id makes it unique over reboots. */
const START_TIME_FIELD = 22;

function linuxIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces; counting starts behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[START_TIME_FIELD - 3]}`;
  } catch {
    // The process ended between the two looks.
    return undefined;
  }
}

function psIdentity(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    // `ps` exits with 1 when no such process runs.
    return undefined;
  }
}
