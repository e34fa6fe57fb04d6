import type { FastifyInstance, FastifyReply } from 'fastify';
import type { LiveEvent } from '../contract.ts';
import type { LiveFacts } from '../eventstore/live.ts';
import type { PlainEvent } from '../eventstore/reader.ts';
import { errorCode, type Log } from '../log.ts';
import type { StaffPrincipal } from './server.ts';

/** Milliseconds between two signs of life; a session that has ended is noticed with the next one at the latest. */
const heartbeatMs = 2_000;

/** Bytes that may wait for a slow reader; one that is further behind is let go, and asks for everything when it comes back. */
const maxWaitingBytes = 256 * 1024;

/**
 * `/api/events`: server-sent events that say what has changed, by id. No patient data: who wants to see it asks for it, and that
 * leaves an audit row.
 */
export function liveRoutes(
  app: FastifyInstance,
  options: {
    readonly facts: LiveFacts;
    /** What facts mean for the screens. */
    readonly translate: (practiceId: string, facts: readonly PlainEvent[]) => Promise<readonly LiveEvent[]>;
    /** True while the session stands; asking does not prolong it. */
    readonly isSignedIn: (staff: StaffPrincipal) => Promise<boolean>;
    readonly log: Log;
  },
): void {
  const open = new Set<() => void>();
  app.get('/api/events', { config: { access: 'staff', action: 'UseOwnSession' } }, (request, reply) => {
    const end = stream(request.staff, reply, options, () => open.delete(end));
    open.add(end);
  });
  // Open streams would keep the server from closing.
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
}

/** Writes to one browser until it goes, the session ends, or the returned function is called. */
function stream(
  staff: StaffPrincipal,
  reply: FastifyReply,
  options: Parameters<typeof liveRoutes>[1],
  onEnd: () => void,
): () => void {
  const { facts, translate, isSignedIn, log } = options;
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  const write = (text: string) => {
    raw.write(text);
    if (raw.writableLength > maxWaitingBytes) end();
  };
  const send = (event: LiveEvent) => write(`data: ${JSON.stringify(event)}\n\n`);
  const stop = facts.listen(staff.practiceId, (news) => {
    translate(staff.practiceId, news).then(
      (events) => events.forEach(send),
      // The app loses nothing but speed: it asks again when it comes back.
      (error: unknown) => {
        log.warn('live events could not be told', { code: errorCode(error) });
        end();
      },
    );
  });
  let isEnded = false;
  let timer: NodeJS.Timeout;
  const end = () => {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(timer);
    stop();
    onEnd();
    raw.end();
  };
  const beat = () => {
    isSignedIn(staff)
      .then((standing) => {
        if (isEnded) return;
        if (!standing) {
          send({ type: 'signed-out' });
          end();
          return;
        }
        write(': still here\n\n');
        timer = setTimeout(beat, heartbeatMs);
      })
      .catch(end);
  };
  timer = setTimeout(beat, heartbeatMs);
  raw.on('close', end);
  write('retry: 1000\n\n');
  return end;
}
