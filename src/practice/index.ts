export {
  type AccountFile,
  accountFile,
  accountReferences,
  textsOf,
  withReferences,
} from './account-file.ts';
export { checkPractice, type PracticeConfiguration } from './check.ts';
export { defaultRouting } from './default-routing.ts';
export type { PracticeFinding } from './finding.ts';
export { type Advice, advise } from './lint/advice.ts';
export { lintAccounts } from './lint/lint.ts';
export { type Anyones, lintReceivers, referencesOf } from './lint/receivers.ts';
export {
  channelsFile,
  type PmsFile,
  type PracticeSettings,
  pmsFile,
  practiceFile,
  type ReminderSettings,
  type RoutingSettings,
  type SchedulingSettings,
  type SpendSettings,
  type StaffSettings,
  type TemplateFile,
  type TemplateVariable,
  type VisitType,
} from './practice.ts';
export { type ReferenceSource, resolveReference } from './reference.ts';
