/** How an account is connected at its provider, as data: `docs/providers.md` is made from it, and `vestibule check` prints the steps. */
export type Connect = {
  /** The provider's name, and which of its products. */
  readonly title: string;
  readonly product: string;
  /** What to do there, in order, with what is entered as it stands between backticks. `{url}` stands for the account's webhook URL. */
  readonly steps: readonly string[];
  /** Every setting of an account of this provider in `channels.yaml`: what it is, and where to find it there. */
  readonly settings: Readonly<Record<string, string>>;
};

/** The steps for one account, as a terminal shows them. */
export function stepsFor({ steps }: Connect, url: string): readonly string[] {
  return steps.map((step) => step.replaceAll('`', '').replaceAll('{url}', url));
}
