import { type MediaCodec, mediaByUrl, weekMs } from '../media.ts';
import type { MessageBirdAccount } from './account.ts';

type MediaAccount = Pick<MessageBirdAccount, 'baseUrl' | 'accessKey' | 'mediaHosts'>;

/**
 * MessageBird tells of a file by its address alone. The access key is sent along to its own hosts; whether `media.messagebird.com` asks
 * for it is not confirmed, nor that it never redirects.
 *
 * https://developers.messagebird.com/api/conversations/
 */
export const media: MediaCodec<MediaAccount> = mediaByUrl({
  lifeMs: weekMs,
  places: [
    { host: 'media.messagebird.com', credentials: true },
    { host: 'media.nest.messagebird.com', credentials: true },
  ],
  own: ({ baseUrl }) => [baseUrl],
  headers: ({ accessKey }) => ({ authorization: `AccessKey ${accessKey}` }),
});
