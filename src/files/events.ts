import type { Fact } from '#kernel/event.ts';

/**
 * What became of a file, stream `file/<fileId>`. It names nothing that a patient said: what the file is lies sealed. Frozen by
 * `testdata/events.json`.
 */
export type FileEvent =
  /** It is here, in quarantine. */
  | Fact<
      'FileKept',
      {
        readonly fileId: string;
        readonly conversationId: string;
        readonly bytes: number;
        /** Whether it is what it was said to be. */
        readonly agrees: boolean;
        readonly at: string;
      }
    >
  /** It is not to be had: `code` says why. */
  | Fact<
      'FileMissed',
      { readonly fileId: string; readonly conversationId: string; readonly code: string; readonly at: string }
    >;

export const fileStream = (fileId: string): string => `file/${fileId}`;
