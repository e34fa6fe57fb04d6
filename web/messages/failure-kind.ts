/** What went wrong with a message, as far as it makes a difference to what one does about it. */
export type FailureKind =
  | 'opted-out'
  | 'maybe-stopped'
  | 'no-consent'
  | 'window'
  | 'content'
  | 'out-of-date'
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
  | 'unknown';

const kinds: Readonly<Record<Exclude<FailureKind, 'unknown' | 'unresolved'>, readonly string[]>> = {
  'opted-out': ['OPTED_OUT', 'MARKETING_STOPPED'],
  'maybe-stopped': ['MAYBE_STOPPED'],
  'no-consent': ['NO_CONSENT'],
  window: ['OUTSIDE_WINDOW'],
  content: ['CONTENT_MODE'],
  'out-of-date': ['OUT_OF_DATE'],
  'cannot-be-said': ['CANNOT_BE_SAID', 'TYPE_UNSUPPORTED', 'MESSAGE_UNAVAILABLE', 'GENERIC_PARAMETER'],
  'no-address': ['NO_ADDRESS', 'PHONE_NUMBER_REQUIRED', 'USERNAME_ERROR'],
  unreachable: ['UNDELIVERABLE', 'RECIPIENT_NOT_ALLOWED', 'RECIPIENT_IS_SENDER'],
  barred: ['COUNTRY_BARRED', 'MARKETING_CAP', 'MARKETING_EXPERIMENT', 'MARKETING_DISABLED'],
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
  ],
  'gave-up': ['GAVE_UP', 'NO_OUTCOME', 'TIMEOUT'],
};

const byCode: ReadonlyMap<string, FailureKind> = new Map(
  // The keys of the table are the kinds.
  (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) => kinds[kind].map((code) => [code, kind])),
);

/** The kind of a code that the server sent; `unknown` for one that this release does not know, and where there is none. */
export const failureKind = (code: string | null): FailureKind => byCode.get(code ?? '') ?? 'unknown';

/** The kind of a message on the list: of one in doubt the code says only how the doubt began. */
export const failureKindOf = (message: {
  readonly state: string;
  readonly code: string | null;
}): FailureKind => (message.state === 'unresolved' ? 'unresolved' : failureKind(message.code));
