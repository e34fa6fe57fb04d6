export { type ConsentCommand, type ConsentEvent, type ConsentState, consent } from './consent.ts';
