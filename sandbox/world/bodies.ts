import { z } from 'zod';
import { PhoneError } from '../phone/index.ts';
import { faultTargets } from './faults.ts';

/** The bodies of the world's API, with an example of each for whoever gets one wrong. */

const text = z
  .string('expected a text')
  .min(1, 'expected 1 to 65536 characters')
  .max(65_536, 'expected 1 to 65536 characters');

export const messageBody = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('text'), text }),
    z.strictObject({ kind: z.literal('tap'), messageId: text, choiceId: text }),
    z.strictObject({ kind: z.enum(['image', 'audio', 'document', 'sticker']) }),
    z.strictObject({
      kind: z.literal('location'),
      latitude: z.number('expected a number').min(-90).max(90),
      longitude: z.number('expected a number').min(-180).max(180),
    }),
  ],
  'expected text, tap, image, audio, document, sticker or location',
);

export const messageExample = { kind: 'text', text: 'Hi' };

export const faultBody = z.strictObject({
  target: z.enum(faultTargets, `expected ${faultTargets.join(' or ')}`),
  fault: z.string('expected a name from GET /sandbox/api/faults').min(1),
  count: z.int('expected a whole number').min(0).max(1000).optional(),
  /** For `failed-after-sent`: the provider's error code. */
  code: z.int('expected a whole number').optional(),
  /** For `delay`. */
  delayMs: z.int('expected milliseconds').min(0).max(3_600_000).optional(),
});

export const faultExample = { target: 'meta', fault: 'throttled', count: 3 };

const yearSeconds = 366 * 24 * 3600;

export const clockBody = z.strictObject({
  advanceSeconds: z
    .number('expected seconds to move forward')
    .min(1, 'expected at least 1 second')
    .max(yearSeconds, 'expected at most a year'),
});

export const clockExample = { advanceSeconds: 3600 };

const instant = z.iso.datetime('expected an instant in UTC');

export const calendarQuery = z.strictObject({ from: instant, to: instant });

export const calendarExample = { from: '2026-11-23T00:00:00Z', to: '2026-11-30T00:00:00Z' };

export const personaBody = z.strictObject({
  patientId: z.string('expected the id of a patient'),
  accountId: z.string('expected the id of an account'),
});

export const personaExample = { patientId: 'maria', accountId: 'aurora-wa' };

export const staffBody = z.strictObject({ practiceId: z.string('expected the id of a practice') });

export const staffExample = { practiceId: 'aurora' };

/** Reads a body, or throws a `PhoneError` that names the field and shows a body that would do. */
export function readBody<T>(schema: z.ZodType<T>, body: unknown, example: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field =
    issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'body');
  const expected = (issue?.message ?? 'something else').replace(/^expected /, '');
  throw new PhoneError(field, expected, example);
}
