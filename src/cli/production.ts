import type { Config } from '../config.ts';
import type { LoadedPractice } from './load-practices.ts';

const isLoopback = ({ hostname }: URL) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

const isHttps = (text: string) => URL.parse(text)?.protocol === 'https:';

/** A practice system may stand on this very machine, or behind an encrypted tunnel that ends here. */
function mayHoldPatients(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)));
}

/**
 * What production refuses beyond what the settings say by themselves: generated keys, and base URLs that the sandbox has, or
 * that would carry patient data unencrypted. Never the URLs themselves.
 */
export function productionProblems(
  config: Pick<Config, 'production'>,
  keys: { readonly generated: boolean },
  practices: readonly Pick<LoadedPractice, 'settings' | 'accounts' | 'pms'>[],
): readonly string[] {
  if (!config.production) return [];
  const problems: string[] = [];
  if (keys.generated)
    problems.push('VESTIBULE_KEYS: this key file was generated for the sandbox; production needs its own');
  for (const { settings, accounts, pms } of practices) {
    for (const { id, baseUrl } of accounts) {
      if (isHttps(baseUrl)) continue;
      problems.push(
        `${settings.id} channels.yaml accounts.${id}.baseUrl: production needs an https URL, such as https://graph.facebook.com`,
      );
    }
    if (!mayHoldPatients(pms.baseUrl))
      problems.push(
        `${settings.id} pms.yaml baseUrl: production needs an https URL, such as https://fhir.clinic.example/r4`,
      );
  }
  return problems;
}
