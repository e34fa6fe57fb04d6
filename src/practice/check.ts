import type { AccountFile } from './account-file.ts';
import { type CheckableForm, type CompileForm, type ReadForm, readForms } from './check-forms.ts';
import { checkRouting } from './check-routing.ts';
import { checkReminders, checkScheduling } from './check-scheduling.ts';
import { checkAccounts, checkSettings, checkStaff, inClear } from './check-settings.ts';
import { checkTemplates } from './check-templates.ts';
import { defaultRouting } from './default-routing.ts';
import type { PracticeFinding } from './finding.ts';
import {
  channelsFile,
  type PmsFile,
  type PracticeSettings,
  pmsFile,
  practiceFile,
  type ReminderSettings,
  type RoutingSettings,
  remindersFile,
  routingFile,
  type SchedulingSettings,
  type SpendSettings,
  type StaffSettings,
  schedulingFile,
  staffFile,
  type TemplateFile,
  templateFile,
} from './practice.ts';
import { readOptional, readYaml, unknownFiles } from './read-files.ts';

/** What a practice's folder says, whatever phases are switched on. References are not resolved. */
export type PracticeConfiguration<Form> = {
  readonly practice: PracticeSettings;
  readonly accounts: readonly AccountFile[];
  /** What templates may cost; undefined where nothing is said of it. */
  readonly spend: SpendSettings | undefined;
  readonly pms: PmsFile;
  /** By the name of the file in `forms/`, without `.json`. */
  readonly forms: Readonly<Record<string, ReadForm<Form>>>;
  readonly scheduling: SchedulingSettings | undefined;
  readonly reminders: ReminderSettings | undefined;
  /** By the name of the file in `templates/`, without `.yaml`. */
  readonly templates: Readonly<Record<string, TemplateFile>>;
  /** What holds without a `routing.yaml`, where there is none. */
  readonly routing: RoutingSettings;
  readonly staff: StaffSettings | undefined;
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
  const more = {
    scheduling: readOptional(files, 'scheduling.yaml', schedulingFile, findings),
    reminders: readOptional(files, 'reminders.yaml', remindersFile, findings),
    templates: readTemplates(files, findings),
    routing: readOptional(files, 'routing.yaml', routingFile, findings) ?? defaultRouting,
    staff: readOptional(files, 'staff.yaml', staffFile, findings),
  };
  if (practice) findings.push(...checkSettings(practice, Object.keys(files)));
  if (channels) findings.push(...checkAccounts(channels.accounts));
  if (pms?.authentication.kind === 'bearer') {
    findings.push(...inClear('pms.yaml', 'authentication.token', pms.authentication.token));
  }
  if (practice) findings.push(...checkMore(practice, forms, more, templateNames(files)));
  if (!practice || !channels || !pms || findings.length > 0) return { findings };
  const { accounts, spend } = channels;
  return { configuration: { practice, accounts, spend, pms, forms, ...more } };
}

type More = Pick<
  PracticeConfiguration<unknown>,
  'scheduling' | 'reminders' | 'templates' | 'routing' | 'staff'
>;

function checkMore(
  practice: PracticeSettings,
  forms: Readonly<Record<string, ReadForm<CheckableForm>>>,
  { scheduling, reminders, templates, routing, staff }: More,
  templateFiles: readonly string[],
): readonly PracticeFinding[] {
  const form = practice.intakeForm === undefined ? undefined : forms[practice.intakeForm]?.form;
  const linkIds = form?.steps.map(({ linkId }) => linkId);
  return [
    ...(scheduling ? checkScheduling(scheduling, practice, linkIds) : []),
    ...(reminders ? checkReminders(reminders, templates, templateFiles) : []),
    ...checkTemplates(templates, practice),
    // What stands in for a missing file has the shipped languages, and is not the practice's to mend.
    ...(routing === defaultRouting ? [] : checkRouting(routing, practice)),
    ...(staff ? checkStaff(staff) : []),
  ];
}

function templateNames(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(files).flatMap((file) => /^templates\/([a-z][a-z0-9-]*)\.yaml$/.exec(file)?.[1] ?? []);
}

function readTemplates(
  files: Readonly<Record<string, string>>,
  findings: PracticeFinding[],
): Readonly<Record<string, TemplateFile>> {
  const templates: Record<string, TemplateFile> = {};
  for (const name of templateNames(files)) {
    const template = readYaml(files, `templates/${name}.yaml`, templateFile, findings);
    if (template) templates[name] = template;
  }
  return templates;
}
