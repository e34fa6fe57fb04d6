import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureWebBuilt } from '../../scripts/build-web.ts';
import { launchChromium } from '../chromium.ts';
import { startTestSandbox, type TestSandbox } from '../scenarios/sandbox.ts';
import type { TestPatient } from '../scenarios/test-patient.ts';
import {
  clearInbox,
  composer,
  goToComposer,
  heard,
  openFirst,
  openStaffApp,
  reply,
  rowOf,
  type StaffApp,
  said,
  takeFirst,
} from './staff.ts';

/** The inbox as staff use it, in real Chromium on the real product: who may see what, in real time, from taking to resolving. */

let world: TestSandbox;
let browser: Browser;
let opened: StaffApp[];

beforeAll(async () => {
  await ensureWebBuilt();
  world = await startTestSandbox();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await world.stop();
});

beforeEach(() => {
  opened = [];
});

afterEach(async () => {
  for (const { context } of opened) await context.close();
  await clearInbox(world);
  expect(opened.flatMap(({ complaints, strayed }) => [...complaints, ...strayed])).toEqual([]);
});

async function open(): Promise<StaffApp> {
  const app = await openStaffApp(browser, world);
  opened.push(app);
  return app;
}

/** From "oi" to a person, in the middle of the intake. */
async function wantsPerson(patientId: string, name: string): Promise<TestPatient> {
  const patient = world.patient(patientId);
  await patient.says('oi');
  await patient.taps('Português');
  await patient.taps('Sim');
  await patient.walks('eu', name, 'pessoa');
  return patient;
}

/** With the assistant going on at once. */
async function resolve({ page }: StaffApp, code: string): Promise<void> {
  await page.getByRole('button', { name: 'Resolve' }).click();
  const dialog = page.getByRole('dialog', { name: 'Resolve' });
  await dialog.getByRole('radio', { name: code }).check();
  await dialog.getByRole('switch', { name: 'The assistant goes on at once' }).check();
  await dialog.getByRole('button', { name: 'Resolve' }).click();
  await dialog.waitFor({ state: 'detached' });
}

test('who is not signed in is led to the sign-in, and back; an auditor sees the trail and no patient', async () => {
  const { page, enter } = await open();
  await enter('front-desk', '/today');
  expect(new URL(page.url()).pathname).toBe('/today');
  const screens = page.getByRole('navigation', { name: 'Screens' }).getByRole('link');
  expect(await screens.allInnerTexts()).toEqual(['Inbox', 'Today', 'Reports']);

  const patient = world.patient('emma');
  await patient.walks('hi', 'person');
  const auditor = await open();
  await auditor.enter('auditor', '/inbox');
  await auditor.page.getByText('There is nothing at this address').waitFor();
  const its = auditor.page.getByRole('navigation', { name: 'Screens' }).getByRole('link');
  expect(await its.allInnerTexts()).toEqual(['Reports', 'Audit', 'Settings']);
  for (const screen of ['Reports', 'Audit', 'Settings']) {
    await its.filter({ hasText: screen }).click();
    await auditor.page.getByRole('heading', { name: screen, level: 1 }).waitFor();
    expect(await auditor.page.locator('body').innerText()).not.toMatch(/Emma|Exemp|Example/);
  }
});

