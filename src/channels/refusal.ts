import type { RenderRefusal } from './channel.ts';

export function isRefusal(rendered: object | RenderRefusal): rendered is RenderRefusal {
  return 'refused' in rendered;
}

export function tooLong(field: string, limit: number, actual: number): RenderRefusal {
  return { refused: 'TOO_LONG', field, limit, actual };
}

export function tooMany(field: string, limit: number, actual: number): RenderRefusal {
  return { refused: 'TOO_MANY', field, limit, actual };
}
