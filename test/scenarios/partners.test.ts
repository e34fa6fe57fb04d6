import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConversationDetail, InboxPage } from '#handoff/contract.ts';
import { chartsIn, countsOf, oneOfEach } from './chart.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import { choicesOf, type TestPatient, testPatient } from './test-patient.ts';
import type { TestStaff } from './test-staff.ts';
import { inPracticeSystem, slotOf, slotsOffered } from './visits.ts';

/**
 * One clinic with a number at each of Meta's partners: at every one a patient goes the whole way. All other scenarios run at Meta, and
 * at any of these by `npm run scenarios`.
 */

const partners = ['twilio', 'vonage', 'messagebird', 'bird'] as const;

const day = 24 * 60 * 60;

let world: TestSandbox;
let lia: TestStaff;

beforeAll(async () => {
  world = await startTestSandbox({ partners: true });
  lia = await world.staff('front-desk');
});

afterAll(() => world.stop());

const booked = () => inPracticeSystem(world, 'Appointment', '&status=booked');
const countOf = async (type: string) =>
  (await world.timeline()).filter((event) => event.type === type).length;

/** Books the second time that is free on a working day some days ahead, so that its reminder is still to come. */
async function bookLater(patient: TestPatient): Promise<void> {
  await slotsOffered(patient);
  const later = new Date(world.sandbox.world.clock.now() + 4 * day * 1000);
  while ([0, 6].includes(later.getUTCDay())) later.setUTCDate(later.getUTCDate() + 1);
  await patient.says(`${later.getUTCDate()}/${later.getUTCMonth() + 1}`);
  const [first = '', second = first] = await slotsOffered(patient);
  expect(await patient.taps(second)).toContain('Estou guardando');
  expect(await patient.taps('Marcar')).toContain('✓');
  await world.settled();
}

