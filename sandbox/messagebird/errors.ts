/** The codes that MessageBird documents: HTTP status and description. Those of a message's own `error` are in `messageErrors`. */
const table = {
  2: [401, 'Request not allowed (incorrect access_key)'],
  9: [422, 'A required parameter is missing'],
  10: [422, 'A parameter is invalid'],
  20: [404, 'The resource was not found'],
  21: [400, 'The request body is not JSON'],
  25: [402, 'Not enough balance'],
  98: [404, 'API not found'],
  99: [500, 'Internal error'],
} as const;

export type ErrorCode = keyof typeof table;

/** Of a message that was taken and then not sent. */
export const messageErrors = {
  301: 'The message failed to send.',
  302: 'The contact is not registered on WhatsApp.',
  470: 'Outside the support window for freeform messages to this user.',
} as const;

export type MessageErrorCode = keyof typeof messageErrors;

export class ApiError extends Error {
  readonly status: number;
  readonly body: object;

  constructor(code: ErrorCode, parameter: string | null = null, description?: string) {
    const [status, usual] = table[code];
    super(`${code}: ${description ?? usual}`);
    this.status = status;
    this.body = { errors: [{ code, description: description ?? usual, parameter }] };
  }
}

export function missing(parameter: string): ApiError {
  return new ApiError(9, parameter, `${parameter} is required`);
}

export function invalid(parameter: string, why: string): ApiError {
  return new ApiError(10, parameter, `${parameter} ${why}`);
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'number' && code in table;
}
