import { parseDocument } from 'yaml';
import type { z } from 'zod';
import {
  type AccountFile,
  channelsFile,
  type PmsFile,
  type PracticeSettings,
  pmsFile,
  practiceFile,
} from './practice.ts';

/** One thing that is wrong with a practice's folder: which file, where in it, what, and what would be right. */
export type PracticeFinding = {
  readonly file: string;
  /** Place in the file: `openingHours.es`, `item[2].text`, `line 3`. */
  readonly path: string;
  readonly problem: string;
  readonly example: string;
};

type FormFinding = Omit<PracticeFinding, 'file'>;

/** What is checked of a compiled form here; what a form is otherwise is the intake's to know. */
type CheckableForm = {
  readonly steps: readonly {
    readonly linkId: string;
    readonly text: Readonly<Record<string, string>>;
    readonly options: readonly {
      readonly code: string;
      readonly display: Readonly<Record<string, string>>;
    }[];
  }[];
};

/** `compileForm` of the intake. It comes as an argument, because the practice stands below the intake. */
export type CompileForm<Form> = (
  questionnaire: unknown,
  languages: readonly string[],
) => { readonly form: Form } | { readonly problems: readonly FormFinding[] };

export type PracticeConfiguration<Form> = {
  readonly practice: PracticeSettings;
  readonly accounts: readonly AccountFile[];
  readonly pms: PmsFile;
  /** By the name of the file in `forms/`, without `.json`. */
  readonly forms: Readonly<Record<string, { readonly questionnaire: unknown; readonly form: Form }>>;
};

/**
 * Checks a practice's folder. `files` holds the text of every file by its name relative to the folder
 * (`practice.yaml`, `forms/intake.json`). Tells everything that is wrong at once; references to secrets are not resolved.
 */
export function checkPractice<Form extends CheckableForm>(
  files: Readonly<Record<string, string>>,
  compile: CompileForm<Form>,
):
  | { readonly configuration: PracticeConfiguration<Form> }
  | { readonly findings: readonly PracticeFinding[] } {
  const findings: PracticeFinding[] = unknownFiles(files);
  const practice = readYaml(files, 'practice.yaml', practiceFile, findings);
  const channels = readYaml(files, 'channels.yaml', channelsFile, findings);
  const pms = readYaml(files, 'pms.yaml', pmsFile, findings);
  const forms = readForms(files, practice?.languages, compile, findings);
  if (practice) findings.push(...checkSettings(practice, Object.keys(files)));
  if (channels) findings.push(...checkAccounts(channels.accounts));
  if (pms?.authentication.kind === 'bearer') {
    findings.push(...inClear('pms.yaml', 'authentication.token', pms.authentication.token));
  }
  if (!practice || !channels || !pms || findings.length > 0) return { findings };
  return { configuration: { practice, accounts: channels.accounts, pms, forms } };
}

const knownFiles = /^(practice|channels|pms)\.yaml$|^forms\/[a-z][a-z0-9-]*\.json$|\.md$/;

function unknownFiles(files: Readonly<Record<string, string>>): PracticeFinding[] {
  const unknown = Object.keys(files).filter((file) => !knownFiles.test(file));
  return unknown.map((file) => ({
    file,
    path: '',
    problem: 'nothing reads this file',
    example: 'practice.yaml, channels.yaml, pms.yaml, forms/intake.json',
  }));
}

function readYaml<Schema extends z.ZodType>(
  files: Readonly<Record<string, string>>,
  file: string,
  schema: Schema,
  findings: PracticeFinding[],
): z.infer<Schema> | undefined {
  const text = Object.hasOwn(files, file) ? files[file] : undefined;
  if (text === undefined) {
    findings.push({ file, path: '', problem: 'the file is missing', example: exampleOf(file, []) });
    return undefined;
  }
  const document = parseDocument(text, { prettyErrors: false });
  for (const error of document.errors) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    findings.push({
      file,
      path: `line ${line}`,
      problem: `not YAML: ${error.message}`,
      example: 'name: value',
    });
  }
  if (document.errors.length > 0) return undefined;
  const result = schema.safeParse(document.toJS());
  if (result.success) return result.data;
  findings.push(...result.error.issues.flatMap((issue) => fromIssue(file, issue)));
  return undefined;
}

