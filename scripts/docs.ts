import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { handoffContext } from '#handoff/context.ts';
import { type ErrorCode, errorCatalogue } from '#platform/http/errors.ts';
import { type ErrorRow, errorRows } from '../src/channels/meta/errors.ts';
import { ConfigError, readConfig, settings } from '../src/config.ts';
import { page, table } from './docs-page.ts';
import { providersPage } from './docs-providers.ts';

/** The pages of `docs/` that are made from the code. As a program: writes them. A test holds the two together. */

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every made page: its path in the repository, and its text. */
export function generatedPages(): Readonly<Record<string, string>> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/errors.md': errorsPage(),
    'docs/providers.md': providersPage(),
    'docs/integrator/meta-errors.md': metaErrorsPage(),
    'docs/integrator/handoff-context.v1.schema.json': handoffContextSchema(),
  };
}

/** JSON Schema of what staff's systems are told when a conversation is handed over. Later versions of `/1` only add fields. */
function handoffContextSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(handoffContext, {
    io: 'input',
    override({ jsonSchema }) {
      // The format says it; and every JSON number is safe.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      delete jsonSchema.minimum;
      delete jsonSchema.maximum;
    },
  });
  const head = {
    $schema,
    $id: 'handoff-context/1',
    title: 'Handoff context',
    $comment: 'Made by `npm run docs`; a test compares. Do not edit by hand.',
  };
  // Short lists of words on one line, as the formatter of this repository has them.
  const text = JSON.stringify({ ...head, ...schema }, null, 2).replaceAll(
    /\[\n\s+("[^"]*"(?:,\n\s+"[^"]*")*)\n\s+\]/g,
    (list, words: string) => {
      const line = `[${words.replaceAll(/,\n\s+/g, ', ')}]`;
      return line.length > 80 ? list : line;
    },
  );
  return `${text}\n`;
}

/** What production refuses to start without, as the program itself says it. */
function neededInProduction(): readonly string[] {
  try {
    readConfig({ NODE_ENV: 'production' });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.replace(/:.*/s, ''));
  }
  throw new Error('production starts without any setting');
}

/** The parts of JSON Schema that the settings use. */
const property = z.object({
  description: z.string(),
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  default: z.union([z.string(), z.number()]).optional(),
});

type Property = z.infer<typeof property>;

function configurationPage(): string {
  const schema = z.object({ properties: z.record(z.string(), property) });
  const { properties } = schema.parse(z.toJSONSchema(settings, { io: 'input' }));
  const needs = neededInProduction();
  const rows = Object.entries(properties).map(([name, setting]) => {
    const fallback = setting.default === undefined ? '' : `\`${setting.default}\``;
    const needed = needs.includes(name) ? 'required' : '';
    return [`\`${name}\``, setting.description, formOf(setting), fallback, needed];
  });
  return page('Settings', [
    'Environment variables, read once at start. An empty one counts as absent. Everything that is wrong is told at once, by',
    'name and without the value, and the program does not start (exit code 2). What is per practice, such as accounts and',
    'their secrets, is not here but in [the practice’s folder](integrator/practice-folder.md).',
    '',
    ...table(['variable', 'meaning', 'form', 'default', 'with `NODE_ENV=production`'], rows),
    '',
    'In production `PUBLIC_URL` must begin with `https://`, and a key file that the program made itself (`"generated": true`)',
    'is refused. So are practices whose accounts have a `baseUrl` without https, or whose practice system is reached without https',
    'on another machine.',
  ]);
}

function formOf({ enum: values, type, format, pattern, minimum, maximum, minLength }: Property): string {
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  if (format === 'uri') return 'URL';
  if (type === 'integer') return `${minimum} to ${maximum}`;
  if (pattern !== undefined) return `matches \`${pattern}\``;
  return minLength !== undefined && minLength > 1 ? `at least ${minLength} characters` : 'text';
}

/** What whoever gets the error can do about it. */
const whatToDo: Readonly<Record<ErrorCode, string>> = {
  VALIDATION: 'Mend the field that `field` names; `expected` says what belongs there.',
  MALFORMED_REQUEST: 'Speak HTTP/1.1 on this port; behind TLS, speak to the proxy that ends it.',
  REQUEST_TIMEOUT: 'Send the whole request within eight seconds.',
  HEADERS_TOO_LARGE: 'Send fewer or shorter headers; cookies are not needed here.',
  MALFORMED_JSON: 'Send well-formed JSON with the content type `application/json`.',
  UNAUTHENTICATED:
    'Send `Authorization: Bearer` with the value of `VESTIBULE_API_TOKEN`; unset, these routes are closed.',
  BAD_SIGNATURE:
    'Compare the app secret in `channels.yaml` with the provider’s. Make sure that no proxy changes the body: its exact bytes are signed.',
  VERIFICATION_FAILED: 'Enter the verify token of `channels.yaml` at the provider.',
  SIGN_IN_FAILED: 'Sign in again; where it goes on failing, ask an administrator for a new enrolment link.',
  FORBIDDEN: 'Ask an administrator of the practice: the role of this person does not include it.',
  CROSS_SITE: 'Call from the product’s own pages, under `PUBLIC_URL`.',
  LEASE_HELD: 'Wait until the colleague is done, or ask a manager to take the conversation over.',
  STALE_TOKEN: 'Open the conversation again; what was written is still in the field.',
  WINDOW_CLOSED: 'Send one of the approved templates, or wait until the patient writes.',
  NOT_CONSENTED: 'Reach the patient another way; they can write START to open the chat again.',
  CONFLICT: 'Load it again, and decide again.',
  LINK_USED: 'Ask for a new link.',
  TOO_MANY_ATTEMPTS: 'Wait a few minutes.',
  NOT_FOUND: 'Check the path, and the id where `field` names one.',
  UNKNOWN_ACCOUNT: 'Check the webhook’s URL: it ends in the `id` of an account in `channels.yaml`.',
  BODY_TOO_LARGE: 'Send less: a delivery may have 4 MiB, any other body 256 KiB.',
  UNSUPPORTED_MEDIA_TYPE: 'Send a content type that `/api/openapi.json` lists for the path.',
  INTERNAL: 'Repeat it later. The log has a line `request failed` with the code and the place in the code.',
  UNAVAILABLE:
    'Repeat it later; `/health/ready` says when it is worth it. The log tells of such requests with a line `requests refused` every few seconds, not with one each.',
};

