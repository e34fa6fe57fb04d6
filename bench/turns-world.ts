import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerQuestions } from './children.ts';
import { type Connection, openConnection } from './connection.ts';
import { phoneOf, type Target, webhookRequest } from './webhooks.ts';

/**
 * The world of `turns`: patients who write and answer, and a provider that takes what is sent to them. One process, so that
 * "posted" and "arrived at the provider" are read from one clock.
 */

export type WorldQuestion =
  | { readonly kind: 'listen' }
  /** `messages` of `conversations` patients, each the next line of its script; nobody waits for an answer. */
  | {
      readonly kind: 'fill';
      readonly target: Target;
      readonly messages: number;
      readonly conversations: number;
    }
  /** What the provider was handed so far. */
  | { readonly kind: 'handed' }
  /** `conversations` patients, of whom the one who waits longest writes when a message is due. */
  | {
      readonly kind: 'at-rate';
      readonly target: Target;
      readonly perSecond: number;
      readonly seconds: number;
      readonly conversations: number;
    }
  /** Patients who write again as soon as they were answered. */
  | {
      readonly kind: 'saturate';
      readonly target: Target;
      readonly seconds: number;
      readonly conversations: number;
    };

export type WorldAnswer = {
  readonly posted: number;
  /** Answers that arrived at the provider before the time was over, and after it. */
  readonly answered: number;
  readonly late: number;
  readonly failed: number;
  readonly seconds: number;
  /** Milliseconds from when the patient's message was due to when its answer arrived at the provider. */
  readonly latencies: readonly number[];
};

export type HandedAnswer = {
  /** Our ids of the messages, in the order in which they came, by the number they went to. */
  readonly byPhone: Readonly<Record<string, readonly string[]>>;
  /** Milliseconds since the last of them. */
  readonly quietFor: number;
};

/** What a patient of the example form says, in order; the last answer leads to the summary, and nothing is sent on. */
const script = [
  'oi',
  'Português',
  'sim',
  'eu',
  'Maria Exemplo da Silva',
  '3 de maio de 1984',
  '1',
  'este',
  'Rua das Flores 12, São Paulo, 01310-100',
  '1',
  '0 123 456',
  'dor no joelho desde segunda',
];

type Patient = { readonly phone: string; step: number; due: number };

let patients = 0;
const writing = new Map<string, Patient>();
let onAnswer: (patient: Patient, arrived: number) => void = () => {};

function newPatient(): Patient {
  const patient = { phone: phoneOf(patients), step: 0, due: 0 };
  patients += 1;
  return patient;
}

/** One who has said everything goes, and another comes. */
function next(patient: Patient): Patient {
  return patient.step < script.length ? patient : newPatient();
}

let messages = 0;

const handed = new Map<string, string[]>();
let lastHandedAt = 0;

function hand(phone: string, ourId: string): void {
  lastHandedAt = performance.now();
  const before = handed.get(phone);
  if (before === undefined) handed.set(phone, [ourId]);
  else before.push(ourId);
}

function takeSend(body: string, response: ServerResponse): void {
  const sent = JSON.parse(body) as { to?: string; status?: string; biz_opaque_callback_data?: string };
  if (sent.to !== undefined && sent.status !== 'read')
    hand(sent.to.replace('+', ''), sent.biz_opaque_callback_data ?? '');
  messages += 1;
  const answer =
    sent.status === 'read'
      ? { success: true }
      : { messaging_product: 'whatsapp', messages: [{ id: `wamid.bench-${messages}` }] };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
}

/** The provider: answers every send at once, and reports no statuses. */
function provide(request: IncomingMessage, response: ServerResponse): void {
  const arrived = performance.now();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8');
    takeSend(body, response);
    const phone = /"to":"\+(\d+)"/.exec(body)?.[1];
    const patient = phone === undefined ? undefined : writing.get(phone);
    if (patient === undefined) return;
    writing.delete(patient.phone);
    onAnswer(patient, arrived);
  });
}

async function listen(): Promise<{ port: number }> {
  const server: Server = createServer(provide);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // An address of a listening TCP server is never a path.
  return { port: (server.address() as AddressInfo).port };
}

/** Milliseconds that answers may come after the time is over; so the next run begins without a backlog. */
const patienceMs = 15_000;

type Run = {
  readonly post: (patient: Patient, due: number) => void;
  readonly finish: (began: number) => Promise<WorldAnswer>;
};

