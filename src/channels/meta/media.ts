import type { HttpResponse } from '#kernel/http.ts';
import { filled, type Json, present, record } from '../json.ts';
import {
  type Announced,
  type AskStep,
  announcedIn,
  byStatus,
  fetchFrom,
  type InboundMedia,
  isRedirect,
  judge,
  type MediaCodec,
  type MediaEnd,
  type MediaStep,
  placesNamed,
  readSha256,
  redirected,
  weekMs,
} from '../media.ts';
import type { MetaAccount } from './account.ts';
import { outcomeOf, readCode } from './errors.ts';

type MediaAccount = Pick<
  MetaAccount,
  'baseUrl' | 'apiVersion' | 'accessToken' | 'phoneNumberId' | 'mediaHosts'
>;

/** Where the addresses lead that Meta gives out; the token goes there as well, and a download without it fails. */
const places = [{ host: 'lookaside.fbsbx.com', credentials: true }];

/** Meta's media ids are digits; anything that could climb within a path is none. */
const mediaIdShape = /^[A-Za-z0-9_-]{1,200}$/;

const judgeFor = (account: MediaAccount) => (url: string | undefined) =>
  judge(url, [account.baseUrl], [...places, ...placesNamed(account)]);

/**
 * Meta tells an id, for which it gives an address while the file is kept (seven days), and mostly an address at once. An address is
 * good for five minutes: the one that came along is tried first, and when it has run out another is asked for.
 *
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
 */
export const media: MediaCodec<MediaAccount> = {
  lifeMs: weekMs,
  begin(media, account) {
    const judged = judgeFor(account)(media.url);
    if (judged === undefined) return ask(media, account);
    return fetchFrom(judged.url, judged.credentials ? bearer(account) : {}, {
      withToken: false,
      announced: announcedIn(media),
      asked: false,
    });
  },
  next(step, answer, media, account) {
    if (step.kind === 'ask') return located(answer, media, account);
    if (isRedirect(answer.status)) return redirected(step, answer, judgeFor(account));
    const isTemporary = answer.status === 429 || answer.status >= 500;
    // What Meta answers for an address that has run out is not confirmed; another tells.
    if (!step.asked && !isTemporary) return ask(media, account);
    return byStatus(answer, 1);
  },
  allows: (url, account) => judgeFor(account)(url) !== undefined,
};

const bearer = ({ accessToken }: MediaAccount) => ({ authorization: `Bearer ${accessToken}` });

function ask({ mediaId }: InboundMedia, account: MediaAccount): AskStep | { kind: 'end'; code: MediaEnd } {
  if (!mediaIdShape.test(mediaId)) return { kind: 'end', code: 'NO_ADDRESS' };
  const { baseUrl, apiVersion, phoneNumberId } = account;
  const path = `${baseUrl.replace(/\/+$/, '')}/${apiVersion}/${mediaId}`;
  // With the number, Meta gives out no file that was sent to another.
  const url = `${path}?phone_number_id=${encodeURIComponent(phoneNumberId)}`;
  return { kind: 'ask', request: { method: 'GET', url, headers: bearer(account) }, withToken: false };
}

function located(answer: HttpResponse, media: InboundMedia, account: MediaAccount): MediaStep {
  const said = readAnswer(answer.body);
  if (answer.status === 200 && said.url !== undefined) {
    const judged = judgeFor(account)(filled(said.url));
    if (judged === undefined) return { kind: 'end', code: 'NOT_ALLOWED' };
    return fetchFrom(judged.url, judged.credentials ? bearer(account) : {}, {
      withToken: false,
      announced: announced(said, media),
      asked: true,
    });
  }
  const code = readCode(record(said.error).code);
  return code === undefined ? byStatus(answer, 0) : explained(code, answer.status);
}

/** The webhook's own hash is signed; Meta's answer has it in another spelling, and the size besides. */
function announced(said: Json, media: InboundMedia): Announced {
  const bytes = Number(
    typeof said.file_size === 'number' ? said.file_size : (filled(said.file_size) ?? 'none'),
  );
  return present({
    sha256: announcedIn(media).sha256 ?? readSha256(filled(said.sha256)),
    bytes: Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined,
    mimeType: media.mimeType ?? filled(said.mime_type),
  });
}

/** What Meta refuses is tried again for some hours: a file may be told of before it can be had, and a permission may be mended. */
function explained(code: number, status: number): MediaStep {
  const outcome = outcomeOf(code, status);
  // No such object (any more), or none that this token may see.
  if (code === 100) return { kind: 'wait', code: 'NO_SUCH_MEDIA', atMost: 6, endAs: 'GONE' };
  if (outcome.kind === 'rejected' || outcome.kind === 'accepted')
    return {
      kind: 'wait',
      code: outcome.kind === 'rejected' ? outcome.code : 'ANSWER_UNREADABLE',
      atMost: 12,
      endAs: 'REFUSED',
    };
  const afterMs = outcome.kind === 'retry' ? outcome.afterMs : undefined;
  return { kind: 'wait', code: outcome.code, ...(afterMs === undefined ? {} : { afterMs }) };
}

function readAnswer(body: string): Json {
  try {
    return record(JSON.parse(body.replace(/^\uFEFF/, '')));
  } catch {
    return {};
  }
}
