import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeadLetterPage } from '#platform/contract.ts';
import { ensureWebBuilt } from '../../scripts/build-web.ts';
import { launchChromium } from '../chromium.ts';
import { deliver } from '../scenarios/delivery.ts';
import { startTestSandbox, type TestSandbox } from '../scenarios/sandbox.ts';
import { bookFirst, finishIntake, inPracticeSystem } from '../scenarios/visits.ts';
import { faults, isTooWide, openStaffApp, type StaffApp, takeFirst } from './staff.ts';

/** Every screen of the staff app with something on it: what it shows, and that it is there for everybody, at every size. */

let world: TestSandbox;
let browser: Browser;
let manager: StaffApp;
let admin: StaffApp;
let auditor: StaffApp;

beforeAll(async () => {
  await ensureWebBuilt();
  world = await startTestSandbox();
  browser = await launchChromium();
  manager = await openStaffApp(browser, world);
  admin = await openStaffApp(browser, world);
  auditor = await openStaffApp(browser, world);
});

afterAll(async () => {
  await browser.close();
  await world.stop();
});

/** By the navigation, as a person would. */
async function goTo({ page }: StaffApp, screen: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).click();
  await page.getByRole('heading', { level: 1, name: screen }).waitFor();
}

test('the sign-in', async () => {
  await manager.page.goto(`${world.sandbox.url}/sign-in`);
  await manager.page.getByTestId('persona-manager').waitFor();
  expect(await faults(manager.page)).toEqual([]);
});

test('a visit booked in the chat stands on its day with its reminder, and the figures rise meanwhile', async () => {
  const { page } = manager;
  await manager.enter('manager', '/today');
  const bookings = page.getByRole('listitem').filter({ hasText: /visits? booked today/ });
  await bookings.getByText('0', { exact: true }).waitFor();
  const maria = world.patient('maria');
  await finishIntake(maria);
  await bookFirst(maria);
  await bookings.getByText('1', { exact: true }).waitFor();
  await bookings.getByText('visit booked today').waitFor();

  const [appointment] = await inPracticeSystem(world, 'Appointment', '&status=booked');
  const start = new Date(String(appointment?.start));
  const inZone = (options: Intl.DateTimeFormatOptions, locale = 'en-GB') =>
    new Intl.DateTimeFormat(locale, { timeZone: 'America/Sao_Paulo', ...options }).format(start);
  await page.goto(`${world.sandbox.url}/today?day=${inZone({}, 'sv')}`);
  const visit = page.getByTestId('visit').filter({ hasText: 'Maria S.' });
  await visit.getByText(inZone({ hour: '2-digit', minute: '2-digit', hour12: false })).waitFor();
  await visit.getByText('Booked').waitFor();
  await visit.getByText(/^(Reminder due|No reminder)/).waitFor();
  expect(await page.getByTestId('visit').count()).toBe(1);
  expect(await faults(page)).toEqual([]);
  await visit.click();
  await page.getByRole('heading', { name: 'Maria Exemplo da Silva' }).first().waitFor();
});

test('a message that failed has its reason in words; a dead letter can be tried again', async () => {
  const { page } = manager;
  world.sandbox.world.provider.faults.set('failed-after-sent', { count: 1 });
  await world.patient('joao').says('oi');
  await goTo(manager, 'Messages');
  const failed = page.getByTestId('failed-message');
  await failed.getByText('The patient’s messenger could not take it.').waitFor();
  await failed.getByText('UNDELIVERABLE').waitFor();
  expect(await faults(page)).toEqual([]);

  expect((await deliver(world, { body: '{"object": ' })).status).toBe(200);
  await page.getByRole('link', { name: 'Dead letters' }).click();
  const letter = page.getByTestId('dead-letter');
  await letter.getByText('UNREADABLE_DELIVERY').waitFor();
  await letter.getByText('Reading what came in').waitFor();
  expect(await faults(page)).toEqual([]);
  const staff = await world.staff('manager');
  const letterId = async () =>
    (await staff.sees<DeadLetterPage>('/api/dead-letters')).letters.map(({ jobId }) => jobId)[0];
  const before = await letterId();
  await letter.getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Try 1 again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('status').filter({ hasText: '1 is being tried again.' }).waitFor();
  // It is as unreadable as before, so it comes back. Nothing tells of that: one looks again.
  await world.eventually(async () => ![undefined, before].includes(await letterId()), 'it to be back');
  await page.getByRole('link', { name: 'Failed messages' }).click();
  await page.getByRole('link', { name: 'Dead letters' }).click();
  await letter.getByText('UNREADABLE_DELIVERY').waitFor();
});

