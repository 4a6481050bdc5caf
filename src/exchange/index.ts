/** Door of `exchange`: the simulated exchange as a process of its own. */
export { demoKey } from './binance/demo-keys.ts';
export type { Fault } from './binance/faults/fault.ts';
export { readFaults } from './binance/faults/fault-form.ts';
export { FAULT_SCENARIOS, scenarioFaults } from './binance/faults/fault-scenarios.ts';
export type { ApiCredential } from './binance/key-ring.ts';
export { REQUEST_LIMITS, type RequestLimits } from './binance/request-limits.ts';
export {
  type ExchangeAccount,
  type ExchangeClock,
  type ExchangeMarket,
  type MarketPause,
  SimulatedExchange,
  type SimulatedExchangeOptions,
} from './binance/simulated-exchange.ts';
export { type ExchangeOptions, ExchangeServer } from './exchange-server.ts';
export { type HostableWorld, HostedWorld } from './hosted-world.ts';
export { STEP_LOG_LIMITS, type Standing, type StepLogLimits } from './step-log.ts';
