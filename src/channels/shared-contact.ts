import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { InboundContent } from './channel.ts';

/**
 * The sender's own number, where they shared it in answer to our request: the messenger then vouches that it is theirs. Digits, as
 * in `ChannelUser`. A card that was shared unasked, or a number that was typed, may be anybody's.
 */
export function ownPhoneIn(content: InboundContent): string | undefined {
  if (content.kind !== 'contacts') return undefined;
  const own = content.contacts.filter(({ requested }) => requested).flatMap(({ phones }) => phones);
  for (const phone of own) {
    const number = parsePhoneNumberFromString(phone);
    if (number?.isPossible() === true) return number.number.slice(1);
  }
  return undefined;
}
