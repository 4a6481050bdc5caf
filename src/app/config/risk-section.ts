/** Section `risk`: limits that no order may break. Lower is tighter unless the key says otherwise. */
import { key, section } from './key.ts';
import { count, duration, fraction, money, orNull, real } from './value-type.ts';

const limits = {
  exposure_max: key('exposureMax', fraction({ min: 0, max: 1 }), {
    default: 0.3,
    doc: 'Largest sum of all positions and open orders as a part of the equity',
    reloadable: true,
    tighter: 'lower',
  }),
  stop_loss_max: key('stopLossMax', fraction({ min: 0.001, max: 0.5 }), {
    default: 0.05,
    doc: 'Farthest stop from the entry price',
    reloadable: true,
    tighter: 'lower',
  }),
  take_profit_max: key('takeProfitMax', fraction({ min: 0.001, max: 1 }), {
    default: 0.1,
    doc: 'Farthest target from the entry price',
    reloadable: true,
    tighter: 'lower',
  }),
  daily_loss_max: key('dailyLossMax', fraction({ min: 0, max: 1 }), {
    default: 0.05,
    doc: 'No new position once the day (UTC) lost this part of its opening equity',
    reloadable: true,
    tighter: 'lower',
  }),
  daily_loss_max_amount: key('dailyLossMaxAmount', orNull(money({ min: 0 }), 'no limit in money'), {
    default: null,
    doc: 'No new position once the day (UTC) lost this much money',
    reloadable: true,
    tighter: 'lower',
  }),
  drawdown_max: key('drawdownMax', fraction({ min: 0, max: 1 }), {
    default: 0.25,
    doc: 'All positions are closed at this fall from the highest equity',
    reloadable: true,
    tighter: 'lower',
    env: 'MAX_DRAWDOWN',
  }),
  emergency_daily_loss: key('emergencyDailyLoss', fraction({ min: 0, max: 1 }), {
    default: 0.2,
    doc: 'Emergency stop once the day (UTC) lost this part of its opening equity: cancel, flatten, stay down',
    reloadable: true,
    tighter: 'lower',
  }),
  leverage_max: key('leverageMax', count({ min: 1, max: 125, unit: 'times' }), {
    default: 3,
    doc: 'Largest leverage of the account, whatever the venue offers',
    reloadable: true,
    tighter: 'lower',
  }),
};

const breaker = {
  consecutive_losses_max: key('consecutiveLossesMax', count({ min: 1, max: 100, unit: 'losing trades' }), {
    default: 5,
    doc: 'Losing trades in a row that open the circuit breaker',
    reloadable: true,
    tighter: 'lower',
  }),
  cooldown: key('cooldownUs', duration({ min: '1m', max: '30d' }), {
    default: '1h',
    doc: 'How long the circuit breaker stays open the first time',
    reloadable: true,
    tighter: 'higher',
  }),
  cooldown_growth: key('cooldownGrowth', real({ min: 1, max: 10, unit: 'times' }), {
    default: 2,
    doc: 'Factor on the cool-down at each further opening',
    reloadable: true,
    tighter: 'higher',
  }),
  cooldown_max: key('cooldownMaxUs', duration({ min: '1m', max: '90d' }), {
    default: '24h',
    doc: 'Longest cool-down',
    reloadable: true,
    tighter: 'higher',
  }),
  data_stale_after: key('dataStaleAfterUs', duration({ min: '1s', max: '7d' }), {
    default: '15m',
    doc: 'No new position when the newest market event of the symbol is older than this',
    reloadable: true,
    tighter: 'lower',
  }),
};

const brackets = {
  base_risk: key('baseRisk', fraction({ min: 0.001, max: 0.5 }), {
    default: 0.02,
    doc: 'Distance of the stop from the entry price before confidence adjusts it',
    reloadable: true,
    tighter: 'lower',
  }),
  reward_risk_min: key('rewardRiskMin', real({ min: 0.1, max: 10, unit: 'times the risk' }), {
    default: 1.5,
    doc: 'Distance of the target at no confidence',
    reloadable: true,
  }),
  reward_risk_max: key('rewardRiskMax', real({ min: 0.1, max: 10, unit: 'times the risk' }), {
    default: 2.5,
    doc: 'Distance of the target at full confidence',
    reloadable: true,
  }),
};

/** `risk`: account-wide limits, circuit breaker, stops and targets. */
export const risk = section(
  'risk',
  'Limits that no order may break; a running program takes over tighter ones only',
  { ...limits, ...breaker, ...brackets },
  (values, report) => {
    if (values.rewardRiskMin > values.rewardRiskMax)
      report('reward_risk_min', 'expected at most reward_risk_max');
    if (values.cooldownUs > values.cooldownMaxUs) report('cooldown', 'expected at most cooldown_max');
    if (values.dailyLossMax > values.emergencyDailyLoss)
      report('daily_loss_max', 'expected at most emergency_daily_loss');
    if (values.baseRisk > values.stopLossMax) report('base_risk', 'expected at most stop_loss_max');
  },
);
