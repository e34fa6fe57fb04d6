import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type HandoffWorld, handoffWorld } from '../../test/handoff-world.ts';

/** The inbox over HTTP and a real database: who sees what, who may speak, what the patient gets. */

let world: HandoffWorld;
let serial = 0;

beforeAll(async () => {
  world = await handoffWorld();
});

afterAll(() => world.stop());

beforeEach(() => {
  world.audited.length = 0;
  world.wait(60 * 24);
});

/** Somebody with a number of their own, who waits for a person. */
async function waiting(name?: string): Promise<string> {
  serial += 1;
  const id = await world.starts(`55119876${String(10_000 + serial)}`, name === undefined ? {} : { name });
  await world.writes(id, 'quero falar com uma pessoa');
  await world.handsOver(id);
  return id;
}

const path = (id: string, act = '') => `/api/conversations/${id}${act}`;
const keyOf = (n: number) => `key-${String(n).padStart(8, '0')}`;

async function taken(id: string, who = 'ana'): Promise<number> {
  const { status, body } = await world.ask(who, 'POST', path(id, '/take'), {});
  expect(status).toBe(200);
  return body.token;
}

const rowIn = async (who: string, queue: string, id: string) => {
  const { body } = await world.ask(who, 'GET', `/api/inbox?queue=${queue}&limit=100`);
  return body.rows.find((row: { conversationId: string }) => row.conversationId === id);
};

const queuedMessages = (id: string) =>
  world.db.tx('aurora', (tx) =>
    tx.query<{ message_id: string; purpose: string }>(
      `select message_id, purpose from views_messages where practice_id = $1 and conversation_id = $2
       order by position`,
      [tx.practiceId, id],
    ),
  );

