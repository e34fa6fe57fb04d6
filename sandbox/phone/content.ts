import type { MediaKind, Said, SaidFile } from '../provider/provider.ts';

/** What a patient's phone can send. */
export type PhoneContent =
  | Exclude<Said, { kind: 'tap' | MediaKind }>
  /** A tap on a button or a row of a message in the chat. */
  | { readonly kind: 'tap'; readonly messageId: string; readonly choiceId: string }
  /** A built-in sample file, or bytes of one's own. */
  | { readonly kind: MediaKind; readonly caption?: string; readonly file?: PhoneFile };

export type PhoneFile = SaidFile;

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
