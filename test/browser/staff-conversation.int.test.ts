import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureWebBuilt } from '../../scripts/build-web.ts';
import { launchChromium } from '../chromium.ts';
import { startTestSandbox, type TestSandbox } from '../scenarios/sandbox.ts';
import type { TestPatient } from '../scenarios/test-patient.ts';
import {
  clearInbox,
  composer,
  faults,
  goToComposer,
  heard,
  isTooWide,
  openId,
  openStaffApp,
  press,
  reply,
  type StaffApp,
  said,
  untilFocused,
  violations,
} from './staff.ts';

/** A conversation in the staff app, by keyboard, in real Chromium on the real product: what may go wrong while one writes. */

let world: TestSandbox;
let browser: Browser;
let app: StaffApp;
let page: StaffApp['page'];

beforeAll(async () => {
  await ensureWebBuilt();
  world = await startTestSandbox();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await world.stop();
});

beforeEach(async () => {
  app = await openStaffApp(browser, world);
  page = app.page;
});

afterEach(async () => {
  await app.context.close();
  await clearInbox(world);
  expect([...app.complaints, ...app.strayed]).toEqual([]);
});

/** A patient asks for a person; a member of staff is signed in, opens the conversation from the list and takes it. */
async function taken(patientId: string): Promise<TestPatient> {
  const patient = world.patient(patientId);
  await app.enter('front-desk');
  await page.getByText('Nobody is waiting').waitFor();
  await patient.walks('oi', 'pessoa');
  await page.getByTestId('inbox-row').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Wants a person' }).waitFor();
  await press(page, 't');
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  return patient;
}

test('taken, answered, noted and resolved by keyboard', async () => {
  const patient = await taken('maria');
  await reply(page, 'Olá! Em que posso ajudar?');
  await heard(patient, 'Olá! Em que posso ajudar?');
  // What was sent has left the composer.
  await expect.poll(() => composer(page).inputValue()).toBe('');
  await press(page, 'n');
  await untilFocused(page.getByRole('textbox', { name: 'Note' }));
  await page.keyboard.type('Ligar amanhã');
  await page.keyboard.press('Control+Enter');
  await page.locator('.note').filter({ hasText: 'Ligar amanhã' }).waitFor();
  await press(page, 'c');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => composer(page).inputValue()).not.toBe('');
  expect(await faults(page)).toEqual([]);
  await press(page, 'e');
  await page.getByRole('dialog').getByRole('radio').first().check();
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('This is resolved').waitFor();
  expect(patient.heard().some(({ text }) => text?.includes('Ligar amanhã'))).toBe(false);
});

test('a session that ends while one types: nothing is lost, and what was sent goes out once', async () => {
  const patient = await taken('joao');
  await goToComposer(page);
  await page.keyboard.type('Vou verificar e já');
  const { staffId } = await world.staff('front-desk');
  await (await world.staff('admin')).asks('DELETE', `/api/staff/${staffId}/sessions`);
  await page.getByRole('dialog', { name: 'Please sign in again' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByTestId('persona-front-desk').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await composer(page).inputValue()).toBe('Vou verificar e já');
  await composer(page).focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' volto');
  await page.keyboard.press('Control+Enter');
  await heard(patient, 'Vou verificar e já volto');
  expect(patient.heard().filter(({ text }) => text === 'Vou verificar e já volto')).toHaveLength(1);
});

test('a colleague takes over while one types: nothing more is sent, and what was typed stays', async () => {
  const patient = await taken('lucia');
  await goToComposer(page);
  await page.keyboard.type('Enseguida le');
  const id = openId(page);
  const manager = await world.staff('manager');
  const { token } = await manager.does<{ token: number }>(`/api/conversations/${id}/take`, { over: true });
  await page.getByText('has this conversation now, so nothing more was sent').waitFor();
  expect(await composer(page).inputValue()).toBe('Enseguida le');
  expect(await composer(page).getAttribute('readonly')).not.toBeNull();
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  await manager.does(`/api/conversations/${id}/release`, { token });
  await page.getByText('The conversation is free again').waitFor();
  await press(page, 't');
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  await expect.poll(() => composer(page).getAttribute('readonly')).toBeNull();
  await composer(page).focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' respondo');
  await page.keyboard.press('Control+Enter');
  await heard(patient, 'Enseguida le respondo');
});

