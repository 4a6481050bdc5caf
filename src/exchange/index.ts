/** Door of `exchange`: the simulated exchange as a process of its own. */
export { type ExchangeOptions, ExchangeServer } from './exchange-server.ts';
export { type HostableWorld, HostedWorld } from './hosted-world.ts';
export { STEP_LOG_LIMITS, type Standing, type StepLogLimits } from './step-log.ts';
