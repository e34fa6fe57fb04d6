import { openMail } from '#conversation/index.ts';
import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import { consent } from '../../src/consent/consent.ts';
import { conversation } from '../../src/conversation/conversation.ts';
import { takeTurn } from '../../src/conversation/take-turn.ts';
import { calendarUrl } from '../../src/conversation/testdata/dialogue.ts';
import { appointmentsNamed, type Mail } from '../../src/conversation/turn.ts';
import { intake } from '../../src/intake/intake.ts';
import { appointment } from '../../src/scheduling/appointment.ts';
import { type Product, practice } from './product.ts';

/** What became of a conversation: all of its facts, and its mail. */
export type Outcome = {
  readonly conversationId: string;
  /** Turn by turn, in their order. */
  readonly turns: readonly Turn[];
  readonly events: readonly StoredEvent[];
};

export type Turn = {
  readonly turnId: string;
  readonly at: string;
  /** In the order in which it is read. */
  readonly mail: readonly Mail[];
  readonly events: readonly StoredEvent[];
};

type MailRow = { mail_key: Buffer; subject: string; body: Buffer; taken_by: string | null };

function selectMail(tx: Tx, conversationId: string): Promise<MailRow[]> {
  return tx.query<MailRow>(
    `select mail_key, subject, body, taken_by from mailbox
     where practice_id = $1 and mailbox_id = $2 order by sent_at, seq`,
    [tx.practiceId, conversationId],
  );
}

async function streamsOfTurns(tx: Tx, turnIds: readonly string[]): Promise<readonly string[]> {
  const rows = await tx.query<{ stream: string }>(
    `select stream from events where practice_id = $1 and correlation_id = any($2) group by stream order by min(position)`,
    [tx.practiceId, turnIds],
  );
  return rows.map(({ stream }) => stream);
}

/** Everything that was written down of a conversation. Throws where mail was not taken. */
export async function outcomeOf(tx: Tx, { deps }: Product, conversationId: string): Promise<Outcome> {
  const rows = await selectMail(tx, conversationId);
  if (rows.some(({ taken_by }) => taken_by === null)) throw new Error('mail was left lying');
  const turnIds = [...new Set(rows.map(({ taken_by }) => taken_by ?? ''))];
  const loaded = await deps.store.load(tx, await streamsOfTurns(tx, turnIds));
  const events = [...loaded.values()].flat().toSorted((a, b) => Number(a.position - b.position));
  const order = [...new Set(events.map(({ correlationId }) => correlationId))].filter((id) =>
    turnIds.includes(id),
  );
  const turns: Turn[] = [];
  for (const turnId of order) {
    const own = events.filter(({ correlationId }) => correlationId === turnId);
    const mail: Mail[] = [];
    for (const { mail_key, subject, body, taken_by } of rows)
      if (taken_by === turnId) mail.push(await openMail(tx, deps.sealer, { key: mail_key, subject, body }));
    turns.push({ turnId, at: own[0]?.at ?? '', mail, events: own });
  }
  if (turns.length !== turnIds.length) throw new Error('a turn took mail and wrote nothing');
  return { conversationId, turns, events };
}

/** As JSON keeps it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

type Said = { readonly type: string; readonly data: unknown; readonly phi?: unknown };

const said = ({ type, data, phi }: Said) => plain({ type, data, ...(phi === undefined ? {} : { phi }) });

const ofStream = (events: readonly StoredEvent[], kind: string) =>
  events.filter(({ stream }) => stream.startsWith(`${kind}/`));

/** What the pure core makes of the same mail, turn by turn: what was stored, and what it makes, as two equal lists. */
export function replayed({ conversationId, turns }: Outcome): {
  readonly stored: unknown;
  readonly made: unknown;
} {
  let state = conversation.initial;
  let agreed = consent.initial;
  const intakes = new Map<string, typeof intake.initial>();
  const visits = new Map<string, typeof appointment.initial>();
  const stored: unknown[] = [];
  const made: unknown[] = [];
  for (const { turnId, at, mail, events } of turns) {
    const visit = (id: string) => visits.get(id) ?? appointment.initial;
    const result = takeTurn({
      conversationId,
      turnId,
      at,
      mail,
      practice: practice.settings,
      form: practice.form,
      scheduling: practice.scheduling,
      conversation: state,
      intake: intakes.get(state.intakeId ?? '') ?? intake.initial,
      consent: agreed,
      appointment: visit(state.appointmentId ?? ''),
      otherAppointments: Object.fromEntries(appointmentsNamed(state, mail).map((id) => [id, visit(id)])),
      calendarUrl,
    });
    state = fold({ ...conversation, initial: state }, result.conversation);
    agreed = fold({ ...consent, initial: agreed }, result.consent);
    if (result.intake) {
      const { intakeId, events: facts } = result.intake;
      intakes.set(intakeId, fold({ ...intake, initial: intakes.get(intakeId) ?? intake.initial }, facts));
    }
    if (result.appointment) {
      const { appointmentId, events: facts } = result.appointment;
      visits.set(appointmentId, fold({ ...appointment, initial: visit(appointmentId) }, facts));
    }
    made.push([
      result.conversation.map(said),
      result.consent.map(said),
      (result.intake?.events ?? []).map(said),
      (result.appointment?.events ?? []).map(said),
      result.say.map(({ content }) => plain(content)),
    ]);
    const own = ofStream(events, 'conversation').filter(({ type }) => type !== 'ConversationStarted');
    stored.push([
      own.map(said),
      ofStream(events, 'consent').map(said),
      ofStream(events, 'intake').map(said),
      ofStream(events, 'appointment').map(said),
      textsOf(events),
    ]);
  }
  return { stored, made };
}

/** What was said to the patient, in order. */
export const textsOf = (events: readonly StoredEvent[]): readonly unknown[] =>
  events
    .filter(({ type }) => type === 'MessageQueued')
    // Our own fact: its shape stands in the events of messages/.
    .map(({ phi }) => plain((phi as { content: unknown }).content));

/** All that happened, with the ids that chance made, and the playing's names, replaced by the order in which they came up. */
export function withoutChance(
  { conversationId, turns, events }: Outcome,
  { run, phoneOf }: { readonly run: string; readonly phoneOf: (patient: number) => string },
  patient: number,
): unknown {
  // What became of a message after it was said is compared by its last status: statuses on the way may be overtaken.
  const ofTurns = events.filter(
    ({ stream, type, correlationId }) =>
      turns.some(({ turnId }) => turnId === correlationId) &&
      (!stream.startsWith('message/') || type === 'MessageQueued'),
  );
  let text = JSON.stringify(
    ofTurns.map(({ stream, version, type, data, phi, actor }) => ({
      stream,
      version,
      type,
      data,
      phi,
      actor,
    })),
  );
  for (const [i, { turnId }] of turns.entries()) text = text.replaceAll(turnId, `turn-${i}`);
  text = text.replaceAll(conversationId, 'conversation').replaceAll(run, 'run');
  return JSON.parse(text.replaceAll(phoneOf(patient), 'phone'));
}
