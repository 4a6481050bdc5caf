/** Section `live`: how `xylen live` ends and what guards an account while nobody looks. */
import { key, section } from './key.ts';
import { choice, duration } from './value-type.ts';

/** `live`: trading an account at a venue. */
export const live = section('live', 'Trading an account at a venue (`xylen live`)', {
  on_end: key('onEnd', choice(['keep-stops', 'flatten']), {
    default: 'keep-stops',
    doc: 'What an orderly end leaves behind: keep-stops = entry orders are cancelled, positions stay with their stops at the venue; flatten = everything is cancelled and closed',
  }),
  end_within: key('endWithinUs', duration({ min: '1s', max: '10m' }), {
    default: '30s',
    doc: 'Longest time that an orderly end waits for orders to end; what is left then is told',
  }),
  dead_man: key('deadMan', choice(['off', 'probe']), {
    default: 'off',
    doc: 'Whether the countdown of a venue ends entry orders when this program falls silent; probe = it is tried at the start, with one reduce-only stop of the smallest size far from the market, whether it spares stops, and used only then',
  }),
});
