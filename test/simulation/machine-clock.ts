/** The clock of the machine that the trader runs on: somebody may set it, ahead or back, and the program reads it as it reads a real one. */
import type { Transport } from '#net';
import type { SimulatedTransport } from '#net/simulated';
import { WallClock } from '../../src/net/socket/wall-clock.ts';

const US_PER_MS = 1_000;

/** The host's clock minus true time; it outlives the trader. */
export interface MachineTime {
  offsetUs: number;
}

/** Returns the transport with the clock that a program on that machine reads: whole milliseconds of a clock that may be set, and no steps back. */
export function onMachine(transport: SimulatedTransport, machine: MachineTime): Transport {
  const clock = new WallClock({
    wallMs: () => Math.floor((transport.nowUs() + machine.offsetUs) / US_PER_MS),
    monotonicMs: () => transport.nowUs() / US_PER_MS,
  });
  return {
    nowUs: () => clock.nowUs(),
    after: (delayUs, call) => transport.after(delayUs, call),
    openSocket: (options, handlers) => transport.openSocket(options, handlers),
    request: (request, onOutcome) => transport.request(request, onOutcome),
  };
}
