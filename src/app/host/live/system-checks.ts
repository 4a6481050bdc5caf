/** What must be right with this machine and its files: version, data directory, disk, clock. Nothing is changed but a test file that is removed again. */
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '#core';
import { runningProgram } from '../../cli/pid-file.ts';
import { type CheckFinding, failed, passed, warned } from './check-report.ts';

/** Types are stripped by the runtime itself from here on, as this program needs it. */
const NODE_MAJOR_MIN = 24;
const DISK_WARN_BYTES = 2e9;
const DISK_FAIL_BYTES = 1e8;
/** A clock before this program was written is not set. */
const CLOCK_MIN_US = Date.UTC(2026, 0, 1) * 1_000;

/** Checks the machine; `ownPid` may hold the data directory. */
export function checkSystem(dataDir: string, wallNowUs: number, ownPid: number): readonly CheckFinding[] {
  return [nodeFinding(process.versions.node), clockFinding(wallNowUs), ...dataDirFindings(dataDir, ownPid)];
}

function nodeFinding(version: string): CheckFinding {
  if (Number.parseInt(version, 10) >= NODE_MAJOR_MIN) return passed('node', version);
  return failed('node', version, `install Node ${NODE_MAJOR_MIN} or later`);
}

function clockFinding(wallNowUs: number): CheckFinding {
  const shown = new Date(wallNowUs / 1_000).toISOString();
  if (wallNowUs >= CLOCK_MIN_US) return passed('system clock', shown);
  return failed('system clock', shown, 'set the clock, and let the system keep it (NTP)');
}

function dataDirFindings(dataDir: string, ownPid: number): readonly CheckFinding[] {
  const isNew = !existsSync(dataDir);
  const place = nearestFolder(dataDir);
  const probe = join(place, `.xylen-doctor-${process.pid}`);
  try {
    writeFileSync(probe, 'xylen\n', { flush: true });
    rmSync(probe);
  } catch (error) {
    return [
      failed(
        'data directory',
        `${dataDir}: ${messageOf(error)}`,
        'let this user write there, or name another with --data-dir',
      ),
    ];
  }
  const holder = runningProgram(dataDir);
  const other = holder?.pid === ownPid ? undefined : holder;
  const words = isNew ? `${dataDir} (does not exist yet, can be made)` : dataDir;
  const finding =
    other === undefined
      ? passed('data directory', words)
      : warned(
          'data directory',
          `${words} is used by xylen ${other.command}, process ${other.pid}`,
          'a second program needs a directory of its own',
        );
  return [finding, diskFinding(place)];
}

/** The folder itself, or the one in which it would be made. */
function nearestFolder(path: string): string {
  let place = path;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return place;
}

function diskFinding(place: string): CheckFinding {
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const words = `${(free / 1e9).toFixed(1)} GB free`;
  if (free < DISK_FAIL_BYTES)
    return failed('disk', words, 'make room: a record that cannot be written ends a run');
  if (free < DISK_WARN_BYTES) return warned('disk', words, 'make room before a long run');
  return passed('disk', words);
}
