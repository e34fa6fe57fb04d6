import type { HttpRequest, HttpResponse } from '#kernel/http.ts';
import type { Account, AccountOf } from './accounts.ts';
import { createAuthorizations } from './authorizations.ts';
import type { AskStep, FetchStep, InboundMedia, MediaCodec, MediaStep } from './media.ts';
import { type ChannelName, channels } from './registry.ts';

/** Where one account's files come from. It asks and fetches; nothing can be sent by it. */
export type MediaSource = {
  readonly lifeMs: number;
  readonly begin: (media: InboundMedia) => MediaStep;
  readonly next: (step: AskStep | FetchStep, answer: HttpResponse, media: InboundMedia) => MediaStep;
  readonly allows: (url: string) => boolean;
  /** The step's request as it leaves, with the account's token where it takes one; undefined where its key cannot be used. */
  readonly request: (step: AskStep | FetchStep, nowMs: number) => Promise<HttpRequest | undefined>;
};

export type MediaSources = (account: Account) => MediaSource;

/** Makes the sources of a process: what they make for a while (tokens) is made once. */
export function createMediaSources(): MediaSources {
  const authorize = createAuthorizations();
  return (account) => ({
    ...boundTo(account),
    async request({ request, withToken }, nowMs) {
      if (!withToken) return request;
      const more = await authorize(account, nowMs).catch(() => undefined);
      return more && { ...request, headers: { ...request.headers, ...more } };
    },
  });
}

function boundTo<Name extends ChannelName>({
  channel,
  config,
}: AccountOf<Name>): Omit<MediaSource, 'request'> {
  const codec: MediaCodec<typeof config> = channels[channel].media;
  return {
    lifeMs: codec.lifeMs,
    begin: (media) => codec.begin(media, config),
    next: (step, answer, media) => codec.next(step, answer, media, config),
    allows: (url) => codec.allows(url, config),
  };
}
