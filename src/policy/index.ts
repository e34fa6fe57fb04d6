export { contentFindings } from './content-findings.ts';
export { mayCarry } from './policy.ts';
