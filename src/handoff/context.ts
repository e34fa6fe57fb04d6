import { z } from 'zod';

/**
 * What a person needs to go on where the assistant stopped. Versioned: a reader of `handoff-context/1` finds these fields for
 * ever; `docs/integrator/handoff-context.v1.schema.json` is generated from this schema.
 */
export const handoffContext = z.object({
  schema: z.literal('handoff-context/1'),
  handoffId: z.string(),
  conversationId: z.string(),
  at: z.iso.datetime(),
  reason: z.string().describe('Why the assistant stopped: a code, such as "asked" or "red-flag".'),
  priority: z.enum(['top', 'normal']),
  language: z.string().describe('BCP 47 tag of the language that the patient speaks here.'),
  doing: z
    .object({
      what: z.string().describe('What the assistant had asked: a code, such as "step", "summary", "slots".'),
      question: z.string().optional().describe('The question that stood open, in the patient’s language.'),
      misunderstood: z.number().int().describe('How often in a row the answer was not understood.'),
    })
    .describe('What the assistant was doing.'),
  patient: z.object({
    name: z.string().optional(),
    birthDate: z.string().optional(),
    phone: z
      .string()
      .optional()
      .describe('The number that the patient writes from, where the channel shows it.'),
    pmsPatientId: z.string().optional(),
  }),
  intake: z
    .object({
      intakeId: z.string(),
      status: z.string(),
      lines: z.array(z.object({ label: z.string(), value: z.string() })),
      missing: z.array(z.string()).describe('Labels of the questions that have no answer yet.'),
    })
    .optional(),
  visit: z
    .object({
      appointmentId: z.string(),
      status: z.string(),
      start: z.iso.datetime().optional(),
      clinician: z.string().optional(),
      pmsAppointmentId: z.string().optional(),
    })
    .optional(),
  lastMessage: z.string().optional().describe('What the patient wrote last.'),
});

export type HandoffContext = z.infer<typeof handoffContext>;
