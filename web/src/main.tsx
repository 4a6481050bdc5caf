/** Starts the dashboard: one connection to the server that served the page, one store, one tree. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { LiveConnection } from './connection/live-connection.ts';
import { LiveStore } from './store/live-store.ts';
import './styles.css';

const store = new LiveStore(() => Date.now());
const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const connection = new LiveConnection({
  openSocket: (listeners) => {
    const socket = new WebSocket(`${scheme}://${location.host}/ws`);
    socket.addEventListener('message', (event) => listeners.onMessage(String(event.data)));
    socket.addEventListener('close', ({ code, reason }) => listeners.onClose(code, reason));
    return socket;
  },
  nowMs: () => Date.now(),
  random: () => Math.random(),
  schedule: (action, delayMs) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
  onMessage: (message) => store.accept(message),
  onState: (state) => store.setConnection(state),
});

const root = document.getElementById('root');
if (root === null) throw new Error('the page has an element #root');
createRoot(root).render(
  <StrictMode>
    <App store={store} connection={connection} />
  </StrictMode>,
);
connection.start();
