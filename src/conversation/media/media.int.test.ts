import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { InboundContent } from '#channels/channel.ts';
import { type Account, accountsOf, createMediaSources } from '#channels/index.ts';
import { expireFiles, forgetFiles, pieceBytes, readFile } from '#files/index.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { createConnections } from '#platform/connections.ts';
import type { Tx } from '#platform/db/db.ts';
import { createDownloads } from '#platform/download.ts';
import type { PlainEvent } from '#platform/eventstore/reader.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { standingClock } from '../../../sandbox/meta/clock.ts';
import { type Meta, startMeta } from '../../../sandbox/meta/index.ts';
import { envelope } from '../../../test/scenarios/delivery.ts';
import { openTurnsWorld, type TurnsWorld } from '../../../test/turns-world.ts';
import { liveEventsOf } from '../../app/live-events.ts';
import metaAccount from '../../channels/meta/testdata/account.json' with { type: 'json' };
import vonageAccount from '../../channels/vonage/testdata/account.json' with { type: 'json' };
import { putMail } from '../commands.ts';
import { noteFiles } from './commands.ts';
import { fetchFile } from './jobs.ts';

/** Files are fetched over real sockets: from Meta's simulator, and from servers that mean no good. */

type Media = Extract<InboundContent, { kind: 'media' }>;

let world: TurnsWorld;
let meta: Meta;
const clock = standingClock();
const maxFileBytes = 1_000_000;

beforeAll(async () => {
  world = await openTurnsWorld(6);
  const { wabaId, phoneNumberId, accessToken, verifyToken } = metaAccount;
  const account = { wabaId, phoneNumberId, accessToken, verifyToken, displayPhone: '1', webhookUrl: '' };
  meta = await startMeta({ clock, apps: [{ appId: '300', appSecrets: ['x'], accounts: [account] }] });
});

