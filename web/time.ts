/** Dates and times as people say them, in the practice's zone. Pure: `now` is always given, in milliseconds. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Making a formatter is slow, and a list asks for hundreds. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function format(at: string | number, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${zone} ${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    formatters.set(key, formatter);
  }
  return formatter.format(new Date(at));
}

/** "09:12" */
export const clockTime = (at: string | number, zone: string): string =>
  format(at, zone, { hour: '2-digit', minute: '2-digit' });

/** "Tue, 24 Nov 2026, 09:12:33 CET": for the hover. */
export const exactTime = (at: string | number, zone: string): string =>
  format(at, zone, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });

/** "2026-11-24": equal for two instants of one day in the zone. */
export function dayKey(at: string | number, zone: string): string {
  const [day, month, year] = format(at, zone, { day: '2-digit', month: '2-digit', year: 'numeric' }).split(
    '/',
  );
  return `${year}-${month}-${day}`;
}

/** "Today", "Yesterday", "Tomorrow", "Tue 24 Nov", "24 Nov 2025". */
export function dayName(at: string | number, now: number, zone: string): string {
  const distance = daysBetween(at, now, zone);
  if (distance === 0) return 'Today';
  if (distance === -1) return 'Yesterday';
  if (distance === 1) return 'Tomorrow';
  const sameYear = dayKey(at, zone).slice(0, 4) === dayKey(now, zone).slice(0, 4);
  return sameYear
    ? format(at, zone, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '')
    : format(at, zone, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** "Tuesday 24 November 2026" */
export const fullDay = (at: string | number, zone: string): string =>
  format(at, zone, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).replace(',', '');

/** "24 Nov" of `YYYY-MM-DD`: below a chart. */
export const chartDay = (day: string): string =>
  format(`${day}T12:00:00Z`, 'UTC', { day: 'numeric', month: 'short' });

/** Days of the calendar from `now` to `at`; a day of 23 or 25 hours is one day. */
function daysBetween(at: string | number, now: number, zone: string): number {
  const day = (instant: string | number) => Date.parse(`${dayKey(instant, zone)}T00:00:00Z`);
  return Math.round((day(at) - day(now)) / dayMs);
}

/** "now", "5 min ago", "in 20 min", "today 09:12", "yesterday 14:05", "Tue 24 Nov 14:05". */
export function relativeTime(at: string, now: number, zone: string): string {
  const ms = Date.parse(at) - now;
  const minutes = Math.round(Math.abs(ms) / minuteMs);
  if (minutes < 1) return 'now';
  if (minutes < 60) return ms < 0 ? `${minutes} min ago` : `in ${minutes} min`;
  return dayAndTime(at, now, zone);
}

function dayAndTime(at: string, now: number, zone: string): string {
  const day = dayName(at, now, zone);
  return `${/^[TY][a-z]+(day|row)$/.test(day) ? day.toLowerCase() : day} ${clockTime(at, zone)}`;
}

/** After "since": "14:05" of today, "yesterday 14:05", "Tue 24 Nov 14:05". */
export function sinceTime(at: string, now: number, zone: string): string {
  return daysBetween(at, now, zone) === 0 ? clockTime(at, zone) : dayAndTime(at, now, zone);
}

/** For a narrow column: "now", "5 min", "14:05" of today, "Yesterday", "24 Nov", "24/11/25". */
export function shortTime(at: string, now: number, zone: string): string {
  const minutes = Math.floor((now - Date.parse(at)) / minuteMs);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  const distance = daysBetween(at, now, zone);
  if (distance === 0) return clockTime(at, zone);
  if (distance === -1) return 'Yesterday';
  return dayKey(at, zone).slice(0, 4) === dayKey(now, zone).slice(0, 4)
    ? format(at, zone, { day: 'numeric', month: 'short' })
    : format(at, zone, { day: '2-digit', month: '2-digit', year: '2-digit' });
}

/** "< 1 min", "5 min", "23 h", "3 days". Rounded down: a deadline is never shown as further away than it is. */
export function duration(ms: number): string {
  const minutes = Math.floor(ms / minuteMs);
  if (minutes < 1) return '< 1 min';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** "3 May 1984" of `YYYY-MM-DD`; partial dates and what is none stay as they are. */
export function plainDate(date: string): string {
  const parsed = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(`${date}T00:00:00Z`) : undefined;
  // A day that does not exist would roll over into another one.
  if (!parsed || Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(date)) return date;
  return format(parsed.getTime(), 'UTC', { day: 'numeric', month: 'long', year: 'numeric' });
}

/** "Tue 24 Nov, 09:30–10:00" */
export function timeSpan(start: string, end: string, zone: string): string {
  const day = format(start, zone, { weekday: 'short', day: 'numeric', month: 'short' }).replace(',', '');
  return `${day}, ${clockTime(start, zone)}–${clockTime(end, zone)}`;
}

const languageNames = new Intl.DisplayNames('en', { type: 'language' });

/** "Portuguese" for `pt`; the tag itself where the browser knows no name. */
export function languageName(tag: string): string {
  try {
    return languageNames.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