function fromIssue(file: string, issue: z.core.$ZodIssue): PracticeFinding[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') {
    return [{ file, path: path.join('.'), problem: issue.message, example: exampleOf(file, path) }];
  }
  return issue.keys.map((key) => ({
    file,
    path: [...path, key].join('.'),
    problem: `unknown setting "${key}"`,
    example: exampleOf(file, path),
  }));
}

/** What would be right at a place, by file and by the path without positions in lists. */
const examples: Readonly<Record<string, string>> = {
  'practice.yaml':
    'id, name, jurisdiction, timeZone, languages, contentMode, phone, address, privacyUrl, emergency, openingHours, phases, intakeForm',
  'practice.yaml id': 'id: aurora',
  'practice.yaml name': 'name: Clínica Aurora',
  'practice.yaml jurisdiction': 'jurisdiction: BR',
  'practice.yaml timeZone': 'timeZone: America/Sao_Paulo',
  'practice.yaml languages': 'languages: [pt, en]',
  'practice.yaml contentMode': 'contentMode: minimal',
  'practice.yaml phone': 'phone: "+55 11 5550-1200"',
  'practice.yaml address': 'address: Rua das Flores 12, São Paulo',
  'practice.yaml privacyUrl': 'privacyUrl: https://clinic.example/privacy',
  'practice.yaml emergency': 'emergency: { number: "192" }',
  'practice.yaml emergency.number': 'number: "192", in quotes',
  'practice.yaml openingHours': 'openingHours: { pt: "de segunda a sexta, das 8h às 18h" }',
  'practice.yaml phases': 'phases: { intake: true }',
  'practice.yaml phases.intake': 'intake: true',
  'practice.yaml intakeForm': 'intakeForm: intake',
  'channels.yaml': 'accounts: [ … ]',
  'channels.yaml accounts':
    'id, provider, phoneNumberId, wabaId, displayPhone, baseUrl, apiVersion, appSecrets, verifyToken, accessToken',
  'channels.yaml accounts.id': 'id: aurora-wa',
  'channels.yaml accounts.provider': 'provider: meta',
  'channels.yaml accounts.displayPhone': 'displayPhone: "+55 11 5550-1200"',
  'channels.yaml accounts.apiVersion': 'apiVersion: v26.0',
  'channels.yaml accounts.appSecrets': 'appSecrets: [env:AURORA_META_APP_SECRET]',
  'pms.yaml': 'adapter, baseUrl, authentication, identifierSystem, timeoutMs',
  'pms.yaml adapter': 'adapter: fhir',
  'pms.yaml baseUrl': 'baseUrl: env:AURORA_FHIR_URL',
  'pms.yaml authentication': 'authentication: { kind: bearer, token: env:AURORA_FHIR_TOKEN }',
  'pms.yaml identifierSystem': 'identifierSystem: https://clinic.example/patient',
  'pms.yaml timeoutMs': 'timeoutMs: 10000',
};

function exampleOf(file: string, path: readonly string[]): string {
  const named = path.filter((part) => !/^\d+$/.test(part));
  for (let length = named.length; length >= 0; length -= 1) {
    const example = examples[[file, named.slice(0, length).join('.')].join(' ').trim()];
    // A place within a list of accounts has its own name as an example: a reference to where the value is found.
    if (example !== undefined)
      return length < named.length && file === 'channels.yaml' ? `${named.at(-1)}: env:NAME` : example;
  }
  return file;
}

