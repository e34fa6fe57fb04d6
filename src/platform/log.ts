import { pino } from 'pino';

/**
 * What a log line may hold. Anything else given to the logger is dropped: redaction by pattern leaks (a phone number two
 * levels deeper, in an error's message, in free text), an allow-list does not. All of these are ids of ours, codes
 * from closed lists, counts and durations.
 */
const allowed = [
  'practiceId',
  'accountId',
  'channel',
  'conversationId',
  'intakeId',
  'messageId',
  'deliveryId',
  'turnId',
  'queue',
  'jobId',
  'attempt',
  'code',
  'kind',
  'count',
  'status',
  'method',
  'route',
  'ms',
  'port',
  'url',
  'role',
  'roles',
  'version',
  'mode',
  'reader',
  'what',
] as const;

export type LogFields = { readonly [K in (typeof allowed)[number]]?: string | number | boolean | undefined };

export type Log = {
  readonly debug: (event: string, fields?: LogFields) => void;
  readonly info: (event: string, fields?: LogFields) => void;
  readonly warn: (event: string, fields?: LogFields) => void;
  readonly error: (event: string, fields?: LogFields) => void;
};

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export type LogLevel = (typeof logLevels)[number];

function pick(fields: LogFields): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const name of allowed) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept;
}

/** `destination` is for tests; the default is standard error, so that a command's output stays clean. */
export function createLog(level: LogLevel, destination?: { write: (line: string) => void }): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination ?? pino.destination(2),
  );
  return {
    // Asked for every request: where it is not written, it costs nothing.
    debug: (event, fields = {}) => {
      if (logger.isLevelEnabled('debug')) logger.debug(pick(fields), event);
    },
    info: (event, fields = {}) => logger.info(pick(fields), event),
    warn: (event, fields = {}) => logger.warn(pick(fields), event),
    error: (event, fields = {}) => logger.error(pick(fields), event),
  };
}

/**
 * A stable, loggable code for an error: its SQLSTATE or system code, else its class. Never its message, which may quote
 * the data that broke it.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Where an error was thrown, as `file:line`, without its message: enough to find a bug, nothing of the data. */
export function errorPlace(error: unknown): string {
  const frame =
    error instanceof Error
      ? error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))
      : undefined;
  const place = frame?.match(/([^/\\]+\.[jt]sx?:\d+):\d+/);
  return place?.[1] ?? 'unknown place';
}
