import { createHash, createHmac } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type DeliveryEntry,
  type Meta,
  type MetaFault,
  type MetaProvider,
  startMeta,
} from '../sandbox/meta/index.ts';
import { createPhone } from '../sandbox/phone/index.ts';
import type { WorldPractice } from '../sandbox/world/options.ts';
import { lineOf } from '../sandbox/world/providers.ts';
import { answerParent } from './child.ts';
import { movedClock } from './clock.ts';
import type { ProviderEntry } from './ledgers.ts';
import { providerLedger } from './paths.ts';
import { makePlayers } from './patients/people.ts';
import { type Patients, playPatients } from './patients/play.ts';
import { randomOf } from './random.ts';

/**
 * The provider and its users as a process of its own: the sandbox's Meta, the phones of made-up patients, and a ledger on disk of
 * what was written, delivered and taken. It sends a webhook again until it is answered 200, as the provider does.
 */

export type ProviderQuestion =
  | {
      readonly type: 'start';
      readonly folder: string;
      readonly practice: WorldPractice;
      readonly webhookUrl: string;
      readonly seed: string;
      readonly patients: number;
      readonly arriveMs: number;
    }
  | { readonly type: 'begin' | 'calm' | 'retry' | 'standing' | 'nudge' | 'repeat-old' }
  | { readonly type: 'fault'; readonly fault: MetaFault; readonly count: number; readonly delayMs?: number }
  | { readonly type: 'move'; readonly movedMs: number };

/** Acknowledged bodies that are kept to be sent once more, much later. */
const keptBodies = 200;

const clock = movedClock();
let running: Awaited<ReturnType<typeof start>> | undefined;

type Start = Extract<ProviderQuestion, { type: 'start' }>;

async function start(options: Start) {
  const { folder, practice } = options;
  const [account] = practice.accounts;
  if (account === undefined || !('appId' in account)) throw new Error('the practice has no account at Meta');
  const write = (entry: ProviderEntry) =>
    appendFileSync(providerLedger(folder), `${JSON.stringify(entry)}\n`);
  const acknowledged: string[] = [];
  const meta = await startMeta({
    clock,
    store: join(folder, 'provider'),
    apps: [
      {
        appId: account.appId,
        appSecrets: account.appSecrets,
        accounts: [
          {
            wabaId: account.wabaId,
            phoneNumberId: account.phoneNumberId,
            displayPhone: account.displayPhone,
            accessToken: account.accessToken,
            verifyToken: account.verifyToken,
            webhookUrl: options.webhookUrl,
            ...(practice.templates === undefined ? {} : { templates: practice.templates }),
          },
        ],
      },
    ],
    onDelivered: (entry) => {
      write(deliveryOf(entry));
      if (entry.status === 200 && acknowledged.push(entry.body) > keptBodies) acknowledged.shift();
    },
  });
  writeDownTaken(meta, write);
  const random = randomOf(options.seed);
  const patients = openPatients(meta, options, (patientId, wamid) =>
    write({ kind: 'written', wall: Date.now(), wamid, patientId }),
  );
  const repeatOld = () => {
    if (acknowledged.length === 0) return undefined;
    return post(options.webhookUrl, account.appSecrets[0], random.pick(acknowledged));
  };
  return { meta, patients, repeatOld, retryNow: () => resubscribe(meta, account) };
}

/** The provider waits ever longer between two attempts, for hours in the end. A callback that is subscribed anew gets all of it at once. */
async function resubscribe(
  meta: Meta,
  { wabaId, accessToken }: { readonly wabaId: string; readonly accessToken: string },
): Promise<void> {
  const response = await fetch(`${meta.url}/v25.0/${wabaId}/subscribed_apps`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: '{}',
  });
  if (!response.ok) throw new Error(`the subscription was refused: ${response.status}`);
}

function openPatients(
  { provider }: MetaProvider,
  { practice, seed, patients: count, arriveMs }: Start,
  onWritten: (patientId: string, wamid: string) => void,
): Patients {
  const random = randomOf(seed).fork('patients');
  const players = makePlayers(random, count, arriveMs);
  const phone = createPhone({
    accounts: Object.fromEntries(
      practice.accounts.map((account) => [account.id, { provider, line: lineOf(account) }]),
    ),
    patients: players.map(({ patient }) => patient),
  });
  const accountId = practice.accounts[0]?.id ?? '';
  return playPatients({ phone, accountId, players, clock, random, onWritten });
}

/** Told in the moment in which it was taken, before the answer leaves. */
function writeDownTaken(meta: Meta, write: (entry: ProviderEntry) => void): void {
  meta.events.on('chat', ({ userId, what }) => {
    if (what !== 'outbound') return;
    const last = meta.ledger.messages({ userId, direction: 'out' }).at(-1);
    if (last === undefined) return;
    const { wamid, ourId = null, type } = last;
    write({ kind: 'taken', wall: Date.now(), wamid, ourId, patientId: userId, type });
  });
}

type Body = { readonly entry?: readonly { readonly changes?: readonly { readonly value?: Value }[] }[] };
type Value = { readonly messages?: readonly { readonly id: string }[] };

function deliveryOf({ body, status, attempt, updates }: DeliveryEntry): ProviderEntry {
  // The simulator wrote it.
  const { entry = [] } = JSON.parse(body) as Body;
  const values = entry.flatMap(({ changes = [] }) => changes.map(({ value }) => value));
  return {
    kind: 'delivery',
    wall: Date.now(),
    status: status ?? null,
    attempt,
    updates,
    digest: createHash('sha256').update(body).digest('hex').slice(0, 16),
    messages: values.flatMap((value) => (value?.messages ?? []).map(({ id }) => id)),
  };
}

/** Milliseconds that the receiver gets to answer a body that it has had already. */
const repeatTimeoutMs = 10_000;

/** A body that was acknowledged long ago, once more. Nobody is owed anything for it, so what comes of it is not followed up. */
async function post(url: string, secret: string, body: string): Promise<number> {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
    body,
    signal: AbortSignal.timeout(repeatTimeoutMs),
  }).catch(() => undefined);
  return response?.status ?? 0;
}

async function answer(question: ProviderQuestion): Promise<unknown> {
  if (question.type === 'start') {
    running = await start(question);
    return { url: running.meta.url };
  }
  if (running === undefined) throw new Error('it has not been started');
  const { meta, patients, repeatOld, retryNow } = running;
  switch (question.type) {
    case 'begin':
      await meta.ready();
      return patients.begin();
    case 'calm':
      meta.faults.clear();
      return await retryNow();
    case 'retry':
      return await retryNow();
    case 'standing':
      return { waiting: meta.waiting(), patients: patients.standing() };
    case 'nudge':
      return patients.nudge();
    case 'repeat-old':
      return await repeatOld();
    case 'fault': {
      const { fault, count, delayMs } = question;
      // A trouble that passes: one of which Meta says to stop after some times would rightly cost a message.
      const code = fault === 'http-500' ? { code: 131016 } : {};
      return meta.faults.set(fault, { count, ...code, ...(delayMs === undefined ? {} : { delayMs }) });
    }
    case 'move':
      clock.moveTo(question.movedMs);
      return meta.wake();
  }
}

answerParent(answer);
