/** Dates and times as people say them, in the practice's zone. Pure: `now` is always given. */

type Zone = string | undefined;

const inZone = (zone: Zone): { timeZone?: string } => (zone ? { timeZone: zone } : {});

/** "09:12" */
export function clockTime(at: string | number, zone?: Zone): string {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', ...inZone(zone) }).format(
    new Date(at),
  );
}

/** "Tue, 24 Nov 2026, 09:12:33": for the hover. */
export function exactTime(at: string, zone?: Zone): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    ...inZone(zone),
  }).format(new Date(at));
}

/** "2026-11-24" in the zone: equal for two instants of one day. */
export function dayKey(at: string | number, zone?: Zone): string {
  return new Intl.DateTimeFormat('sv-SE', inZone(zone)).format(new Date(at));
}

/** "Today", "Yesterday", "Tue 24 Nov". */
export function dayName(at: string, now: number, zone?: Zone): string {
  const day = dayKey(at, zone);
  if (day === dayKey(now, zone)) return 'Today';
  if (day === dayKey(now - 86_400_000, zone)) return 'Yesterday';
  return shortDay(at, zone);
}

/** "Tue 24 Nov" */
export function shortDay(at: string | number, zone?: Zone): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...inZone(zone),
  })
    .format(new Date(at))
    .replace(',', '');
}

/** "23 h", "40 min"; "less than a minute". Rounded down: a deadline is never shown as further away than it is. */
export function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

/** "+120 ms", "+4 s", "+2 min": how long after the start of its turn. */
export function since(start: string, at: string): string {
  const ms = Math.max(0, Date.parse(at) - Date.parse(start));
  if (ms < 1_000) return `+${ms} ms`;
  if (ms < 60_000) return `+${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `+${duration(ms)}`;
}

/** "3 May 1984" of a FHIR date; partial dates ("1984-05") and anything else stay as they are. */
export function plainDate(date: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return date;
  const parsed = new Date(`${date}T00:00:00Z`);
  // A day that does not exist would roll over into another one.
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(date)) return date;
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(parsed);
}

/** "Portuguese" for `pt`; the tag itself where the browser knows no name. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** "first-name" and "firstName" → "first name". */
export function words(name: string): string {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/[-_./]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** "answer given" → "Answer given" */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Makes control characters and the invisible ones that reorder text visible as `[U+202E]`, so that what a patient
 * typed cannot disguise itself in the chart. Line breaks stay; so do the joiners that some scripts need.
 */
export function visibleControls(text: string): string {
  return text.replace(
    /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}
