import { connect } from 'node:net';
import { openDb } from '#platform/db/db.ts';
import { addPerson, createSealer, openKeyProvider, openSession } from '#security/index.ts';
import { launchChromium } from '../test/chromium.ts';
import { freePort } from '../test/ports.ts';
import { startProduct } from './children.ts';
import { figure, percentile } from './figures.ts';
import { conversationIdOf, nameOf, phoneOf, seedInbox, uniqueWordOf } from './inbox-seed.ts';
import { account, practiceId, query, webhookPath, withSetting } from './setting.ts';
import { webhookRequest } from './webhooks.ts';

/**
 * How quickly staff see their list and open a conversation where the practice has 100,000 of them. All over real HTTP against the
 * product, as a signed-in manager; the baseline is `/health/ready`: the same server asking its database for nothing (`select 1`).
 */

const conversations = Number(process.env.BENCH_CONVERSATIONS ?? 100_000);
const long = { conversations: 400, messages: 40 };
const lists = 100;
const searches = 60;
const opened = 300;
/** Patients who write, one after the other. */
const written = 60;

/** Milliseconds within which rows must have come; a page that never shows any is a failure, not a figure. */
const patience = 30_000;

type Client = {
  readonly get: (path: string) => Promise<number>;
  readonly post: (path: string, body: object) => Promise<number>;
  readonly failed: () => number;
};

/** Times whole answers, in milliseconds. */
function clientOf(base: string, cookie: string): Client {
  let failed = 0;
  async function time(path: string, options: RequestInit): Promise<number> {
    const begin = performance.now();
    const response = await fetch(`${base}${path}`, options);
    await response.arrayBuffer();
    if (response.status !== 200) failed += 1;
    return performance.now() - begin;
  }
  return {
    get: (path) => time(path, { headers: { cookie } }),
    post: (path, body) =>
      time(path, {
        method: 'POST',
        headers: { cookie, origin: base, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    failed: () => failed,
  };
}

await withSetting(1_200, async (setting, defer) => {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const provider = { BENCH_PROVIDER_URL: 'http://127.0.0.1:9' };
  const env = { ...setting.env, ...provider, PORT: String(port), PUBLIC_URL: base };
  const product = await startProduct(['--roles', 'web'], env);
  defer(product.stop);
  const cookie = await seed(setting.databaseUrl, setting.env.VESTIBULE_DATA ?? '');
  const client = clientOf(base, cookie);

  const selectOne: number[] = [];
  /** Each figure with a baseline of its own moment: a machine that others use is not equally fast all the time. */
  const report = async (name: string, count: number, one: (i: number) => Promise<number>) => {
    const latencies: number[] = [];
    const beside: number[] = [];
    for (let i = 0; i < count; i += 1) {
      beside.push(await client.get('/health/ready'));
      latencies.push(await one(i));
    }
    selectOne.push(...beside);
    for (const [label, share] of [
      ['p50', 0.5],
      ['p95', 0.95],
    ] as const) {
      const baseline = { of: `select-1-${label}`, value: percentile(beside, share) };
      figure(`inbox.${name}-${label}`, percentile(latencies, share), 'ms', baseline);
    }
  };
  await client.get('/api/inbox');
  for (const queue of ['waiting', 'mine', 'all', 'resolved'])
    await report(`list-${queue}`, lists, () => client.get(`/api/inbox?queue=${queue}`));
  const find = (search: string) => client.post('/api/inbox/search', { queue: 'all', search });
  const anybody = (i: number) => (i * 7_919) % conversations;
  await report('search-one', searches, (i) => find(uniqueWordOf(anybody(i))));
  await report('search-number', searches, (i) => find(phoneOf(anybody(i))));
  await report('search-common-name', searches, () => find(nameOf(0).split(' ').slice(0, 2).join(' ')));
  await report('open', opened, (i) =>
    client.get(`/api/conversations/${conversationIdOf(i % long.conversations)}`),
  );
  figure('inbox.select-1-p95', percentile(selectOne, 0.95), 'ms');
  await measureBrowser(base, cookie);
  const worker = await startProduct(['--roles', 'worker'], { ...env, METRICS_PORT: '0' });
  defer(worker.stop);
  await measureLive(port, cookie, setting.appSecret);
  figure('inbox.failed', client.failed(), 'requests');
  if (client.failed() > 0) process.exitCode = 1;
});

/** From a patient's webhook, sent whole, to the event that tells an open screen which conversation to ask for again. */
async function measureLive(port: number, cookie: string, appSecret: string): Promise<void> {
  const base = `http://127.0.0.1:${port}`;
  const ending = new AbortController();
  const stream = await fetch(`${base}/api/events`, { headers: { cookie }, signal: ending.signal });
  const { body } = stream;
  if (body === null) throw new Error('no event stream');
  let wanted = '';
  let seen = () => {};
  const reading = (async () => {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      text = `${text}${chunk}`.slice(-100_000);
      if (wanted === '' || !text.includes(wanted)) continue;
      wanted = '';
      text = '';
      seen();
    }
  })().catch(() => undefined);
  const target = {
    port,
    path: webhookPath,
    appSecret,
    phoneNumberId: account.phoneNumberId,
  };
  const latencies: number[] = [];
  for (let i = 0; i < written; i += 1) {
    const n = long.conversations + i * 97;
    const arrived = new Promise<void>((resolve) => {
      seen = resolve;
    });
    wanted = conversationIdOf(n);
    const begin = performance.now();
    await send(port, webhookRequest(target, { phone: phoneOf(n), text: 'Bom dia' }));
    await arrived;
    latencies.push(performance.now() - begin);
  }
  ending.abort();
  await reading;
  figure('inbox.webhook-to-screen-p50', percentile(latencies, 0.5), 'ms');
  figure('inbox.webhook-to-screen-p95', percentile(latencies, 0.95), 'ms');
}

/** One request on a connection of its own; resolves with the first bytes of the answer. */
function send(port: number, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.destroy();
      if (answer.toString().startsWith('HTTP/1.1 200')) resolve();
      else reject(new Error('a webhook was refused'));
    });
  });
}

