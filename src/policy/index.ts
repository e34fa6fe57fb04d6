export { mayCarry } from './policy.ts';
