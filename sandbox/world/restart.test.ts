import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../test/ports.ts';
import { createPhone, examplePatients } from '../phone/index.ts';
import { standingClock } from '../provider/clock.ts';
import { type Credentials, loadCredentials, type ProviderName, type WorldAccount } from './index.ts';
import { startProviders } from './providers.ts';

/** A partner that was stopped before the product took anything knows the chat, and tells of it once the product listens. */

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

const own = { id: 'front-desk', displayPhone: '+55 11 5555-0100' };

function accountAt(provider: ProviderName, known: Credentials | undefined): WorldAccount {
  if (provider === 'twilio' && known?.twilio) return { ...own, provider, ...known.twilio, contents: [] };
  if (provider === 'vonage' && known?.vonage) return { ...own, provider, ...known.vonage };
  if (provider === 'messagebird' && known?.messagebird) return { ...own, provider, ...known.messagebird };
  if (provider === 'bird' && known?.bird) return { ...own, provider, ...known.bird, projects: [] };
  throw new Error('no credentials were made');
}

test.each(['twilio', 'vonage', 'messagebird', 'bird'] as const)('%s', async (provider) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'vestibule-restart-'));
  cleanUps.push(() => rmSync(dataDir, { recursive: true }));
  const port = await freePort();
  const known = loadCredentials([own.id], dataDir, { [own.id]: provider });
  expect(loadCredentials([own.id], dataDir, { [own.id]: provider })).toEqual(known);
  const practice = { id: 'aurora', name: 'Aurora', contentMode: 'open', languages: ['pt'] } as const;
  const options = {
    dataDir,
    productUrl: `http://127.0.0.1:${port}`,
    apiToken: '',
    practices: [{ ...practice, accounts: [accountAt(provider, known[own.id])] }],
    clock: standingClock(),
  };

  const first = await startProviders(options);
  const before = createPhone({ accounts: first.lines, patients: examplePatients });
  const { id } = before.send('maria', own.id, { kind: 'text', text: 'Olá' });
  before.send('maria', own.id, { kind: 'image', caption: 'meu cartão' });
  const said = before.chat('maria', own.id).messages;
  expect(said).toMatchObject([
    { id, text: 'Olá' },
    { kind: 'image', caption: 'meu cartão' },
  ]);
  for (const each of first.all.values()) {
    expect(each.waiting()).toBe(2);
    await each.stop();
  }

  const paths: (string | undefined)[] = [];
  const product = createServer((request, response) => {
    paths.push(request.url);
    request.resume();
    response.end();
  });
  await new Promise<void>((resolve) => product.listen(port, '127.0.0.1', resolve));
  cleanUps.push(() => product.close());
  const second = await startProviders(options);
  cleanUps.push(() => Promise.all([...second.all.values()].map((each) => each.stop())));
  const after = createPhone({ accounts: second.lines, patients: examplePatients });
  expect(after.chat('maria', own.id).messages).toEqual(said);
  for (const each of second.all.values()) await expect.poll(() => each.waiting()).toBe(0);
  expect(paths).toEqual(Array(2).fill(`/webhooks/${provider}/front-desk`));
});
