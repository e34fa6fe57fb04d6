/**
 * What a provider tells of an account, beside messages and statuses, in our words; and what we find out about it ourselves.
 *
 * - **news**: one thing told once. The state of an account is what its latest news of each topic says (`health/health.ts`).
 * - **word**: a provider's own word (`RESTRICTED_BIZ_INITIATED_MESSAGING`), kept where its list is open.
 */

export type Quality = 'high' | 'medium' | 'low';

/** What a provider may say of a template: its own word in lower case with hyphens. */
export type TemplateStatus =
  | 'approved'
  | 'rejected'
  | 'paused'
  | 'disabled'
  | 'flagged'
  | 'reinstated'
  | 'pending'
  | 'in-appeal'
  | 'pending-deletion'
  | 'deleted'
  | 'locked'
  | 'archived'
  | 'limit-exceeded';

/** Times are ISO 8601 in UTC. Free text of the provider's may name people: it is kept sealed. */
export type AccountNews =
  /** It may not do some of what it could. Each restriction has its own end, or none that is known. */
  | {
      readonly kind: 'restricted';
      readonly restrictions: readonly { readonly what: string; readonly until?: string }[];
    }
  /** It may do nothing any more, now or from `from` on. */
  | { readonly kind: 'disabled'; readonly scheduled: boolean; readonly from?: string }
  | { readonly kind: 'reinstated' }
  | { readonly kind: 'deleted' }
  /** Our app is no longer connected with the account. */
  | { readonly kind: 'disconnected'; readonly reason?: string; readonly by?: string }
  | { readonly kind: 'connected' }
  /** A rule was broken, says the provider: a warning, or the reason of what follows. */
  | { readonly kind: 'violation'; readonly violation: string }
  | { readonly kind: 'review'; readonly decision: string }
  | { readonly kind: 'quality'; readonly quality: Quality; readonly number?: string }
  /** What may be sent: people per rolling day that we write to first, and messages per second. Undefined: not told. */
  | {
      readonly kind: 'limit';
      readonly dailyRecipients?: number | 'none';
      /** Phone numbers that the business may have. */
      readonly numbers?: number;
      readonly perSecond?: number;
      readonly number?: string;
    }
  | {
      readonly kind: 'name';
      readonly decision: string;
      readonly name?: string;
      readonly reason?: string;
      readonly number?: string;
    }
  | {
      readonly kind: 'template';
      readonly template: string;
      readonly language: string;
      readonly status: TemplateStatus;
      /** The provider's word: `INVALID_FORMAT`. */
      readonly reason?: string;
      /** What the provider writes of it, or advises. */
      readonly details?: string;
      readonly category?: string;
      /** When it is disabled. */
      readonly from?: string;
    }
  | {
      readonly kind: 'template-quality';
      readonly template: string;
      readonly language: string;
      readonly quality: Quality | 'unknown';
      readonly before?: Quality | 'unknown';
    }
  /** `from` is in the future where it was announced. Another category has another price, and other rules. */
  | {
      readonly kind: 'template-category';
      readonly template: string;
      readonly language: string;
      readonly category: string;
      readonly before?: string;
      readonly from?: string;
    }
  /** Somebody changed what a template says. */
  | { readonly kind: 'template-content'; readonly template: string; readonly language: string }
  /** Of the number's two-step verification. */
  | {
      readonly kind: 'security';
      readonly event: string;
      /** The provider's id of the person who asked for it. */
      readonly requester?: string;
      readonly number?: string;
    }
  /** A chat went to another app on the same number, or came back. Nothing of whose chat it was. */
  | { readonly kind: 'handover'; readonly event: string; readonly from?: string; readonly to?: string }
  /** Patients write, and another app on the same number has their chats. */
  | { readonly kind: 'standby' }
  | { readonly kind: 'payment'; readonly status: string; readonly configuration?: string }
  | {
      readonly kind: 'alert';
      readonly alert: string;
      readonly severity?: string;
      readonly status?: string;
      readonly details?: string;
    }
  /** Told, documented, and nothing that changes the account's state. */
  | { readonly kind: 'other'; readonly what: string };

/** What we find out by ourselves: from our own calls, and from what does not come in. */
export type OwnNews =
  /** Nothing can be sent from the account as a whole; `code` is the codec's name of why. */
  | { readonly kind: 'paused'; readonly code: string }
  | { readonly kind: 'resumed' }
  /** The provider took messages, and said afterwards why the account may not send them. */
  | { readonly kind: 'failing'; readonly code: string }
  /** Nothing has come in `since`, and usually `expected` messages would have. Over with the next message. */
  | { readonly kind: 'silent'; readonly since: string; readonly expected: number }
  /** Of `messages` that were taken since then, no status came. Over with the next status. */
  | { readonly kind: 'statuses-silent'; readonly since: string; readonly messages: number };

export type News = AccountNews | OwnNews;

/**
 * What a piece of news is about: the latest of a topic holds. Restrictions, bans and what ends them stand in topics of their own, for
 * the end of one does not end the other.
 */
export function topicOf(news: News): string {
  switch (news.kind) {
    case 'disabled':
    case 'reinstated':
    case 'deleted':
      return 'standing';
    case 'restricted':
      return 'restrictions';
    case 'disconnected':
    case 'connected':
      return 'connection';
    case 'quality':
    case 'name':
      return place(news.kind, news.number);
    case 'limit':
      return place(`limit${news.perSecond === undefined ? '' : '-per-second'}`, news.number);
    case 'security':
      return place('security', news.number);
    case 'template':
      return `template/${news.template}/${news.language}`;
    case 'template-quality':
    case 'template-category':
    case 'template-content':
      return `${news.kind}/${news.template}/${news.language}`;
    case 'alert':
      return `alert/${news.alert}`;
    case 'paused':
    case 'resumed':
      return 'sending';
    case 'handover':
    case 'standby':
      return 'handover';
    case 'other':
      return `other/${news.what}`;
    default:
      return news.kind;
  }
}

const place = (topic: string, number: string | undefined) =>
  number === undefined ? topic : `${topic}/${number}`;

/** The word of the news that may stand outside of the seal: a name of ours or of the provider's, and no text. */
export function codeOf(news: News): string | undefined {
  switch (news.kind) {
    case 'paused':
    case 'failing':
      return news.code;
    case 'template':
      return news.status;
    case 'quality':
    case 'template-quality':
      return news.quality;
    case 'review':
    case 'name':
      return news.decision;
    case 'security':
    case 'handover':
      return news.event;
    case 'violation':
      return news.violation;
    case 'alert':
      return news.alert;
    default:
      return undefined;
  }
}
