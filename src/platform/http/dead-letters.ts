import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { deadLetterPage, redriveAnswer, redriveBody } from '../contract.ts';
import type { Db } from '../db/db.ts';
import { deadLetters } from '../dead-letters.ts';
import type { Queues } from '../queue.ts';

/** Dead letters on one page: more are a case for the operator, not for a list. */
const lettersPerPage = 200;

/** `/api/dead-letters`: work that failed for good, without patient data; and another try for it. */
export function deadLetterRoutes(
  app: FastifyInstance,
  options: { readonly db: Db; readonly queues: Pick<Queues, 'redrive'> },
): void {
  const typed = app.withTypeProvider<ZodTypeProvider>();
  typed.get(
    '/api/dead-letters',
    { config: { access: 'staff', action: 'ReadFailures' }, schema: { response: { 200: deadLetterPage } } },
    async (request) => ({
      letters: await options.db.tx(request.staff.practiceId, (tx) => deadLetters(tx, lettersPerPage)),
    }),
  );
  typed.post(
    '/api/dead-letters/redrive',
    {
      config: { access: 'staff', action: 'RedriveDeadLetters' },
      schema: { body: redriveBody, response: { 200: redriveAnswer } },
    },
    async (request) => {
      const { queue, jobIds } = request.body;
      const { practiceId } = request.staff;
      // Told before it is done: a redrive without its audit row must not be.
      await options.db.tx(practiceId, (tx) => request.audit(tx, `queue/${queue}`));
      return { redriven: await options.queues.redrive(practiceId, queue, jobIds) };
    },
  );
}
