import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { InboxPage } from '#handoff/contract.ts';
import type { StaffRole } from '#security/contract.ts';
import { patienceMs } from '../patience.ts';
import type { TestSandbox } from '../scenarios/sandbox.ts';
import type { TestPatient } from '../scenarios/test-patient.ts';

/** The staff app in a browser of its own: nobody is signed in, and nothing is open yet. */
export type StaffApp = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained of: scripts' errors, refused content. What the server refuses is not among it. */
  readonly complaints: string[];
  /** Addresses elsewhere than at the product that were asked for; dialogs that were opened. */
  readonly strayed: string[];
  /** Opens an address; who is not signed in signs in there with one click. */
  readonly enter: (role: StaffRole, path?: string) => Promise<void>;
};

export async function openStaffApp(
  browser: Browser,
  world: TestSandbox,
  options: BrowserContextOptions = {},
): Promise<StaffApp> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strayed: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${world.sandbox.url}/`)) strayed.push(request.url());
  });
  page.on('dialog', (dialog) => {
    strayed.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return {
    context,
    page,
    complaints,
    strayed,
    async enter(role, path = '/inbox') {
      await page.goto(`${world.sandbox.url}${path}`);
      await page.getByTestId(`persona-${role}`).click();
      await page.getByRole('navigation', { name: 'Screens' }).waitFor();
      await page.getByText('live', { exact: true }).waitFor();
    },
  };
}

/** Presses a key that does something by itself, so the focus may not be in a text field. */
export async function press(page: Page, key: string): Promise<void> {
  await page.locator('#conversation-name').focus();
  await page.keyboard.press(key);
}

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Reply' });

/** Waits until what is typed goes there: before, keys are shortcuts, or do nothing. */
export async function untilFocused(field: Locator): Promise<void> {
  await expect.poll(() => field.evaluate((element) => element.matches(':focus'))).toBe(true);
}

/** Goes to the composer by its key, once the conversation is theirs. */
export async function goToComposer(page: Page): Promise<void> {
  await composer(page).waitFor();
  await press(page, 'r');
  await untilFocused(composer(page));
}

/** Types into the composer, and sends. */
export async function reply(page: Page, text: string): Promise<void> {
  await goToComposer(page);
  await page.keyboard.type(text);
  await page.keyboard.press('Control+Enter');
}

export const said = (page: Page, text: string): Locator =>
  page.getByTestId('thread-message').filter({ hasText: text });

export const rowOf = (page: Page, name: string): Locator =>
  page.getByTestId('inbox-row').filter({ hasText: name });

export async function openFirst(page: Page): Promise<void> {
  await page.getByTestId('inbox-row').first().click();
  await page.locator('#conversation-name').waitFor();
}

/** Opens the conversation that has waited longest, and takes it. */
export async function takeFirst(page: Page): Promise<void> {
  await openFirst(page);
  await page.getByRole('button', { name: 'Take', exact: true }).first().click();
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
}

/** The id of the conversation that is open. */
export const openId = (page: Page): string => new URL(page.url()).pathname.split('/')[2] ?? '';

/** Waits until the practice has said this to the patient. */
export const heard = (patient: TestPatient, text: string) =>
  patient.until(
    ({ messages }) => messages.some((each) => each.side === 'practice' && each.text?.includes(text)),
    text,
  );

/** Whoever needs a person is taken care of, so that the next test begins with an empty inbox. */
export async function clearInbox(world: TestSandbox): Promise<void> {
  const manager = await world.staff('manager');
  const { rows } = await manager.sees<InboxPage>('/api/inbox?queue=all');
  for (const { conversationId, state } of rows) {
    if (state !== 'waiting' && state !== 'taken') continue;
    const path = `/api/conversations/${conversationId}`;
    const { token } = await manager.does<{ token: number }>(`${path}/take`, { over: true });
    await manager.does(`${path}/resolve`, { token, code: 'answered', resume: false });
  }
  // What a patient writes before the assistant has it again is for the person who is leaving.
  const isBack = async () => {
    const sql = `select count(*) filter (where type = 'HandoffResolved') = count(*) filter (where type = 'HandedBack') as is
      from events where type in ('HandoffResolved', 'HandedBack')`;
    return (await world.query<{ is: boolean }>(sql))[0]?.is === true;
  };
  await world.eventually(async () => (await isBack()) || undefined, 'the assistant to have everybody back');
}

let axe: Promise<string> | undefined;

/** All that axe-core knows; or what depends on colours alone. */
type Looked = 'all' | 'colours';

/** Waits until the screen is drawn in its colours, and nothing that ends by itself still fades or moves. */
const drawn = (page: Page): Promise<void> =>
  page.evaluate(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const ends = ({ effect }) => Number.isFinite(Number(effect?.getComputedTiming().endTime));
    const moving = () => document.getAnimations().filter((one) => one.playState === 'running' && ends(one));
    // What the change of a colour scheme begins, begins with the next frame.
    await frame();
    await frame();
    while (moving().length > 0) {
      await Promise.allSettled(moving().map(({ finished }) => finished));
      await frame();
    }
  })()`);

/** What axe-core finds wrong with the page as it stands, a line each. */
export async function violations(page: Page, looked: Looked = 'all'): Promise<string[]> {
  axe ??= readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  // Half a megabyte, which a page reads once.
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(await axe);
  await drawn(page);
  return page.evaluate(async (only) => {
    // The script above has put it there.
    const { axe: found } = globalThis as unknown as {
      axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const ofColours = { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } };
    const result = await found.run({
      resultTypes: ['violations'],
      ...(only === 'colours' ? ofColours : {}),
    });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }, looked);
}

const sizes = [
  { width: 1440, height: 900 },
  { width: 360, height: 740 },
];

/**
 * What is wrong with a screen, wide and narrow, light and dark: for who cannot see it, and where it is too wide. In the dark the
 * same elements stand in the same places in other colours.
 */
export async function faults(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const size of sizes) {
    await page.setViewportSize(size);
    for (const [colorScheme, looked] of [
      ['light', 'all'],
      ['dark', 'colours'],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      const here = `${size.width} ${colorScheme}`;
      found.push(...(await violations(page, looked)).map((fault) => `${here}: ${fault}`));
    }
    if (await isTooWide(page)) found.push(`${size.width}: scrolls sideways`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}

/** The page, or what scrolls in it, is wider than there is room. */
export const isTooWide = (page: Page): Promise<boolean> =>
  page.evaluate(
    `[document.scrollingElement, ...document.querySelectorAll('main, .thread, .inbox-rows, .conversation')].some((one) => one.scrollWidth > one.clientWidth + 1)`,
  );
