import type { Connect } from '../connect.ts';

export const connect: Connect = {
  title: 'Twilio',
  product: 'Programmable Messaging (WhatsApp senders)',
  steps: [
    'Console → Messaging → Senders → WhatsApp senders → the number: webhook URL for incoming messages `{url}#rc=5&rp=ct,rt,5xx`, method POST. What follows `#` makes Twilio try up to five times more; without it a message is tried once, for 15 seconds. Twilio does not sign it, and no proxy sees it.',
    'The same as the fallback URL. Leave the status callback URL empty: each message brings its own.',
    'Where the number is in a Messaging Service: Integration → Defer to sender’s webhook.',
    'Account → Settings → General: HTTP basic authentication for media access on, so that nobody can open what patients send by its address alone.',
  ],
  settings: {
    accountSid: '`AC…`: Console → Account info. Of a subaccount, where the practice has one',
    apiKey: '`SK…`: Account → API keys; or the account SID itself',
    apiSecret: "of that API key, shown once; or the account's auth token",
    authTokens:
      'signs webhooks: Account info → Auth token, also where messages are sent with an API key. The secondary beside it while they are being rotated',
    sender: 'the WhatsApp number: digits with country code, no plus',
    messagingServiceSid: '`MG…`, where messages leave through a Messaging Service',
    baseUrl: "Twilio's API, or a simulator",
    messagingUrl: 'the host of the typing indicator, or a simulator',
    reconcileMinutes: 'minutes between two looks at the list of what came in: what was lost is read from it',
    statusCallbackUrl: "where statuses come, if not to the account's own webhook URL",
    templates:
      'each approved template as `{ name, language, contentSid: HX…, payloads }`. Its variables are `{{1}}`, `{{2}}` …; with `payloads: variables` the ids of its buttons are variables too, numbered on; with `fixed` a tap brings what stands in the template',
    questions:
      'contents for questions as `{ shape: buttons | list, choices, descriptions, contentSid: HX… }`, made once in the Content Template Builder with every part a variable; without one that fits, a question is numbered text',
    typing:
      'whether to show that an answer is being written: a public beta, and by Twilio’s own list not eligible under HIPAA',
  },
};
