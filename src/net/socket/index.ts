/** Door of `net/socket`: the real network. */
export { SocketTransport, type SocketTransportOptions } from './socket-transport.ts';
