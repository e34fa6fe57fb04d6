import type { FastifyRequest } from 'fastify';
import { HttpError } from '#platform/http/errors.ts';

/** On one machine the same server has three names; a page under one of them is our own. */
const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

/** The origins that are our own site. */
export function ownOrigins(publicUrl: string): ReadonlySet<string> {
  const url = new URL(publicUrl);
  if (!loopbackHosts.includes(url.hostname)) return new Set([url.origin]);
  return new Set(
    loopbackHosts.map((host) => `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}`),
  );
}

const changesNothing = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses what another site makes a browser send here. What changes something must say where it comes from, by `Sec-Fetch-Site`
 * or `Origin`; every browser of today sends one of them, and a page cannot set either.
 * @throws HttpError CROSS_SITE
 */
export function assertOwnSite(request: FastifyRequest, own: ReadonlySet<string>): void {
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isRead = changesNothing.includes(request.method);
  const isSiteFine = site === undefined || site === 'same-origin' || (isRead && site === 'none');
  const isOriginFine = origin === undefined || own.has(origin);
  const isTold = isRead || site !== undefined || origin !== undefined;
  if (!isSiteFine || !isOriginFine || !isTold) throw new HttpError('CROSS_SITE');
}
