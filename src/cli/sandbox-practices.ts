import { cp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { compileForm } from '#intake/index.ts';
import {
  type AccountFile,
  accountReferences,
  checkPractice,
  type PmsFile,
  type PracticeSettings,
  type SchedulingSettings,
  type TemplateFile,
  textsOf,
} from '#practice/index.ts';
import type {
  Credentials,
  ProviderName,
  World,
  WorldPractice,
  WorldVisitType,
} from '../../sandbox/world/index.ts';
import { PracticesError } from './findings.ts';
import { practiceFolders, readPracticeFolder } from './load-practices.ts';
import { accountValues, worldAccount } from './sandbox-accounts.ts';

/** The practices' folders, as the sandbox world needs them: before any reference has a value. */

type Unresolved = {
  readonly settings: PracticeSettings;
  readonly accounts: readonly AccountFile[];
  readonly pms: PmsFile;
  readonly scheduling: SchedulingSettings | undefined;
  readonly templates: Readonly<Record<string, TemplateFile>>;
};

/** @throws PracticesError */
export async function readUnresolved(practicesDir: string): Promise<readonly Unresolved[]> {
  const practices: Unresolved[] = [];
  for (const folder of await practiceFolders(practicesDir)) {
    const checked = checkPractice(await readPracticeFolder(folder), compileForm);
    if ('findings' in checked)
      throw new PracticesError(checked.findings.map((finding) => ({ folder, ...finding })));
    const { practice, accounts, pms, scheduling, templates } = checked.configuration;
    practices.push({ settings: practice, accounts, pms, scheduling, templates });
  }
  return practices;
}

/**
 * The folder that the product reads: the given one, or a copy in which every practice is at the wanted provider.
 * @throws PracticesError
 */
export async function placePractices(
  dir: string,
  provider: ProviderName | undefined,
  dataDir: string,
): Promise<string> {
  if (provider === undefined) return dir;
  const { channelsFile } = await import('../../sandbox/world/index.ts');
  const copy = join(dataDir, 'practices');
  await rm(copy, { recursive: true, force: true });
  const practices = await readUnresolved(dir);
  for (const [index, folder] of (await practiceFolders(dir)).entries()) {
    const practice = practices[index];
    if (practice === undefined) continue;
    const place = join(copy, basename(folder));
    await cp(folder, place, { recursive: true });
    const { accounts } = practice;
    const templates = approvedTemplates(practice);
    await writeFile(join(place, 'channels.yaml'), channelsFile({ provider, accounts, templates }));
  }
  return copy;
}

/** Gives every reference of a practice a value: what `env:NAME` names, the world provides. */
export function referenceValues(
  practices: readonly Unresolved[],
  credentials: Readonly<Record<string, Credentials>>,
  world: World,
): Record<string, string> {
  const values: Record<string, string> = {};
  const give = (reference: string | undefined, value: string | undefined) => {
    if (reference?.startsWith('env:') && value !== undefined) values[reference.slice('env:'.length)] = value;
  };
  for (const { settings, accounts, pms } of practices) {
    for (const account of accounts) {
      const { secrets, settings: own } = accountReferences[account.provider];
      const known = credentials[account.id];
      const made = known && accountValues(account, known, world.providerOf(account.id).url);
      for (const { place, text } of textsOf(account, [...secrets, ...own])) give(text, made?.[place]);
    }
    give(pms.baseUrl, world.pmsUrl(settings.id));
    if (pms.authentication.kind === 'bearer') give(pms.authentication.token, 'sandbox');
  }
  return values;
}

/** A clinic sees patients and has a calendar, also where nothing can be booked by chat. */
function visitTypesOf({ settings, scheduling }: Unresolved): readonly WorldVisitType[] {
  const [language = 'en'] = settings.languages;
  const booked = scheduling?.visitTypes.map(({ id, name, minutes, serviceType }) => ({
    id,
    name: name[language] ?? id,
    minutes,
    ...(serviceType === undefined
      ? {}
      : {
          serviceType: {
            code: serviceType.code,
            ...(serviceType.system === undefined ? {} : { system: serviceType.system }),
          },
        }),
  }));
  return booked ?? [{ id: 'consultation', name: 'Consultation', minutes: 30 }];
}

const templateCategories = {
  utility: 'UTILITY',
  marketing: 'MARKETING',
  authentication: 'AUTHENTICATION',
} as const;

/** As the provider has them: one per language, approved. */
export function approvedTemplates({ templates }: Unresolved): NonNullable<WorldPractice['templates']> {
  return Object.values(templates).flatMap(({ name, category, texts }) =>
    Object.values(texts).map(({ providerLanguage, body, buttons }) => ({
      name,
      language: providerLanguage,
      category: templateCategories[category],
      body,
      buttons,
    })),
  );
}

export function worldPractice(
  practice: Unresolved,
  credentials: Readonly<Record<string, Credentials>>,
): WorldPractice {
  const { settings, accounts } = practice;
  const approved = approvedTemplates(practice);
  return {
    id: settings.id,
    name: settings.name,
    contentMode: settings.contentMode,
    languages: settings.languages,
    timeZone: settings.timeZone,
    visitTypes: visitTypesOf(practice),
    templates: approved,
    accounts: accounts.flatMap((account) => {
      const known = credentials[account.id];
      return known === undefined ? [] : [worldAccount(account, known, approved)];
    }),
  };
}