test('from "pessoa" on the phone to a question of the assistant again: seen as it happens', async () => {
  const app = await open();
  const { page, enter } = app;
  await enter('front-desk');
  await page.getByText('Nobody is waiting').waitFor();

  const maria = await wantsPerson('maria', 'Maria Exemplo da Silva');
  const row = rowOf(page, 'Maria S.');
  await row.waitFor();
  expect(await row.innerText()).toMatch(/Wants a person · Portuguese/);
  maria.mutters({ kind: 'text', text: 'tem alguém aí?' });
  await row.getByText('1 new message').waitFor();
  const joao = await wantsPerson('joao', 'João Exemplo');
  await rowOf(page, 'João E.').waitFor();
  // Who waits longest comes first.
  expect(await page.getByTestId('inbox-row').locator('bdi').allInnerTexts()).toEqual(['Maria S.', 'João E.']);

  await row.click();
  const stopped = page.getByRole('region', { name: 'Wants a person' });
  await stopped.getByText('Asking a question of the form').waitFor();
  expect(await stopped.innerText()).toMatch(/nascimento/);
  await page.getByRole('button', { name: 'Take', exact: true }).first().click();
  await page.getByText('Agreed to messages').first().waitFor();

  await page.getByRole('button', { name: 'Ready-made' }).click();
  await page.getByRole('dialog').getByRole('option', { name: 'Say hello' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Use it' }).click();
  await expect.poll(() => composer(page).inputValue()).toMatch(/^Olá, Maria! Aqui é .+, da Clínica Aurora/);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await heard(maria, 'Olá, Maria!');
  await said(page, 'Olá, Maria!').getByText('Delivered').waitFor();
  world.phone.seen('maria', 'aurora-wa');
  await said(page, 'Olá, Maria!').getByText('Read', { exact: true }).waitFor();
  await reply(page, 'Já verifico.');
  await heard(maria, 'Já verifico.');

  await page.getByText('Note', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Note' }).fill('Ligou ontem.');
  await page.getByRole('button', { name: 'Add note' }).click();
  await page.locator('.note').filter({ hasText: 'Ligou ontem.' }).waitFor();

  await resolve(app, 'Question answered');
  await maria.until(
    ({ messages }) => messages.at(-1)?.text?.includes('nascimento') === true,
    'the question that was open',
  );
  await row.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Resolved' }).click();
  await rowOf(page, 'Maria S.').waitFor();
  expect(
    maria
      .heard()
      .map(({ text }) => text)
      .join(),
  ).not.toContain('Ligou ontem');
  expect(joao.heard().length).toBeGreaterThan(0);
});

test('one takes, the other sees it; a manager takes over, and what was being typed stays', async () => {
  const joao = world.patient('joao');
  await joao.walks('oi', 'pessoa');
  const [lia, nara] = [await open(), await open()];
  await lia.enter('front-desk');
  await nara.enter('manager');
  await openFirst(nara.page);
  await nara.page.getByRole('button', { name: 'Take', exact: true }).first().waitFor();
  await takeFirst(lia.page);
  await nara.page.getByText('is answering. You can still leave a note.').waitFor();
  expect(await composer(nara.page).count()).toBe(0);
  expect(await nara.page.getByRole('button', { name: 'Take', exact: true }).count()).toBe(0);

  await composer(lia.page).fill('Enquanto isso, ');
  await nara.page.getByRole('button', { name: 'More for this conversation' }).click();
  await nara.page.getByRole('menuitem', { name: 'Take over from them' }).click();
  await lia.page.getByText('has this conversation now, so nothing more was sent').waitFor();
  expect(await composer(lia.page).inputValue()).toBe('Enquanto isso, ');
  expect(await lia.page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  await reply(nara.page, 'Sou a gerente.');
  await heard(joao, 'Sou a gerente.');
  await said(lia.page, 'Sou a gerente.').waitFor();
});

test('without a mouse: from the sign-in to a sent message', async () => {
  const { page } = await open();
  await page.goto(`${world.sandbox.url}/inbox`);
  await page.getByTestId('persona-front-desk').waitFor();
  const isOn = (what: string) => page.evaluate(`document.activeElement?.matches(${JSON.stringify(what)})`);
  while (!(await isOn('[data-testid=persona-front-desk]'))) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Nobody is waiting').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByText('Next conversation').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  const [ana, bento] = [world.patient('p1'), world.patient('p2')];
  await ana.walks('oi', 'pessoa');
  await bento.walks('oi', 'pessoa');
  await page.getByTestId('inbox-row').nth(1).waitFor();
  const focused = () => page.evaluate(`document.activeElement?.querySelector('bdi')?.textContent`);
  await page.keyboard.press('j');
  const first = await focused();
  await page.keyboard.press('j');
  expect(await focused()).not.toBe(first);
  await page.keyboard.press('k');
  expect(await focused()).toBe(first);
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Wants a person' }).waitFor();
  await page.keyboard.press('t');
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  await goToComposer(page);
  await page.keyboard.type('Olá, tudo bem?');
  await page.keyboard.press('Control+Enter');
  await heard(ana, 'Olá, tudo bem?');
  expect(bento.heard().some(({ text }) => text === 'Olá, tudo bem?')).toBe(false);
});
