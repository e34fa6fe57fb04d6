import { accountReferences, type Provider as ProviderName } from '#practice/account-file.ts';
import { type Provider, providers } from '../test/providers/index.ts';
import { publicUrl } from '../test/providers/side.ts';

/** The account of a provider in `channels.yaml`, as the provider's side of the tests has it, and the environment with its secrets. */
export type BenchAccount = {
  readonly file: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
};

export function providerNamed(name: string): Provider {
  const provider = providers.find((each) => each.name === name);
  if (provider === undefined) throw new Error(`no provider is named "${name}"`);
  return provider;
}

/** Ids are unique within a practice. */
const idOf = (provider: string) => `${provider}-desk`;

export function benchAccount({ name, account }: Provider): BenchAccount {
  const env: Record<string, string> = { PUBLIC_URL: publicUrl };
  const refer = (value: string) => {
    const variable = `BENCH_${name.toUpperCase()}_${Object.keys(env).length}`;
    env[variable] = value;
    return `env:${variable}`;
  };
  // Every name of a provider's side is a provider's.
  const secrets: readonly string[] = accountReferences[name as ProviderName].secrets;
  // What is said, nothing of it matters here.
  const unused = ['practiceId', 'templates', 'questions'];
  const fields = Object.entries(account)
    .filter(([field]) => !unused.includes(field))
    .map(([field, value]: [string, unknown]) => {
      if (!secrets.includes(field)) return [field, value];
      // The secret in use; the one that it replaces costs a second hash, and most of the time there is none.
      return [field, Array.isArray(value) ? [refer(String(value[0]))] : refer(String(value))];
    });
  const lasting = name === 'messagebird' ? { clockToleranceSeconds: 3599 } : {};
  return {
    file: {
      ...Object.fromEntries(fields),
      ...lasting,
      id: idOf(name),
      provider: name,
      displayPhone: '+1 202 555 0100',
    },
    env,
  };
}

/** One complete HTTP request with a patient's text, signed; its message id was never used before. */
export function signedRequest(provider: Provider, port: number, serial: number): Buffer {
  const nowMs = Date.now();
  const phone = `55119${50_000_000 + (serial % 5_000)}`;
  const from = { phone, userId: `BR.${phone}0000000`, name: 'Maria Exemplo' };
  const text = `Olá, preciso marcar uma consulta (${serial})`;
  const envelope = { id: provider.messageId(serial), from, atMs: nowMs };
  const said = provider.act({ kind: 'text', text }, envelope);
  const account = idOf(provider.name);
  const { headers, body } = provider.deliver(said, nowMs, provider.secrets[0], account);
  const head = [
    `POST /webhooks/${provider.name}/${account} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    'accept: */*',
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}
