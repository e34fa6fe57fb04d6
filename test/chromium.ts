import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../scripts/ensure-chromium.ts';

/** Nothing that Chromium does by itself may leave the machine or depend on its graphics. */
const flags = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

/** A headless browser for tests; the caller closes it. `scripts/ensure-chromium.ts` has installed it. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await findChromium();
  if (!executablePath) throw new Error('there is no Chromium: run node scripts/ensure-chromium.ts');
  // Chromium's sandbox refuses to run as root.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...flags, ...asRoot] });
}
