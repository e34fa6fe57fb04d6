import type { ChannelUser } from '../channel.ts';
import { filled, type Json, present } from '../json.ts';
import { isNobody, readUser } from '../meta/people.ts';

/**
 * The person at the other end, by the message's own address (`from` or `to`) and, where that is no person's, by the contact's `msisdn`:
 * a JSON number without a plus, at times its digits in a string, or no contact at all. A number too long to be read without loss is no
 * phone number. MessageBird knows no business-scoped user ids; one that stands where a phone number belongs is taken for what it is.
 *
 * A contact with another number than the message's own is somebody else: their name is not taken over.
 */
export function readPerson(address: unknown, contact: Json): ChannelUser {
  const written = readUser(address, undefined);
  const known = readUser(contact.msisdn, undefined);
  const user = isNobody(written) ? known : written;
  const isAnother = !isNobody(known) && (known.phone !== user.phone || known.userId !== user.userId);
  return isAnother || isNobody(user) ? user : present({ ...user, profileName: nameOf(contact) });
}

/** What the user calls themselves, or what the dashboard's staff put in its place: the field does not say which. */
function nameOf(contact: Json): string | undefined {
  const whole = [filled(contact.firstName), filled(contact.lastName)].filter((name) => name !== undefined);
  return filled(contact.displayName) ?? filled(whole.join(' '));
}