describe('the list', () => {
  test('shows a short name, why and since when somebody waits; urgent first', async () => {
    const first = await waiting('Maria da Silva');
    world.wait(1);
    const urgent = await world.starts('5511900000001');
    await world.handsOver(urgent, { reason: 'red-flag', priority: 'top' });
    const { body } = await world.ask('ana', 'GET', '/api/inbox?queue=waiting');
    const ids = body.rows.map((row: { conversationId: string }) => row.conversationId);
    expect(ids.indexOf(urgent)).toBe(0);
    expect(ids).toContain(first);
    expect(body.rows[0]).toMatchObject({ name: '+55 11 9…-0001', reason: 'red-flag', state: 'waiting' });
    expect(body.rows[ids.indexOf(first)]).toMatchObject({
      name: 'Maria S.',
      language: 'pt',
      priority: 'normal',
      assignee: null,
      unread: 0,
    });
    expect(body.counts).toMatchObject({ top: 1, mine: 0 });
    expect(JSON.stringify(body)).not.toMatch(/Silva|5511/);
    await world.withdraws(urgent);
    await world.withdraws(first);
  });

  test('follows the conversation: taken, unread, answered, resolved', async () => {
    const id = await waiting();
    const token = await taken(id);
    expect(await rowIn('ana', 'mine', id)).toMatchObject({
      state: 'taken',
      assignee: { staffId: 'ana', name: 'Ana Souza' },
    });
    expect(await rowIn('ana', 'waiting', id)).toBeUndefined();
    world.wait(1);
    await world.writes(id, 'oi?');
    const asked = world.at();
    await world.writes(id, 'alguém aí?');
    expect(await rowIn('ana', 'mine', id)).toMatchObject({ unread: 2, lastAt: asked });
    await world.ask('ana', 'POST', path(id, '/seen'), {});
    expect(await rowIn('ana', 'mine', id)).toMatchObject({ unread: 0 });
    await world.ask('ana', 'POST', path(id, '/reply'), { token, key: keyOf(1), text: 'Olá!' });
    expect(await rowIn('ana', 'mine', id)).toMatchObject({ waitingSince: null });
    await world.ask('ana', 'POST', path(id, '/resolve'), { token, code: 'answered' });
    expect(await rowIn('ana', 'resolved', id)).toMatchObject({ state: 'resolved', assignee: null });
  });

  test('a lapsed lease waits for everybody but its owner', async () => {
    const id = await waiting();
    await taken(id);
    world.wait(15);
    expect(await rowIn('bo', 'waiting', id)).toMatchObject({
      state: 'waiting',
      assignee: { staffId: 'ana' },
    });
    expect(await rowIn('ana', 'mine', id)).toMatchObject({ state: 'taken' });
    const seenByBo = await world.ask('bo', 'GET', path(id));
    expect(seenByBo.body.lease).toBeNull();
    const seenByAna = await world.ask('ana', 'GET', path(id));
    expect(seenByAna.body.lease).toMatchObject({ mine: true, token: 1 });
    await world.withdraws(id);
  });

  test('a whole word of the name, or the whole number, finds it; a part of either does not', async () => {
    const id = await waiting('Zélia Quaresma-Brandão');
    const found = async (search: string) => {
      const { body } = await world.ask('ana', 'POST', '/api/inbox/search', { queue: 'all', search });
      return body.rows.map((row: { conversationId: string }) => row.conversationId);
    };
    const number = `119876${10_000 + serial}`;
    for (const search of [
      'zelia',
      'BRANDÃO quaresma',
      `+55 ${number}`,
      `(${number.slice(0, 2)}) ${number.slice(2)}`,
    ])
      expect(await found(search)).toEqual([id]);
    for (const search of ['zel', 'zelia silva', number.slice(-4), "'; drop table views_inbox; --"])
      expect(await found(search)).not.toContain(id);
    expect(world.audited).toContainEqual({ who: 'ana', action: 'ReadInbox', target: 'inbox/search' });
    const words = await world.db.tx('aurora', (tx) =>
      tx.query<{ row: string }>('select w::text as row from views_inbox_words w'),
    );
    expect(JSON.stringify(words)).not.toMatch(/zelia|quaresma/i);
    await world.withdraws(id);
  });

  test('a new name takes the place of the old one, and of its words', async () => {
    const id = await waiting('Rui Tavares');
    await world.says(id, `intake/i-${id}`, {
      type: 'AnswerGiven',
      data: { linkId: 'name', way: 'typed', dropped: [], complete: false, at: world.at() },
      phi: { answer: { kind: 'name', text: 'Rui Taveira', given: ['Rui'] } },
    });
    // Another person's name in the same form is not the patient's.
    await world.says(id, `intake/i-${id}`, {
      type: 'AnswerGiven',
      data: { linkId: 'emergency-contact', way: 'typed', dropped: [], complete: false, at: world.at() },
      phi: { answer: { kind: 'name', text: 'Olga Prado', given: ['Olga'] } },
    });
    expect(await rowIn('ana', 'waiting', id)).toMatchObject({ name: 'Rui T.' });
    for (const [word, count] of [
      ['tavares', 0],
      ['olga', 0],
      ['taveira', 1],
    ] as const) {
      const { body } = await world.ask('ana', 'POST', '/api/inbox/search', { queue: 'all', search: word });
      expect(body.rows).toHaveLength(count);
    }
    await world.withdraws(id);
  });

  test('page by page, nobody twice and nobody left out', async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 7; i += 1) ids.add(await waiting());
    for (const queue of ['waiting', 'all']) {
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const query = new URLSearchParams({ queue, limit: '3', ...(after === null ? {} : { after }) });
        const { body }: { body: { rows: { conversationId: string }[]; next: string | null } } =
          await world.ask('ana', 'GET', `/api/inbox?${query}`);
        seen.push(...body.rows.map((row) => row.conversationId));
        after = body.next;
      } while (after !== null);
      expect(new Set(seen).size).toBe(seen.length);
      expect([...ids].every((id) => seen.includes(id))).toBe(true);
    }
    for (const id of ids) await world.withdraws(id);
  });

  test('is rebuilt from the events as it was', async () => {
    const { inboxView } = await import('./views.ts');
    const view = inboxView(world.sealer);
    const rows = () =>
      world.db.tx('aurora', async (tx) => {
        const found = view.tables.map((table) =>
          tx.query<{ row: string }>(`select t::text as row from ${table} t order by 1`),
        );
        return (await Promise.all(found)).map((each) => each.map(({ row }) => row));
      });
    const live = await rows();
    expect(live.every((table) => table.length > 3)).toBe(true);
    await world.db.tx('aurora', (tx) => world.store.rebuild(tx, view));
    expect(await rows()).toEqual(live);
  });
});

