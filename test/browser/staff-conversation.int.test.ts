import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureWebBuilt } from '../../scripts/build-web.ts';
import { launchChromium } from '../chromium.ts';
import { startTestSandbox, type TestSandbox } from '../scenarios/sandbox.ts';
import type { TestPatient } from '../scenarios/test-patient.ts';

/** A conversation in the staff app, by keyboard, in real Chromium on the real product: what may go wrong while one writes. */

let world: TestSandbox;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let axe: string;
/** What the browser complained of: scripts' errors, refused content. What the server refused is expected here. */
let complaints: string[];

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await ensureWebBuilt();
  world = await startTestSandbox();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await world.stop();
});

beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  // What waits, waits for a busy machine.
  context.setDefaultTimeout(30_000);
  page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
});

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const typing = (): Locator => page.getByRole('textbox', { name: 'Reply' });
const said = (text: string): Locator => page.getByTestId('thread-message').filter({ hasText: text });
const signInAs = (role: string) => page.getByTestId(`persona-${role}`).click();

/** Presses a key that does something by itself, so the focus may not be in a text field. */
async function press(key: string): Promise<void> {
  await page.locator('#conversation-name').focus();
  await page.keyboard.press(key);
}

/** A patient asks for a person; a member of staff is signed in, opens the conversation from the list and takes it. */
async function taken(patientId: string, role = 'front-desk'): Promise<TestPatient> {
  const patient = world.patient(patientId);
  await page.goto(`${world.sandbox.url}/inbox`);
  await signInAs(role);
  await page.getByText('Nobody is waiting').waitFor();
  await patient.walks('oi', 'pessoa');
  await page.getByTestId('inbox-row').first().waitFor();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Wants a person' }).waitFor();
  await press('t');
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  return patient;
}

const heard = (patient: TestPatient, text: string) =>
  patient.until(
    ({ messages }) => messages.some((each) => each.side === 'practice' && each.text?.includes(text)),
    text,
  );

async function violations(): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    // The script above has put it there.
    const { axe: run } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await run.run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

async function resolve(): Promise<void> {
  await press('e');
  await page.getByRole('radio').first().check();
  await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await page.getByText('This is resolved').waitFor();
}

test('taken, answered, noted and resolved by keyboard; what the patient writes is text and nothing else', async () => {
  const patient = await taken('maria');
  await press('r');
  await page.keyboard.type('Olá! Em que posso ajudar?');
  await page.keyboard.press('Control+Enter');
  await heard(patient, 'Olá! Em que posso ajudar?');
  patient.mutters({ kind: 'text', text: '<img src=x onerror=alert(1)> \u202Etxet https://exemplo.test' });
  await said('<img src=x onerror=alert(1)> [U+202E]txet https://exemplo.test').waitFor();
  expect(await page.locator('.thread img, .thread a').count()).toBe(0);
  await press('n');
  await page.keyboard.type('Ligar amanhã');
  await page.keyboard.press('Control+Enter');
  await page.locator('.note').filter({ hasText: 'Ligar amanhã' }).waitFor();
  await press('c');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => typing().inputValue()).not.toBe('');
  for (const [width, colorScheme] of [
    [1440, 'light'],
    [1440, 'dark'],
    [360, 'light'],
    [360, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    expect(await violations(), `${width} ${colorScheme}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await resolve();
  expect(patient.heard().some(({ text }) => text?.includes('Ligar amanhã'))).toBe(false);
});

test('a session that ends while one types: nothing is lost, and what was sent goes out once', async () => {
  const patient = await taken('joao');
  await press('r');
  await page.keyboard.type('Vou verificar e já');
  await world.query('update staff_sessions set revoked_at = now() where revoked_at is null');
  await page.getByRole('dialog', { name: 'Please sign in again' }).waitFor();
  expect(await violations()).toEqual([]);
  await signInAs('front-desk');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await typing().inputValue()).toBe('Vou verificar e já');
  await typing().focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' volto');
  await page.keyboard.press('Control+Enter');
  await heard(patient, 'Vou verificar e já volto');
  expect(patient.heard().filter(({ text }) => text === 'Vou verificar e já volto')).toHaveLength(1);
  await resolve();
});

test('a colleague takes over while one types: nothing more is sent, and what was typed stays', async () => {
  const patient = await taken('lucia');
  await press('r');
  await page.keyboard.type('Enseguida le');
  const id = page.url().split('/').at(-1)?.split('?')[0];
  const manager = await world.staff('manager');
  const { token } = await manager.does<{ token: number }>(`/api/conversations/${id}/take`, { over: true });
  await page.getByText('has this conversation now, so nothing more was sent').waitFor();
  expect(await typing().inputValue()).toBe('Enseguida le');
  expect(await typing().getAttribute('readonly')).not.toBeNull();
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  await manager.does(`/api/conversations/${id}/release`, { token });
  await page.getByText('The conversation is free again').waitFor();
  await press('t');
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  await typing().focus();
  await page.keyboard.press('End');
  await page.keyboard.type(' respondo');
  await page.keyboard.press('Control+Enter');
  await heard(patient, 'Enseguida le respondo');
  await resolve();
});

test('a new colleague makes a passkey with a one-time link, and signs in with it from then on', async () => {
  const admin = await world.staff('admin');
  const { link } = await admin.does<{ link: string }>('/api/staff', { name: 'Téa Nova', role: 'front-desk' });
  const devices = await context.newCDPSession(page);
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
