/** Door of `net/server`: a `NetworkServer` over real sockets of this machine. */
export { type RealServer, type RealServerOptions, serveNetwork } from './real-server.ts';
