import type { RenderRefusal } from '../channel.ts';

/** What a message says, as parameters of the request. */
export type Said = Readonly<Record<string, string>>;

export function tooLong(field: string, limit: number, actual: number): RenderRefusal {
  return { refused: 'TOO_LONG', field, limit, actual };
}

export function isRefusal(value: object): value is RenderRefusal {
  return 'refused' in value;
}
