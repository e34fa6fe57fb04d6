/**
 * What the web server lets anybody take of it. Beyond a limit it says so before it has stored anything: 503 with `Retry-After`, or
 * the connection is closed.
 */
export type HttpLimits = {
  /**
   * Connections at the same time. Beyond, the one that has waited longest without a whole request gives way to the new one; where
   * all are at work, the new one hears 503.
   */
  readonly maxSockets: number;
  /** Milliseconds that a connection may wait, or send a request, before it can be made to give way. */
  readonly graceMs: number;
  /** Milliseconds until the whole head of a request must have arrived, also where nothing was said at all. */
  readonly headersTimeoutMs: number;
  /** Milliseconds until the whole request must have arrived. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that a connection may idle between two requests. Longer than a proxy's, which is often 60 s. */
  readonly keepAliveTimeoutMs: number;
  /** Milliseconds in which a client must have taken some of the answer that waits for it: see `minReadBytesPerSecond`. */
  readonly readTimeoutMs: number;
  /** A client that reads more slowly than this, while an answer waits for it, is let go. A telephone on 2G reads 5,000. */
  readonly minReadBytesPerSecond: number;
  /** Milliseconds between two looks for slow clients: how much longer than a limit one may live. */
  readonly lookEveryMs: number;
  /** Bytes of a request's line and headers together. */
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  /** Requests of one connection that are under way at the same time. */
  readonly maxPipelined: number;
  /** Bytes that a body may have. A provider's route allows more: `maxDeliveryBytes`. */
  readonly maxBodyBytes: number;
  /** Bytes of all bodies together that have arrived and are not answered: of deliveries, and of everything else. */
  readonly deliveryMemoryBytes: number;
  readonly otherMemoryBytes: number;
};

/** Bytes. Meta sends up to 3 MB in one delivery (Meta: Webhooks overview). */
export const maxDeliveryBytes = 4 * 1024 * 1024;

/** Deliveries get most of what there is for bodies, and everything else, such as staff's work, what they cannot take. */
export function bodyMemory(bytes: number): Pick<HttpLimits, 'deliveryMemoryBytes' | 'otherMemoryBytes'> {
  return { deliveryMemoryBytes: bytes * 0.75, otherMemoryBytes: bytes * 0.25 };
}

/** A slow client lives for at most 12 s: a timeout, a look, and as long again for a machine that has much to do. */
export const defaultLimits: HttpLimits = {
  maxSockets: 4_096,
  graceMs: 500,
  headersTimeoutMs: 6_000,
  requestTimeoutMs: 8_000,
  keepAliveTimeoutMs: 72_000,
  readTimeoutMs: 7_000,
  minReadBytesPerSecond: 1_024,
  lookEveryMs: 1_000,
  maxHeaderBytes: 16 * 1024,
  maxHeaders: 100,
  maxPipelined: 32,
  maxBodyBytes: 256 * 1024,
  ...bodyMemory(64 * 1024 * 1024),
};

/** Why something was refused: the label of `vestibule_http_refused`. */
export type RefusedFor =
  /** No place for another connection. */
  | 'sockets'
  /** Made to give way to another connection. */
  | 'gave-way'
  /** Too many bytes of bodies at once. */
  | 'memory'
  | 'pipelining'
  | 'headers'
  /** The request took too long to arrive. */
  | 'slow-request'
  /** The answer was not read. */
  | 'slow-reader'
  | 'unreadable';