/** Conversations, and a manager who has signed in; returns the cookie. */
async function seed(databaseUrl: string, folder: string): Promise<string> {
  const db = openDb({ url: databaseUrl, role: 'vestibule_app', maxConnections: 4 });
  try {
    const sealer = createSealer({ db, provider: openKeyProvider(`file:${folder}/keys.json`) });
    await sealer.preparePractice(practiceId);
    const staffIds = await db.tx(practiceId, async (tx) => {
      const ids: string[] = [];
      for (const name of ['Ana', 'Bo', 'Mia']) ids.push(await addPerson(tx, { name, role: 'manager' }));
      return ids;
    });
    const begin = performance.now();
    const now = Date.now();
    await seedInbox(db, sealer, { practiceId, accountId: account.id, conversations, long, staffIds, now });
    await query(databaseUrl, 'analyze');
    figure('inbox.seeded', conversations, 'conversations');
    figure('inbox.seeding', (performance.now() - begin) / 1000, 's');
    const value = await db.tx(practiceId, (tx) => openSession(tx, staffIds[0] ?? '', 'passkey'));
    return `vestibule-session=${value}`;
  } finally {
    await db.close();
  }
}

/** The staff app in a browser: a fresh profile each time, so nothing is in its cache. */
async function measureBrowser(base: string, cookie: string): Promise<void> {
  const browser = await launchChromium();
  try {
    const paints: number[] = [];
    const rows: number[] = [];
    const opens: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      const [name = '', value = ''] = cookie.split(/=(.*)/s);
      await context.addCookies([{ name, value, url: base }]);
      const page = await context.newPage();
      await page.goto(`${base}/inbox`);
      const row = page.getByTestId('inbox-row').first();
      await row.waitFor({ timeout: patience });
      rows.push(await page.evaluate(() => performance.now()));
      const painted = await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
      );
      paints.push(painted ?? Number.NaN);
      const clicked = await page.evaluate(() => performance.now());
      await row.click();
      await page.getByTestId('thread-message').last().waitFor({ timeout: patience });
      opens.push((await page.evaluate(() => performance.now())) - clicked);
      await context.close();
    }
    figure('inbox.first-paint', percentile(paints, 0.5), 'ms');
    figure('inbox.rows-shown', percentile(rows, 0.5), 'ms');
    figure('inbox.conversation-shown', percentile(opens, 0.5), 'ms');
  } finally {
    await browser.close();
  }
}
