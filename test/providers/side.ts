import type { MediaKind } from '#channels/capabilities.ts';
import type { HttpRequest, RawWebhook } from '#kernel/http.ts';

/**
 * A provider as its pages describe it, written apart from the codec: what it says, how it signs, and what a phone shows of what it is
 * asked to send. Tests hold the codecs to it, `fuzz:webhooks` mutates what it signs, `bench:ingest` posts it.
 */

export type Person = { readonly phone?: string; readonly userId?: string; readonly name?: string };

/** What a patient does. */
export type Act =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'tap';
      readonly via: 'button' | 'list' | 'template';
      readonly id: string;
      readonly title: string;
    }
  | {
      readonly kind: 'media';
      readonly media: MediaKind;
      readonly mimeType: string;
      readonly caption?: string;
    }
  | { readonly kind: 'reaction'; readonly targetId: string; readonly emoji: string }
  | { readonly kind: 'form'; readonly answers: Readonly<Record<string, unknown>> };

export type Envelope = {
  /** Of the message: in the shape that the provider's ids have. */
  readonly id: string;
  readonly from: Person;
  /** Milliseconds since 1970. */
  readonly atMs: number;
};

/** A delivery before it is signed. */
export type Unsigned = {
  readonly body: Buffer;
  /** Of the webhook's URL, without `?`. */
  readonly query: string;
};

/** What the phone shows of a request. */
export type Shown =
  | { readonly as: 'text'; readonly text: string }
  | {
      readonly as: 'buttons' | 'list';
      readonly text: string;
      readonly choices: readonly ShownChoice[];
    }
  | {
      readonly as: 'template';
      /** What names it at the provider. */
      readonly named: Readonly<Record<string, string>>;
      /** Every value that is set, in order. */
      readonly values: readonly string[];
    }
  /** The messenger's own button, which shares the number. */
  | { readonly as: 'contact-request'; readonly text: string }
  | { readonly as: 'read'; readonly typing: boolean };

export type ShownChoice = { readonly id: string; readonly title: string; readonly description?: string };

export type Signing = {
  readonly url: string;
  readonly body: Uint8Array;
  readonly nowMs: number;
  readonly secret: string;
};

export type Side<Account> = {
  readonly name: string;
  /** One that can do all that the provider offers. */
  readonly account: Account;
  /** Either signs: the current one, and the one that it replaces. */
  readonly secrets: readonly [string, string];
  /** The same, with the secrets of somebody else. */
  readonly stranger: Account;
  readonly strangersSecret: string;
  readonly act: (act: Act, envelope: Envelope) => Unsigned;
  /** That what `sent` asked for was delivered: everything that the provider gives back of the request is in it. */
  readonly delivered: (sent: HttpRequest, envelope: Envelope) => Unsigned;
  /** The same in the other form in which the provider delivers, where it has one. */
  readonly otherwise?: (unsigned: Unsigned) => Unsigned;
  readonly sign: (signing: Signing) => RawWebhook['headers'];
  readonly shown: (sent: HttpRequest) => Shown;
  /** An id of a message, by a number. */
  readonly messageId: (serial: number) => string;
};

export const publicUrl = 'https://intake.example';

export function webhookUrl(name: string, account = 'front-desk'): string {
  return `${publicUrl}/webhooks/${name}/${account}`;
}

/** The delivery as it arrives. */
export function delivery<Account>(
  side: Side<Account>,
  { body, query }: Unsigned,
  nowMs: number,
  secret = side.secrets[0],
  account?: string,
): RawWebhook {
  const url = `${webhookUrl(side.name, account)}${query === '' ? '' : `?${query}`}`;
  return { method: 'POST', url, headers: side.sign({ url, body, nowMs, secret }), body };
}

export function json(value: unknown): Unsigned {
  return { body: Buffer.from(JSON.stringify(value)), query: '' };
}

export function parsed(sent: HttpRequest): Record<string, unknown> {
  return JSON.parse(sent.body ?? '') as Record<string, unknown>; // what the codec itself made
}

export function iso(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString({ fractionalSecondDigits: 3 });
}

/** A UUID by a number. */
export function uuid(serial: number): string {
  return `5f0c9a4d-0000-4000-8000-${String(serial).padStart(12, '0')}`;
}
