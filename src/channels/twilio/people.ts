import type { ChannelUser } from '../channel.ts';
import { present } from '../json.ts';

/** Meta: business-scoped user ids. A country, a dot, and up to 128 letters and digits. */
const businessScopedUserId = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;

const phoneShape = /^\+?(\d{5,20})$/;

const channelPrefix = /^whatsapp:/i;

/** An address of Twilio's without its channel: `+12025550143`, `US.1349…`. */
export function bare(address: string | undefined): string {
  // A plus that was not escaped in a form reads as a space.
  return (address ?? '').replace(channelPrefix, '').trim();
}

export function phoneIn(address: string | undefined): string | undefined {
  return phoneShape.exec(bare(address))?.[1];
}

export function userIdIn(address: string | undefined): string | undefined {
  const id = bare(address);
  return businessScopedUserId.test(id) ? id : undefined;
}

/**
 * A user by whatever addresses tell of them, the most telling first: each may hold a phone number or a user id, and is taken for what
 * it is. A user id stripped to its digits would pass for a stranger's phone number, and so nothing is ever stripped; what is neither
 * is left out.
 */
export function readUser(...addresses: readonly (string | undefined)[]): ChannelUser {
  return present({
    userId: addresses.map(userIdIn).find((id) => id !== undefined),
    phone: addresses.map(phoneIn).find((phone) => phone !== undefined),
  });
}

export function isNobody(user: ChannelUser): boolean {
  return user.userId === undefined && user.phone === undefined;
}

/** The user as Twilio's `To`. The phone number where there is one, with its plus. */
export function address(user: ChannelUser): string | undefined {
  const { phone, userId } = readUser(user.phone, user.userId);
  if (phone !== undefined) return `whatsapp:+${phone}`;
  return userId === undefined ? undefined : `whatsapp:${userId}`;
}
