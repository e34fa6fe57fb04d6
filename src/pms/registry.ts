import { interpret } from './fhir/interpret.ts';
import { render } from './fhir/render.ts';

/** Every practice system that we speak to, by its one word: folder, registry key and `adapter` of the configuration. */
export const adapters = {
  fhir: { render, interpret },
} as const;
