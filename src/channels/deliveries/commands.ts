import type { Tx } from '#platform/db/db.ts';
import { practiceSubject, type Sealer } from '#security/index.ts';
import type { ChannelEvent } from '../channel.ts';
import { deliveryContext, queryContext } from '../commands.ts';
import { channels, isChannelName } from '../registry.ts';

/** Reading stored deliveries. */

export type DeliveryKey = { readonly deliveryId: string; readonly day: string };

export type ReadDelivery = {
  readonly channel: string;
  readonly accountId: string;
  readonly receivedAt: string;
  readonly body: Uint8Array;
  readonly query: string;
  readonly events: readonly ChannelEvent[];
};

/** What is rightly signed and sealed, and yet nothing that the provider sends. */
export class UnreadableDelivery extends Error {
  constructor() {
    super('a delivery cannot be read');
    this.name = 'UnreadableDelivery';
  }
}

type DeliveryRow = {
  delivery_id: string;
  channel: string;
  account_id: string;
  body: Buffer;
  query: Buffer | null;
  received_at: Date;
};

/** One look into the index of the day's partition per delivery. */
export const deliveriesSql = `
  select d.* from unnest($2::date[], $3::uuid[]) as wanted(day, delivery_id)
  cross join lateral (
    select delivery_id, channel, account_id, body, query, received_at from webhook_deliveries
    where practice_id = $1 and webhook_deliveries.day = wanted.day
      and webhook_deliveries.delivery_id = wanted.delivery_id
    offset 0
  ) d`;

function selectDeliveries(tx: Tx, keys: readonly DeliveryKey[]): Promise<DeliveryRow[]> {
  return tx.query<DeliveryRow>(deliveriesSql, [
    tx.practiceId,
    keys.map((key) => key.day),
    keys.map((key) => key.deliveryId),
  ]);
}

async function read(tx: Tx, sealer: Sealer, row: DeliveryRow): Promise<ReadDelivery | UnreadableDelivery> {
  const { delivery_id: id } = row;
  const body = await sealer.open(tx, practiceSubject, deliveryContext(id), row.body);
  const query =
    row.query === null
      ? ''
      : (await sealer.open(tx, practiceSubject, queryContext(id), row.query)).toString();
  if (!isChannelName(row.channel)) throw new Error(`no channel is registered as "${row.channel}"`);
  const receivedAt = row.received_at.toISOString();
  try {
    return {
      channel: row.channel,
      accountId: row.account_id,
      receivedAt,
      body,
      query,
      events: channels[row.channel].parse({ body, query, receivedAt }),
    };
  } catch (error) {
    if (error instanceof SyntaxError) return new UnreadableDelivery();
    throw error;
  }
}

/**
 * Opens stored deliveries and reads their events, in the order asked for; undefined for one that retention dropped. One that cannot
 * be read does not cost the others.
 */
export async function readDeliveries(
  tx: Tx,
  sealer: Sealer,
  keys: readonly DeliveryKey[],
): Promise<readonly (ReadDelivery | UnreadableDelivery | undefined)[]> {
  const rows = new Map<string, DeliveryRow>();
  for (const row of await selectDeliveries(tx, keys)) rows.set(row.delivery_id, row);
  const deliveries: (ReadDelivery | UnreadableDelivery | undefined)[] = [];
  for (const { deliveryId } of keys) {
    const row = rows.get(deliveryId);
    deliveries.push(row === undefined ? undefined : await read(tx, sealer, row));
  }
  return deliveries;
}
