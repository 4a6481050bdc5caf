/** A recording's settings out of the configuration. */
import { join } from 'node:path';
import { US_PER_DAY } from '#core';
import type { RetentionPolicy } from '#store';
import type { XylenConfig } from '../config/schema.ts';
import { RECORDING_DEFAULTS, type RecordingSettings } from './recording.ts';

const MEGABYTE = 1_000_000;

/** Returns how long recorded data are kept, as configured: cold ones that are moved go to the folder `cold` of the data directory. */
export function retentionPolicy({ recording }: XylenConfig, dataDir: string): RetentionPolicy {
  const { cold, hotDays, warmDays } = recording;
  return {
    hotUs: hotDays * US_PER_DAY,
    warmUs: Math.max(0, warmDays - hotDays) * US_PER_DAY,
    cold: cold === 'archive' ? 'move' : cold,
    coldFolder: cold === 'archive' ? join(dataDir, 'cold') : null,
    rawUs: hotDays * US_PER_DAY,
  };
}

/** Returns the settings of a recording. */
export function recordingSettings(config: XylenConfig, dataDir: string): RecordingSettings {
  const { flushIntervalUs, logMaxMb, partIntervalUs } = config.recording;
  const logBytesMax = logMaxMb * MEGABYTE;
  return {
    flushIntervalUs,
    logBytesMax,
    logKeepUs: RECORDING_DEFAULTS.logKeepUs,
    // What is in the archive already makes room long before a recorder has to wait.
    logKeepBytes: Math.floor(logBytesMax / 8),
    archive: { partIntervalUs },
    retention: retentionPolicy(config, dataDir),
  };
}
