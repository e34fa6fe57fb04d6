import helmet from '@fastify/helmet';
import Fastify from 'fastify';

export type StrictHeaders = {
  readonly forBrowsers: Readonly<Record<string, string>>;
  /** No browser shows what a provider is told, but an answer that was echoed must not become a page. */
  readonly forProviders: Readonly<Record<string, string>>;
};

const directives = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'media-src': ["'self'", 'blob:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
};

/**
 * The security headers of every answer. The plugin builds them anew for each answer, at the cost of a third of a webhook's whole
 * time; so it is asked once, at the start.
 */
export async function strictHeaders(sandbox: boolean): Promise<StrictHeaders> {
  const asked = Fastify();
  await asked.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives },
    referrerPolicy: { policy: 'no-referrer' },
    // Told by the proxy that ends TLS; on plain http at localhost it would do harm.
    strictTransportSecurity: !sandbox,
  });
  const bare = ['content-length', 'content-type', 'date', 'connection'];
  asked.get('/', (_request, reply) => reply.send());
  const { headers } = await asked.inject('/');
  await asked.close();
  const forBrowsers = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || bare.includes(name) ? [] : [[name, String(value)]],
    ),
  );
  const forProviders = {
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
  };
  return { forBrowsers, forProviders };
}
