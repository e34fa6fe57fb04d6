import { z } from 'zod';
import type { FoundPatient, Identifier } from '../pms.ts';
import { isId, parseReference } from './reference.ts';

/**
 * Reads what servers send. Liberal: an element that is not what FHIR says is left out rather than spoiling the rest,
 * since one odd telephone number in a chart must not keep a patient from being found.
 */

/** Undefined where the text is not JSON. A byte order mark is passed over. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** A list without the elements that do not fit; a single element may stand without its list. */
export function listOf<T>(element: z.ZodType<T>) {
  return z
    .unknown()
    .optional()
    .transform((value): T[] => {
      const items = Array.isArray(value) ? value : [value];
      return items.flatMap((item) => {
        const read = element.safeParse(item);
        return read.success ? [read.data] : [];
      });
    });
}

export const text = z.string().min(1).optional().catch(undefined);

export const identifiers = listOf(z.object({ system: text, value: z.string().min(1) }));

const patient = z.object({
  resourceType: z.literal('Patient'),
  id: z.string().refine(isId),
  active: z.boolean().catch(true),
  identifier: identifiers,
  name: listOf(z.object({ use: text, text, family: text, given: listOf(z.string().min(1)) })),
  birthDate: z
    .string()
    .regex(/^\d{4}(-\d{2}(-\d{2})?)?$/)
    .optional()
    .catch(undefined),
  gender: text,
  telecom: listOf(z.object({ system: text, use: text, value: z.string().min(1) })),
  address: listOf(
    z.object({
      text,
      line: listOf(z.string().min(1)),
      city: text,
      state: text,
      postalCode: text,
      country: text,
    }),
  ),
  link: listOf(z.object({ type: z.string(), other: z.object({ reference: z.string() }) })),
});

/** Undefined where this is not a Patient with an id. */
export function parsePatient(resource: unknown, baseUrl: string): FoundPatient | undefined {
  const read = patient.safeParse(resource);
  if (!read.success) return undefined;
  const { resourceType: _, link, ...found } = read.data;
  const survivor = link
    .filter((one) => one.type === 'replaced-by')
    .map((one) => parseReference(one.other.reference, baseUrl))
    .find((reference) => reference?.resourceType === 'Patient');
  return { ...found, replacedBy: survivor?.id };
}

const entry = z.object({
  resource: z.unknown().optional(),
  search: z.object({ mode: text }).optional().catch(undefined),
  response: z
    .object({
      /** `201`, `"201"` or `"201 Created"`. */
      status: z.union([z.string(), z.number()]).transform((status) => Number.parseInt(String(status), 10)),
      location: text,
      outcome: z.unknown().optional(),
    })
    .optional()
    .catch(undefined),
});

const bundle = z.object({
  resourceType: z.literal('Bundle'),
  // An entry that cannot be read keeps its place: entries of a response answer those of the request by position.
  entry: z.array(entry.catch({ resource: undefined })).default([]),
  total: z.number().optional().catch(undefined),
  link: listOf(z.object({ relation: z.string(), url: z.string() })),
});

export type ParsedBundle = z.infer<typeof bundle>;

/** Undefined where this is not a Bundle. */
export function parseBundle(body: unknown): ParsedBundle | undefined {
  const read = bundle.safeParse(body);
  return read.success ? read.data : undefined;
}

/** The resources that a search found, without those it only includes or warns with. */
export function matches(found: ParsedBundle): unknown[] {
  return found.entry
    .filter((one) => (one.search?.mode ?? 'match') === 'match' && one.resource !== undefined)
    .map((one) => one.resource)
    .filter((resource) => parseResource(resource)?.resourceType !== 'OperationOutcome');
}

/** Whether what a search did not find is truly not there: no page is missing, no part of the search failed. */
export function isConclusive(found: ParsedBundle): boolean {
  const whole = (found.total ?? 0) <= found.entry.length;
  const failed = found.entry.some((one) => issueCodes(one.resource).length > 0);
  return whole && !failed && !found.link.some((one) => one.relation === 'next');
}

const anyResource = z.object({
  resourceType: z.string(),
  id: z.string().refine(isId).optional().catch(undefined),
  // A list in most resources, one in QuestionnaireResponse.
  identifier: identifiers,
});

export type ParsedResource = z.infer<typeof anyResource>;

/** Undefined where this is no resource at all. */
export function parseResource(resource: unknown): ParsedResource | undefined {
  const read = anyResource.safeParse(resource);
  return read.success ? read.data : undefined;
}

export function carries(resource: Pick<ParsedResource, 'identifier'>, identifier: Identifier): boolean {
  return resource.identifier.some(
    (one) => one.system === identifier.system && one.value === identifier.value,
  );
}

const outcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: listOf(z.object({ severity: z.string(), code: z.string() })),
});

/** The codes of an OperationOutcome's errors, in order; warnings are not errors. */
export function issueCodes(body: unknown): string[] {
  const read = outcome.safeParse(body);
  if (!read.success) return [];
  return read.data.issue
    .filter((issue) => issue.severity === 'error' || issue.severity === 'fatal')
    .map((issue) => issue.code);
}

const capabilityStatement = z.object({
  resourceType: z.literal('CapabilityStatement'),
  fhirVersion: z.string(),
  rest: listOf(
    z.object({
      mode: z.string(),
      interaction: listOf(z.object({ code: z.string() })),
      resource: listOf(z.object({ type: z.string(), conditionalCreate: z.boolean().catch(false) })),
    }),
  ),
});

export type ParsedCapabilities = z.infer<typeof capabilityStatement>;

/** Undefined where this is not a CapabilityStatement. */
export function parseCapabilities(body: unknown): ParsedCapabilities | undefined {
  const read = capabilityStatement.safeParse(body);
  return read.success ? read.data : undefined;
}
