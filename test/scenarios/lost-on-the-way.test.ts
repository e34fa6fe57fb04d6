import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FiguresAnswer } from '#analytics/contract.ts';
import type { FailedPage } from '#messages/contract.ts';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import type { TestStaff } from './test-staff.ts';

/** The whole product at a provider that loses things on the way and can be asked: both are found out, and done once. */

let world: TestSandbox;
let manager: TestStaff;

beforeAll(async () => {
  world = await startTestSandbox({ provider: 'twilio' });
  manager = await world.staff('manager');
});

afterAll(() => world.stop());

const faults = () => world.sandbox.world.provider.faults;
const now = async () => (await manager.sees<FiguresAnswer>('/api/figures?days=1')).now;
const heard = () => world.patient('p1').heard();

test('what could not be delivered to us is read from the list and answered once; staff are told', async () => {
  expect((await now()).gaps).toBeNull();
  faults().set('lost', { count: 1 });
  world.patient('p1').mutters({ kind: 'text', text: 'oi' });
  await world.advance(7 * 60);
  await world.eventually(() => heard().length > 0, 'an answer');
  await world.settled();
  expect(heard()).toHaveLength(1);
  expect((await now()).gaps?.messages).toBe(1);
});

test('a message whose answer and statuses were lost is asked for, and not sent again', async () => {
  faults().set('http-500-after', { count: 1 });
  faults().set('lost-status', { count: 2 });
  world.patient('p1').mutters({ kind: 'text', text: 'Português' });
  const found = () => world.counted('vestibule_lookups', { outcome: 'found' });
  await world.eventually(async () => (await found()) === 1, 'the message to be found');
  await world.settled();
  expect(heard()).toHaveLength(2);
  const [last] = await world.query<{ state: string; status: string; attempts: number }>(
    'select state, status, attempts from views_messages order by position desc limit 1',
  );
  expect(last).toEqual({ state: 'accepted', status: 'delivered', attempts: 1 });
});

test('a message that never arrives is an alarm when its life is over, and listed', async () => {
  faults().set('stuck', { count: 1 });
  world.patient('p1').mutters({ kind: 'text', text: 'Sim' });
  await world.eventually(() => heard().length === 3, 'the message to be sent');
  await world.settled();
  expect((await now()).expired).toBe(0);
  await world.advance(30 * 24 * 60 * 60);
  await world.eventually(async () => (await now()).expired === 1, 'staff to be told');
  const { messages } = await manager.sees<FailedPage>('/api/messages/failed');
  expect(messages).toMatchObject([{ state: 'expired' }]);
});
