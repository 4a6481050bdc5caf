/**
 * The dashboard's files and the headers that every answer carries. Nothing but files of the build is served: its page, its icon and its
 * assets. While there is no build yet a small page says so and looks again by itself.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Where the build stands. */
export type WebState =
  | { readonly kind: 'building' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string };

/** Assets have a hash in their name: the same name is the same content for ever. */
const ASSET_AGE_S = 365 * 24 * 3_600;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
];

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY.join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'cache-control': 'no-store',
};

/** Puts the security headers on every answer of a server. */
export function addSecurityHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS);
  });
}

/** Serves the page, the icon and the assets of a build in `distDir`; the page also is a WebSocket endpoint, which `onSocket` of the caller takes. */
export async function addWebPages(
  server: FastifyInstance,
  distDir: string,
  stateOf: () => WebState,
): Promise<(reply: FastifyReply) => FastifyReply> {
  const assets = join(distDir, 'assets');
  mkdirSync(assets, { recursive: true });
  await server.register(fastifyStatic, {
    root: assets,
    prefix: '/assets/',
    index: false,
    dotfiles: 'deny',
    maxAge: ASSET_AGE_S * 1_000,
    immutable: true,
  });
  server.get('/favicon.svg', (_request, reply) => reply.sendFile('favicon.svg', distDir));
  return (reply) => {
    const state = stateOf();
    if (state.kind === 'ready') return reply.sendFile('index.html', distDir, { cacheControl: false });
    return sendNotice(reply, state);
  };
}

const STYLE =
  'html{background:#000;color:#f3eded;font:16px/1.5 system-ui,sans-serif;color-scheme:dark}' +
  'body{max-width:40rem;margin:20vh auto;padding:0 1.5rem}' +
  'h1{font-size:1.25rem;border-bottom:3px solid #8b0000;padding-bottom:.75rem}' +
  'pre{white-space:pre-wrap;overflow-wrap:anywhere;color:#f0b4b4}';
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
/** How soon the notice looks again. */
const REFRESH_S = 2;

function sendNotice(reply: FastifyReply, state: Exclude<WebState, { kind: 'ready' }>): FastifyReply {
  const policy = HEADERS['content-security-policy']?.replace(
    "style-src 'self'",
    `style-src 'sha256-${STYLE_HASH}'`,
  );
  return reply
    .code(state.kind === 'failed' ? 500 : 503)
    .header('content-security-policy', policy)
    .header('retry-after', String(REFRESH_S))
    .type('text/html; charset=utf-8')
    .send(noticePage(state));
}

function noticePage(state: Exclude<WebState, { kind: 'ready' }>): string {
  const isFailed = state.kind === 'failed';
  const title = isFailed ? 'The dashboard could not be built' : 'Building the dashboard';
  const body = isFailed
    ? `<p>Trading is not affected. Run <code>npm ci</code> in the repository, then start the program again.</p><pre>${escapeHtml(state.message)}</pre>`
    : '<p>This takes a few seconds after the first start or an update. The page opens by itself.</p>';
  const refresh = isFailed ? '' : `<meta http-equiv="refresh" content="${REFRESH_S}">`;
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    `<meta name="viewport" content="width=device-width, initial-scale=1">${refresh}<link rel="icon" href="data:,"><title>Xylen</title>` +
    `<style>${STYLE}</style></head><body><h1>${title}</h1>${body}</body></html>`
  );
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
