/** What went wrong with a message, as far as it makes a difference to what one does about it. */
export type FailureKind =
  | 'opted-out'
  | 'maybe-stopped'
  | 'no-consent'
  | 'window'
  | 'content'
  | 'out-of-date'
  | 'day-limit'
  | 'spend-limit'
  | 'cannot-be-said'
  | 'no-address'
  | 'unreachable'
  | 'barred'
  | 'number-changed'
  | 'template'
  | 'account'
  | 'busy'
  | 'set-up'
  | 'gave-up'
  | 'unresolved'
  | 'expired'
  | 'unknown';

const kinds: Readonly<Record<Exclude<FailureKind, 'unknown' | 'unresolved' | 'expired'>, readonly string[]>> =
  {
    'opted-out': ['OPTED_OUT', 'MARKETING_STOPPED', 'UNSUBSCRIBED', 'RECIPIENT_OPTED_OUT'],
    'maybe-stopped': ['MAYBE_STOPPED'],
    'no-consent': ['NO_CONSENT'],
    window: ['OUTSIDE_WINDOW'],
    content: ['CONTENT_MODE'],
    'out-of-date': ['OUT_OF_DATE'],
    'day-limit': ['DAY_LIMIT'],
    'spend-limit': ['SPEND_LIMIT'],
    'cannot-be-said': [
      'CANNOT_BE_SAID',
      'TYPE_UNSUPPORTED',
      'MESSAGE_UNAVAILABLE',
      'GENERIC_PARAMETER',
      'TEXT_TOO_LONG',
      'TEXT_MISSING',
      'CONTENT_NOT_ACCEPTED',
      'PAYLOAD_INVALID',
      'REQUEST_TOO_LARGE',
      'INPUT_INVALID',
      'MESSAGE_INVALID',
      'MEDIA_TOO_LARGE',
      'MEDIA_TOO_MANY',
      'MEDIA_TYPE_INVALID',
      'WHATSAPP_LIMITATION',
    ],
    'no-address': ['NO_ADDRESS', 'PHONE_NUMBER_REQUIRED', 'USERNAME_ERROR', 'RECIPIENT_MISSING'],
    unreachable: [
      'UNDELIVERABLE',
      'RECIPIENT_NOT_ALLOWED',
      'RECIPIENT_IS_SENDER',
      'RECIPIENT_INVALID',
      'UNDELIVERED_UNKNOWN',
      'BLOCKED_BY_USER',
      'RECIPIENT_GONE',
      'RECIPIENT_BLOCKED',
      'ABSENT_FOR_NOW',
      'DESTINATION_UNREACHABLE',
      'DESTINATION_UNSUPPORTED',
      'UNROUTABLE',
      'HANDSET_BUSY',
      'DEVICE_UNSUITABLE',
      'EXPIRED',
      'SANDBOX_NOT_JOINED',
      'RECIPIENT_WITHOUT_CREDIT',
      'PORTABILITY_ERROR',
      'CARRIER_UNKNOWN',
    ],
    barred: [
      'COUNTRY_BARRED',
      'MARKETING_CAP',
      'MARKETING_EXPERIMENT',
      'MARKETING_DISABLED',
      'NUMBER_BARRED',
      'AGE_RESTRICTED',
      'BLOCKED_BY_CARRIER',
      'FILTERED',
      'TAKEN_FOR_SPAM',
      'RCS_ONLY',
    ],
    'number-changed': ['IDENTITY_CHANGED'],
    template: [
      'TEMPLATE_PARAMETER_COUNT',
      'TEMPLATE_MISSING',
      'TEMPLATE_TEXT_TOO_LONG',
      'TEMPLATE_POLICY',
      'TEMPLATE_PARAMETER_FORMAT',
      'TEMPLATE_PAUSED',
      'TEMPLATE_DISABLED',
      'TEMPLATE_PARAMETERS_INVALID',
      'TEMPLATE_VIOLATION_LIMIT',
      'TEMPLATE_NOT_FETCHED',
      'TEMPLATE_REJECTED',
      'CONTENT_MISSING',
      'CONTENT_INVALID',
      'CONTENT_VARIABLES_INVALID',
      'TEMPLATE_CREATION_ERROR',
    ],
    account: [
      'UNKNOWN_ACCOUNT',
      'TOKEN_INVALID',
      'TOKEN_EXPIRED',
      'NUMBER_DELETED',
      'BLOCKED_FOR_POLICY',
      'ACCOUNT_LOCKED',
      'DISPLAY_NAME_NOT_APPROVED',
      'PAYMENT_PROBLEM',
      'PAYMENT_TERMS',
      'NUMBER_NOT_REGISTERED',
      'REGISTRATION_ERROR',
      'SPAM_LIMIT',
      'CAPABILITY_MISSING',
      'PERMISSION_DENIED',
      'PERMISSION_MISSING',
      'ACCESS_DENIED',
      'ACCOUNT_NOT_ACTIVE',
      'ACCOUNT_MISSING',
      'ACCOUNT_SUSPENDED',
      'ACCOUNT_NOT_ENABLED',
      'SENDER_INVALID',
      'SENDER_MISSING',
      'SENDER_UNKNOWN',
      'SENDER_REFUSED',
      'SENDER_OF_ANOTHER_ACCOUNT',
      'SERVICE_NOT_AVAILABLE',
      'SERVICE_WITHOUT_SENDER',
      'CHANNEL_TOKEN_INVALID',
      'CHANNEL_MISCONFIGURED',
      'CHANNEL_CONFIGURATION_INVALID',
      'BUSINESS_MANAGER_ERROR',
      'TOKEN_REVOKED',
      'REQUEST_NOT_ALLOWED',
      'AUTHORIZATION_INVALID',
      'ACCESS_KEY_INVALID',
      'ACCESS_KEY_REFUSED',
      'ACCESS_POLICY_MISSING',
      'BALANCE_TOO_LOW',
      'API_NOT_FOUND',
      'KEY_UNUSABLE',
      'CUSTOMER_ERROR',
      'PHONE_MATCHING_FEE',
      'CALL_PAYMENT_PROBLEM',
    ],
    busy: [
      'API_UNKNOWN',
      'API_SERVICE',
      'APP_RATE_LIMIT',
      'ACCOUNT_RATE_LIMIT',
      'THROUGHPUT_REACHED',
      'SOMETHING_WENT_WRONG',
      'SERVICE_UNAVAILABLE',
      'PAIR_RATE_LIMIT',
      'NUMBER_IN_MAINTENANCE',
      'SERVER_UNAVAILABLE',
      'NUMBER_MIGRATING',
      'QUEUE_OVERFLOW',
      'SENDER_QUEUE_FULL',
      'CHANNEL_ERROR',
      'CHANNEL_INTERNAL_ERROR',
      'CHANNEL_SERVICE_ERROR',
      'PLATFORM_ERROR',
      'INTERNAL_ERROR',
      'COMMUNICATION_FAILED',
      'NETWORK_ERROR',
      'PROCESSING_ERROR',
      'DEPENDENCY_ERROR',
      'SENDING_FAILED',
      'RATE_LIMITED',
      'ACCOUNT_DAILY_CAP',
    ],
    'set-up': [
      'PARAMETER_INVALID',
      'PARAMETER_MISSING',
      'PARAMETER_VALUE_INVALID',
      'METHOD_NOT_ALLOWED',
      'FLOW_BLOCKED',
      'FLOW_THROTTLED',
      'MEDIA_UPLOAD_FAILED',
      'DIRECT_SEND_BLOCKED',
      'THREAD_CONTROL_REFUSED',
      'CALLBACK_URL_INVALID',
      'MEDIA_URL_INVALID',
      'PARAMETER_TOO_LONG',
      'CHANNEL_INVALID_REQUEST',
      'TAG_INVALID',
      'TTL_INVALID',
      'NOT_FOUND',
      'DATA_MISSING',
      'BAD_REQUEST',
      'REQUEST_INVALID',
      'CONFLICT',
      'VALIDATION_ERROR',
      'MEDIA_DOWNLOAD_FAILED',
      'MEDIA_UNREACHABLE',
      'MEDIA_EXISTS',
      'ALREADY_SENT',
      'DIRECT_SEND_NOT_EDITABLE',
      'DIRECT_SEND_NOT_DELETABLE',
      'FLOW_MANAGEMENT_ERROR',
    ],
    'gave-up': ['GAVE_UP', 'NO_OUTCOME', 'TIMEOUT'],
  };

const byCode: ReadonlyMap<string, FailureKind> = new Map(
  // The keys of the table are the kinds.
  (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) => kinds[kind].map((code) => [code, kind])),
);

/** The kind of a code that the server sent; `unknown` for one that this release does not know, and where there is none. */
export const failureKind = (code: string | null): FailureKind => byCode.get(code ?? '') ?? 'unknown';

/** The kind of a message on the list: of one in doubt, or that expired, the code says only what happened on the way. */
export const failureKindOf = (message: {
  readonly state: string;
  readonly code: string | null;
}): FailureKind =>
  message.state === 'unresolved' || message.state === 'expired' ? message.state : failureKind(message.code);
