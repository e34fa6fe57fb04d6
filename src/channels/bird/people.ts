import type { ChannelUser } from '../channel.ts';
import { filled, type Json, list, present, record } from '../json.ts';

/** Meta: business-scoped user ids. A country, a dot, and up to 128 letters and digits. */
const businessScopedUserId = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/** Wider than today's format, for an id of a new form must still lead to a conversation; but no phone number. */
const userIdShape = /^(?!\d+$)[A-Za-z0-9._-]{1,150}$/;

const phoneShape = /^\+?(\d{5,20})$/;

type Identifier = { readonly key: unknown; readonly value: unknown };

/**
 * A contact as Bird names it: by an identifier whose key says what it is (`phonenumber`, `whatsappbsuid`, `whatsappusername`), and in
 * `meta.extraInformation` by the ids that Meta gave along. A value is never stripped to its digits: of a business-scoped user id,
 * that would leave a stranger's phone number. What is neither a phone number nor a user id is left out.
 *
 * https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/business-scoped-user-ids
 */
export function readUser(value: unknown, extraInformation: unknown): ChannelUser {
  const contact = record(value);
  const extra = record(extraInformation);
  const identifiers: readonly Identifier[] = [
    { key: 'whatsappbsuid', value: extra.whatsappbsuid },
    { key: 'whatsappusername', value: extra.whatsappusername },
    identifierOf(contact),
    ...list(contact.identifiers).map((each) => identifierOf(record(each))),
  ];
  return present({
    userId: first(identifiers, asUserId),
    phone: first(identifiers, asPhone),
    username: first(identifiers, asUsername),
    profileName: filled(record(contact.annotations).name),
  });
}

export function isNobody(user: ChannelUser): boolean {
  return user.userId === undefined && user.phone === undefined;
}

function identifierOf(contact: Json): Identifier {
  return { key: contact.identifierKey, value: contact.identifierValue };
}

function first(
  identifiers: readonly Identifier[],
  read: (identifier: Identifier) => string | undefined,
): string | undefined {
  for (const identifier of identifiers) {
    const found = read(identifier);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** One that stands under another key, or under none, is still taken for what it is. */
function asUserId({ key, value }: Identifier): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (businessScopedUserId.test(value)) return value;
  return key === 'whatsappbsuid' && userIdShape.test(value) ? value : undefined;
}

/** Bird leaves the key out where the number alone says it. */
function asPhone({ key, value }: Identifier): string | undefined {
  if (key !== 'phonenumber' && key !== undefined && key !== null) return undefined;
  const written = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof written === 'string' ? phoneShape.exec(written)?.[1] : undefined;
}

function asUsername({ key, value }: Identifier): string | undefined {
  return key === 'whatsappusername' ? filled(value) : undefined;
}
