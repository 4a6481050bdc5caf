/**
 * Keeps ccxt from ending the process: it subscribes in the background (`throttle().then(() => { client.send(message) })`) and looks after no failure of it,
 * so that a connection that is cut while subscriptions wait for their turn leaves a rejected promise that nobody handles, which ends a Node process.
 * Here a failed message is an error of its connection, as ccxt treats it elsewhere: whoever waits for that connection is told.
 */

/** A connection of ccxt. */
interface Client {
  send(message: unknown): Promise<unknown>;
  onError(error: unknown): void;
}

/** What makes connections. */
export interface ClientSource {
  client(url: string): Client;
}

/** Makes every connection that the exchange opens from now on look after its own messages. */
export function guardSends(exchange: ClientSource): void {
  const open = exchange.client.bind(exchange);
  const guarded = new WeakSet<Client>();
  exchange.client = (url) => {
    const client = open(url);
    if (guarded.has(client)) return client;
    guarded.add(client);
    const send = client.send.bind(client);
    client.send = async (message) => {
      try {
        return await send(message);
      } catch (thrown) {
        client.onError(thrown);
        return undefined;
      }
    };
    return client;
  };
}
