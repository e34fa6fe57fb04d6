import { setTimeout as sleep } from 'node:timers/promises';
import { answerQuestions } from './children.ts';
import { type Connection, openConnection } from './connection.ts';
import { providerNamed, signedRequest } from './provider-account.ts';
import { phoneOf, type Target, webhookRequest } from './webhooks.ts';

/** The load of `ingest`: posts prepared webhooks, as many as it can or at a rate. */

export type LoadQuestion =
  | { readonly kind: 'prepare'; readonly target: Target; readonly count: number }
  /** Of one of several providers, each with a supply of its own. */
  | {
      readonly kind: 'prepare-provider';
      readonly provider: string;
      readonly port: number;
      readonly count: number;
    }
  /** As many as `connections` connections get through; `repeat` may use requests that were used before. */
  | {
      readonly kind: 'saturate';
      readonly port: number;
      readonly connections: number;
      readonly seconds: number;
      readonly repeat: boolean;
      readonly provider?: string;
    }
  /** At a rate, whether or not earlier ones were answered. */
  | { readonly kind: 'at-rate'; readonly port: number; readonly perSecond: number; readonly seconds: number };

export type LoadAnswer = {
  readonly acked: number;
  readonly failed: number;
  readonly seconds: number;
  /** Milliseconds, counted from when a request was due. */
  readonly latencies: readonly number[];
};

type Supply = { readonly requests: readonly Buffer[]; used: number };

/** By provider; the empty name stands for what `prepare` made. */
const supplies = new Map<string, Supply>();

function supplyOf(provider = ''): Supply {
  return supplies.get(provider) ?? { requests: [], used: 0 };
}

/** Signed beforehand, so that the load costs the server under test little of the machine. */
function prepare(target: Target, count: number): void {
  const requests = Array.from({ length: count }, (_, i) =>
    webhookRequest(target, { phone: phoneOf(i % 5_000), text: `Olá, preciso marcar uma consulta (${i})` }),
  );
  supplies.set('', { requests, used: 0 });
}

function prepareProvider(name: string, port: number, count: number): void {
  const provider = providerNamed(name);
  const requests = Array.from({ length: count }, (_, i) => signedRequest(provider, port, i + 1));
  supplies.set(name, { requests, used: 0 });
}

const openAll = (port: number, count: number) =>
  Promise.all(Array.from({ length: count }, () => openConnection(port)));

async function saturate(
  supply: Supply,
  port: number,
  count: number,
  seconds: number,
  repeat: boolean,
): Promise<LoadAnswer> {
  const connections = await openAll(port, count);
  let acked = 0;
  let failed = 0;
  let place = 0;
  const began = performance.now();
  const end = began + seconds * 1000;
  const { requests } = supply;
  const next = () => (repeat ? requests[place++ % requests.length] : requests[supply.used++]);
  const drive = async (connection: Connection) => {
    while (performance.now() < end) {
      const request = next();
      if (request === undefined) return;
      const status = await connection.send(request).catch(() => 0);
      if (status === 200) acked += 1;
      else failed += 1;
      if (status === 0) return;
    }
  };
  await Promise.all(connections.map(drive));
  const took = (performance.now() - began) / 1000;
  for (const connection of connections) connection.close();
  return { acked, failed, seconds: took, latencies: [] };
}

/** Connections that are kept for a rate; a request that finds none free waits, and that wait counts. */
const rateConnections = 64;

async function atRate(port: number, perSecond: number, seconds: number): Promise<LoadAnswer> {
  const free = [...(await openAll(port, rateConnections))];
  const waiting: { readonly request: Buffer; readonly due: number }[] = [];
  const latencies: number[] = [];
  const calls = new Set<Promise<void>>();
  let failed = 0;
  const post = (connection: Connection, request: Buffer, due: number) => {
    const call = connection
      .send(request)
      .catch(() => 0)
      .then((status) => {
        if (status === 200) latencies.push(performance.now() - due);
        else failed += 1;
        calls.delete(call);
        const next = waiting.shift();
        if (next === undefined) free.push(connection);
        else post(connection, next.request, next.due);
      });
    calls.add(call);
  };
  const supply = supplyOf();
  const began = performance.now();
  for (let i = 0; i < perSecond * seconds; i += 1) {
    const due = began + (i * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const request = supply.requests[supply.used++];
    if (request === undefined) throw new Error('too few requests were prepared');
    const connection = free.pop();
    if (connection === undefined) waiting.push({ request, due });
    else post(connection, request, due);
  }
  while (calls.size > 0) await Promise.all(calls);
  const took = (performance.now() - began) / 1000;
  for (const connection of free) connection.close();
  return { acked: latencies.length, failed, seconds: took, latencies };
}

answerQuestions<LoadQuestion>(async (question) => {
  switch (question.kind) {
    case 'prepare':
      return prepare(question.target, question.count);
    case 'prepare-provider':
      return prepareProvider(question.provider, question.port, question.count);
    case 'saturate':
      return await saturate(
        supplyOf(question.provider),
        question.port,
        question.connections,
        question.seconds,
        question.repeat,
      );
    case 'at-rate':
      return await atRate(question.port, question.perSecond, question.seconds);
  }
});
