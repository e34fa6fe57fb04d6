/** Bird's words of refusal and their HTTP statuses. The words besides `InvalidPayload` are not published. */
const refusals = {
  Unauthorized: 401,
  ResourceNotFound: 404,
  InvalidPayload: 422,
  TooManyRequests: 429,
  InternalError: 500,
} as const;

export type BirdCode = keyof typeof refusals;

export class BirdError extends Error {
  readonly code: BirdCode;
  readonly status: number;
  constructor(code: BirdCode, message: string) {
    super(message);
    this.code = code;
    this.status = refusals[code];
  }
}

/** Whatever stands in a message that a check refuses. */
export function invalid(why: string): BirdError {
  return new BirdError(
    'InvalidPayload',
    `One or more fields provided in the request body are malformed: ${why}`,
  );
}

/** Why a message fails after it was accepted. `source` is where; for `whatsapp` its code is one of Meta's. */
export type Failure = {
  readonly code: number;
  readonly source: { readonly name: string; readonly code: string };
};

export function whatsAppFailure(code: number): Failure {
  return { code: code === 131026 ? 15005 : 15001, source: { name: 'whatsapp', code: String(code) } };
}