test('the inbox, a conversation and how it ends', async () => {
  const { page } = manager;
  await goTo(manager, 'Inbox');
  await page.getByText('Nobody is waiting').waitFor();
  expect(await faults(page)).toEqual([]);
  await world.patient('p1').walks('oi', 'pessoa');
  await world.patient('p2').walks('oi', 'pessoa');
  await page.getByTestId('inbox-row').nth(1).waitFor();
  expect(await faults(page)).toEqual([]);
  await takeFirst(page);
  expect(await faults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Resolve' }).click();
  await page.getByRole('dialog', { name: 'Resolve' }).waitFor();
  expect(await faults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  expect(await isTooWide(page)).toBe(false);
});

test('the reports', async () => {
  await goTo(manager, 'Reports');
  await manager.page.getByText(/^1 started, 1 finished|started, .* finished/).waitFor();
  expect(await faults(manager.page)).toEqual([]);
});

/** Aurora's provider says something of the account. */
async function tell(field: string, value: object, time: number): Promise<void> {
  const entry = [{ time, changes: [{ field, value }] }];
  const body = JSON.stringify({ object: 'whatsapp_business_account', entry });
  expect((await deliver(world, { body })).status).toBe(200);
}

test('the settings say how the channels are, and what to do, as soon as it is heard', async () => {
  const { page } = manager;
  await goTo(manager, 'Settings');
  const account = page.getByTestId('channel-account').filter({ hasText: 'aurora-wa' });
  await account.getByText('Works', { exact: true }).waitFor();
  const time = Math.floor(Date.now() / 1000);
  const named = { message_template_name: 'visit_reminder', message_template_language: 'pt_BR' };
  await tell(
    'message_template_status_update',
    { ...named, event: 'REJECTED', reason: 'INVALID_FORMAT' },
    time,
  );
  const ban = { waba_ban_state: 'DISABLE' };
  await tell('account_update', { event: 'DISABLED_UPDATE', ban_info: ban }, time);
  await account.getByText('Does not work').waitFor();
  await page.getByTestId('problem-disabled').getByText('Ask there for a review', { exact: false }).waitFor();
  await account.getByText('What was heard').click();
  await account.getByText('Template “visit_reminder” (pt_BR): rejected', { exact: false }).waitFor();
  expect(await faults(page)).toEqual([]);

  await goTo(manager, 'Today');
  const alarm = page.getByRole('alert').filter({ hasText: 'switched the account off' });
  await alarm.getByRole('link', { name: 'What to do' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await tell(
    'account_update',
    { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'REINSTATE' } },
    time + 60,
  );
  await page.getByTestId('problem-disabled').waitFor({ state: 'detached' });
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await isTooWide(page)).toBe(false);
});

test('people, and the audit trail', async () => {
  await admin.enter('admin', '/people');
  await admin.page.getByRole('button', { name: 'Invite a person' }).waitFor();
  expect(await faults(admin.page)).toEqual([]);
  await auditor.enter('auditor', '/audit');
  await auditor.page.getByText('Signed in').first().waitFor();
  expect(await auditor.page.locator('main').innerText()).not.toMatch(/Maria|João/);
  expect(await faults(auditor.page)).toEqual([]);
});

test('nothing complained, and nothing was asked for elsewhere', () => {
  expect([manager, admin, auditor].flatMap(({ complaints, strayed }) => [...complaints, ...strayed])).toEqual(
    [],
  );
});
