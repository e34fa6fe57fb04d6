import type { SampleKind } from './samples.ts';

/** What a patient's phone can send. */
export type PhoneContent =
  | {
      readonly kind: 'text';
      readonly text: string /** Id of the message it quotes. */;
      readonly replyTo?: string;
    }
  /** A tap on a button or a row of a message in the chat. */
  | { readonly kind: 'tap'; readonly messageId: string; readonly choiceId: string }
  /** A built-in sample file, or bytes of one's own. */
  | { readonly kind: SampleKind; readonly caption?: string; readonly file?: PhoneFile }
  | {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name?: string;
      readonly address?: string;
    }
  | { readonly kind: 'contacts'; readonly contacts: readonly { name: string; phone: string }[] }
  /** An empty emoji takes the reaction back. */
  | { readonly kind: 'reaction'; readonly messageId: string; readonly emoji: string }
  /** Something the API does not show to businesses: a poll, an edit. */
  | { readonly kind: 'unsupported'; readonly what: string }
  /** Any fields of a `messages[]` entry: `type`, the type's object, `context`, `referral` … */
  | { readonly kind: 'raw'; readonly fields: Readonly<Record<string, unknown>> };

export type PhoneFile = { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array };

/** The phone cannot do that. `field` names what to change. */
export class PhoneError extends Error {
  readonly field: string;
  readonly expected: string;
  readonly example: unknown;
  /** True when a patient or an account does not exist. */
  readonly missing: boolean;

  constructor(field: string, expected: string, example: unknown, missing = false) {
    super(`${field}: expected ${expected}`);
    this.field = field;
    this.expected = expected;
    this.example = example;
    this.missing = missing;
  }
}
