/** https://www.twilio.com/docs/api/errors: what the simulator itself answers with. */
const errors = {
  20003: { status: 401, message: 'Authenticate' },
  20404: { status: 404, message: 'The requested resource was not found' },
  20429: { status: 429, message: 'Too Many Requests' },
  20500: { status: 500, message: 'An internal server error has occurred' },
  21211: { status: 400, message: "The 'To' number is not a valid phone number" },
  21604: { status: 400, message: "A 'To' phone number is required." },
  21603: { status: 400, message: "A 'From' phone number is required." },
  21609: { status: 400, message: "The 'StatusCallback' URL is not a valid URL" },
  21617: { status: 400, message: 'The concatenated message body exceeds the 1600 character limit' },
  21619: { status: 400, message: 'A text message body or media urls must be specified.' },
  21655: { status: 400, message: 'The ContentSid is Invalid' },
  21656: { status: 400, message: 'The ContentVariables Parameter is invalid' },
  63007: { status: 400, message: 'Twilio could not find a Channel with the specified From address' },
  63031: { status: 400, message: 'Channels message cannot have same From and To' },
} as const;

export type ErrorCode = keyof typeof errors;

export class TwilioError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode) {
    super(errors[code].message);
    this.name = 'TwilioError';
    this.code = code;
    this.status = errors[code].status;
  }
}

export function errorBody(error: TwilioError): object {
  const { code, message, status } = error;
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}
