import type { Accounts, Owned } from './accounts.ts';
import type { Json } from './fields.ts';

/** The nodes that one reads to see whether an account is connected. */

export function phoneNumberNode({ account }: Owned): Json {
  return {
    id: account.phoneNumberId,
    display_phone_number: account.displayPhone,
    verified_name: account.verifiedName ?? 'Sandbox clinic',
    quality_rating: 'GREEN',
    code_verification_status: 'VERIFIED',
    name_status: 'APPROVED',
    status: 'CONNECTED',
    platform_type: 'CLOUD_API',
    throughput: { level: 'STANDARD' },
    whatsapp_business_manager_messaging_limit: 'TIER_2K',
    health_status: {
      can_send_message: 'AVAILABLE',
      entities: [{ entity_type: 'PHONE_NUMBER', id: account.phoneNumberId, can_send_message: 'AVAILABLE' }],
    },
  };
}

export function wabaNode({ account }: Owned): Json {
  return {
    id: account.wabaId,
    name: account.verifiedName ?? 'Sandbox clinic',
    currency: 'USD',
    timezone_id: '1',
    account_review_status: 'APPROVED',
    business_verification_status: 'verified',
    health_status: {
      can_send_message: 'AVAILABLE',
      entities: [{ entity_type: 'WABA', id: account.wabaId, can_send_message: 'AVAILABLE' }],
    },
  };
}

/** What Graph gives of a number when no fields are asked for. */
const plainFields = [
  'id',
  'name',
  'display_phone_number',
  'verified_name',
  'quality_rating',
  'code_verification_status',
];

/** Picks the fields asked for (`fields=a,b`); `id` always comes along. */
export function nodeFields(node: Json, fields: string | undefined): Json {
  const wanted =
    fields === undefined ? plainFields : ['id', ...fields.split(',').map((field) => field.trim())];
  return Object.fromEntries(Object.entries(node).filter(([name]) => wanted.includes(name)));
}

/** `GET /debug_token`: what a token may do, and for which accounts. */
export function debugToken({ accounts }: { accounts: Accounts }, token: string): Json {
  const owned = accounts.byToken(token);
  const first = owned[0];
  if (first === undefined) {
    return {
      data: { is_valid: false, scopes: [], error: { code: 190, message: 'Invalid OAuth access token.' } },
    };
  }
  const scopes = ['whatsapp_business_management', 'whatsapp_business_messaging'];
  return {
    data: {
      app_id: first.app.appId,
      type: 'SYSTEM_USER',
      is_valid: true,
      expires_at: 0,
      scopes,
      granular_scopes: scopes.map((scope) => ({
        scope,
        target_ids: [...new Set(owned.map(({ account }) => account.wabaId))],
      })),
    },
  };
}