/** Opens connections as they are needed, at most `count`: one that asks for nothing in its first seconds is closed by the product. */
function begin(target: Target, count: number, end: () => number): Run {
  const connections: Connection[] = [];
  const free: Connection[] = [];
  let opening = 0;
  const waiting: Patient[] = [];
  let posted = 0;
  let failed = 0;
  const send = (connection: Connection, patient: Patient) => {
    const text = script[patient.step] ?? '';
    patient.step += 1;
    posted += 1;
    connection
      .send(webhookRequest(target, { phone: patient.phone, text }))
      .catch(() => 0)
      .then((status) => {
        if (status !== 200) failed += 1;
        const follower = waiting.shift();
        if (follower === undefined) free.push(connection);
        else send(connection, follower);
      });
  };
  const fail = () => {
    failed += 1;
  };
  const openFor = async (patient: Patient) => {
    opening += 1;
    const connection = await openConnection(target.port).finally(() => {
      opening -= 1;
    });
    connections.push(connection);
    send(connection, patient);
  };
  const latencies: number[] = [];
  let late = 0;
  const counted = onAnswer;
  onAnswer = (patient, arrived) => {
    latencies.push(arrived - patient.due);
    if (arrived > end()) late += 1;
    counted(patient, arrived);
  };
  return {
    post(patient, due) {
      patient.due = due;
      writing.set(patient.phone, patient);
      const connection = free.pop();
      if (connection !== undefined) send(connection, patient);
      else if (connections.length + opening < count) openFor(patient).catch(fail);
      else waiting.push(patient);
    },
    async finish(began) {
      const seconds = (Math.min(performance.now(), end()) - began) / 1000;
      for (
        const deadline = performance.now() + patienceMs;
        writing.size > 0 && performance.now() < deadline;
      )
        await sleep(20);
      for (const connection of connections) connection.close();
      writing.clear();
      return { posted, answered: latencies.length - late, late, failed, seconds, latencies };
    },
  };
}

/** Seconds' worth of unanswered messages at which a rate is plainly too high: more would only keep the next run waiting. */
const hopelessSeconds = 2;

async function atRate(question: Extract<WorldQuestion, { kind: 'at-rate' }>): Promise<WorldAnswer> {
  const { target, perSecond, seconds, conversations } = question;
  const ready = Array.from({ length: conversations }, newPatient);
  onAnswer = (patient) => void ready.push(next(patient));
  let end = Number.POSITIVE_INFINITY;
  const run = begin(target, 32, () => end);
  const began = performance.now();
  end = began + seconds * 1000;
  for (let i = 0; i < perSecond * seconds && writing.size < perSecond * hopelessSeconds; i += 1) {
    const due = began + (i * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    run.post(ready.shift() ?? newPatient(), due);
  }
  return await run.finish(began);
}

async function saturate(question: Extract<WorldQuestion, { kind: 'saturate' }>): Promise<WorldAnswer> {
  const { target, seconds, conversations } = question;
  let end = Number.POSITIVE_INFINITY;
  let run: Run | undefined;
  onAnswer = (patient) => {
    if (performance.now() < end) run?.post(next(patient), performance.now());
  };
  run = begin(target, conversations, () => end);
  const began = performance.now();
  end = began + seconds * 1000;
  for (let i = 0; i < conversations; i += 1) run.post(newPatient(), performance.now());
  await sleep(seconds * 1000);
  return await run.finish(began);
}

const fillConnections = 48;

async function fill(question: Extract<WorldQuestion, { kind: 'fill' }>): Promise<{ failed: number }> {
  const { target, messages: count, conversations } = question;
  const crowd = Array.from({ length: conversations }, newPatient);
  let next = 0;
  let failed = 0;
  const post = async (): Promise<void> => {
    const connection = await openConnection(target.port);
    while (next < count) {
      const patient = crowd[next % conversations] ?? newPatient();
      next += 1;
      const text = script[patient.step % script.length] ?? '';
      patient.step += 1;
      const status = await connection
        .send(webhookRequest(target, { phone: patient.phone, text }))
        .catch(() => 0);
      if (status !== 200) failed += 1;
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: fillConnections }, post));
  return { failed };
}

answerQuestions<WorldQuestion>(async (question) => {
  switch (question.kind) {
    case 'listen':
      return await listen();
    case 'fill':
      return await fill(question);
    case 'handed': {
      const byPhone = Object.fromEntries(handed);
      return { byPhone, quietFor: performance.now() - lastHandedAt } satisfies HandedAnswer;
    }
    case 'at-rate':
      return await atRate(question);
    case 'saturate':
      return await saturate(question);
  }
});
