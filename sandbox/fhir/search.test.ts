import { describe, expect, test } from 'vitest';
import { follow, type Resource } from './json.ts';
import { type Answer, type Ask, form, start, texts } from './test-client.ts';
import data from './testdata/search.json' with { type: 'json' };

const at = new Date('2026-03-01T10:00:00.000Z');

async function filled() {
  const server = await start({ clock: () => at });
  // Plain JSON, told to the compiler as resources.
  const resources = data.resources as unknown as Resource[];
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const answer = await server.ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
  expect(answer.status, answer.text).toBe(200);
  return server;
}

function ids(answer: Answer): string[] {
  return texts(answer, 'entry.resource.id');
}

function link(answer: Answer, relation: string): string | undefined {
  const links = follow(answer.body, 'link') as { relation: string; url: string }[]; // as every searchset has them
  return links.find((one) => one.relation === relation)?.url;
}

test('every search of the table, by GET and by POST', async () => {
  const { ask } = await filled();
  for (const { query, expect: expected } of data.cases) {
    const [type = '', parameters = ''] = query.split(/\?(.*)/s);
    const byGet = await ask('GET', `/${query}`);
    expect(ids(byGet).sort(), query).toEqual(expected);
    expect(byGet.body, query).toMatchObject({ type: 'searchset', total: expected.length });
    const byPost = await ask('POST', `/${type}/_search`, parameters, form);
    expect(ids(byPost).sort(), `POST ${query}`).toEqual(expected);
  }
});

test('what cannot be searched is refused, not guessed', async () => {
  const { ask } = await filled();
  for (const query of data.refused) expect((await ask('GET', `/${query}`)).status, query).toBe(400);
});

test('own absolute references are the same as relative ones', async () => {
  const { ask, base } = await filled();
  const reference = `${base('aurora')}/Patient/ana`;
  expect(ids(await ask('GET', `/Coverage?patient=${encodeURIComponent(reference)}`))).toEqual(['c1']);
});

describe('handling', () => {
  test('lenient leaves the unknown out of the self link; strict refuses it', async () => {
    const { ask, base } = await filled();
    const path = '/Patient?nonsense=1&gender=male&_sort=nonsense';
    expect(link(await ask('GET', path), 'self')).toBe(`${base('aurora')}/Patient?gender=male`);
    const strict = await ask('GET', path, undefined, { prefer: 'handling=strict' });
    expect([strict.status, strict.body.resourceType]).toEqual([400, 'OperationOutcome']);
  });
});

describe('order', () => {
  test.each([
    ['Patient?_sort=birthdate', ['cy', 'ana', 'bob']],
    ['Patient?_sort=-birthdate', ['bob', 'ana', 'cy']],
    ['Slot?_sort=start', ['t1', 't2', 't3']],
    ['Slot?_sort=-start', ['t3', 't2', 't1']],
    ['Appointment?_sort=date', ['a1', 'a2']],
    ['Slot?_sort=-_id', ['t3', 't2', 't1']],
    ['Patient?_sort=-family,_id', ['bob', 'cy', 'ana']],
  ])('%s', async (query, expected) => {
    const { ask } = await filled();
    expect(ids(await ask('GET', `/${query}`))).toEqual(expected);
  });

  test('_lastUpdated, and its watermark', async () => {
    let now = Date.parse('2026-03-01T10:00:00.000Z');
    const { ask } = await start({ clock: () => new Date(now) });
    for (const id of ['a', 'b', 'c']) {
      await ask('PUT', `/Patient/${id}`, { resourceType: 'Patient', id });
      now += 60_000;
    }
    await ask('PUT', '/Patient/a', { resourceType: 'Patient', id: 'a' });
    expect(ids(await ask('GET', '/Patient?_sort=_lastUpdated'))).toEqual(['b', 'c', 'a']);
    expect(ids(await ask('GET', '/Patient?_sort=-_lastUpdated'))).toEqual(['a', 'c', 'b']);
    const since = '/Patient?_lastUpdated=ge2026-03-01T10:02:00.000Z&_sort=_lastUpdated';
    expect(ids(await ask('GET', since))).toEqual(['c', 'a']);
  });
});

