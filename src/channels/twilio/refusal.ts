import type { RenderRefusal } from '../channel.ts';

/** `NOT_OFFERED`: the provider, or this account at it, has no such thing. */
export type TwilioRefusal =
  | RenderRefusal
  | {
      readonly refused: 'NOT_OFFERED';
      readonly field: string;
      readonly limit?: number;
      readonly actual?: number;
    };

/** What a message says, as parameters of the request. */
export type Said = Readonly<Record<string, string>>;

export function tooLong(field: string, limit: number, actual: number): RenderRefusal {
  return { refused: 'TOO_LONG', field, limit, actual };
}

export function isRefusal(value: object): value is TwilioRefusal {
  return 'refused' in value;
}
