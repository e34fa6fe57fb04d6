import type { ChannelUser } from '../channel.ts';
import { filled, id, type Json, present, record } from '../json.ts';
import { readUser } from '../meta/people.ts';

/**
 * The patient of a message or status. `address` is `from` or `to`: a phone number, or the business-scoped user id where the number
 * is hidden. `ids` is `whatsapp.sender` or `whatsapp.recipient`, which names both, and is right where the two differ.
 */
export function readPerson(address: unknown, ids: unknown, profile: unknown): ChannelUser {
  const { wa_id, user_id, parent_user_id } = record(ids);
  const { name, username }: Json = record(profile);
  const written = readUser(address, undefined);
  const named = readUser(wa_id, user_id ?? written.userId, parent_user_id);
  return present({
    ...written,
    ...named,
    username: filled(username),
    profileName: filled(name),
  });
}

/** Our own number, as it stands in a webhook: digits without a plus. */
export function readReceiver(value: unknown): string | undefined {
  return readUser(value, undefined).phone ?? id(value);
}
