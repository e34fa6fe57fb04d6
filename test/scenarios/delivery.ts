import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { TestSandbox } from './sandbox.ts';

export type Answer = {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Of an error of ours. */
  readonly code: string | undefined;
};

export type Post = {
  readonly body: string | Uint8Array;
  /** As in the URL; by default Aurora's. */
  readonly accountId?: string;
  readonly path?: string;
  /** One header line each; by default the right signature over the body. */
  readonly signatures?: readonly string[];
};

export const signatureOf = (secret: string, body: string | Uint8Array) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Posts a delivery as the provider would, over HTTP, or with something wrong about it. */
export function deliver(world: TestSandbox, post: Post): Promise<Answer> {
  const { accountId = 'aurora-wa', body } = post;
  const { appSecret } = world.credentials(accountId);
  const signatures = post.signatures ?? [signatureOf(appSecret, body)];
  return send(new URL(post.path ?? `/webhooks/meta/${accountId}`, world.sandbox.url), signatures, body);
}

function send(url: URL, signatures: readonly string[], body: string | Uint8Array): Promise<Answer> {
  const bytes = Buffer.from(body);
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': bytes.length,
          // An array leaves as one line each.
          ...(signatures.length === 0 ? {} : { 'x-hub-signature-256': [...signatures] }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(answerOf(response.statusCode, response.headers, chunks)));
      },
    );
    call.on('error', reject);
    call.end(bytes);
  });
}

function answerOf(
  status: number | undefined,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  chunks: readonly Buffer[],
): Answer {
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: status ?? 0, type: String(headers['content-type']), body, code: codeIn(body) };
}

/** The code in one of our error bodies. */
export function codeIn(body: string): string | undefined {
  if (!body.startsWith('{')) return undefined;
  const code: unknown = JSON.parse(body).error?.code;
  return typeof code === 'string' ? code : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** The envelope of a delivery with these changes. */
export function envelope(...changes: readonly Fields[]): string {
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '102290129340398', changes }] });
}

/** A change of the field `messages`, as the provider writes it for an account. */
export function messagesChange(
  world: TestSandbox,
  value: { readonly messages?: readonly Fields[]; readonly statuses?: readonly Fields[] },
  accountId = 'aurora-wa',
): Fields {
  return {
    field: 'messages',
    value: {
      messaging_product: 'whatsapp',
      metadata: {
        display_phone_number: '551155501200',
        phone_number_id: world.credentials(accountId).phoneNumberId,
      },
      ...value,
    },
  };
}

const seconds = (world: TestSandbox) => String(Math.floor(world.sandbox.world.meta.clock.now() / 1000));

let made = 0;

/** A text from a patient's phone, as an element of `messages`; the provider is told that the patient wrote. */
export function textFrom(
  world: TestSandbox,
  patientId: string,
  text: string,
  accountId = 'aurora-wa',
): Fields {
  return messageFrom(world, patientId, { type: 'text', text: { body: text } }, accountId);
}

export function messageFrom(
  world: TestSandbox,
  patientId: string,
  fields: Fields,
  accountId = 'aurora-wa',
): Fields {
  const { meta } = world.sandbox.world;
  const phone = world.phone.patients.find(({ user }) => user.id === patientId)?.user.phone;
  // Else the provider would refuse our answer: for it the patient has not written.
  meta.chats.setLastInbound(world.credentials(accountId).phoneNumberId, patientId, meta.clock.now());
  made += 1;
  return { from: phone, id: `wamid.made-${made}`, timestamp: seconds(world), ...fields };
}

export function statusOf(world: TestSandbox, messageId: string, status: string, more: Fields = {}): Fields {
  return { id: messageId, status, timestamp: seconds(world), ...more };
}
