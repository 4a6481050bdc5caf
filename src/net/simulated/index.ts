/** Door of `net/simulated`: a network in simulated time. */
export type { Latency } from './simulated-host.ts';
export { SimulatedNetwork } from './simulated-network.ts';
export type { SimulatedTransport } from './simulated-transport.ts';
