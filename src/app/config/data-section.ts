/** Section `data`: what is made of recorded hours that are not good. */
import { key, section } from './key.ts';
import { choice, real } from './value-type.ts';

/** `data`: what is made of recorded hours that are not good. */
export const data = section('data', 'What is made of recorded hours that are not good', {
  bad_hours: key('badHours', choice(['refuse', 'weigh', 'ignore']), {
    default: 'weigh',
    doc: 'Hours of which too much is missing: training leaves their rows out and a replay does not start (refuse), training counts them less and a replay says so (weigh), or they are like any other (ignore)',
  }),
  bad_hour_stale_max_pct: key('badHourStaleMaxPct', real({ min: 0, max: 100, unit: 'percent of the hour' }), {
    default: 5,
    doc: 'An hour is bad when more of it than this is missing: the stream was not complete, or the recorder did not run',
  }),
});
