import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** Addresses that the staff app draws by itself: each is answered with the same page. */
export const staffPaths = [
  '/',
  '/inbox',
  '/inbox/:id',
  '/today',
  '/messages',
  '/people',
  '/audit',
  '/reports',
  '/settings',
  '/sign-in',
  '/enrol',
] as const;

export type StaffPagesOptions = {
  /** Folder with the built app: `dist/staff`. It may appear later, while the program runs. */
  readonly dir: string;
  /** The sandbox world runs beside: who has no session yet is a newcomer, and is shown the world first. */
  readonly sandbox: boolean;
};

/** Stands in the built page where the nonce of each answer goes. */
const noncePlaceholder = 'NONCE_OF_THIS_ANSWER';

/** Either name of the session cookie; whether it still counts, the app asks the API. */
const sessionCookie = /(?:^|;\s*)(?:vestibule-session|__Host-vestibule)=/;

/** Seconds. The names of these files change with their content. */
const assetMaxAge = 31_536_000;

const open = { config: { access: 'public' as const }, schema: { hide: true } };

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vestibule</title>
<h1>The staff app is not built yet</h1>
<p>Vestibule itself is running. Run <code>npm run build</code>, then load this page again.</p>
</html>
`;

/**
 * Serves the staff app: its files, which may be kept for ever, and its page, which may not be kept at all. The page's CSP
 * lets in the one style sheet that the app's component library makes while it runs, by a nonce of this answer.
 */
export async function staffPages(app: FastifyInstance, { dir, sandbox }: StaffPagesOptions): Promise<void> {
  // A scope of its own: the sandbox decorates its replies with the same name.
  await app.register(async (scope) => {
    await scope.register(fastifyStatic, { serve: false, root: dir, preCompressed: true });
    scope.get<{ Params: { '*': string } }>('/assets/*', open, (request, reply) =>
      reply.sendFile(request.params['*'], join(dir, 'assets'), {
        immutable: true,
        maxAge: assetMaxAge * 1000,
      }),
    );
    for (const path of staffPaths) {
      scope.get(path, open, (request, reply) => {
        reply.header('cache-control', 'no-store');
        const isNewcomer = sandbox && path === '/' && !sessionCookie.test(request.headers.cookie ?? '');
        return isNewcomer ? reply.redirect('/sandbox/') : sendPage(reply, dir);
      });
    }
  });
}

async function sendPage(reply: FastifyReply, dir: string): Promise<FastifyReply> {
  // Read each time: the page may be built anew while the program runs.
  const page = await readFile(join(dir, 'index.html'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  reply.type('text/html; charset=utf-8');
  if (page === undefined) return reply.code(503).send(notBuilt);
  const nonce = randomBytes(16).toString('base64');
  allowStyle(reply, nonce);
  return reply.send(page.replaceAll(noncePlaceholder, nonce));
}

/** Widens the server's own policy by this nonce, for styles only. */
function allowStyle(reply: FastifyReply, nonce: string): void {
  const policy = reply.getHeader('content-security-policy');
  const [before, after, ...more] = typeof policy === 'string' ? policy.split("style-src 'self'") : [];
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error('the content security policy has no style-src to widen');
  }
  reply.header('content-security-policy', `${before}style-src 'self' 'nonce-${nonce}'${after}`);
}