afterAll(async () => {
  await meta.stop();
  await world.close();
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function serving(handle: Handle): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? 'nobody'}`);
    handle(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is always an AddressInfo.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const counted: string[] = [];
beforeEach(() => {
  counted.length = 0;
});

/** The job of the queue, for an account whose provider is at `baseUrl`. */
function fetching(baseUrl: string, more: Partial<Account> = {}) {
  const { practiceId, deps } = world;
  const id = 'aurora-wa';
  const config = { ...metaAccount, practiceId, id, baseUrl };
  const account = { practiceId, id, channel: 'meta', config, ...more } as Account; // of the channel that it names
  const metrics = {
    count: (_: string, labels: object = {}) => void counted.push(Object.values(labels).join(' ')),
    close: async () => undefined,
  };
  return fetchFile({
    ...deps,
    metrics,
    clock,
    accounts: accountsOf([account]),
    sources: createMediaSources(),
    downloads: createDownloads({ timeoutMs: 60_000, stallMs: 60_000, connections: createConnections() }),
    maxFileBytes,
  });
}

let serial = 0;

/** A message with a file arrives; returns its job. */
async function arrives(content: Partial<Media>, channel = 'meta'): Promise<OwedJob> {
  serial += 1;
  const { deps, practiceId, owed } = world;
  const conversationId = `conversation-${serial}`;
  const at = new Date(clock.now()).toISOString();
  const externalId = `wamid.${serial}`;
  const media: Media = { kind: 'media', media: 'image', mediaId: '1', ...content };
  const mail = { kind: 'message' as const, externalId, at, from: { phone: '5511955500001' }, content: media };
  const accountId = 'aurora-wa';
  const name = `${channel}/${accountId}/${externalId}`;
  const letter = { conversationId, subject: conversationId, name, sentAt: at, mail, channel, accountId };
  await deps.db.tx(practiceId, async (tx) => {
    lockMailboxes(tx, [conversationId]);
    await putMail(tx, deps, [letter]);
    await noteFiles(tx, deps, [letter]);
  });
  return lastJob(owed);
}

function lastJob(owed: readonly OwedJob[]): OwedJob {
  const job = owed.findLast(({ queue }) => queue === 'media');
  if (job === undefined) throw new Error('no job');
  return job;
}

const run = (handler: ReturnType<typeof fetching>, { data }: OwedJob) =>
  handler({ id: 'j', attempt: 1, data });
const fileIdOf = ({ data }: OwedJob) => String(data.fileId);

type FileRow = {
  state: string;
  code: string | null;
  attempts: number;
  bytes: string | null;
  sniffed_type: string | null;
  agrees: boolean | null;
};

async function row(job: OwedJob): Promise<FileRow | undefined> {
  const [found] = await world.query<FileRow>(
    `select state, code, attempts, bytes::text, sniffed_type, agrees from files where practice_id = $1 and file_id = $2`,
    [fileIdOf(job)],
  );
  return found;
}

/** As the screens' listener reads them. */
async function factsOf(job: OwedJob): Promise<readonly PlainEvent[]> {
  return await world.query<PlainEvent>(
    `select stream, type, data from events where practice_id = $1 and stream = 'file/' || $2::text`,
    [fileIdOf(job)],
  );
}

async function pieces(job: OwedJob): Promise<{ position: number; body: Buffer }[]> {
  return await world.query(
    `select position, body from file_pieces where practice_id = $1 and file_id = $2 order by position`,
    [fileIdOf(job)],
  );
}

async function bytesOf(job: OwedJob, purpose: 'check' | 'serve' = 'check'): Promise<Buffer> {
  const read: Buffer[] = [];
  for await (const piece of readFile(world.deps, world.practiceId, fileIdOf(job), purpose)) read.push(piece);
  return Buffer.concat(read);
}

const jpeg = (size: number) => Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), randomBytes(size - 4)]);

/** A picture at the simulator. */
const picture = (bytes: Buffer) =>
  meta.media.add({ phoneNumberId: metaAccount.phoneNumberId, mimeType: 'image/jpeg', bytes });

test('a delivery tells of a picture: one job of ids alone, and the exact bytes, sealed; a repeat changes nothing', async () => {
  const bytes = jpeg(2 * pieceBytes + 1000);
  const { id, sha256 } = picture(bytes);
  const timestamp = String(Math.floor(clock.now() / 1000));
  const image = {
    id,
    mime_type: 'image/jpeg',
    sha256: Buffer.from(sha256, 'hex').toString('base64'),
    caption: 'knee',
  };
  const said = { from: '5511955500001', id: 'wamid.photo', timestamp, type: 'image', image };
  const metadata = { phone_number_id: metaAccount.phoneNumberId };
  const deliver = (contacts: object) =>
    world.deliverBody(
      Buffer.from(
        envelope({ field: 'messages', value: { metadata, contacts: [contacts], messages: [said] } }),
      ),
    );
  await world.parseAndAnswer(await deliver({}));
  const job = lastJob(world.owed);
  expect(Object.keys(job.data).toSorted()).toEqual(['conversationId', 'fileId', 'practiceId']);
  expect(JSON.stringify(job)).not.toContain(id);
  expect(await row(job)).toMatchObject({ state: 'awaited', bytes: null });
  await run(fetching(meta.url), job);
  const kept = {
    state: 'quarantined',
    bytes: String(bytes.length),
    sniffed_type: 'image/jpeg',
    agrees: true,
  };
  expect(await row(job)).toMatchObject(kept);
  expect((await bytesOf(job)).equals(bytes)).toBe(true);
  expect(counted).toEqual(['meta kept']);
  const { conversationId } = job.data;
  const told = { fileId: job.data.fileId, conversationId, bytes: bytes.length, agrees: true };
  expect(await factsOf(job)).toMatchObject([{ type: 'FileKept', data: told }]);
  const live = await world.deps.db.tx(world.practiceId, async (tx) => liveEventsOf(tx, await factsOf(job)));
  expect(live).toContainEqual({ type: 'conversation', conversationId });
  // Told of again, in other words, and run again: nobody is asked for anything.
  const before = world.owed.length;
  await world.parseAndAnswer(await deliver({ profile: { name: 'Maria' } }));
  expect(world.owed.slice(before).filter(({ queue }) => queue === 'media')).toEqual([]);
  const nobody = await serving((_, response) => response.end());
  await run(fetching(nobody.url), job);
  expect(nobody.asked).toEqual([]);
});

test('who sends more than a day’s share waits with the rest, and nobody is called for it', async () => {
  const nobody = await serving((_, response) => response.end());
  const job = await arrives({});
  await world.query(
    `insert into files (practice_id, file_id, conversation_id, mail_key, channel, account_id, subject, state, sent_at, changed_at, bytes)
     select $1, gen_random_uuid(), $2, sha256(('many' || n)::bytea), 'meta', 'aurora-wa', $2, 'quarantined', $3, $3, 1
     from generate_series(1, 100) n`,
    [job.data.conversationId, new Date(clock.now())],
  );
  await run(fetching(nobody.url), job);
  expect(await row(job)).toMatchObject({ state: 'awaited', code: 'TOO_MANY' });
  expect(lastJob(world.owed)).toEqual({ ...job, afterSeconds: 3600 });
  expect(nobody.asked).toEqual([]);
  clock.advance(24 * 3_600_000 + 1);
  await run(fetching(nobody.url), job);
  expect(nobody.asked).not.toEqual([]);
});

test('no word of a file stands in the database, and its pieces hold nothing together', async () => {
  const marker = 'zyqx-needle-in-a-document';
  const { id } = picture(Buffer.from(marker.repeat(40_000)));
  const job = await arrives({ mediaId: id, caption: marker, fileName: `${marker}.pdf` });
  await run(fetching(meta.url), job);
  expect((await bytesOf(job)).toString().startsWith(marker)).toBe(true);
  const rows = await world.query<{ row: string }>(
    `select f::text as row from files f where practice_id = $1
     union all select encode(body, 'escape') from file_pieces where practice_id = $1`,
  );
  const all = rows.map((each) => each.row).join('\n');
  expect(all).not.toContain('zyqx');
  expect(all).not.toContain(Buffer.from('zyqx').toString('hex'));
  const hash = createHash('sha256').update(marker.repeat(40_000)).digest('hex');
  expect(all).not.toContain(hash);
});

test('nobody is served what is in quarantine', async () => {
  const { id } = picture(jpeg(100));
  const job = await arrives({ mediaId: id });
  await expect(bytesOf(job)).rejects.toMatchObject({ code: 'NOT_KEPT' });
  await run(fetching(meta.url), job);
  await expect(bytesOf(job, 'serve')).rejects.toMatchObject({ code: 'NOT_CLEARED' });
});

test('the address that came along has run out: another is asked for by the id', async () => {
  const bytes = jpeg(5000);
  const { id } = picture(bytes);
  const job = await arrives({ mediaId: id, url: `${meta.url}${meta.media.urlPath(id)}` });
  clock.advance(5 * 60_000 + 1);
  await run(fetching(meta.url), job);
  expect((await bytesOf(job)).equals(bytes)).toBe(true);
});

test('a file of another number’s is not had with this one’s token', async () => {
  const { id } = meta.media.add({ phoneNumberId: '999', mimeType: 'image/jpeg', bytes: jpeg(100) });
  const job = await arrives({ mediaId: id });
  await run(fetching(meta.url), job);
  expect(await row(job)).toMatchObject({ state: 'awaited', code: 'NO_SUCH_MEDIA' });
});

test('what the provider keeps no more is given up when its life is over, and staff are told by its state', async () => {
  const { id } = picture(jpeg(100));
  const job = await arrives({ mediaId: id });
  clock.advance(7 * 24 * 3_600_000 + 1);
  const attempts = world.owed.length;
  await run(fetching(meta.url), job);
  expect(await row(job)).toMatchObject({ state: 'missing', code: 'EXPIRED' });
  expect(world.owed.length).toBe(attempts);
  expect(counted).toEqual(['meta missing EXPIRED']);
  expect(await factsOf(job)).toMatchObject([{ type: 'FileMissed', data: { code: 'EXPIRED' } }]);
});

/** Says what Meta says of a file, and hands it out as `file` likes. */
const graph =
  (url: () => string, said: object, file: Handle): Handle =>
  (request, response) => {
    if (request.url?.startsWith('/v26.0/')) response.end(JSON.stringify({ url: `${url()}/file`, ...said }));
    else file(request, response);
  };

test('a stream that is cut is fetched again, later; what came of it is not kept', async () => {
  const bytes = jpeg(pieceBytes + 5000);
  let tries = 0;
  const { url, asked } = await serving(
    graph(
      () => url,
      {},
      (_, response) => {
        tries += 1;
        response.writeHead(200, { 'content-length': bytes.length });
        if (tries > 2) response.end(bytes);
        else response.write(bytes.subarray(0, pieceBytes + 10), () => response.destroy());
      },
    ),
  );
  const job = await arrives({});
  await run(fetching(url), job);
  expect(await row(job)).toMatchObject({ state: 'awaited', code: 'NOT_WHOLE', attempts: 1 });
  await expect(bytesOf(job)).rejects.toMatchObject({ code: 'NOT_KEPT' });
  const second = lastJob(world.owed);
  expect(second).toEqual({ ...job, afterSeconds: 5 });
  await run(fetching(url), second);
  expect(lastJob(world.owed).afterSeconds).toBe(10);
  await run(fetching(url), lastJob(world.owed));
  expect((await bytesOf(job)).equals(bytes)).toBe(true);
  expect((await pieces(job)).length).toBe(2);
  expect(asked.length).toBe(6);
});

test('a file that is too large ends where the limit is, and nothing of it is kept', async () => {
  const { url } = await serving(
    graph(
      () => url,
      {},
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
        };
        response.on('drain', more);
        more();
      },
    ),
  );
  const job = await arrives({});
  await run(fetching(url), job);
  expect(await row(job)).toMatchObject({ state: 'missing', code: 'TOO_LARGE' });
  expect(await pieces(job)).toEqual([]);
});

test('nothing is fetched from elsewhere: not by the answer, not by a redirect, and nobody there is called', async () => {
  const elsewhere = await serving((_, response) => response.end('secret'));
  const named = await serving(
    graph(
      () => elsewhere.url,
      {},
      () => undefined,
    ),
  );
  const job = await arrives({ url: `${elsewhere.url}/file` });
  await run(fetching(named.url), job);
  expect(await row(job)).toMatchObject({ state: 'missing', code: 'NOT_ALLOWED' });
  const { url } = await serving(
    graph(
      () => url,
      {},
      (_, response) => response.writeHead(307, { location: `${elsewhere.url}/file` }).end(),
    ),
  );
  const second = await arrives({});
  await run(fetching(url), second);
  expect(await row(second)).toMatchObject({ state: 'missing', code: 'NOT_ALLOWED' });
  expect(elsewhere.asked).toEqual([]);
});

test('a redirect to another of the account’s hosts gets the file and not the token', async () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const bytes = jpeg(300);
  const storage = await serving((_, response) => response.end(bytes));
  const first = await serving((_, response) =>
    response.writeHead(302, { location: `${storage.url}/b` }).end(),
  );
  const { practiceId } = world;
  const id = 'aurora-wa';
  const config = {
    ...vonageAccount,
    practiceId,
    id,
    privateKey,
    baseUrl: first.url,
    updateBaseUrl: storage.url,
  };
  const job = await arrives({ url: `${first.url}/v3/media/a` }, 'vonage');
  await run(fetching('', { channel: 'vonage', config } as Partial<Account>), job); // as above
  expect((await bytesOf(job)).equals(bytes)).toBe(true);
  expect(first.asked).toEqual([expect.stringMatching(/^\/v3\/media\/a Bearer ey/)]);
  expect(storage.asked).toEqual(['/b nobody']);
});

test('what is not what was announced is tried again, and given up after some times', async () => {
  const { url } = await serving(
    graph(
      () => url,
      { sha256: '00'.repeat(32) },
      (_, response) => response.end('other'),
    ),
  );
  const job = await arrives({});
  for (let time = 1; time < 6; time += 1) {
    await run(fetching(url), lastJob(world.owed));
    expect(await row(job)).toMatchObject({ state: 'awaited', code: 'OTHER_HASH', attempts: time });
  }
  await run(fetching(url), lastJob(world.owed));
  expect(await row(job)).toMatchObject({ state: 'missing', code: 'REFUSED' });
  expect(await pieces(job)).toEqual([]);
});

test('a page of a gateway is no picture', async () => {
  const { url } = await serving(
    graph(
      () => url,
      {},
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
    ),
  );
  const job = await arrives({ mimeType: 'image/jpeg' });
  await run(fetching(url), job);
  expect(await row(job)).toMatchObject({ state: 'awaited', code: 'A_PAGE' });
});

test('a program that says it is a picture is kept as what it is, and counted', async () => {
  const { id } = picture(Buffer.concat([Buffer.from('MZ'), randomBytes(500)]));
  const job = await arrives({ mediaId: id, mimeType: 'image/jpeg' });
  await run(fetching(meta.url), job);
  expect(await row(job)).toMatchObject({
    state: 'quarantined',
    sniffed_type: 'application/x-msdownload',
    agrees: false,
  });
  expect(counted).toEqual(['meta kept-other-type']);
});

test('two workers at one file: one of them keeps it, whole', async () => {
  const bytes = jpeg(3 * pieceBytes);
  const { id } = picture(bytes);
  const job = await arrives({ mediaId: id });
  await Promise.all([
    run(fetching(meta.url), job),
    run(fetching(meta.url), job),
    run(fetching(meta.url), job),
  ]);
  // Of those that disturbed each other one may have come last and found it taken.
  if ((await row(job))?.state === 'awaited') await run(fetching(meta.url), job);
  expect((await bytesOf(job)).equals(bytes)).toBe(true);
  expect((await pieces(job)).length).toBe(3);
});

test('a piece that is changed, moved, left out or from elsewhere is found out', async () => {
  const handler = fetching(meta.url);
  const [one, two] = [
    await arrives({ mediaId: picture(jpeg(3 * pieceBytes)).id }),
    await arrives({ mediaId: picture(jpeg(3 * pieceBytes)).id }),
  ];
  await run(handler, one);
  await run(handler, two);
  const damage = async (sql: string) => {
    await expect(
      world.deps.db.tx(world.practiceId, async (tx) => {
        await tx.query(sql, [world.practiceId, fileIdOf(one), fileIdOf(two)]);
        const db = { tx: <T>(_: string, work: (same: Tx) => Promise<T>) => work(tx) };
        const deps = { db, sealer: world.deps.sealer };
        for await (const piece of readFile(deps, world.practiceId, fileIdOf(one), 'check'))
          expect(piece.length).toBeGreaterThan(0);
        throw new Error('read');
      }),
      sql,
    ).rejects.toMatchObject({ code: 'DAMAGED' });
  };
  const from =
    'from file_pieces b where a.practice_id = $1 and b.practice_id = $1 and a.file_id = $2 and $3 <> $2';
  await damage(
    `update file_pieces a set body = b.body ${from} and b.file_id = a.file_id and a.position = 0 and b.position = 1`,
  );
  await damage(
    `update file_pieces a set body = b.body ${from} and b.file_id = $3 and a.position = b.position`,
  );
  await damage(
    `update file_pieces set body = set_byte(body, 40, get_byte(body, 40) # 1) where practice_id = $1 and file_id = $2 and $3 <> $2`,
  );
  await damage(
    `delete from file_pieces where practice_id = $1 and file_id = $2 and position = 2 and $3 <> $2`,
  );
  await damage(
    `update files a set seal = b.seal from files b where a.practice_id = $1 and b.practice_id = $1 and a.file_id = $2 and b.file_id = $3`,
  );
  expect((await bytesOf(one)).length).toBe(3 * pieceBytes);
});

