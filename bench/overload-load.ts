import { createHash, createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerQuestions } from './children.ts';
import { openConnection } from './connection.ts';
import { account } from './setting.ts';
import type { Target } from './webhooks.ts';

/** The load of `overload`: clients that are slow in every way, and a flood of deliveries on more connections than there is room for. */

export type OverloadQuestion =
  | { readonly kind: 'prepare'; readonly target: Target }
  /** `clients` that are slow to ask; one that is closed comes again. */
  | { readonly kind: 'slow'; readonly port: number; readonly clients: number; readonly seconds: number }
  | {
      readonly kind: 'flood';
      readonly target: Target;
      readonly connections: number;
      readonly seconds: number;
    };

export type SlowAnswer = {
  readonly closed: number;
  /** Seconds that a client was borne with at most. */
  readonly longest: number;
};

/** Digests of deliveries, by what was answered; `unheard`: the connection broke first. */
export type FloodAnswer = {
  readonly acked: readonly string[];
  readonly refused: readonly string[];
  readonly unheard: readonly string[];
  /** Connections that were refused before anything was sent on them. */
  readonly early: number;
  /** Other statuses than 200 and 503. */
  readonly others: number;
};

const post = 'POST /webhooks/meta/bench-wa HTTP/1.1\r\nhost: x\r\n';

/** How each begins, and what it says every second from then on. */
const ways: readonly (readonly [begin: string, more: string])[] = [
  ['', ''],
  ['GET /health/live HTTP/1.1\r\nhost: x\r\nx-slow: ', 'y'],
  [`${post}content-length: 1000000\r\n\r\n`, 'y'],
  [`${post}transfer-encoding: chunked\r\n\r\n`, '1\r\ny\r\n'],
];

async function slow({
  port,
  clients,
  seconds,
}: Extract<OverloadQuestion, { kind: 'slow' }>): Promise<SlowAnswer> {
  const end = performance.now() + seconds * 1000;
  let closed = 0;
  let longest = 0;
  const live = async (way: number) => {
    const [begin = '', more = ''] = ways[way % ways.length] ?? [];
    while (performance.now() < end) {
      let began = performance.now();
      const socket = connect(port, '127.0.0.1', () => {
        began = performance.now();
        socket.write(begin);
      });
      const saying = setInterval(() => socket.writable && socket.write(more), 1_000);
      const over = Promise.withResolvers<boolean>();
      socket.on('error', () => undefined).on('close', () => over.resolve(true));
      socket.resume();
      const wasClosed = await Promise.race([
        over.promise,
        sleep(Math.max(0, end - began), false, { ref: false }),
      ]);
      clearInterval(saying);
      socket.destroy();
      longest = Math.max(longest, performance.now() - began);
      if (wasClosed) closed += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => live(i)));
  return { closed, longest: longest / 1000 };
}

let serial = 0;

/**
 * Large deliveries, as those that gather a thousand updates are, all at once: four times as many bytes as the server has room for
 * (`deliveryMemoryBytes`). Made beforehand: to sign them costs as much as to check them.
 */
const largeCount = 200;
/** Connections that pour them, as long as there are some. */
const largeConnections = 200;
/** Blanks behind the last brace. */
const padding = Buffer.alloc(1024 * 1024, ' ');
const noPadding = Buffer.alloc(0);
let large: Delivery[] = [];

type Delivery = { readonly digest: string; readonly request: Buffer };

/**
 * Statuses of messages that nobody sent: cheap to read, and the kind that a campaign brings by the thousands.
 */
function delivery(target: Target, isLarge: boolean): Delivery {
  serial += 1;
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '551155501200', phone_number_id: target.phoneNumberId },
    statuses: [
      { id: `wamid.flood-${serial}`, status: 'delivered', timestamp: '1763800000', recipient_id: '5511' },
    ],
  };
  const text = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '800100200300402', changes: [{ value, field: 'messages' }] }],
  });
  const body = Buffer.concat([Buffer.from(text), isLarge ? padding : noPadding]);
  const signature = createHmac('sha256', target.appSecret).update(body).digest('hex');
  const head = [
    `POST ${target.path} HTTP/1.1`,
    'host: x',
    'content-type: application/json',
    `content-length: ${body.length}`,
    `x-hub-signature-256: sha256=${signature}`,
  ];
  return {
    digest: createHash('sha256').update(`meta/${account.id}\n`).update(body).digest('hex'),
    request: Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]),
  };
}

async function flood(question: Extract<OverloadQuestion, { kind: 'flood' }>): Promise<FloodAnswer> {
  const { target, connections, seconds } = question;
  const end = performance.now() + seconds * 1000;
  const answer = {
    acked: [] as string[],
    refused: [] as string[],
    unheard: [] as string[],
    early: 0,
    others: 0,
  };
  const pour = async (isLarge: boolean) => {
    while (performance.now() < end) {
      const connection = await openConnection(target.port).catch(() => undefined);
      let isOpen = connection !== undefined;
      while (isOpen && performance.now() < end) {
        if (connection?.early() !== undefined) {
          answer.early += 1;
          break;
        }
        const { digest, request } = (isLarge ? large.pop() : undefined) ?? delivery(target, false);
        const status = await connection?.send(request).catch(() => 0);
        if (status === 200) answer.acked.push(digest);
        else if (status === 503) answer.refused.push(digest);
        else if (status === 0) answer.unheard.push(digest);
        else answer.others += 1;
        // A connection for which there was no place is closed after its answer.
        isOpen = status === 200;
      }
      connection?.close();
      await sleep(50);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, i) => pour(i < largeConnections)));
  return answer;
}

answerQuestions<OverloadQuestion>(async (question) => {
  switch (question.kind) {
    case 'prepare':
      large = Array.from({ length: largeCount }, () => delivery(question.target, true));
      return;
    case 'slow':
      return await slow(question);
    case 'flood':
      return await flood(question);
  }
});
