/** What the buttons of a reminder mean. */
export const reminderActions = ['confirm', 'move', 'cancel'] as const;

export type ReminderAction = (typeof reminderActions)[number];

export type ReminderTap = {
  readonly action: ReminderAction;
  readonly appointmentId: string;
  /** When the visit began as the reminder said it: a button of a visit that has moved since must change nothing. */
  readonly startEpochSeconds: number;
};

/** The payload of a reminder's button. `start` is ISO 8601. Read back by `readReminderTap`. */
export function reminderTap(action: ReminderAction, appointmentId: string, start: string): string {
  return `r:${action}:${encodeURIComponent(appointmentId)}:${epochSeconds(start)}`;
}

/** Undefined where the id is none of `reminderTap`. */
export function readReminderTap(id: string): ReminderTap | undefined {
  const [, name, encoded = '', seconds = ''] = /^r:([a-z]+):([^:]+):(-?\d{1,12})$/.exec(id) ?? [];
  const action = reminderActions.find((each) => each === name);
  if (action === undefined) return undefined;
  try {
    return {
      action,
      appointmentId: decodeURIComponent(encoded),
      startEpochSeconds: Number(seconds),
    };
  } catch {
    return undefined;
  }
}

export function epochSeconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}
