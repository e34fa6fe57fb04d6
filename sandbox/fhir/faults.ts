/**
 * Faults on demand: what practice systems, and the networks before them, do on bad days.
 *
 * `before` (the default) means that the request is not done; `after` that it is done and only its answer is spoilt:
 * the client then cannot know, and must look.
 */
import { z } from 'zod';

const match = {
  /** Only this practice; every one when absent. */
  tenant: z.string().optional(),
  /** Only this method: `POST`. */
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  /** Only this resource type; `Bundle` is a POST to the base, `metadata` the CapabilityStatement. */
  type: z.string().optional(),
  /** Only this path, ids left out: `/Patient/_search`, `/Coverage/:id`; `/` for a Bundle. */
  template: z.string().optional(),
  when: z.enum(['before', 'after']).default('before'),
  /** Lets this many matching requests through first. */
  skip: z.int().min(0).default(0),
  /** For the next N requests; until cleared when absent. */
  times: z.int().min(1).optional(),
};

const retryAfterSeconds = z.int().min(0).optional();

/** What `faults.add` and `POST /_faults` take. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** Never answers; the connection stays open until the client gives up. */
  z.strictObject({ ...match, kind: z.literal('timeout') }),
  /** The connection is reset (RST). */
  z.strictObject({ ...match, kind: z.literal('reset') }),
  /** 503 with an OperationOutcome. */
  z.strictObject({ ...match, kind: z.literal('unavailable'), retryAfterSeconds }),
  /** 429 with an OperationOutcome. */
  z.strictObject({ ...match, kind: z.literal('throttle'), retryAfterSeconds }),
  /** Any other status with an OperationOutcome. */
  z.strictObject({ ...match, kind: z.literal('status'), status: z.int().min(400).max(599) }),
  /** An HTML page, as of a captive portal (200) or a proxy (502). */
  z.strictObject({
    ...match,
    kind: z.literal('html'),
    status: z.union([z.literal(200), z.literal(502)]).default(200),
  }),
  /** The first half of the true answer, as if it were all. Always `after`. */
  z.strictObject({ ...match, kind: z.literal('half-json') }),
  /** The true answer, late. */
  z.strictObject({ ...match, kind: z.literal('slow'), ms: z.int().min(0).max(600_000) }),
]);

export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;

export type Matched = {
  readonly tenant: string;
  readonly method: string;
  readonly type: string;
  readonly template: string;
};

export type Faults = {
  /** @throws ZodError when it is none of the kinds above */
  readonly add: (...faults: FaultInput[]) => void;
  readonly clear: () => void;
  /** Those still in force, with what is left of `skip` and `times`. */
  readonly list: () => readonly Fault[];
  /** The server's side: the first fault that matches, counted as used. */
  readonly take: (request: Matched) => Fault | undefined;
};

function matches(fault: Fault, request: Matched): boolean {
  return (
    (fault.tenant ?? request.tenant) === request.tenant &&
    (fault.method ?? request.method) === request.method &&
    (fault.type ?? request.type) === request.type &&
    (fault.template ?? request.template) === request.template
  );
}

export function makeFaults(): Faults {
  let active: Fault[] = [];
  return {
    add(...faults) {
      active.push(...faults.map((fault) => faultSchema.parse(fault)));
    },
    clear() {
      active = [];
    },
    list: () => active,
    take(request) {
      const fault = active.find((one) => matches(one, request));
      if (!fault) return undefined;
      const isSkipped = fault.skip > 0;
      const left = isSkipped
        ? { ...fault, skip: fault.skip - 1 }
        : { ...fault, times: fault.times === undefined ? undefined : fault.times - 1 };
      active = active.flatMap((one) => (one !== fault ? [one] : left.times === 0 ? [] : [left]));
      return isSkipped ? undefined : fault;
    },
  };
}
