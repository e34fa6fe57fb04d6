import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold, isRefusal } from '#kernel/decider.ts';
import { given } from '../../test/given.ts';
import type { IntakeEvent } from './events.ts';
import { currentStep, type IntakeCommand, type IntakeState, intake } from './intake.ts';
import type { AnswerValue } from './step.ts';
import frozen from './testdata/events.json' with { type: 'json' };
import { knee } from './testdata/knee.ts';

const at = '2026-11-22T12:00:00Z';
const form = knee;

const started: IntakeEvent = {
  type: 'IntakeStarted',
  data: { intakeId: 'i1', patientId: 'p1', formId: 'knee', formVersion: '1', language: 'en', at },
};
const start: IntakeCommand = { type: 'StartIntake', ...started.data };

const name: AnswerValue = { kind: 'name', text: 'Maria da Silva', given: ['Maria'], family: 'da Silva' };
const yes: AnswerValue = { kind: 'coding', code: 'true' };
const no: AnswerValue = { kind: 'coding', code: 'false' };
const acme: AnswerValue = { kind: 'text', text: 'Acme' };

function gave(linkId: string, answer: AnswerValue, complete = false, dropped: string[] = []): IntakeEvent {
  return { type: 'AnswerGiven', data: { linkId, way: 'typed', dropped, complete, at }, phi: { answer } };
}

function give(linkId: string, answer: AnswerValue): IntakeCommand {
  return { type: 'GiveAnswer', form, linkId, answer, way: 'typed', at };
}

const insured = [started, gave('name', name), gave('insured', yes)];
const complete = [...insured, gave('insurer', acme, true)];
const confirmed: IntakeEvent[] = [...complete, { type: 'IntakeConfirmed', data: { at } }];
const filed: IntakeEvent = { type: 'IntakeFiled', data: { resources: ['Patient/1', 'Coverage/2'], at } };

function state(...events: IntakeEvent[]): IntakeState {
  return fold(intake, events);
}

describe('asking', () => {
  test('an intake starts once', () => {
    given(intake).when(start).then(started);
    given(intake, started).when(start).then();
    given(intake, started)
      .when({ ...start, intakeId: 'i2' })
      .refused('ALREADY_STARTED');
  });

  test('an answer is recorded, and its words are patient data', () => {
    given(intake, started).when(give('name', name)).then(gave('name', name));
    expect(JSON.stringify(gave('name', name).data)).not.toContain('Maria');
  });

  test('the first question without an answer is the current one', () => {
    expect(currentStep(form, state(started))?.linkId).toBe('name');
    expect(currentStep(form, state(...insured))?.linkId).toBe('insurer');
    expect(currentStep(form, state(...complete))).toBeUndefined();
  });

  test('the last answer completes the form', () => {
    given(intake, ...insured)
      .when(give('insurer', acme))
      .then(gave('insurer', acme, true));
    expect(state(...complete).status).toBe('reviewing');
  });

  test('an answer that takes a question away drops that answer', () => {
    given(intake, ...complete)
      .when(give('insured', no))
      .then(gave('insured', no, true, ['insurer']));
    const after = state(...complete, gave('insured', no, true, ['insurer']));
    expect(after).toMatchObject({ answers: { name, insured: no } });
    expect(after).not.toHaveProperty('answers.insurer');
  });

  test('what is not asked cannot be answered', () => {
    given(intake, started).when(give('insurer', acme)).refused('NOT_ASKED');
    given(intake, started).when(give('shoe-size', acme)).refused('UNKNOWN_STEP');
    given(intake).when(give('name', name)).refused('NOT_OPEN');
    given(intake, ...confirmed)
      .when(give('name', name))
      .refused('NOT_OPEN');
  });

  test('only what is not required can be skipped', () => {
    given(intake, started)
      .when(give('name', { kind: 'skipped' }))
      .refused('REQUIRED');
    const skipped: AnswerValue = { kind: 'skipped' };
    given(intake, ...insured)
      .when(give('insurer', skipped))
      .then(gave('insurer', skipped, true));
  });
});

