import type { Bubble } from '../phone/index.ts';

/** What the patient of the walk does once the intake is over. Pure: a persona's own answers are in `phone/`. */

export type Language = 'pt' | 'es' | 'en';

export type Choice = { readonly id: string; readonly title: string };

export type Act =
  | { readonly do: 'say'; readonly text: string }
  | { readonly do: 'tap'; readonly messageId: string; readonly choice: Choice };

export const words = {
  pt: { person: 'pessoa', hello: 'Oi' },
  es: { person: 'persona', hello: 'Hola' },
  en: { person: 'person', hello: 'Hi' },
} as const satisfies Record<Language, Record<string, string>>;

/** On the reminder's button that asks for another time. */
const move = /remarcar|mudar|cambiar|mover|move|reschedule/i;

/** "09:20", "9:20 AM", "14h30" */
const timeOfDay = /\b\d{1,2}[:h.]\d{2}\b/;

export function choicesOf({ buttons, list }: Bubble): readonly Choice[] {
  return buttons ?? list?.sections.flatMap(({ rows }) => rows) ?? [];
}

export const isTime = (title: string): boolean => timeOfDay.test(title);

/** The times that a message offers. */
export function timesOf(message: Bubble): readonly Choice[] {
  return choicesOf(message).filter(({ title }) => isTime(title));
}

/**
 * Takes a time and says yes to it: the first that is offered, from the wanted day on.
 * @param day how the patient writes the day that suits; undefined where any will do, or it was written already
 * @param not the title of a time that does not suit
 */
export function bargain(message: Bubble, day: string | undefined, not?: string): Act | undefined {
  const times = timesOf(message);
  if (times.length > 0 && day !== undefined) return { do: 'say', text: day };
  // Without times it is the question whether to take the one that is held: yes stands first.
  const choice = times.find(({ title }) => title !== not) ?? times[0] ?? choicesOf(message)[0];
  return choice === undefined ? undefined : { do: 'tap', messageId: message.id, choice };
}

/** The tap on a reminder's button for another time; undefined on any other message. */
export function askToMove(message: Bubble): Act | undefined {
  const choice =
    message.kind === 'template' ? choicesOf(message).find(({ title }) => move.test(title)) : undefined;
  return choice === undefined ? undefined : { do: 'tap', messageId: message.id, choice };
}

/** Days ahead that suit the patient: far enough for the reminder two days before. */
const daysAhead = 5;

/**
 * A working day some days ahead, as a patient of the country writes it: "28/11".
 * @param now milliseconds since the epoch
 */
export function dayThatSuits(now: number, timeZone: string, country: string): string {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  const day = today.add({ days: daysAhead });
  const working = day.dayOfWeek > 5 ? day.add({ days: 8 - day.dayOfWeek }) : day;
  const parts = [working.day, working.month].map((part) => String(part).padStart(2, '0'));
  return (country === 'US' ? parts.toReversed() : parts).join('/');
}
