import type { Browser, Page } from 'playwright-core';
import type { ClinicDays } from './clinic-days.ts';

type Options = {
  readonly browser: Browser;
  readonly url: string;
  readonly days: ClinicDays;
  readonly take: (page: Page, name: string) => Promise<void>;
};

const wide = { width: 1440, height: 900 };
const narrow = { width: 360, height: 740 };

/** The screens of the staff app, as its staff see them. */
export async function takeStaffApp({ browser, url, days, take }: Options): Promise<void> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', viewport: wide });
  const page = await context.newPage();
  await page.goto(`${url}/inbox?queue=all`);
  await page.getByTestId('persona-front-desk').click();
  await page.goto(`${url}/inbox/${days.conversationId}?queue=all`);
  await settle(page);
  const composer = page.getByRole('textbox', { name: 'Reply' });
  await composer.fill(days.draft);
  await composer.blur();
  await take(page, 'staff-inbox.png');
  await page.emulateMedia({ colorScheme: 'dark' });
  await take(page, 'staff-inbox-dark.png');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(narrow);
  await take(page, 'staff-conversation-360.png');
  await page.goto(`${url}/inbox`);
  await settle(page);
  await take(page, 'staff-inbox-360.png');

  await page.setViewportSize(wide);
  await page.getByRole('link', { name: 'Today' }).click();
  await page.getByTestId('visit').first().waitFor();
  await settle(page);
  await take(page, 'staff-today.png');
  // The counts; how long things take would be seconds in a sandbox.
  await page.setViewportSize({ ...wide, height: 800 });
  await page.getByRole('link', { name: 'Reports' }).click();
  await page.getByRole('heading', { name: 'Reports', level: 1 }).waitFor();
  await settle(page);
  await take(page, 'staff-reports.png');
  await context.close();
  await takeSettings({ browser, url, take });
}

/** As a manager sees them. */
async function takeSettings({ browser, url, take }: Omit<Options, 'days'>): Promise<void> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', viewport: wide });
  const page = await context.newPage();
  await page.goto(`${url}/settings`);
  await page.getByTestId('persona-manager').click();
  await page.getByTestId('channel-account').locator('summary').click();
  await settle(page);
  await take(page, 'staff-settings.png');
  await context.close();
}

/** Everything that was asked for has come. */
async function settle(page: Page): Promise<void> {
  await page.locator('.header-live[data-state=live]').waitFor({ state: 'attached' });
  // Not by a script of ours, which the page's policy lets in only at times.
  await page.locator('.mantine-Skeleton-root, [aria-busy=true]').first().waitFor({ state: 'detached' });
}