function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(([code, { status, message }]) => [
    `\`${code}\``,
    String(status),
    message,
    // The keys of the catalogue are its codes.
    whatToDo[code as ErrorCode],
  ]);
  return page('Errors of the HTTP interface', [
    'Every error answer has the same body. `field`, `expected` and `example` are there where they help; what was sent is never',
    'repeated. A code is never used again for something else.',
    '',
    '```json',
    '{"error": {"code": "VALIDATION", "message": "…", "field": "querystring.limit", "expected": "…", "example": "…"}}',
    '```',
    '',
    ...table(['code', 'status', 'meaning', 'what to do'], rows),
  ]);
}

function waitOf({ does, afterMs, atMost }: ErrorRow): string {
  if (does === 'fails') return '';
  const wait = afterMs === undefined ? 'grows with each try' : written(afterMs);
  return atMost === undefined
    ? wait
    : `${wait}; fails at the ${['first', 'second', 'third'][atMost - 1] ?? `${atMost}th`}`;
}

function metaErrorsPage(): string {
  const codes = ({ from, to }: ErrorRow) => (from === to ? String(from) : `${from} to ${to}`);
  const rows = errorRows().map((row) => [codes(row), `\`${row.name}\``, row.does, waitOf(row)]);
  return page("Meta's errors, and what is done about each", [
    'For every code that Meta documents. What to do about the frequent ones yourself is in',
    '[When Meta says no](connect-meta.md#when-meta-says-no).',
    '',
    '- **waits**: nothing was sent, and it is tried again by itself, after the wait, up to eight times, or fewer where the table says so. What stands behind it in the same',
    '  conversation waits with it. Growing waits begin at two seconds, double each time, and end at five minutes.',
    '- **pauses**: nothing at all can be sent from this number until somebody mends it, or Meta does. No message is given up for it: all of the',
    '  number wait, one at a time is tried after the wait, and what leaves late is judged anew (the 24 hours, the visit it speaks of). The staff app',
    '  says so above its screens, and the metric `vestibule_account_pauses` counts.',
    '- **fails**: the same message again cannot succeed. The conversation shows the name, and what stands behind it goes on.',
    '- The same codes come later, in a status: the message had been taken, and was not delivered. It is then shown as failed under the same name,',
    '  and not sent again.',
    '- `Retry-After` in seconds, and `estimated_time_to_regain_access` of the header `X-Business-Use-Case-Usage`, make a wait longer, up to',
    '  an hour; they never make it shorter.',
    '',
    ...table(['code', 'shown as', '', 'wait'], rows),
    '',
    '## Answers without a code of the table',
    '',
    ...table(
      ['answer', 'shown as', '', 'why'],
      [
        ['200 with the id of a message', '', 'accepted', 'Meta took it; whether it arrives, statuses say'],
        [
          '2xx, and no id that can be read',
          '`ANSWER_UNREADABLE`',
          'unknown',
          'Meta took something: not sent again blindly',
        ],
        ['a code that is new to us, 401', '`META_<code>`', 'waits 15 minutes', 'the token'],
        ['a code that is new to us, 429', '`META_<code>`', 'waits 1 minute', 'the rate'],
        ['a code that is new to us, 5xx', '`META_<code>`', 'unknown', 'it may be on its way'],
        ['a code that is new to us, any other status', '`META_<code>`', 'fails', 'Meta refused it'],
        ['no code: 5xx, 408', '`HTTP_<status>`', 'unknown', 'a gateway; the request may have gone through'],
        ['no code: 429', '`HTTP_429`', 'waits 1 minute', 'a gateway; the request was turned away'],
        [
          'no code: any other',
          '`HTTP_<status>`',
          'waits 5 minutes',
          'a proxy or a wrong address: nothing reached Meta',
        ],
        ['none: the connection failed before the request left', 'its own name', 'waits', 'nothing was sent'],
        ['none: no answer, or the connection broke', 'its own name', 'unknown', 'it may have been sent'],
      ],
    ),
    '',
    'What becomes of `unknown` is in [delivery guarantees](../operator/delivery-guarantees.md).',
  ]);
}

function written(ms: number): string {
  const seconds = ms / 1000;
  const [count, unit] =
    seconds < 60 ? [seconds, 'second'] : seconds < 3600 ? [seconds / 60, 'minute'] : [seconds / 3600, 'hour'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

if (import.meta.main) {
  for (const [path, text] of Object.entries(generatedPages())) {
    const written = await readFile(root + path, 'utf8').catch(() => '');
    if (written !== text) await writeFile(root + path, text);
    process.stdout.write(`${path}${written === text ? ' is up to date' : ' written'}\n`);
  }
}