describe('back and change', () => {
  const back: IntakeCommand = { type: 'GoBack', form, at };
  const reopened = (linkId: string, why: 'back' | 'change'): IntakeEvent => ({
    type: 'AnswerReopened',
    data: { linkId, why, at },
  });

  test('back asks the question before, again and again, up to the first', () => {
    given(intake, ...insured)
      .when(back)
      .then(reopened('insured', 'back'));
    given(intake, ...insured, reopened('insured', 'back'))
      .when(back)
      .then(reopened('name', 'back'));
    given(intake, started).when(back).refused('NOTHING_BEFORE');
  });

  test('back from the summary asks the last question', () =>
    given(intake, ...complete)
      .when(back)
      .then(reopened('insurer', 'back')));

  test('a changed answer replaces the old one and leads back to the summary', () => {
    given(intake, ...complete)
      .when({ type: 'ChangeAnswer', form, linkId: 'name', at })
      .then(reopened('name', 'change'));
    const changing = state(...complete, reopened('name', 'change'));
    expect(currentStep(form, changing)?.linkId).toBe('name');
    expect(changing).toMatchObject({ status: 'asking', answers: { name } });
    const other: AnswerValue = { kind: 'name', text: 'Ana', given: ['Ana'] };
    expect(state(...complete, reopened('name', 'change'), gave('name', other, true))).toMatchObject({
      status: 'reviewing',
      answers: { name: other },
    });
  });

  test('only what is asked can be changed', () => {
    given(intake, started).when({ type: 'ChangeAnswer', form, linkId: 'insurer', at }).refused('NOT_ASKED');
    given(intake, ...confirmed)
      .when({ type: 'ChangeAnswer', form, linkId: 'name', at })
      .refused('NOT_OPEN');
  });
});

describe('confirming and discarding', () => {
  const confirm: IntakeCommand = { type: 'ConfirmIntake', form, at };

  test('a complete intake is confirmed once', () => {
    given(intake, ...complete)
      .when(confirm)
      .then({ type: 'IntakeConfirmed', data: { at } });
    given(intake, ...confirmed)
      .when(confirm)
      .then();
  });

  test('an incomplete one is not', () => {
    given(intake, ...insured)
      .when(confirm)
      .refused('NOT_COMPLETE');
    given(intake).when(confirm).refused('NOT_OPEN');
  });

  test('a question that the form gained meanwhile is asked first', () => {
    const [first] = form.steps;
    if (!first) throw new Error('the form has steps');
    const grown = { ...form, steps: [...form.steps, { ...first, linkId: 'nickname' }] };
    given(intake, ...complete)
      .when({ ...confirm, form: grown })
      .refused('NOT_COMPLETE');
  });

  test('an open intake is discarded once, a confirmed one is not', () => {
    const discard: IntakeCommand = { type: 'DiscardIntake', why: 'start-over', at };
    const discarded: IntakeEvent = { type: 'IntakeDiscarded', data: { why: 'start-over', at } };
    given(intake, ...insured)
      .when(discard)
      .then(discarded);
    given(intake, ...insured, discarded)
      .when(discard)
      .then();
    given(intake, ...confirmed)
      .when(discard)
      .refused('NOT_OPEN');
  });
});