test('a new colleague makes a passkey with a one-time link, and signs in with it from then on', async () => {
  const admin = await world.staff('admin');
  const { link } = await admin.does<{ link: string }>('/api/staff', { name: 'Téa Nova', role: 'front-desk' });
  const devices = await app.context.newCDPSession(page);
  await devices.send('WebAuthn.enable');
  await devices.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  await page.goto(link);
  await page.getByText('Téa Nova, you were invited').waitFor();
  expect(page.url()).not.toContain('#');
  await page.getByRole('button', { name: 'Make a passkey' }).click();
  await page.getByText('Nobody is waiting').waitFor();
  await page.getByRole('button', { name: /Téa Nova/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('Nobody is waiting').waitFor();
  await page.goto(link);
  await page.getByText('This link was used already').waitFor();
});

test('after the window has closed only a template can be sent, and what was typed is kept', async () => {
  // Only who has agreed to messages can be sent a template.
  await world.plays('p1', { until: (transcript) => transcript.length > 8 });
  const patient = await taken('p1');
  await composer(page).fill('Amanhã às dez?');
  await world.advance(25 * 60 * 60);
  // So much later nobody had the conversation any more.
  await (await world.staff('front-desk')).does(`/api/conversations/${openId(page)}/take`);
  await page.getByText('only a template can be sent').waitFor();
  await page.getByText('What you wrote is kept for when the patient answers').waitFor();
  await page.getByText('Amanhã às dez?').waitFor();
  expect(await composer(page).count()).toBe(0);
  const heardBefore = patient.heard().length;
  await page.getByRole('button', { name: 'Send template' }).click();
  const { messages } = await patient.until(() => patient.heard().length > heardBefore, 'the template');
  expect(messages.at(-1)?.kind).toBe('template');
});

test('what a patient writes is text and nothing else, in the list, the thread and the panel', async () => {
  const patient = world.patient('p2');
  await app.enter('front-desk');
  const title = await page.title();
  await patient.says('oi');
  await patient.taps('Português');
  await patient.taps('Sim');
  const address = `<img src=x onerror="document.title='owned'"> Rua \u202Egnp.exe`;
  // Such a name is no name to the assistant; an address may be anything.
  await patient.walks('eu', address, 'Bento Exemplo', '3 de maio de 1984', '1', '(11) 95550-0202', address);
  await patient.says('pessoa');
  await page.getByTestId('inbox-row').first().click();
  await page.getByRole('region', { name: 'Wants a person' }).waitFor();
  const shown = address.replace('\u202E', '[U+202E]');
  // An answer is tidied, so what hides is gone from it.
  await page.locator('.panel').getByText(address.replace('\u202E', '')).waitFor();
  await said(page, shown).first().waitFor();
  const hostile = [
    `<script>document.title='owned'</script><svg onload=alert(1)>`,
    '[a](javascript:alert(1)) javascript:alert(2) https://exemplo.test/x',
    'pague \u202Efdp.exe\u2066 e\u200Bu',
    'x'.repeat(10_000),
    `${'\u0301'.repeat(2_000)} ${'linha\n'.repeat(200)}`,
  ];
  for (const text of hostile) patient.mutters({ kind: 'text', text });
  await said(page, 'pague [U+202E]fdp.exe[U+2066] e[U+200B]u').waitFor();
  await said(page, hostile[0] ?? '').waitFor();
  await said(page, hostile[1] ?? '').waitFor();
  await page.locator('.thread').getByRole('button', { name: 'more' }).nth(1).waitFor();
  await said(page, 'xxx').getByRole('button', { name: 'more' }).click();
  // What no chat shows is cut by the server.
  expect(await said(page, 'xxx').locator('.patient-text').innerText()).toMatch(/^x{8000}…$/);
  const made = 'main :is(script, img, svg[onload], .thread a, b)';
  expect(await page.locator(made).count()).toBe(0);
  expect(await page.title()).toContain(title.split(' · ')[0]);
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await isTooWide(page), String(width)).toBe(false);
  }
});
