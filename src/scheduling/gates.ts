import type { Gate } from '#practice/practice.ts';

/**
 * A gate stands before a visit type: who does not pass it is not refused, but booked by a person. What is not known does not pass:
 * a gate that lets through whoever was not asked is none.
 */

/** What is known of the patient. */
export type GateFacts = {
  /** linkId → the code that was chosen. */
  readonly codes: Readonly<Record<string, string>>;
  /** `YYYY-MM-DD` */
  readonly birthDate: string | undefined;
  /** The day in the practice's zone: `YYYY-MM-DD`. */
  readonly today: string;
};

/** The first gate that the patient does not pass; undefined where all are open. */
export function closedGate(gates: readonly Gate[], facts: GateFacts): Gate | undefined {
  return gates.find((gate) => !passes(gate, facts));
}

function passes(gate: Gate, { codes, birthDate, today }: GateFacts): boolean {
  switch (gate.kind) {
    case 'person':
      return false;
    case 'answer': {
      const code = Object.hasOwn(codes, gate.linkId) ? codes[gate.linkId] : undefined;
      return code !== undefined && gate.in.includes(code);
    }
    case 'age': {
      if (birthDate === undefined) return false;
      const years = Temporal.PlainDate.from(birthDate).until(today, { largestUnit: 'years' }).years;
      return years >= (gate.min ?? 0) && years <= (gate.max ?? Number.POSITIVE_INFINITY);
    }
    default:
      return false; // a gate of a newer release stays shut
  }
}
