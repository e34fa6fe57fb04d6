import { openDb } from '#platform/db/db.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';

/** Every sealed value of a database, as a dump has them, and opening them with the keys that somebody holds. */

export type SealedValue = {
  readonly practiceId: string;
  readonly subject: string;
  readonly context: string;
  readonly value: Buffer;
};

/** Where sealed values stand: one statement for each column. */
const statements = [
  `select practice_id as "practiceId", subject, 'events|phi|' || stream || '|' || version as context, phi as value
   from events where phi is not null`,
  `select practice_id as "practiceId", subject, 'mailbox|body|' || encode(mail_key, 'hex') as context, body as value
   from mailbox`,
  `select practice_id as "practiceId", subject, 'conversation_addresses|address|' || conversation_id || '|' || kind as context,
     address as value from conversation_addresses`,
  `select practice_id as "practiceId", 'practice' as subject, 'webhook_deliveries|body|' || delivery_id as context, body as value
   from webhook_deliveries`,
  `select practice_id as "practiceId", 'practice' as subject, 'webhook_deliveries|query|' || delivery_id as context, query as value
   from webhook_deliveries where query is not null`,
  `select practice_id as "practiceId", subject, 'views_appointments|clinicians|' || appointment_id as context,
     clinicians as value from views_appointments where clinicians is not null`,
  `select practice_id as "practiceId", subject, 'files|seal|' || file_id || '|' || writing as context, seal as value
   from files where seal is not null`,
  `select p.practice_id as "practiceId", f.subject, 'files|piece|' || file_id || '|' || p.writing || '|' || p.position as context,
     p.body as value from file_pieces p join files f using (practice_id, file_id)`,
];

/** All other columns of bytes: keys, and hashes of which no word can be had. A new one belongs into one of the two lists. */
export const sealedColumns = [
  'conversation_addresses.address',
  'events.phi',
  'file_pieces.body',
  'files.seal',
  'mailbox.body',
  'views_appointments.clinicians',
  'webhook_deliveries.body',
  'webhook_deliveries.query',
];
export const otherColumns = [
  'audit.hash',
  'audit.previous_hash',
  'conversation_addresses.address_hash',
  'enrolments.token_hash',
  'events.seal',
  'files.mail_key',
  'keys.index_wrapped',
  'keys.wrapped',
  'mailbox.mail_key',
  'oidc_logins.browser_hash',
  'oidc_logins.state_hash',
  'passkeys.public_key',
  'patient_keys.wrapped',
  'sign_in_attempts.source',
  'staff_sessions.secret_hash',
  'views_inbox_words.word',
  'views_messages.external_hash',
  'webhook_deliveries.digest',
];

type Query = <Row>(sql: string) => Promise<Row[]>;

export async function sealedValues(query: Query): Promise<readonly SealedValue[]> {
  const found: SealedValue[] = [];
  for (const statement of statements) found.push(...(await query<SealedValue>(statement)));
  return found;
}

export type Opened = { readonly opened: readonly Buffer[]; readonly closed: number };

/** Opens what can be opened with the keys in this database and this key file, as a program that starts with them would. */
export async function openAll(
  databaseUrl: string,
  keyFile: string,
  values: readonly SealedValue[],
): Promise<Opened> {
  const db = openDb({ url: databaseUrl, role: 'vestibule_app', maxConnections: 2 });
  try {
    const sealer = createSealer({ db, provider: openKeyProvider(`file:${keyFile}`) });
    const opened: Buffer[] = [];
    let closed = 0;
    for (const [practiceId, own] of Map.groupBy(values, (value) => value.practiceId)) {
      await sealer.preparePractice(practiceId);
      await db.tx(practiceId, async (tx) => {
        for (const { subject, context, value } of own) {
          const plain = await sealer.open(tx, subject, context, value).catch((error: unknown) => {
            if (error instanceof Error && error.name === 'KeyDestroyed') return undefined;
            throw error;
          });
          if (plain === undefined) closed += 1;
          else opened.push(plain);
        }
      });
    }
    return { opened, closed };
  } finally {
    await db.close();
  }
}