describe('an open conversation', () => {
  test('has why it was handed over, the patient, the thread and the window; reading it is written down', async () => {
    const id = await waiting('Maria da Silva');
    const { status, body } = await world.ask('ana', 'GET', path(id));
    expect(status).toBe(200);
    expect(body.context).toMatchObject({ reason: 'asked', doing: { misunderstood: 1 } });
    expect(body.patient).toMatchObject({ name: 'Maria da Silva', birthDate: '1984-05-03' });
    expect(body.patient.phone).toMatch(/^\+55119876/);
    expect(body.window.closesAt).toBe(new Date(Date.parse(world.at()) + 86_400_000).toISOString());
    expect(body.thread.map((line: { what: string }) => line.what)).toEqual([
      'text',
      'language',
      'intake-started',
      'handed-over',
    ]);
    expect(body.templates).toEqual([
      { id: expect.any(String), text: expect.stringContaining('Olá, Maria!') },
    ]);
    expect(world.audited).toEqual([{ who: 'ana', action: 'ReadConversation', target: `conversation/${id}` }]);
    await world.withdraws(id);
  });

  test('markup and direction marks in it are text, as they came', async () => {
    const id = await waiting();
    const hostile =
      '<img src=x onerror=alert(1)> \u202Eevil\u202C \u0007 https://evil.example [x](javascript:1)';
    world.wait(1);
    await world.writes(id, hostile);
    const { body } = await world.ask('ana', 'GET', path(id));
    expect(body.thread.at(-1)).toMatchObject({ side: 'patient', text: hostile });
    await world.withdraws(id);
  });

  test('is read back page by page, in order, whole', async () => {
    const id = await waiting();
    const token = await taken(id);
    const expected: string[] = [];
    for (let i = 0; i < 70; i += 1) {
      // Providers tell seconds: several messages share one.
      if (i % 3 === 0 || i % 7 === 1) world.wait(1);
      await world.writes(id, `m${i}`);
      expected.push(`m${i}`);
      if (i % 7 !== 0) continue;
      await world.ask('ana', 'POST', path(id, '/reply'), { token, key: keyOf(1000 + i), text: `r${i}` });
      expected.push(`r${i}`);
    }
    const texts: string[] = [];
    let before: string | null = null;
    do {
      const query: string = before === null ? '' : `?before=${before}`;
      const { body }: { body: { thread: { kind: string; text: string }[]; older: string | null } } =
        await world.ask('ana', 'GET', `${path(id)}${query}`);
      expect(body.thread.length).toBeLessThanOrEqual(60);
      texts.unshift(...body.thread.filter(({ kind }) => kind === 'message').map(({ text }) => text));
      before = body.older;
    } while (before !== null);
    expect(texts.slice(1)).toEqual(expected);
    await world.withdraws(id);
  });

  test('of another practice, or of nobody, is not there', async () => {
    const id = await waiting();
    const answers = await Promise.all([
      world.ask('riverside/ana', 'GET', path(id)),
      world.ask('ana', 'GET', path('nobody')),
      world.ask('riverside/ana', 'POST', path(id, '/take'), {}),
      world.ask('riverside/ana', 'POST', path(id, '/notes'), { key: keyOf(1), text: 'x' }),
    ]);
    const [first, ...others] = answers;
    expect(first?.status).toBe(404);
    for (const answer of others) expect(answer).toEqual(first);
    await world.withdraws(id);
  });

  test('an auditor neither reads nor answers', async () => {
    const id = await waiting();
    expect((await world.ask('eva', 'GET', path(id))).status).toBe(403);
    expect((await world.ask('eva', 'POST', path(id, '/take'), {})).status).toBe(403);
    expect((await world.ask('eva', 'GET', '/api/inbox')).status).toBe(403);
    await world.withdraws(id);
  });
});

