import { expect, test } from 'vitest';
import { launchChromium } from './chromium.ts';

test('the browser of the tests runs a page', async () => {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.setContent('<title>Vestibule</title>');
    expect(await page.title()).toBe('Vestibule');
  } finally {
    await browser.close();
  }
});