describe('what the practice system said', () => {
  test('a found and a registered patient are recorded once', () => {
    const found: IntakeEvent = { type: 'PatientFound', data: { pmsPatientId: '7', how: 'demographics', at } };
    const command: IntakeCommand = { type: 'RecordPatientFound', pmsPatientId: '7', how: 'demographics', at };
    given(intake, ...confirmed)
      .when(command)
      .then(found);
    given(intake, ...confirmed, found)
      .when(command)
      .then();
    given(intake, ...confirmed)
      .when({ type: 'RecordPatientRegistered', pmsPatientId: '8', at })
      .then({ type: 'PatientRegistered', data: { pmsPatientId: '8', at } });
  });

  test('a delay is told once, however often it is tried', () => {
    const delayed: IntakeEvent = { type: 'FilingDelayed', data: { code: 'TIMEOUT', at } };
    const command: IntakeCommand = { type: 'RecordFilingDelayed', code: 'TIMEOUT', at };
    given(intake, ...confirmed)
      .when(command)
      .then(delayed);
    given(intake, ...confirmed, delayed)
      .when({ ...command, code: 'HTTP_503' })
      .then();
  });

  test('filed is the end', () => {
    const command: IntakeCommand = { type: 'RecordIntakeFiled', resources: ['Patient/1', 'Coverage/2'], at };
    given(intake, ...confirmed)
      .when(command)
      .then(filed);
    given(intake, ...confirmed, filed)
      .when(command)
      .then();
    given(intake, ...confirmed, filed)
      .when({ type: 'RecordIntakeRefused', code: 'INVALID', at })
      .then();
    expect(state(...confirmed, filed)).toMatchObject({
      status: 'filed',
      resources: ['Patient/1', 'Coverage/2'],
    });
  });

  test('a refused intake can still be filed, once a person has seen to it', () => {
    const refused: IntakeEvent = { type: 'IntakeRefused', data: { code: 'INVALID', at } };
    given(intake, ...confirmed)
      .when({ type: 'RecordIntakeRefused', code: 'INVALID', at })
      .then(refused);
    given(intake, ...confirmed, refused)
      .when({ type: 'RecordIntakeRefused', code: 'INVALID', at })
      .then();
    given(intake, ...confirmed, refused)
      .when({ type: 'RecordIntakeFiled', resources: ['Patient/1', 'Coverage/2'], at })
      .then(filed);
  });

  test('nothing is recorded of an intake that is not owed', () =>
    given(intake, ...complete)
      .when({ type: 'RecordPatientAmbiguous', count: 2, at })
      .refused('NOT_CONFIRMED'));
});

describe('events', () => {
  // Through `unknown`: JSON has no literal types, and the test below proves the shapes by folding them.
  const past = frozen as unknown as IntakeEvent[];

  test('those of older releases still lead to a filed intake', () => {
    expect(fold(intake, past)).toEqual({
      status: 'filed',
      intakeId: 'i1',
      patientId: 'p1',
      formId: 'knee',
      formVersion: '1',
      language: 'en',
      startedAt: '2026-11-22T12:00:00Z',
      answers: { name, insured: no },
      confirmedAt: '2026-11-22T12:05:00Z',
      pmsPatientId: '7',
      ambiguous: 2,
      delayed: true,
      resources: ['Patient/7'],
      refusedCode: 'INVALID',
    });
  });

  test('one that a newer release wrote changes nothing', () => {
    const newer = { type: 'IntakeAdmired', data: {} } as unknown as IntakeEvent; // what an older process would read
    expect(state(...insured, newer)).toEqual(state(...insured));
  });

  test('without its sealed part an answer is gone, and the intake still reads', () => {
    const erased = complete.map(({ type, data }) => ({ type, data }) as IntakeEvent); // as read after erasure
    expect(state(...erased)).toMatchObject({ status: 'reviewing', answers: {} });
  });

  test('no order of commands throws, and an answer never leaves the sealed part', () => {
    const commands = fc.array(
      fc.oneof(
        fc.constantFrom<IntakeCommand>(
          start,
          { type: 'GoBack', form, at },
          { type: 'ConfirmIntake', form, at },
          { type: 'DiscardIntake', why: 'stopped', at },
          { type: 'RecordIntakeFiled', resources: [], at },
          { type: 'RecordIntakeRefused', code: 'X', at },
        ),
        fc
          .record({
            linkId: fc.constantFrom('name', 'insured', 'insurer', 'none'),
            answer: fc.constantFrom(name, yes, no, acme),
          })
          .map(({ linkId, answer }) => give(linkId, answer)),
        fc
          .constantFrom('name', 'insured', 'insurer')
          .map((linkId): IntakeCommand => ({ type: 'ChangeAnswer', form, linkId, at })),
      ),
    );
    fc.assert(
      fc.property(commands, (sequence) => {
        let now = intake.initial;
        for (const command of sequence) {
          const decision = intake.decide(command, now);
          if (isRefusal(decision)) continue;
          expect(JSON.stringify(decision.map(({ data }) => data))).not.toMatch(/Maria|Acme/);
          now = decision.reduce((before, event) => intake.evolve(before, event), now);
          if (now.status === 'reviewing') expect(currentStep(form, now)).toBeUndefined();
          if (now.status === 'asking') expect(currentStep(form, now)).toBeDefined();
        }
      }),
    );
  });
});
