import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createConnections } from '#platform/connections.ts';
import { createDownloads, type Downloaded } from '#platform/download.ts';
import { startBird } from '../../sandbox/bird/index.ts';
import { startMessageBird } from '../../sandbox/messagebird/index.ts';
import { startMeta } from '../../sandbox/meta/index.ts';
import type { Provider } from '../../sandbox/provider/provider.ts';
import { startTwilio } from '../../sandbox/twilio/index.ts';
import { startVonage } from '../../sandbox/vonage/index.ts';
import type { Account } from './accounts.ts';
import birdAccount from './bird/testdata/account.json' with { type: 'json' };
import type { Delivery } from './channel.ts';
import type { InboundMedia } from './media.ts';
import { createMediaSources } from './media-sources.ts';
import messagebirdAccount from './messagebird/testdata/account.json' with { type: 'json' };
import metaAccount from './meta/testdata/account.json' with { type: 'json' };
import { channels } from './registry.ts';
import twilioAccount from './twilio/testdata/account.json' with { type: 'json' };
import vonageAccount from './vonage/testdata/account.json' with { type: 'json' };

/** A patient of each provider's sends a picture: what its simulator tells of it is what the codec fetches it by. */

const line = '12025550100';
const bytes = Buffer.from('ffd8ffe0-a-picture');
const user = {
  id: 'u1',
  profileName: 'Maria Example',
  country: 'BR',
  phone: '5511955500001',
  identity: 'phone+bsuid',
} as const;

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

/** Takes webhooks as they come. */
async function startCallback() {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { searchParams, search } = new URL(request.url ?? '', 'http://here');
    const body = Buffer.concat(chunks);
    if (request.method === 'POST')
      deliveries.push({ body, query: search.slice(1), receivedAt: new Date().toISOString() });
    response.end(searchParams.get('hub.challenge') ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  // A TCP server's address is always an AddressInfo.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, deliveries };
}

type World = { readonly provider: Provider; readonly line: string; readonly account: Account };

const clock = { now: Date.now };
const own = { practiceId: 'aurora', id: 'front-desk' };

async function startWith(name: Account['channel'], webhookUrl: string): Promise<World> {
  switch (name) {
    case 'meta': {
      const { wabaId, phoneNumberId, accessToken, verifyToken } = metaAccount;
      const account = { wabaId, phoneNumberId, accessToken, verifyToken, displayPhone: '1', webhookUrl };
      const { provider } = await startMeta({
        clock,
        apps: [{ appId: '3', appSecrets: ['unused'], accounts: [account] }],
      });
      const config = { ...metaAccount, baseUrl: provider.url };
      return { provider, line: phoneNumberId, account: { ...own, channel: name, config } };
    }
    case 'twilio': {
      const { accountSid, apiKey, apiSecret, authTokens } = twilioAccount;
      const senders = [{ number: line, webhookUrl }];
      const shared = {
        accountSid,
        apiKey,
        apiSecret,
        authToken: authTokens[0] ?? '',
        contents: [],
        users: [],
      };
      const { provider } = await startTwilio({ accounts: [{ ...shared, senders }], clock });
      const config = { ...twilioAccount, templates: [], questions: [], sender: line, baseUrl: provider.url };
      return { provider, line, account: { ...own, channel: name, config } };
    }
    case 'vonage': {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' },
      });
      const { apiKey, applicationId } = vonageAccount;
      const shared = { apiKey, applicationId, number: line, publicKey, templates: [] };
      const { provider } = await startVonage({
        accounts: [{ ...shared, signatureSecrets: ['unused'], webhookUrl }],
        clock,
      });
      const config = { ...vonageAccount, number: line, privateKey, baseUrl: provider.url };
      return { provider, line, account: { ...own, channel: name, config } };
    }
    case 'messagebird': {
      const { channelId: id, accessKey, signingKeys } = messagebirdAccount;
      const customer = {
        accessKey,
        signingKey: signingKeys[0] ?? '',
        channels: [{ id, number: line, namespace: 'n', templates: [] }],
        webhooks: [{ url: webhookUrl, events: ['message.created' as const] }],
      };
      const { provider } = await startMessageBird({ customers: [customer], users: [], clock });
      const config = { ...messagebirdAccount, baseUrl: provider.url };
      return { provider, line: id, account: { ...own, channel: name, config } };
    }
    case 'bird': {
      const { workspaceId, channelId, accessKey, signingKeys } = birdAccount;
      const shared = { workspaceId, channelId, accessKey, signingKey: signingKeys[0] ?? '' };
      const { provider } = await startBird({
        channels: [{ ...shared, webhookUrl, number: `+${line}` }],
        clock,
      });
      const config = { ...birdAccount, templates: [], baseUrl: provider.url };
      return { provider, line: channelId, account: { ...own, channel: name, config } };
    }
  }
}

/** Of the delivery that told of it. */
async function sendsPicture(name: Account['channel']): Promise<{ account: Account; media: InboundMedia }> {
  const callback = await startCallback();
  const { provider, line: to, account } = await startWith(name, callback.url);
  stops.push(provider.stop);
  provider.put(user);
  await provider.ready();
  provider.say('u1', to, { kind: 'image', file: { name: 'knee.jpg', mimeType: 'image/jpeg', bytes } });
  const told = () =>
    callback.deliveries.flatMap((delivery) =>
      channels[name]
        .parse(delivery)
        .flatMap((event) =>
          event.type === 'message' && event.content.kind === 'media' ? [event.content] : [],
        ),
    );
  await expect.poll(told).toHaveLength(1);
  const [media] = told();
  if (media === undefined) throw new Error('no picture');
  return { account, media };
}

/** Step by step, as the job does. Without credentials where `strips`. */
async function fetched({ account, media }: { account: Account; media: InboundMedia }, strips = false) {
  const source = createMediaSources()(account);
  const downloads = createDownloads({ timeoutMs: 60_000, stallMs: 60_000, connections: createConnections() });
  const codes: string[] = [];
  for (let step = source.begin(media); ; ) {
    if (step.kind === 'wait' || step.kind === 'end') return { codes: [...codes, step.code], got: undefined };
    const request = await source.request(step, clock.now());
    if (request === undefined) throw new Error('no token');
    const { authorization: _, ...bare } = request.headers;
    const pieces: Buffer[] = [];
    const result: Downloaded = await downloads({
      request: strips ? { ...request, headers: bare } : request,
      allows: source.allows,
      maxBytes: 1_000_000,
      keep: async (piece) => void pieces.push(piece),
    });
    const body = Buffer.concat(pieces);
    if (result.kind === 'failed') return { codes: [...codes, result.code], got: undefined };
    if (result.kind === 'file' && step.kind === 'fetch') return { codes, got: body };
    const answer =
      result.kind === 'answer' ? result.answer : { status: 200, headers: {}, body: body.toString() };
    step = source.next(step, answer, media);
  }
}

test.each(['meta', 'twilio', 'vonage', 'messagebird', 'bird'] as const)('%s', async (name) => {
  const picture = await sendsPicture(name);
  expect((await fetched(picture)).got?.equals(bytes)).toBe(true);
  // Whoever has the address and no credentials gets nothing.
  expect((await fetched(picture, true)).got).toBeUndefined();
});
