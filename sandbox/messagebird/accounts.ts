/** A template that WhatsApp has approved, as much of it as a send is checked against. */
export type ApprovedTemplate = {
  readonly name: string;
  readonly language: string;
  readonly variables: number;
  readonly buttons: number;
  /** With `{{1}}`, `{{2}}` …, as a phone shows it. */
  readonly body?: string;
  /** Of the buttons. */
  readonly labels?: readonly string[];
};

export type Channel = {
  /** 32 hex digits. */
  readonly id: string;
  /** Digits with country code. */
  readonly number: string;
  readonly namespace: string;
  readonly templates: readonly ApprovedTemplate[];
};

/** A customer of MessageBird's. */
export type Customer = {
  readonly accessKey: string;
  readonly signingKey: string;
  readonly channels: readonly Channel[];
  /** Present from the start; more come by `POST /v1/webhooks`. */
  readonly webhooks: readonly NewWebhook[];
};

export const webhookEvents = [
  'message.created',
  'message.updated',
  'conversation.created',
  'conversation.updated',
] as const;

export type WebhookEvent = (typeof webhookEvents)[number];

export type NewWebhook = {
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  /** All of the customer's channels, where it is absent. */
  readonly channelId?: string;
};

/** Whoever else has WhatsApp comes by `Provider.put`. MessageBird knows people by their numbers alone. */
export type KnownUser = {
  readonly phone: string;
  readonly name: string;
};
