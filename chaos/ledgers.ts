/** The lines of the ledgers that the other sides keep. Pure. `wall`: the machine's own time, which no step moves. */

export type PracticeEntry = {
  readonly wall: number;
  readonly kind: 'create' | 'update' | 'delete';
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly status?: string;
  readonly start?: string;
  readonly end?: string;
  /** `system|value` */
  readonly identifiers?: readonly string[];
  /** `Slot/1` */
  readonly slots?: readonly string[];
  readonly subject?: string;
  readonly schedule?: string;
  /** `Patient/1=accepted` */
  readonly participants?: readonly string[];
};

export type ProviderEntry =
  /** A patient wrote; from here on the provider owes it to the product. */
  | { readonly kind: 'written'; readonly wall: number; readonly wamid: string; readonly patientId: string }
  /** One attempt to deliver that has ended; `messages` are the ids of what patients wrote in it. */
  | {
      readonly kind: 'delivery';
      readonly wall: number;
      readonly status: number | null;
      readonly attempt: number;
      readonly updates: number;
      readonly digest: string;
      readonly messages: readonly string[];
    }
  /** The provider took a message of the practice. */
  | {
      readonly kind: 'taken';
      readonly wall: number;
      readonly wamid: string;
      readonly ourId: string | null;
      readonly patientId: string;
      readonly type: string;
    };

export type StaffEntry = {
  readonly wall: number;
  readonly staffId: string;
  readonly conversationId: string;
  readonly act: 'take' | 'reply' | 'resolve';
  readonly token: number;
  readonly messageId?: string;
};

export function readLines<Entry>(text: string): readonly Entry[] {
  // Written by the processes of this folder, a whole line at a time.
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}
