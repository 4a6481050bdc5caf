/** What latencies rest on, in words. */
import { formatDurationUs } from '#core';
import type { LegRule } from './rules.ts';

/** Returns the rule of a leg as short text. */
export function legText(rule: LegRule): string {
  switch (rule.model) {
    case 'constant':
      return `constant ${formatDurationUs(rule.us)}`;
    case 'uniform':
      return `${formatDurationUs(rule.minUs)} to ${formatDurationUs(rule.maxUs)}, ${rule.spikePpm} ppm spikes up to x${rule.spikeFactorMax}`;
    case 'log_normal':
      return `log-normal, median ${formatDurationUs(rule.medianUs)}, sigma ${rule.sigma}, at most ${formatDurationUs(rule.capUs)}`;
    case 'recorded':
      return `interpolated from ${rule.recorded.requestUs.length} recorded ways of ${rule.recorded.name}`;
  }
}
