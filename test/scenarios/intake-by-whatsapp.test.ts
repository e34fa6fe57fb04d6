import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';

let world: TestSandbox;

beforeAll(async () => {
  world = await startTestSandbox();
});

afterAll(() => world.stop());

test('from "oi" to a patient in the practice system, in Portuguese, by taps and words', async () => {
  const maria = world.patient('maria');
  expect(await maria.says('oi')).toContain('Clínica Aurora');
  await maria.taps('Português');
  await maria.taps('Sim');
  await maria.says('eu');
  await maria.says('maria exemplo da silva');
  await maria.says('3 de maio de 1984');
  await maria.says('1');
  await maria.says('este');
  await maria.says('Rua das Flores 12, São Paulo, 01310-100');
  await maria.taps('Saúde Horizonte');
  await maria.says('0 123 456');
  const summary = await maria.says('dor no joelho desde segunda');
  expect(summary).toContain('3 de maio de 1984');
  await maria.taps('Sim, enviar');
  await maria.until(
    (chat) => chat.messages.some(({ side, text }) => side === 'practice' && text?.includes('✓') === true),
    'the news that it is filed',
  );

  await world.settled();
  const resources = await world.resources();
  const types = resources.map((resource) => resource.resourceType).sort();
  expect(types).toEqual(['Consent', 'Coverage', 'Patient', 'QuestionnaireResponse']);
  const patient = resources.find((resource) => resource.resourceType === 'Patient');
  expect(patient).toMatchObject({
    name: [{ text: 'Maria Exemplo da Silva' }],
    birthDate: '1984-05-03',
    gender: 'female',
    telecom: [{ system: 'phone', value: '+5511955500101' }],
  });
});
