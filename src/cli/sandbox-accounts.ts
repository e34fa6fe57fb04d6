import type { AccountFile } from '#practice/index.ts';
import type { Credentials, WorldAccount, WorldPractice } from '../../sandbox/world/index.ts';

/** What the product and the simulated providers have to agree on for one account, as each side names it. */

type Templates = NonNullable<WorldPractice['templates']>;

const digitsOf = ({ displayPhone }: Pick<AccountFile, 'displayPhone'>) => displayPhone.replace(/\D/g, '');

/** The credentials that were made up for the account at its provider. @throws Error where there are none */
function own<P extends 'twilio' | 'vonage' | 'messagebird' | 'bird'>(
  known: Credentials,
  provider: P,
): NonNullable<Credentials[P]> {
  const found = known[provider];
  if (found === undefined) throw new Error(`the sandbox has no credentials for ${provider}`);
  return found;
}

/** By its place in `channels.yaml` (`authTokens.0`), what a reference stands for in the sandbox. */
export function accountValues(
  account: AccountFile,
  known: Credentials,
  baseUrl: string,
): Readonly<Record<string, string>> {
  switch (account.provider) {
    case 'meta': {
      const { phoneNumberId, wabaId, appSecret, verifyToken, accessToken } = known;
      return { phoneNumberId, wabaId, verifyToken, accessToken, baseUrl, 'appSecrets.0': appSecret };
    }
    case 'twilio': {
      const { authToken, ...rest } = own(known, 'twilio');
      const sender = digitsOf(account);
      return { ...rest, sender, baseUrl, messagingUrl: baseUrl, 'authTokens.0': authToken };
    }
    case 'vonage': {
      const { signatureSecret, publicKey: _, ...rest } = own(known, 'vonage');
      return { ...rest, number: digitsOf(account), baseUrl, 'signatureSecrets.0': signatureSecret };
    }
    case 'messagebird': {
      const { signingKey, ...rest } = own(known, 'messagebird');
      return { ...rest, baseUrl, 'signingKeys.0': signingKey };
    }
    case 'bird': {
      const { signingKey, ...rest } = own(known, 'bird');
      return { ...rest, baseUrl, 'signingKeys.0': signingKey };
    }
  }
}

/** The account as its simulated provider has it, with the practice's templates under the names that the account gives them. */
export function worldAccount(account: AccountFile, known: Credentials, templates: Templates): WorldAccount {
  const { id, displayPhone, provider } = account;
  switch (provider) {
    case 'meta': {
      const { appId, appSecret, wabaId, phoneNumberId, accessToken, verifyToken } = known;
      const ids = { appId, wabaId, phoneNumberId, accessToken, verifyToken };
      return { id, displayPhone, provider, appSecrets: [appSecret], ...ids };
    }
    case 'twilio': {
      const contents = [...templateContents(account, templates), ...account.questions.map(questionContent)];
      return { id, displayPhone, provider, ...own(known, 'twilio'), contents };
    }
    case 'vonage': {
      const { privateKey: _, ...rest } = own(known, 'vonage');
      return { id, displayPhone, provider, ...rest };
    }
    case 'messagebird':
      return { id, displayPhone, provider, ...own(known, 'messagebird') };
    case 'bird':
      return { id, displayPhone, provider, ...own(known, 'bird'), projects: projectsOf(account, templates) };
  }
}

type TwilioFile = Extract<AccountFile, { provider: 'twilio' }>;
type TwilioContents = Extract<WorldAccount, { provider: 'twilio' }>['contents'];

/** The ids of the quick replies are variables numbered on after the body's, or fixed. */
function templateContents(account: TwilioFile, templates: Templates): TwilioContents {
  return account.templates.flatMap(({ name, language, contentSid: sid, payloads }) => {
    const found = templates.find((each) => each.name === name && each.language === language);
    if (found === undefined) return [];
    const { body, buttons } = found;
    const places = new Set(body.match(/\{\{\d+\}\}/g)).size;
    const isVariable = payloads === 'variables';
    const content = {
      sid,
      body,
      approved: true,
      variables: places + (isVariable ? buttons.length : 0),
      buttons: buttons.map((title, index) => ({
        title,
        ...(isVariable ? { id: `{{${places + index + 1}}}` } : {}),
      })),
    };
    return [content];
  });
}

/** As `QuestionContent` of the codec says: every part a variable. */
function questionContent({
  shape,
  choices,
  descriptions = false,
  contentSid: sid,
}: TwilioFile['questions'][number]): TwilioContents[number] {
  const body = '{{1}}';
  if (shape === 'buttons') {
    const buttons = Array.from({ length: choices }, (_, index) => ({
      title: `{{${2 + index * 2}}}`,
      id: `{{${3 + index * 2}}}`,
    }));
    return { sid, body, approved: false, variables: 1 + choices * 2, buttons };
  }
  const parts = descriptions ? 3 : 2;
  const items = Array.from({ length: choices }, (_, index) => {
    const first = 3 + index * parts;
    const item = { item: `{{${first}}}`, id: `{{${first + 1}}}` };
    return descriptions ? { ...item, description: `{{${first + 2}}}` } : item;
  });
  return { sid, body, approved: false, variables: 2 + choices * parts, list: { button: '{{2}}', items } };
}

type BirdFile = Extract<AccountFile, { provider: 'bird' }>;

function projectsOf(
  account: BirdFile,
  templates: Templates,
): Extract<WorldAccount, { provider: 'bird' }>['projects'] {
  return account.templates.flatMap(({ name, language, projectId, locale, variables, payloads }) => {
    const found = templates.find((each) => each.name === name && each.language === language);
    if (found === undefined) return [];
    const body = found.body.replaceAll(
      /\{\{(\d+)\}\}/g,
      (_, place: string) => `{{${variables[Number(place) - 1] ?? place}}}`,
    );
    const buttons = found.buttons.map((label, index) => {
      const payload = payloads[index];
      return payload === undefined ? { label } : { label, payload };
    });
    return [{ projectId, locale, variables: [...variables, ...payloads], body, buttons }];
  });
}
