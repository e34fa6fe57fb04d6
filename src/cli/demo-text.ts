/** What `vestibule demo` prints for people. */

type Choice = { readonly title: string };

export type SaidBubble = {
  readonly side: string;
  readonly kind?: string | undefined;
  readonly text?: string | undefined;
  readonly buttons?: readonly Choice[] | undefined;
  readonly list?: { readonly sections: readonly { readonly rows: readonly Choice[] }[] } | undefined;
};

type Resource = { readonly resourceType: string; readonly id?: string };

export type WalkedWay = {
  readonly legs: readonly { readonly title: string; readonly lines: readonly SaidBubble[] }[];
  readonly stopped: { readonly why: string } | undefined;
  readonly resources: readonly Resource[];
  /** IANA zone of the practice. */
  readonly timeZone: string;
};

const indent = ' '.repeat('practice  '.length);

/** One message, with the choices that it offers below it; or, between dashes, what happened beside the chat. */
export function bubbleText(bubble: SaidBubble): string {
  const text = (bubble.text ?? `(${bubble.kind})`).split('\n').join(`\n${indent}`);
  if (bubble.side === 'beside') return `${indent}— ${text} —`;
  const who = bubble.side.padEnd(indent.length);
  const rows = bubble.list?.sections.flatMap((section) => section.rows) ?? [];
  const titles = [...(bubble.buttons ?? []), ...rows].map(({ title }) => title);
  return `${who}${text}${titles.length === 0 ? '' : `\n${indent}[${titles.join('] [')}]`}`;
}

/** "Appointment/7: booked, 2026-12-01 09:20" */
function resourceText(resource: Resource, timeZone: string): string {
  const [status, start] = ['status', 'start'].map(
    (name): unknown => Object.getOwnPropertyDescriptor(resource, name)?.value,
  );
  const facts = [
    ...(typeof status === 'string' ? [status] : []),
    ...(typeof start === 'string' ? [localTime(start, timeZone)] : []),
  ];
  const reference = `${resource.resourceType}/${resource.id}`;
  return facts.length === 0 ? reference : `${reference}: ${facts.join(', ')}`;
}

function localTime(instant: string, timeZone: string): string {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: 'minute' }).replace('T', ' ');
}

/** The whole walk, leg by leg: what was said, what it left in the practice system, and whether it came to its end. */
export function walkText({ legs, stopped, resources, timeZone }: WalkedWay): string {
  const sections = legs.flatMap(({ title, lines }) => [
    `── ${title} ${'─'.repeat(Math.max(0, 68 - title.length))}`,
    ...lines.map(bubbleText),
    '',
  ]);
  const filed = resources.map((resource) => resourceText(resource, timeZone)).toReversed();
  const walked = legs.slice(0, stopped === undefined ? legs.length : -1).map(({ title }) => title);
  return [
    ...sections,
    'In the practice system:',
    ...(filed.length === 0 ? ['nothing'] : filed).map((line) => `  ${line}`),
    '',
    stopped === undefined
      ? `Done: ${walked.join(' · ')}`
      : `The walk did not come to its end. It stopped at "${legs.at(-1)?.title}": ${stopped.why}`,
    '',
  ].join('\n');
}
