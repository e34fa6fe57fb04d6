import { startFhir } from '../sandbox/fhir/index.ts';
import { answerQuestions } from './children.ts';

/** The practice system of `booking`, in a process of its own, as it is in life. */

export type PmsQuestion = { readonly tenant: string };

answerQuestions<PmsQuestion>(async ({ tenant }) => {
  const server = await startFhir({ port: 0, tenants: [tenant] });
  return { base: server.base(tenant) };
});
