import type { Connect } from '../connect.ts';

export const connect: Connect = {
  title: 'Vonage',
  product: 'Messages API v1',
  steps: [
    'Dashboard → Applications → the application → Edit → Capabilities → Messages: inbound URL `{url}` and status URL `{url}`, version v1.',
    'The same page → Linked external accounts: link the WhatsApp number, or its messages go nowhere.',
    'Dashboard → Settings: API settings → signature secret, method SHA-256 HMAC. Webhooks of the application are then signed with it.',
  ],
  settings: {
    number: 'the WhatsApp number: digits with country code, no plus',
    apiKey:
      'of the account that owns the application: Dashboard → Settings. No secret; every webhook names it',
    applicationId: 'UUID: Dashboard → Applications',
    privateKey:
      'of the application, RSA in PEM: Edit → Generate public and private key. Best as `file:/run/secrets/vonage.pem`',
    signatureSecrets: 'signs webhooks: Dashboard → Settings. Two while one is being replaced',
    baseUrl: 'where messages are sent: a region’s host, or a simulator',
    updateBaseUrl:
      'where messages are marked as read, if elsewhere: the host in `_self.href` of what comes in (`https://api-eu.vonage.com`)',
    templateNamespace: "of the message templates; Meta's own API needs none",
    tokenMaxAgeSeconds: 'how old the token of a webhook may be; 24 hours and five minutes by default',
    acceptsUnnamedApplication:
      'whether a token without `application_id` is taken; one that names another never is',
  },
};
