import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { removeEmbedded, startEmbedded } from '#platform/db/embedded.ts';
import { createLog } from '#platform/log.ts';
import { playPersona } from '../sandbox/phone/index.ts';
import { examplePractices, root } from '../src/cli/paths.ts';
import { type Sandbox, startSandbox } from '../src/cli/sandbox.ts';
import { readConfig } from '../src/config.ts';
import { launchChromium } from '../test/chromium.ts';
import { ensureWebBuilt } from './build-web.ts';
import { playAccountNews } from './pictures/account-news.ts';
import { playClinicDays } from './pictures/clinic-days.ts';
import { takeStaffApp } from './pictures/staff-app.ts';

/**
 * Takes the documentation's pictures: of the sandbox world, in which one patient walks the whole way, and of the staff app on a
 * busy morning. `world` or `staff` as argument takes only these.
 */

const images = join(root, 'docs', 'images');

/** Bytes; the pictures are part of every clone. */
const maxPictureBytes = 400_000;

/** Milliseconds for the patient's whole walk. */
const walkTimeoutMs = 120_000;

const patientId = 'emma';
const practiceId = 'aurora';

/** A page that shows the patient's phone, with nothing that moves. */
async function openWorld(browser: Browser, sandbox: Sandbox, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  await page.goto(`${sandbox.url}/sandbox/?practice=${practiceId}&patient=${patientId}`);
  await page.getByTestId('phone').waitFor();
  return page;
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(images, name);
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  const { size } = await stat(path);
  if (size > maxPictureBytes) throw new Error(`${name} has ${size} bytes: more than ${maxPictureBytes}`);
  console.log(`${relative(root, path)} ${Math.round(size / 1000)} kB`);
}

/** Small, in the middle of the intake: the last question stands there with its choices. */
async function takePhone(browser: Browser, sandbox: Sandbox, question: string): Promise<void> {
  const page = await openWorld(browser, sandbox, { viewport: { width: 360, height: 740 } });
  await page.getByTestId('bubble').filter({ hasText: question }).waitFor();
  await take(page, 'sandbox-phone-360.png');
  await page.context().close();
}

/** Wide, at the end: the phone, what happened, and the chart. */
async function takeWorld(browser: Browser, sandbox: Sandbox): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await openWorld(browser, sandbox, { viewport: { width: 1440, height: 900 }, colorScheme });
    await page.getByTestId('bubble').filter({ hasText: '✓' }).waitFor();
    await page.getByTestId('resource').first().waitFor();
    await page.getByTestId('timeline-event').and(page.locator('[data-type*=IntakeFiled]')).waitFor();
    await take(page, colorScheme === 'light' ? 'sandbox-world.png' : 'sandbox-world-dark.png');
    await page.context().close();
  }
}

async function watchWalk(browser: Browser, sandbox: Sandbox): Promise<void> {
  const { phone } = sandbox.world;
  const accountId = sandbox.accountOf(practiceId);
  const persona = phone.patients.find(({ user }) => user.id === patientId)?.persona;
  if (accountId === undefined || persona === undefined)
    throw new Error('the patient or the practice is not there');
  let isPhoneTaken = false;
  const { done } = await playPersona({
    phone,
    patientId,
    accountId,
    persona,
    timeoutMs: walkTimeoutMs,
    // The patient answers only when we have looked.
    until: async (transcript) => {
      const last = transcript.at(-1);
      if (!isPhoneTaken && last?.side === 'practice' && last.text?.includes('reach you on')) {
        isPhoneTaken = true;
        await takePhone(browser, sandbox, 'reach you on');
      }
      return last?.text?.includes('✓') === true;
    },
  });
  if (!done || !isPhoneTaken) throw new Error('the patient did not come to the end');
  await takeWorld(browser, sandbox);
}

const dataDir = await mkdtemp(join(tmpdir(), 'vestibule-pictures-'));
// As root, the database's user must be able to pass through.
await chmod(dataDir, 0o711);
await mkdir(images, { recursive: true });
await ensureWebBuilt();
try {
  const database = await startEmbedded({ dataDir, fsync: false, log: () => undefined });
  const config = readConfig({
    PORT: '0',
    METRICS_PORT: '0',
    VESTIBULE_DATA: dataDir,
    DATABASE_URL: database.url,
  });
  const sandbox = await startSandbox({ config, practicesDir: examplePractices, log: createLog('warn') });
  const browser = await launchChromium();
  try {
    const only = process.argv[2];
    if (only !== 'staff') await watchWalk(browser, sandbox);
    if (only !== 'world') {
      const days = await playClinicDays(sandbox);
      await playAccountNews(sandbox, practiceId);
      await takeStaffApp({ browser, url: sandbox.url, days, take });
    }
  } finally {
    await browser.close();
    await sandbox.stop();
    await database.stop();
  }
} finally {
  await removeEmbedded(dataDir);
  await rm(dataDir, { recursive: true, force: true });
}
