/** What `vestibule demo` prints for people. */

type Choice = { readonly title: string };

export type SaidBubble = {
  readonly side: string;
  readonly kind: string;
  readonly text?: string | undefined;
  readonly buttons?: readonly Choice[] | undefined;
  readonly list?: { readonly sections: readonly { readonly rows: readonly Choice[] }[] } | undefined;
};

const indent = ' '.repeat('practice  '.length);

/** One message, with the choices that it offers below it. */
export function bubbleText(bubble: SaidBubble): string {
  const who = bubble.side.padEnd(indent.length);
  const text = (bubble.text ?? `(${bubble.kind})`).split('\n').join(`\n${indent}`);
  const rows = bubble.list?.sections.flatMap((section) => section.rows) ?? [];
  const titles = [...(bubble.buttons ?? []), ...rows].map(({ title }) => title);
  return `${who}${text}${titles.length === 0 ? '' : `\n${indent}[${titles.join('] [')}]`}`;
}

/** The whole walk: what was said, what was filed, and in one line whether it came to its end. */
export function walkText(walk: {
  readonly done: boolean;
  readonly transcript: readonly SaidBubble[];
  readonly resources: readonly unknown[];
  readonly references: readonly string[];
}): string {
  const filed =
    walk.references.length === 0 ? 'nothing was filed, a person takes over' : walk.references.join(', ');
  return [
    ...walk.transcript.map(bubbleText),
    '',
    'In the practice system:',
    ...walk.resources.map((resource) => JSON.stringify(resource, undefined, 2)),
    '',
    walk.done ? `Done: ${filed}` : `The walk did not come to its end: ${filed}`,
    '',
  ].join('\n');
}