test('a patient who is erased while the file comes in: nothing of it stays', async () => {
  const { db } = world.deps;
  let job: OwedJob | undefined;
  const { url } = await serving(
    graph(
      () => url,
      {},
      (_, response) => {
        response.write(jpeg(pieceBytes + 100));
        const conversationId = String(job?.data.conversationId);
        db.tx(world.practiceId, (tx) => forgetFiles(tx, [conversationId])).then(() =>
          response.end(jpeg(pieceBytes)),
        );
      },
    ),
  );
  job = await arrives({});
  const owed = world.owed.length;
  await run(fetching(url), job);
  expect(await row(job)).toBeUndefined();
  expect(await pieces(job)).toEqual([]);
  expect(world.owed.length).toBe(owed);
});

test('what has been kept long enough goes, and says so; what never came is given up', async () => {
  const kept = await arrives({ mediaId: picture(jpeg(100)).id });
  await run(fetching(meta.url), kept);
  const awaited = await arrives({ mediaId: picture(jpeg(100)).id });
  const day = 24 * 3_600_000;
  const ago = (days: number) => new Date(clock.now() - days * day).toISOString();
  const look = () =>
    world.deps.db.tx(world.practiceId, (tx) =>
      expireFiles(tx, { kept: ago(90), awaited: ago(10), known: ago(365) }, ago(0)),
    );
  await look();
  expect(await row(kept)).toMatchObject({ state: 'quarantined' });
  clock.advance(11 * day);
  await look();
  expect(await row(awaited)).toMatchObject({ state: 'missing', code: 'NOT_FETCHED' });
  clock.advance(80 * day);
  expect(await look()).toBeGreaterThan(0);
  expect(await row(kept)).toMatchObject({ state: 'gone', bytes: '100' });
  expect(await pieces(kept)).toEqual([]);
  await expect(bytesOf(kept)).rejects.toMatchObject({ code: 'NOT_KEPT' });
  clock.advance(366 * day);
  await look();
  expect(await row(kept)).toBeUndefined();
  expect(await row(awaited)).toBeUndefined();
});

test('another practice sees nothing of it', async () => {
  const job = await arrives({ mediaId: picture(jpeg(100)).id });
  await run(fetching(meta.url), job);
  const seen = await world.deps.db.tx('other', (tx) =>
    tx.query('select from files union all select from file_pieces'),
  );
  expect(seen).toEqual([]);
});
