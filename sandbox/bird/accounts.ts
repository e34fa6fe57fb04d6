import { bsuidOf, type WhatsAppUser } from '../provider/users.ts';

/** A WhatsApp number at the simulated Bird Channels API. */
export type BirdChannel = {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly accessKey: string;
  readonly signingKey: string;
  /** Where its webhook subscription points; it is signed as it stands here. */
  readonly webhookUrl: string;
  /** `+12025550100`. */
  readonly number: string;
  readonly templates?: readonly BirdTemplateProject[];
};

/** A template project in one locale, with the names of its variables. */
export type BirdTemplateProject = {
  readonly projectId: string;
  readonly locale: string;
  readonly variables: readonly string[];
  /** As a phone shows it, with `{{name}}` for each variable. */
  readonly body?: string;
  /** Quick replies: a label, and the name of the variable that holds what comes back; the label where there is none. */
  readonly buttons?: readonly { readonly label: string; readonly payload?: string }[];
};

/** A user as a channel of the workspace learns of them. */
export function userFor(user: WhatsAppUser, { workspaceId }: Pick<BirdChannel, 'workspaceId'>): BirdUser {
  return {
    id: user.id,
    name: user.profileName,
    ...(user.identity === 'bsuid' ? {} : { phone: user.phone }),
    ...(user.identity === 'phone' ? {} : { userId: bsuidOf(user, workspaceId) }),
    ...(user.identity === 'bsuid' && user.username !== undefined ? { username: user.username } : {}),
  };
}

/** A patient as WhatsApp knows them. Without a phone number only the user id and the username are told. */
export type BirdUser = {
  /** As the sandbox knows them. */
  readonly id?: string;
  readonly phone?: string;
  readonly userId?: string;
  readonly username?: string;
  readonly name?: string;
};