function readForms<Form extends CheckableForm>(
  files: Readonly<Record<string, string>>,
  languages: readonly string[] | undefined,
  compile: CompileForm<Form>,
  findings: PracticeFinding[],
): PracticeConfiguration<Form>['forms'] {
  const forms: Record<string, { questionnaire: unknown; form: Form }> = {};
  for (const [file, text] of Object.entries(files)) {
    const name = /^forms\/([^/]+)\.json$/.exec(file)?.[1];
    if (name === undefined) continue;
    const questionnaire = parseJson(text);
    if (questionnaire === undefined) {
      findings.push({
        file,
        path: '',
        problem: 'not JSON',
        example: '{ "resourceType": "Questionnaire", … }',
      });
    } else if (languages) {
      const compiled = compile(questionnaire, languages);
      if ('problems' in compiled)
        findings.push(...compiled.problems.map((finding) => ({ file, ...finding })));
      else {
        findings.push(...checkLimits(compiled.form).map((finding) => ({ file, ...finding })));
        forms[name] = { questionnaire, form: compiled.form };
      }
    }
  }
  return forms;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What fits a question with choices at every provider: the narrowest is WhatsApp
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages).
 * A title that is too long for a button is shown in a list; one that is too long for a list cannot be tapped at all.
 */
const maxTitleChars = 24;
const maxQuestionChars = 1024;
/** Of the tap's id, `a:<linkId>:<code>`. */
const maxIdChars = 200;

function checkLimits({ steps }: CheckableForm): FormFinding[] {
  return steps.flatMap(({ linkId, text, options }) => {
    const place = `the question "${linkId}"`;
    const long = Object.entries(text).filter(([, question]) => question.length > maxQuestionChars);
    return [
      ...long.map(([language]) => tooLong(place, `the text in "${language}"`, maxQuestionChars)),
      ...options.flatMap(({ code, display }) => {
        const titles = Object.entries(display).filter(([, title]) => title.length > maxTitleChars);
        const id = `a:${encodeURIComponent(linkId)}:${encodeURIComponent(code)}`;
        return [
          ...titles.map(([language]) =>
            tooLong(place, `the option "${code}" in "${language}"`, maxTitleChars),
          ),
          ...(id.length > maxIdChars
            ? [tooLong(place, `the code "${code}" with its linkId`, maxIdChars)]
            : []),
        ];
      }),
    ];
  });
}

function tooLong(path: string, what: string, limit: number): FormFinding {
  return {
    path,
    problem: `${what} is longer than ${limit} characters`,
    example: `at most ${limit} characters`,
  };
}

function checkSettings(practice: PracticeSettings, files: readonly string[]): PracticeFinding[] {
  const file = 'practice.yaml';
  const { languages, openingHours, phases, intakeForm } = practice;
  const findings = languages
    .filter((language) => !Object.hasOwn(openingHours, language))
    .map((language) => ({
      file,
      path: `openingHours.${language}`,
      problem: `no text in "${language}"`,
      example: `${language}: "…"`,
    }));
  const path = 'intakeForm';
  if (phases.intake && intakeForm === undefined) {
    findings.push({
      file,
      path,
      problem: 'the intake is on, but no form is named',
      example: 'intakeForm: intake',
    });
  }
  if (intakeForm !== undefined && !files.includes(`forms/${intakeForm}.json`)) {
    findings.push({
      file,
      path,
      problem: 'there is no such form',
      example: `the file forms/${intakeForm}.json`,
    });
  }
  return findings;
}

function checkAccounts(accounts: readonly AccountFile[]): PracticeFinding[] {
  const file = 'channels.yaml';
  return accounts.flatMap(({ id, appSecrets, verifyToken, accessToken }, index) => {
    const place = `accounts.${index}`;
    const twice = accounts.findIndex((account) => account.id === id) !== index;
    return [
      ...(twice
        ? [{ file, path: `${place}.id`, problem: `"${id}" is there twice`, example: `${id}-2` }]
        : []),
      ...appSecrets.flatMap((secret, place2) => inClear(file, `${place}.appSecrets.${place2}`, secret)),
      ...inClear(file, `${place}.verifyToken`, verifyToken),
      ...inClear(file, `${place}.accessToken`, accessToken),
    ];
  });
}

/** These files are read by many and kept for ever; a secret in them is one no more. */
function inClear(file: string, path: string, reference: string): PracticeFinding[] {
  if (/^(env|file):./.test(reference)) return [];
  const problem = 'a secret may not stand here: name the place where it is found';
  return [{ file, path, problem, example: 'env:NAME or file:/path' }];
}