describe('one owner', () => {
  test('a colleague’s lease keeps others out; a manager may take it over', async () => {
    const id = await waiting();
    const token = await taken(id);
    expect((await world.ask('bo', 'POST', path(id, '/take'), {})).body.error.code).toBe('LEASE_HELD');
    expect((await world.ask('bo', 'POST', path(id, '/take'), { over: true })).status).toBe(403);
    const over = await world.ask('mia', 'POST', path(id, '/take'), { over: true });
    expect(over.body.token).toBe(token + 1);
    const late = await world.ask('ana', 'POST', path(id, '/reply'), { token, key: keyOf(2), text: 'Olá' });
    expect(late).toMatchObject({ status: 409, body: { error: { code: 'STALE_TOKEN' } } });
    expect(await queuedMessages(id)).toEqual([]);
    await world.withdraws(id);
  });

  test('twenty take at once, one gets it', async () => {
    const id = await waiting();
    const people = Array.from({ length: 20 }, (_, i) => ['ana', 'bo', 'mia'][i % 3] ?? 'ana');
    const answers = await Promise.all(people.map((who) => world.ask(who, 'POST', path(id, '/take'), {})));
    const winners = new Set(answers.flatMap(({ status }, i) => (status === 200 ? people[i] : [])));
    expect(winners.size).toBe(1);
    const tokens = new Set(answers.flatMap(({ status, body }) => (status === 200 ? body.token : [])));
    expect([...tokens]).toEqual([1]);
    for (const { status, body } of answers) if (status !== 200) expect(body.error.code).toBe('LEASE_HELD');
    const row = await rowIn([...winners][0] ?? '', 'mine', id);
    expect(row).toMatchObject({ conversationId: id });
    await world.withdraws(id);
  });

  test('answers that race a take-over: none is accepted after it', async () => {
    for (let round = 0; round < 8; round += 1) {
      const id = await waiting();
      const token = await taken(id);
      const answers = await Promise.all([
        ...[0, 1, 2].map((i) =>
          world.ask('ana', 'POST', path(id, '/reply'), { token, key: keyOf(10 + i), text: `a${i}` }),
        ),
        world.ask('mia', 'POST', path(id, '/take'), { over: true }),
      ]);
      const stream = `handoff/${id}`;
      const facts = await world.db.tx(
        'aurora',
        async (tx) => (await world.store.load(tx, [stream])).get(stream) ?? [],
      );
      const order = facts.map(({ type }) => type);
      const over = order.lastIndexOf('HandoffTaken');
      expect(order.slice(over + 1)).not.toContain('StaffReplied');
      const accepted = answers.slice(0, 3).filter(({ status }) => status === 200).length;
      expect(order.filter((type) => type === 'StaffReplied')).toHaveLength(accepted);
      expect(await queuedMessages(id)).toHaveLength(accepted);
      for (const { status, body } of answers.slice(0, 3))
        if (status !== 200) expect(body.error.code).toBe('STALE_TOKEN');
      await world.withdraws(id);
    }
  });

  test('assigned to a colleague, it is theirs; who may not answer gets none', async () => {
    const id = await waiting();
    const token = await taken(id);
    const wrong = await world.ask('ana', 'POST', path(id, '/assign'), { token, staffId: 'eva' });
    expect(wrong).toMatchObject({ status: 400, body: { error: { field: 'body.staffId' } } });
    const assigned = await world.ask('ana', 'POST', path(id, '/assign'), { token, staffId: 'bo' });
    expect(assigned.status).toBe(204);
    const { body } = await world.ask('bo', 'GET', path(id));
    expect(body.lease).toMatchObject({ mine: true, token: token + 1 });
    expect(body.thread.at(-1)).toMatchObject({
      what: 'assigned',
      by: 'Ana Souza',
      params: { to: 'Bo Lima' },
    });
    expect((await world.ask('ana', 'POST', path(id, '/release'), { token })).body.error.code).toBe(
      'STALE_TOKEN',
    );
    const released = await world.ask('bo', 'POST', path(id, '/release'), { token: token + 1 });
    expect(released.status).toBe(204);
    expect(await rowIn('ana', 'waiting', id)).toMatchObject({ state: 'waiting', assignee: null });
    await world.withdraws(id);
  });
});