describe.each(partners.map((provider, index) => ({ provider, id: `p${index + 1}` })))(
  'at $provider',
  ({ provider, id }) => {
    let patient: TestPatient;
    const account = `aurora-${provider}`;
    const faults = () => world.sandbox.world.providerOf(account).faults;
    const persona = () => {
      const found = world.phone.patients.find(({ user }) => user.id === id)?.persona;
      if (found === undefined) throw new Error('the crowd is too small');
      return found;
    };

    beforeAll(() => {
      patient = testPatient(world.phone, id, account);
    });

    test('the form: by taps, numbers and words, with mistakes, a photo, a stop and a start', async () => {
      expect(await patient.says('oi')).toContain('Clínica Aurora');
      await patient.taps('Português');
      expect(await patient.taps('Sim')).toContain('Para quem');
      expect(await patient.says('1')).toContain('nome');
      expect(await patient.sends({ kind: 'image', caption: 'meu documento' })).toContain('nome');
      await patient.says('STOP');
      // Some providers tell the time in seconds: only what was written in a later one was surely written after the stop.
      await world.advance(2);
      expect(await patient.says('START')).toContain('Para quem');
      expect(await patient.taps('Para mim')).toContain('nome');
      expect(await patient.says(persona().name)).toContain('nascimento');
      expect(await patient.says('31/02/1984')).toContain('não existe no calendário');
      await patient.says('3 de maio de 1984');
      await patient.says('1');
      await patient.says(persona().phone);
      await patient.says('Rua das Flores 12, São Paulo, 01310-100');
      await patient.taps('Saúde Horizonte');
      await patient.says('0 123 456');
      expect(await patient.says('dor no joelho desde segunda')).toContain(persona().name);
      await patient.taps('Sim, enviar');
      await patient.until(
        ({ messages }) =>
          messages.some(({ side, text }) => side === 'practice' && text?.includes('✓') === true),
        'the news that it is filed',
      );
      await world.settled();
      expect(countsOf(chartsIn(await world.resources()).get(persona().name))).toEqual(oneOfEach);
    });

    test('a visit is booked, reminded of by a template, confirmed by a tap, moved and cancelled', async () => {
      await bookLater(patient);
      const [visit] = await booked();
      const reminded = await countOf('ReminderSent');
      const now = world.sandbox.world.clock.now();
      const due = Math.floor((Date.parse(String(visit?.start)) - now) / 1000) - 2 * day;
      await world.advance(Math.max(60, due + 60));
      await world.eventually(async () => (await countOf('ReminderSent')) === reminded + 1, 'the reminder');
      const offersAnswers = () => choicesOf(patient.heard().at(-1)).includes('Confirmar');
      await patient.until(offersAnswers, 'a template with its buttons');
      expect(patient.heard().at(-1)).toMatchObject({
        kind: 'template',
        text: expect.stringContaining('lembrete'),
      });
      const confirmed = await countOf('AppointmentConfirmed');
      await patient.taps('Confirmar');
      await world.eventually(
        async () => (await countOf('AppointmentConfirmed')) === confirmed + 1,
        'the confirmation',
      );
      await world.settled();
      await patient.says('remarcar');
      await patient.taps((await slotsOffered(patient)).at(-1) ?? '');
      expect(await patient.says('sim')).toContain('✓');
      await world.settled();
      const [moved, ...others] = await booked();
      expect(others).toEqual([]);
      expect([moved?.id, moved?.start === visit?.start]).toEqual([visit?.id, false]);
      await patient.says('desmarcar');
      await patient.says('sim');
      await world.eventually(async () => (await booked()).length === 0, 'the visit to be cancelled');
      if (moved === undefined) throw new Error('nothing was booked');
      await world.eventually(async () => (await slotOf(world, moved)) === 'free', 'the slot to be free');
    });

    test('a person is asked for, answers within the window and, after it, by a template', async () => {
      await patient.says('pessoa');
      await world.settled();
      const [row] = (await lia.sees<InboxPage>('/api/inbox?queue=waiting')).rows;
      const path = (what: string) => `/api/conversations/${row?.conversationId}/${what}`;
      const detail = () => lia.sees<ConversationDetail>(`/api/conversations/${row?.conversationId}`);
      await lia.does(path('take'), {});
      const token = async () => (await detail()).lease?.token ?? 0;
      const heard = () => patient.heard().length;
      let before = heard();
      await lia.does(path('reply'), {
        token: await token(),
        key: 'reply-key-0001',
        text: 'Como posso ajudar?',
      });
      await patient.until(() => heard() > before, 'the reply');
      expect(patient.heard().at(-1)?.text).toBe('Como posso ajudar?');
      await world.advance(25 * 60 * 60);
      await lia.does(path('take'), {});
      const { templates } = await detail();
      before = heard();
      const reply = { token: await token(), key: 'template-key-1', templateId: templates[0]?.id };
      await lia.does(path('reply-template'), reply);
      await patient.until(() => heard() > before, 'the template');
      expect(patient.heard().at(-1)?.kind).toBe('template');
      const { resolutionCodes } = await lia.sees<{ resolutionCodes: { id: string }[] }>('/api/routing');
      patient.mutters({ kind: 'text', text: 'obrigada' });
      await world.eventually(async () => (await detail()).row.unread > 0, 'her thanks');
      const code = resolutionCodes[0]?.id;
      await lia.does(path('resolve'), { token: await token(), code, resume: false });
      await world.settled();
    });

    test('webhooks twice, a throttled send and one of which nobody knows: nothing is said twice, nothing is lost', async () => {
      const sent = () => world.sandbox.world.providerOf(account).sent(id);
      const before = patient.heard().length;
      faults().set('duplicate', { count: 3 });
      faults().set('throttled');
      const deferred = await countOf('MessageDeferred');
      patient.mutters({ kind: 'text', text: 'oi' });
      await world.eventually(async () => (await countOf('MessageDeferred')) > deferred, 'the refusal');
      await world.advance(2 * 60);
      await patient.until(() => patient.heard().length === before + 1, 'the answer, once');
      await world.settled();
      expect(patient.heard()).toHaveLength(before + 1);
      faults().clear();
      faults().set('html');
      const unknown = await countOf('MessageOutcomeUnknown');
      patient.mutters({ kind: 'text', text: 'ajuda' });
      await world.eventually(async () => (await countOf('MessageOutcomeUnknown')) > unknown, 'the doubt');
      patient.mutters({ kind: 'text', text: 'oi' });
      await world.advance(15 * 60);
      await patient.until(() => patient.heard().length > before + 1, 'the next answer');
      await world.settled();
      const ids = sent().map(({ ourId }) => ourId);
      expect(ids.every((each) => each !== undefined)).toBe(true);
      expect(new Set(ids).size).toBe(ids.length);
    });
  },
);
