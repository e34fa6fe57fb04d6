import { z } from 'zod';
import { bodyMemory, type HttpLimits } from '#platform/http/limits.ts';
import { logLevels } from '#platform/log.ts';

/**
 * Every setting of the program, read once at start. What is per practice or per channel account is not a setting: it stands in
 * the practice's folder. `docs/configuration.md` is generated from this schema.
 */

const portForm = 'expected a port from 0 to 65535, such as 8080';

const port = (fallback: number) =>
  z.coerce.number(portForm).int(portForm).min(0, portForm).max(65_535, portForm).default(fallback);

function amount(fallback: number, least: number, most: number) {
  const form = `expected a number from ${least} to ${most}, such as ${fallback}`;
  return z.coerce.number(form).int(form).min(least, form).max(most, form).default(fallback);
}

const days = (least: number, fallback: number) => {
  const form = `expected a number of days, ${least} or more, such as ${fallback}`;
  return z.coerce.number(form).int(form).min(least, form).max(3_650, form).default(fallback);
};

export const roles = ['web', 'worker'] as const;

export type Role = (typeof roles)[number];

/** As in `channels.yaml`. */
const sandboxProviders = ['meta', 'twilio', 'vonage', 'messagebird', 'bird'] as const;

const keysForm = /^file:.+/;

export const settings = z.object({
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('`production` refuses what only the sandbox may do.'),
  PORT: port(8080).describe('Port of the web server.'),
  HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address that the web server listens on; `0.0.0.0` for all.'),
  PUBLIC_URL: z
    .url()
    .optional()
    .describe(
      'Where providers and browsers reach us, `https://intake.example`. Default: `http://localhost:PORT`.',
    ),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'expected a URL such as "postgresql://user:password@host:5432/vestibule"')
    .optional()
    .describe('PostgreSQL 15 or newer, by a login that owns the database. Default: an embedded PostgreSQL.'),
  VESTIBULE_PRACTICES: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder with one folder per practice. Default: none, which starts the sandbox with the example practices.',
    ),
  VESTIBULE_DATA: z
    .string()
    .min(1)
    .default('./.vestibule')
    .describe('Folder of the embedded database, the generated keys and the sandbox.'),
  VESTIBULE_KEYS: z
    .string()
    .regex(keysForm, 'expected "file:" and a path, such as "file:/etc/vestibule/keys.json"')
    .optional()
    .describe('Key provider. Default: a generated key file in VESTIBULE_DATA, which production refuses.'),
  VESTIBULE_API_TOKEN: z
    .string()
    .min(16, 'expected at least 16 characters')
    .optional()
    .describe('Opens the service routes of the API (timeline). Default: closed.'),
  VESTIBULE_SANDBOX_PROVIDER: z
    .enum(sandboxProviders)
    .optional()
    .describe(
      'Of the sandbox: the provider that the practices are at, whatever their folders say. Default: what the folders say.',
    ),
  LOG_LEVEL: z.enum(logLevels).default('info').describe('What is logged, to standard error, as JSON lines.'),
  TRUSTED_PROXIES: z
    .string()
    .optional()
    .describe(
      'Addresses or networks of the proxies in front, by commas, such as `10.0.0.0/8`: their `X-Forwarded-For` tells who really calls. Default: none.',
    ),
  MAX_CONNECTIONS: amount(4_096, 16, 100_000).describe(
    'Connections that the web server holds at the same time; beyond, the one that waits longest gives way, or the new one is answered 503.',
  ),
  BODY_MEMORY_MB: amount(64, 16, 4_096).describe(
    'Megabytes of request bodies that the web server holds at the same time, three quarters of them for deliveries; beyond, 503.',
  ),
  KEEP_DELIVERIES_DAYS: days(8, 30).describe(
    'Days that raw webhook bodies are kept, sealed. At least 8: providers repeat for 7. A day with unread ones is kept longer.',
  ),
  KEEP_MAIL_DAYS: days(30, 365).describe(
    'Days that what patients wrote is kept for the staff app, sealed. Facts and answers stay.',
  ),
  KEEP_FILES_DAYS: days(7, 90).describe(
    'Days that files which patients sent are kept, sealed. Nobody can open one before it was checked.',
  ),
  MAX_FILE_MB: amount(25, 1, 100).describe(
    'Megabytes that a file which a patient sent may have; a larger one is not kept, and staff are told so.',
  ),
  METRICS_PORT: port(9464).describe('Prometheus metrics on the loopback address; 0 turns them off.'),
});

export type Config = {
  readonly production: boolean;
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string;
  readonly databaseUrl: string | undefined;
  readonly practicesDir: string | undefined;
  readonly dataDir: string;
  readonly keys: string;
  readonly apiToken: string | undefined;
  readonly sandboxProvider: (typeof sandboxProviders)[number] | undefined;
  readonly trustedProxies: readonly string[];
  readonly logLevel: z.infer<typeof settings>['LOG_LEVEL'];
  readonly metricsPort: number;
  readonly keepDeliveriesDays: number;
  readonly keepMailDays: number;
  readonly keepFilesDays: number;
  readonly maxFileBytes: number;
  readonly limits: Pick<HttpLimits, 'maxSockets' | 'deliveryMemoryBytes' | 'otherMemoryBytes'>;
};

/** All problems at once: each names the setting and what was expected, never the value (it may be a secret). */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the settings are not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

function productionProblems(values: z.infer<typeof settings>): string[] {
  if (values.NODE_ENV !== 'production') return [];
  const problems: string[] = [];
  if (values.VESTIBULE_KEYS === undefined)
    problems.push(
      'VESTIBULE_KEYS: production needs keys of its own, such as "file:/etc/vestibule/keys.json"',
    );
  if (values.VESTIBULE_PRACTICES === undefined)
    problems.push(
      'VESTIBULE_PRACTICES: production needs a folder of practices; the sandbox does not start there',
    );
  if (!values.PUBLIC_URL?.startsWith('https://'))
    problems.push('PUBLIC_URL: production needs the https URL that providers call');
  return problems;
}

/**
 * Reads the settings from an environment. An empty variable counts as absent.
 * @throws ConfigError with every problem found
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const values = parsed.data;
  const problems = productionProblems(values);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    production: values.NODE_ENV === 'production',
    port: values.PORT,
    host: values.HOST,
    publicUrl: values.PUBLIC_URL ?? `http://localhost:${values.PORT}`,
    databaseUrl: values.DATABASE_URL,
    practicesDir: values.VESTIBULE_PRACTICES,
    dataDir: values.VESTIBULE_DATA,
    keys: values.VESTIBULE_KEYS ?? `file:${values.VESTIBULE_DATA}/keys.json`,
    apiToken: values.VESTIBULE_API_TOKEN,
    sandboxProvider: values.VESTIBULE_SANDBOX_PROVIDER,
    trustedProxies: (values.TRUSTED_PROXIES ?? '').split(',').flatMap((each) => each.trim() || []),
    logLevel: values.LOG_LEVEL,
    metricsPort: values.METRICS_PORT,
    keepDeliveriesDays: values.KEEP_DELIVERIES_DAYS,
    keepMailDays: values.KEEP_MAIL_DAYS,
    keepFilesDays: values.KEEP_FILES_DAYS,
    maxFileBytes: values.MAX_FILE_MB * 1024 * 1024,
    limits: {
      maxSockets: values.MAX_CONNECTIONS,
      ...bodyMemory(values.BODY_MEMORY_MB * 1024 * 1024),
    },
  };
}
