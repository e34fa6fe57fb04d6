import type { Connect } from '../connect.ts';

export const connect: Connect = {
  title: 'Meta',
  product: 'WhatsApp Cloud API',
  steps: [
    'WhatsApp → Configuration → Webhook: callback URL `{url}` and the verify token, then Verify and save.',
    'Webhook fields: messages, standby, messaging_handovers, account_update, account_alerts, account_review_update, phone_number_quality_update, phone_number_name_update, business_capability_update, message_template_status_update, message_template_quality_update, template_category_update, user_preferences, security.',
    "Subscribe the app to the WhatsApp Business Account (`POST /<wabaId>/subscribed_apps`): without it, all looks right and nothing arrives. Where the app serves several numbers, set the number's own webhook (`webhook_configuration.override_callback_uri`) to `{url}`.",
  ],
  settings: {
    phoneNumberId: "Meta's id of the number (not the number): WhatsApp → API setup",
    wabaId: 'the WhatsApp Business Account: WhatsApp → API setup',
    baseUrl: 'the Graph API, or a simulator',
    apiVersion: 'version of the Graph API',
    appSecrets: 'signs webhooks: App settings → Basic → App secret. Two while one is being replaced',
    verifyToken: 'made up by you, and entered beside the callback URL',
    accessToken: 'of a system user, with whatsapp_business_messaging and whatsapp_business_management',
  },
};