describe('answering', () => {
  test('the answer is queued once, whatever the browser repeats', async () => {
    const id = await waiting();
    const token = await taken(id);
    const body = { token, key: keyOf(3), text: 'Olá, Maria!' };
    const answers = await Promise.all(
      [1, 2, 3].map(() => world.ask('ana', 'POST', path(id, '/reply'), body)),
    );
    expect(new Set(answers.map((answer) => answer.body.messageId)).size).toBe(1);
    const messages = await queuedMessages(id);
    expect(messages).toEqual([{ message_id: answers[0]?.body.messageId, purpose: 'staff' }]);
    const opened = await world.ask('ana', 'GET', path(id));
    expect(opened.body.thread.at(-1)).toMatchObject({
      kind: 'message',
      side: 'staff',
      by: 'Ana Souza',
      text: 'Olá, Maria!',
      status: 'queued',
    });
    await world.withdraws(id);
  });

  test('once the window has closed only a template goes, and only with a yes', async () => {
    const id = await waiting('Maria da Silva');
    const token = await taken(id);
    world.wait(24 * 60);
    const text = await world.ask('ana', 'POST', path(id, '/reply'), { token, key: keyOf(4), text: 'Olá' });
    expect(text.body.error.code).toBe('WINDOW_CLOSED');
    const { body } = await world.ask('ana', 'GET', path(id));
    expect(body.window.closesAt).toBeNull();
    const templateId = body.templates[0].id;
    const send = (key: number, id_ = templateId) =>
      world.ask('ana', 'POST', path(id, '/reply-template'), { token, key: keyOf(key), templateId: id_ });
    expect((await send(5)).body.error.code).toBe('NOT_CONSENTED');
    const agreed = { purpose: 'care', channel: 'whatsapp', wording: '1', language: 'pt', at: world.at() };
    await world.says(
      id,
      `consent/${id}`,
      { type: 'OptInAsked', data: { ...agreed, because: 'first' } },
      { type: 'OptInGiven', data: { ...agreed, how: 'tapped' }, phi: { externalId: 'wamid.x' } },
    );
    expect((await send(6)).status).toBe(200);
    expect((await send(7, 'none-such')).body.error.field).toBe('body.templateId');
    const after = await world.ask('ana', 'GET', path(id));
    expect(after.body.thread.at(-1)).toMatchObject({
      what: 'template',
      side: 'staff',
      text: expect.stringContaining('Maria'),
    });
    await world.withdraws(id);
  });

  test('after a stop nothing is sent', async () => {
    const id = await waiting();
    const token = await taken(id);
    await world.says(id, `consent/${id}`, {
      type: 'OptedOut',
      data: { scope: 'all', channel: 'whatsapp', at: world.at() },
      phi: { externalId: 'wamid.y' },
    });
    const refused = await world.ask('ana', 'POST', path(id, '/reply'), { token, key: keyOf(8), text: 'Olá' });
    expect(refused.body.error.code).toBe('NOT_CONSENTED');
    expect(await queuedMessages(id)).toEqual([]);
    await world.withdraws(id);
  });

  test('canned replies come with their words filled in, in the patient’s language', async () => {
    const id = await waiting('Maria da Silva');
    const { body } = await world.ask('ana', 'GET', path(id, '/canned'));
    const hello = body.replies.find((reply: { id: string }) => reply.id === 'hello');
    expect(hello.text).toBe('Olá, Maria! Aqui é Ana Souza, da Clínica Aurora. Como posso ajudar?');
    expect(body.replies.some((reply: { id: string }) => reply.id === 'your-visit')).toBe(false);
    world.visits.set(id, [
      {
        appointmentId: 'v1',
        start: new Date(Date.parse(world.at()) + 86_400_000).toISOString(),
        end: new Date(Date.parse(world.at()) + 90_000_000).toISOString(),
        clinician: 'Dra. Beatriz Lima',
        status: 'booked',
      },
    ]);
    const again = await world.ask('ana', 'GET', path(id, '/canned'));
    const visit = again.body.replies.find((reply: { id: string }) => reply.id === 'your-visit');
    expect(visit.text).toMatch(/(feira|sábado|domingo), \d+ de \w+, \d\d:\d\d/);
    await world.withdraws(id);
  });

  test('a note is for colleagues, once, and no message', async () => {
    const id = await waiting();
    const note = { key: keyOf(9), text: 'Ligar depois das 14h' };
    for (let i = 0; i < 2; i += 1)
      expect((await world.ask('bo', 'POST', path(id, '/notes'), note)).status).toBe(204);
    const { body } = await world.ask('ana', 'GET', path(id));
    const notes = body.thread.filter((line: { kind: string }) => line.kind === 'note');
    expect(notes).toMatchObject([{ by: 'Bo Lima', text: 'Ligar depois das 14h' }]);
    expect(await queuedMessages(id)).toEqual([]);
    const stored = await world.db.tx('aurora', (tx) =>
      tx.query<{ row: string }>(`select e::text as row from events e where stream = $1`, [`handoff/${id}`]),
    );
    expect(JSON.stringify(stored)).not.toContain('Ligar');
    await world.withdraws(id);
  });

  test('resolved with a code of the practice; another code is told', async () => {
    const id = await waiting();
    const token = await taken(id);
    const wrong = await world.ask('ana', 'POST', path(id, '/resolve'), { token, code: 'bored' });
    expect(wrong).toMatchObject({ status: 400, body: { error: { field: 'body.code' } } });
    const right = await world.ask('ana', 'POST', path(id, '/resolve'), {
      token,
      code: 'answered',
      resume: true,
    });
    expect(right.status).toBe(204);
    const again = await world.ask('ana', 'POST', path(id, '/take'), {});
    expect(again.body.error.code).toBe('CONFLICT');
  });

  test('what staff can choose from', async () => {
    const { body } = await world.ask('ana', 'GET', '/api/routing');
    expect(body.resolutionCodes).toContainEqual({ id: 'answered', name: 'Question answered' });
    expect(body.colleagues.map((each: { staffId: string }) => each.staffId)).toEqual(['ana', 'bo', 'mia']);
    expect(body).toMatchObject({ languages: ['pt', 'es', 'en'], contentMode: 'open' });
  });
});
