import type { Tx } from '#platform/db/db.ts';
import { practiceSubject, type Sealer } from '#security/index.ts';
import type { ChannelEvent } from '../channel.ts';
import { deliveryContext } from '../commands.ts';
import { channels } from '../registry.ts';

/** Reading stored deliveries. */

export type DeliveryKey = { readonly deliveryId: string; readonly day: string };

export type ReadDelivery = {
  readonly channel: string;
  readonly accountId: string;
  readonly receivedAt: string;
  readonly body: Uint8Array;
  readonly events: readonly ChannelEvent[];
};

/** What is rightly signed and sealed, and yet not the provider's JSON. */
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
  received_at: Date;
};

/** One look into the index of the day's partition per delivery. */
export const deliveriesSql = `
  select d.* from unnest($2::date[], $3::uuid[]) as wanted(day, delivery_id)
  cross join lateral (
    select delivery_id, channel, account_id, body, received_at from webhook_deliveries
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
  const body = await sealer.open(tx, practiceSubject, deliveryContext(row.delivery_id), row.body);
  const channel = Object.entries(channels).find(([name]) => name === row.channel)?.[1];
  if (channel === undefined) throw new Error(`no channel is registered as "${row.channel}"`);
  try {
    return {
      channel: row.channel,
      accountId: row.account_id,
      receivedAt: row.received_at.toISOString(),
      body,
      events: channel.parse({ body }),
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