describe('pages', () => {
  async function many(count: number): Promise<{ ask: Ask; base: string }> {
    const server = await start();
    const entry = Array.from({ length: count }, (_, n) => {
      const id = `p${String(n).padStart(3, '0')}`;
      return { resource: { resourceType: 'Patient', id }, request: { method: 'PUT', url: `Patient/${id}` } };
    });
    await server.ask('POST', '', { resourceType: 'Bundle', type: 'batch', entry });
    return { ask: server.ask, base: server.base('aurora') };
  }

  test('following next shows every match once, also while others write', async () => {
    const { ask, base } = await many(23);
    const seen: string[] = [];
    let page = await ask('GET', '/Patient?_count=5&_sort=_id');
    for (;;) {
      expect(page.body.total).toBe(23);
      seen.push(...ids(page));
      const next = link(page, 'next');
      if (next === undefined) break;
      expect(next).not.toContain('_count');
      await ask('POST', '/Patient', { resourceType: 'Patient' });
      page = await ask('GET', next.slice(base.length));
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, n) => `p${String(n).padStart(3, '0')}`));
    expect(link(page, 'previous')).toBeDefined();
  });

  test('a deleted match is left out of its page', async () => {
    const { ask, base } = await many(4);
    const first = await ask('GET', '/Patient?_count=2&_sort=_id');
    await ask('DELETE', '/Patient/p002');
    const second = await ask('GET', (link(first, 'next') ?? '').slice(base.length));
    expect(ids(second)).toEqual(['p003']);
  });

  test('only the total', async () => {
    const { ask } = await many(3);
    for (const query of ['_summary=count', '_count=0']) {
      const { body } = await ask('GET', `/Patient?${query}`);
      expect([body.total, body.entry]).toEqual([3, undefined]);
    }
  });

  test('a page of another type, or of a forgotten search, is gone', async () => {
    const { ask, base } = await many(3);
    const next = (link(await ask('GET', '/Patient?_count=1'), 'next') ?? '').slice(base.length);
    expect((await ask('GET', next.replace('/Patient', '/Slot'))).status).toBe(410);
    for (let i = 0; i < 500; i++) await ask('GET', '/Patient?_count=1');
    expect((await ask('GET', next)).status).toBe(410);
  });
});

describe('includes', () => {
  test.each([
    ['Appointment?_id=a1&_include=Appointment:patient', ['a1 match', 'ana include']],
    ['Appointment?_id=a1&_include=Appointment:actor', ['a1 match', 'ana include', 'dr include']],
    ['Appointment?_id=a1&_include=Appointment:actor:Practitioner', ['a1 match', 'dr include']],
    [
      'Slot?status=free&_sort=start&_include=Slot:schedule',
      ['t1 match', 't3 match', 's1 include', 's2 include'],
    ],
    [
      'Patient?_id=ana&_revinclude=Coverage:beneficiary&_revinclude=Appointment:patient',
      ['ana match', 'c1 include', 'a1 include'],
    ],
    [
      'Coverage?_sort=_id&_include=Coverage:patient&_include=Coverage:payor',
      ['c1 match', 'c2 match', 'ana include', 'bob include'],
    ],
  ])('%s', async (query, expected) => {
    const { ask } = await filled();
    const answer = await ask('GET', `/${query}`);
    const modes = texts(answer, 'entry.search.mode');
    expect(ids(answer).map((id, index) => `${id} ${modes[index]}`)).toEqual(expected);
  });
});

test('what is updated or deleted is no longer found by what it was', async () => {
  const { ask } = await filled();
  await ask('PUT', '/Patient/bob', { resourceType: 'Patient', id: 'bob', gender: 'other' });
  expect(ids(await ask('GET', '/Patient?gender=male'))).toEqual([]);
  expect(ids(await ask('GET', '/Patient?gender=other'))).toEqual(['bob']);
  await ask('DELETE', '/Patient/bob');
  expect(ids(await ask('GET', '/Patient?gender=other'))).toEqual([]);
  expect(ids(await ask('GET', '/Patient?_id=bob'))).toEqual([]);
});
