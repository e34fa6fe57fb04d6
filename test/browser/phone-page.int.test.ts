import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureWebBuilt } from '../../scripts/build-web.ts';
import { launchChromium } from '../chromium.ts';
import { patienceMs } from '../patience.ts';
import { startTestSandbox, type TestSandbox } from '../scenarios/sandbox.ts';

/** The page of the sandbox world, as a person uses it: real Chromium, real product, by keyboard and by taps. */

let world: TestSandbox;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser complained of: scripts' errors, refused content, failed requests. */
let complaints: string[];
/** Requests that went elsewhere than to the sandbox. */
let strayed: string[];

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
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  context.setDefaultTimeout(patienceMs);
  page = await context.newPage();
  complaints = [];
  strayed = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${world.sandbox.url}/`)) strayed.push(request.url());
  });
});

afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
  expect(strayed).toEqual([]);
});

const bubble = (side: 'patient' | 'practice', text?: string) => {
  const all = page.locator(`[data-testid=bubble][data-side=${side}]`);
  return text === undefined ? all : all.filter({ hasText: text });
};

/** Does something, and waits until the practice has said something more. */
async function hearsAfter(action: () => Promise<void>): Promise<string | null> {
  const before = await bubble('practice').count();
  await action();
  const answer = bubble('practice').nth(before);
  await answer.waitFor();
  return await answer.textContent();
}

async function type(text: string): Promise<void> {
  await page.getByTestId('phone-input').click();
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

const types = (text: string) => hearsAfter(() => type(text));

const taps = (title: string) =>
  hearsAfter(() => page.getByTestId('choice').getByText(title, { exact: true }).last().click());

const chart = () => page.getByTestId('patient-chart');

test('from "hi" to a chart, by keyboard and taps', async () => {
  const response = await page.goto(`${world.sandbox.url}/`);
  expect(response?.headers()['content-security-policy']).toMatch(/default-src 'none';script-src 'self';/);
  expect(page.url()).toBe(`${world.sandbox.url}/sandbox/`);

  expect(await types('hi')).toContain('Clínica Aurora');
  await bubble('patient', 'hi').getByRole('img', { name: 'Read', exact: true }).waitFor();
  await taps('English');
  await taps('Yes');
  await taps('Me');
  await types('Maria Exemplo da Silva');
  await types('3 May 1984');
  await taps('Female');
  await taps('This number');
  await types('Rua das Flores 12, São Paulo, 01310-100');
  expect(await choosesFromList('Saúde Horizonte')).toContain('member number');
  await types('0123456');
  expect(await types('A sore knee since Monday')).toContain('Maria Exemplo da Silva');
  expect(await chart().count()).toBe(0);

  await taps('Yes, send');
  await bubble('practice', '✓').waitFor();
  await chart().filter({ hasText: 'Maria Exemplo da Silva' }).waitFor();
  await expect.poll(() => page.getByTestId('resource').count()).toBe(4);
  const timeline = page.getByTestId('timeline-event');
  await timeline.and(page.locator('[data-type*=IntakeFiled]')).waitFor();
  await expect.poll(() => timeline.count()).toBeGreaterThan(20);
  // Nothing of what the patient said stands in the timeline.
  expect(await page.getByTestId('timeline').textContent()).not.toMatch(/Exemplo|Flores|0123456|knee/);
});

/** Opens the list of the last question and takes a row of it, by keys alone. */
const choosesFromList = (title: string) =>
  hearsAfter(async () => {
    await page.getByTestId('choice-list').last().focus();
    await page.keyboard.press('Enter');
    const rows = page.getByRole('dialog').getByTestId('choice');
    await rows.first().waitFor();
    const titles = await rows.allInnerTexts();
    const at = titles.findIndex((text) => text.startsWith(title));
    expect(at).toBeGreaterThanOrEqual(0);
    for (let step = 0; step < at; step += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
  });

test('a patient who wants a person is answered by staff; the practice has a calendar', async () => {
  await page.goto(`${world.sandbox.url}/sandbox/?patient=lucia`);
  await page.getByTestId('staff').click();
  expect(await page.getByTestId('open-staff-app').getAttribute('href')).toBe('/inbox');
  await page.getByTestId('play-staff').click();
  const told = page.getByTestId('staff-told');
  await told.filter({ hasText: 'Nobody waits' }).waitFor();
  await page.keyboard.press('Escape');

  await types('hola');
  await types('persona');
  await page.getByTestId('timeline-event').and(page.locator('[data-type*=HandoffOpened]')).waitFor();
  await page.getByTestId('staff').click();
  await page.getByTestId('play-staff').click();
  await told.filter({ hasText: 'handed back' }).waitFor();
  await page.keyboard.press('Escape');
  for (const type of ['HandoffTaken', 'StaffReplied', 'HandoffResolved', 'HandedBack'])
    await page
      .getByTestId('timeline-event')
      .and(page.locator(`[data-type*=${type}]`))
      .waitFor();
  await page.getByTestId('resource').and(page.locator('[data-type=Task]')).waitFor();

  await page.getByTestId('chart-view').getByText('Calendar').click();
  const slots = page.getByTestId('slot');
  await slots.first().waitFor();
  await expect.poll(() => slots.and(page.locator('[data-state=free]')).count()).toBeGreaterThan(20);
  await expect.poll(() => page.getByTestId('calendar-day').count()).toBe(5);
});

test('what a patient writes is text and nothing else', async () => {
  await page.goto(`${world.sandbox.url}/sandbox/?patient=joao`);
  const title = await page.title();
  const markup = `<img src=x onerror="document.title='owned'"><b>bold</b> {{7*7}} javascript:alert(1)`;
  await types(markup);
  expect(await bubble('patient', '<img').textContent()).toContain(markup);
  expect(await page.locator('[data-testid=bubble] :is(img, b, script)').count()).toBe(0);

  // An override of the direction ends with its own bubble: the hour beside it is read as ever.
  await types('pay \u202Efdp.exe');
  const overridden = bubble('patient', 'pay');
  expect(await overridden.textContent()).toContain('\u202Efdp.exe');
  expect(await overridden.locator('time').textContent()).toMatch(/^\d{1,2}:\d{2}/);
  const direction = await page.evaluate(
    `getComputedStyle([...document.querySelectorAll('.bubble-text')].find((text) => text.textContent.includes('fdp.exe'))).unicodeBidi`,
  );
  expect(['isolate', 'plaintext', 'isolate-override']).toContain(direction);
  expect(await page.title()).toBe(title);
});

test('on a small phone the panes stand behind tabs', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${world.sandbox.url}/sandbox/?patient=emma`);
  await types('hi');
  const isTooWide = () => page.evaluate('document.scrollingElement.scrollWidth > innerWidth');
  expect(await isTooWide()).toBe(false);
  for (const pane of ['timeline', 'chart', 'phone']) {
    await page.getByTestId(`tab-${pane}`).click();
    await page.getByTestId(pane).waitFor();
    for (const other of ['timeline', 'chart', 'phone'])
      await expect.poll(() => page.getByTestId(other).isVisible()).toBe(other === pane);
    await expect.poll(isTooWide).toBe(false);
  }
  expect(await page.getByTestId('phone-input').isVisible()).toBe(true);
});
