import type { ChannelUser } from '../channel.ts';
import { filled, isRecord, list, present, record } from '../json.ts';

/** Meta: business-scoped user ids. A country, a dot, and up to 128 letters and digits. */
const businessScopedUserId = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

/** The same user's id in all portfolios of a business that has several. */
const parentUserIdShape = /^[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,128}$/;

/** Wider than today's format: an id of a new form must still lead to a conversation. */
const userIdShape = /^[A-Za-z0-9._-]{1,150}$/;

const phoneShape = /^\+?(\d{5,20})$/;

/** The profiles of a webhook's `contacts`, found by either id. */
export type People = {
  readonly byPhone: ReadonlyMap<string, ChannelUser>;
  readonly byUserId: ReadonlyMap<string, ChannelUser>;
};

/**
 * A user by Meta's ids; any may be missing. A business-scoped user id that stands where a phone number
 * belongs is taken for what it is: stripped to its digits it would pass for a stranger's phone number.
 */
export function readUser(phone: unknown, userId: unknown, parentUserId?: unknown): ChannelUser {
  const written = typeof phone === 'number' && Number.isSafeInteger(phone) ? String(phone) : phone;
  const asPhone = typeof written === 'string' ? written : '';
  const misplaced = businessScopedUserId.test(asPhone) ? asPhone : undefined;
  const parent =
    typeof parentUserId === 'string' && parentUserIdShape.test(parentUserId) ? parentUserId : undefined;
  const own = typeof userId === 'string' && userIdShape.test(userId) ? userId : misplaced;
  return present({
    // Meta delivers to a parent's id as well.
    userId: own ?? parent,
    parentUserId: own === undefined || own === parent ? undefined : parent,
    phone: phoneShape.exec(asPhone)?.[1],
  });
}

export function isNobody(user: ChannelUser): boolean {
  return user.userId === undefined && user.phone === undefined;
}

export function readPeople(contacts: unknown): People {
  const byPhone = new Map<string, ChannelUser>();
  const byUserId = new Map<string, ChannelUser>();
  for (const contact of list(contacts)) {
    if (!isRecord(contact)) continue;
    const profile = record(contact.profile);
    const user = present({
      ...readUser(contact.wa_id, contact.user_id, contact.parent_user_id),
      username: filled(profile.username),
      profileName: filled(profile.name),
    });
    if (user.phone !== undefined) byPhone.set(user.phone, user);
    if (user.userId !== undefined) byUserId.set(user.userId, user);
  }
  return { byPhone, byUserId };
}

/**
 * Adds what the profile says to a user. Profiles are matched by id and never by place in the list: a batch may hold
 * more messages than people. A profile that contradicts the message on an id is somebody else's.
 */
export function introduce(user: ChannelUser, people: People): ChannelUser {
  const found =
    (user.userId === undefined ? undefined : people.byUserId.get(user.userId)) ??
    (user.phone === undefined ? undefined : people.byPhone.get(user.phone));
  if (found === undefined || differ(found.phone, user.phone) || differ(found.userId, user.userId))
    return user;
  return { ...found, ...user };
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
