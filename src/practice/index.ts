export { checkPractice, type PracticeConfiguration, type PracticeFinding } from './check.ts';
export {
  type AccountFile,
  accountFile,
  channelsFile,
  type PmsFile,
  type PracticeSettings,
  pmsFile,
  practiceFile,
} from './practice.ts';
export { type ReferenceSource, resolveReference } from './reference.ts';
