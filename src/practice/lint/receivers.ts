import { type AccountFile, accountReferences, textsOf } from '../account-file.ts';
import { isReference } from '../reference.ts';
import { type Advice, advise } from './advice.ts';

/** An account of any practice of the installation. */
export type Anyones = {
  readonly practice: string;
  readonly place: string;
  readonly account: AccountFile;
};

/**
 * Accounts, of one practice or of two, that stand for one and the same number: what comes in would be read as one of them's alone. And
 * accounts of two practices that share a secret of their webhooks: what is signed for one is as good as signed for the other.
 *
 * References are compared as they are written: the same place holds the same value.
 */
export function lintReceivers(all: readonly Anyones[]): readonly (Advice & { readonly practice: string })[] {
  return all.flatMap((each, index) => {
    const { practice, place, account } = each;
    const before = all.slice(0, index).filter((other) => other.account.provider === account.provider);
    const twin = before.find((other) => receiverIn(other.account) === receiverIn(account));
    if (twin !== undefined) {
      const field = receiverField[account.provider];
      const problem = `this is the number of "${twin.account.id}" too (${twin.practice}): what patients write would be read as one account's alone`;
      return [{ practice, ...advise('wrong', `${place}.${field}`, problem, 'one account per number') }];
    }
    const sharer = before.find((other) => other.practice !== practice && shareSigner(other.account, account));
    if (sharer === undefined) return [];
    const problem = `"${sharer.account.id}" of ${sharer.practice} has the same secret: whoever knows it can write in the name of either practice's patients`;
    const path = `${place}.${signerField[account.provider]}`;
    return [{ practice, ...advise('careful', path, problem, 'an app, account or key for each practice') }];
  });
}

const receiverField = {
  meta: 'phoneNumberId',
  twilio: 'sender',
  vonage: 'number',
  messagebird: 'channelId',
  bird: 'channelId',
} as const;

const signerField = {
  meta: 'appSecrets',
  twilio: 'authTokens',
  vonage: 'signatureSecrets',
  messagebird: 'signingKeys',
  bird: 'signingKeys',
} as const;

function receiverIn(account: AccountFile): string {
  return textsOf(account, [receiverField[account.provider]])
    .map(({ text }) => text.replace(/^\+/, ''))
    .join();
}

function shareSigner(a: AccountFile, b: AccountFile): boolean {
  const signers = textsOf(a, [signerField[a.provider]]).map(({ text }) => text);
  return textsOf(b, [signerField[b.provider]]).some(({ text }) => signers.includes(text));
}

/** Where the program will look for what is not in the file: `env:NAME`, `file:/path`. */
export function referencesOf(account: AccountFile): readonly string[] {
  const { secrets, settings } = accountReferences[account.provider];
  const texts = textsOf(account, [...secrets, ...settings]).map(({ text }) => text);
  return [...new Set(texts.filter(isReference))];
}
