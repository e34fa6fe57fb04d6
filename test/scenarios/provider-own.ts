import { test } from 'vitest';
import type { ProviderName } from '../../sandbox/world/index.ts';
import { scenariosProvider } from './sandbox.ts';

/**
 * What belongs to one provider’s own wire, or to none, is not run for the others: `npm run scenarios` lists it with its reason. Whole
 * files stand in `provider-own.json`. Every other scenario speaks by the patients' phones and runs wherever the practices are.
 */

type Body = () => void | Promise<void>;

/** A test of what only this provider does. */
export function testOf(provider: ProviderName, why: string): (name: string, body: Body) => void {
  const isHere = scenariosProvider === provider;
  return (name, body) => {
    test.runIf(isHere)(isHere ? name : `${name} [only ${provider}: ${why}]`, body);
  };
}
