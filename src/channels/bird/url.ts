import type { BirdAccount } from './account.ts';

/** The channel's messages: to send one, or to list them. */
export function messagesUrl({
  baseUrl,
  workspaceId,
  channelId,
}: Pick<BirdAccount, 'baseUrl' | 'workspaceId' | 'channelId'>): string {
  const base = baseUrl.replace(/\/+$/, '');
  return `${base}/workspaces/${encodeURIComponent(workspaceId)}/channels/${encodeURIComponent(channelId)}/messages`;
}
