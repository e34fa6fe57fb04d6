import { providerMatrix, stepsFor } from '#channels/index.ts';
import { type AccountFile, type PracticeConfiguration, referencesOf } from '#practice/index.ts';

/** What to do at the provider, and what the program will need, for one account. */
export type Connection = {
  readonly practice: string;
  readonly account: string;
  readonly provider: string;
  readonly webhookUrl: string;
  readonly steps: readonly string[];
  readonly references: readonly string[];
};

/** @param publicUrl where providers reach this installation, or what stands for it */
export function connectionsOf(
  configuration: PracticeConfiguration<unknown>,
  publicUrl: string,
): readonly Connection[] {
  return configuration.accounts.map((account) => {
    const { id, provider } = account;
    const webhookUrl = `${publicUrl.replace(/\/+$/, '')}/webhooks/${provider}/${id}`;
    const steps = stepsFor(providerMatrix[provider].connect, webhookUrl);
    const practice = configuration.practice.id;
    return { practice, account: id, provider, webhookUrl, steps, references: referencesOf(account) };
  });
}

/** For a terminal: the account's address, the steps, and where its secrets will be looked for. */
export function connectionLines({
  practice,
  account,
  provider,
  webhookUrl,
  steps,
  references,
}: Connection): string[] {
  // Made of an account of that provider.
  const { title, product } = providerMatrix[provider as AccountFile['provider']].connect;
  const needed = references.length === 0 ? [] : [`  needs ${references.join(', ')}`];
  return [
    '',
    `${practice}/${account}, ${title} ${product}: ${webhookUrl}`,
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    ...needed,
  ];
}
