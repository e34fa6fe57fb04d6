/**
 * The invariants of FHIR R4 that a practice's data can break, by the node they hold for
 * (https://hl7.org/fhir/R4/<resource>.html#invs). Left out: `ele-1` and `ext-1`, which the validator checks itself;
 * Consent's ppc-2 to ppc-5, whose published expressions compare with the system "something" and so never apply;
 * and those of data types that no intake uses.
 */
import { follow, isObject, type Json, type JsonObject, list, own, text } from './json.ts';

export type Invariant = {
  readonly key: string;
  /** What holds, in the specification's sense. */
  readonly human: string;
  readonly holds: (value: JsonObject) => boolean;
};

function has(value: JsonObject, name: string): boolean {
  return own(value, name) !== undefined;
}

function hasAny(value: JsonObject, ...names: string[]): boolean {
  return names.some((name) => has(value, name));
}

function hasForm(value: JsonObject, prefix: string): boolean {
  return Object.keys(value).some((key) => key.startsWith(prefix));
}

function linkIds(items: Json[]): string[] {
  return items.flatMap((item) =>
    isObject(item) ? [text(own(item, 'linkId')) ?? '', ...linkIds(list(own(item, 'item')))] : [],
  );
}

const displayMayNot = ['code', 'required', 'repeats', 'readOnly', 'initial', 'maxLength'];
const mayHaveOptions = new Set(
  'choice open-choice decimal integer date dateTime time string quantity'.split(' '),
);
const mayHaveLength = new Set('boolean decimal integer string text url open-choice'.split(' '));

const questionnaireItem: Invariant[] = [
  {
    key: 'que-1',
    human: 'A group has items, a display has none',
    holds: (item) =>
      own(item, 'type') === 'group'
        ? has(item, 'item')
        : own(item, 'type') !== 'display' || !has(item, 'item'),
  },
  {
    key: 'que-3',
    human: 'A display has no code, required, repeats, readOnly, initial or maxLength (que-3, 6, 8, 9, 10)',
    holds: (item) => own(item, 'type') !== 'display' || !hasAny(item, ...displayMayNot),
  },
  {
    key: 'que-4',
    human: 'answerOption and answerValueSet exclude each other',
    holds: (item) => !(has(item, 'answerOption') && has(item, 'answerValueSet')),
  },
  {
    key: 'que-5',
    human: 'Only questions whose type allows it have answer options',
    holds: (item) =>
      mayHaveOptions.has(text(own(item, 'type')) ?? '') || !hasAny(item, 'answerOption', 'answerValueSet'),
  },
  {
    key: 'que-8',
    human: 'A group has no initial value',
    holds: (item) => own(item, 'type') !== 'group' || !has(item, 'initial'),
  },
  {
    key: 'que-10',
    human: 'Only simple questions have a maximum length',
    holds: (item) => mayHaveLength.has(text(own(item, 'type')) ?? '') || !has(item, 'maxLength'),
  },
  {
    key: 'que-11',
    human: 'With answer options, initial values are marked on the options',
    holds: (item) => !(has(item, 'answerOption') && has(item, 'initial')),
  },
  {
    // The published expression says "> 2", its text "more than one". The text is what servers with care enforce.
    key: 'que-12',
    human: 'More than one enableWhen needs an enableBehavior',
    holds: (item) => list(own(item, 'enableWhen')).length < 2 || has(item, 'enableBehavior'),
  },
  {
    key: 'que-13',
    human: 'Several initial values need a repeating question',
    holds: (item) => own(item, 'repeats') === true || list(own(item, 'initial')).length <= 1,
  },
];

const appointment: Invariant[] = [
  {
    key: 'app-2',
    human: 'start and end come together',
    holds: (value) => has(value, 'start') === has(value, 'end'),
  },
  {
    key: 'app-3',
    human: 'Only a proposed, cancelled or waitlisted appointment lacks start and end',
    holds: (value) =>
      (has(value, 'start') && has(value, 'end')) ||
      ['proposed', 'cancelled', 'waitlist'].includes(text(own(value, 'status')) ?? ''),
  },
  {
    key: 'app-4',
    human: 'cancelationReason is only for a cancelled appointment or a no-show',
    holds: (value) =>
      !has(value, 'cancelationReason') || ['cancelled', 'noshow'].includes(text(own(value, 'status')) ?? ''),
  },
];

/** Unequal precisions do not compare; the specification then lets the invariant pass. */
function inOrder(earlier: Json | undefined, later: Json | undefined): boolean {
  const [from, to] = [text(earlier), text(later)];
  if (from === undefined || to === undefined) return true;
  if (from.length <= 10 || to.length <= 10) {
    const shared = Math.min(from.length, to.length, 10);
    return from.slice(0, shared) <= to.slice(0, shared);
  }
  return Date.parse(from) <= Date.parse(to);
}

function needs(key: string, name: string, other: string): Invariant {
  return {
    key,
    human: `${name} needs ${other}`,
    holds: (value) => !has(value, name) || has(value, other),
  };
}

function isNotNegative(key: string, name: string): Invariant {
  return { key, human: `${name} is not negative`, holds: (value) => Number(own(value, name) ?? 0) >= 0 };
}

const timing: Invariant[] = [
  needs('tim-1', 'duration', 'durationUnit'),
  needs('tim-2', 'period', 'periodUnit'),
  isNotNegative('tim-4', 'duration'),
  isNotNegative('tim-5', 'period'),
  needs('tim-6', 'periodMax', 'period'),
  needs('tim-7', 'durationMax', 'duration'),
  needs('tim-8', 'countMax', 'count'),
  needs('tim-9', 'offset', 'when'),
  {
    key: 'tim-10',
    human: 'timeOfDay and when exclude each other',
    holds: (value) => !(has(value, 'timeOfDay') && has(value, 'when')),
  },
];

const quantity: Invariant = {
  key: 'qty-3',
  human: 'A coded unit has a system',
  holds: (value) => !has(value, 'code') || has(value, 'system'),
};

const byNode: Readonly<Record<string, readonly Invariant[]>> = {
  Appointment: appointment,
  'Appointment.participant': [
    {
      key: 'app-1',
      human: 'A participant has a type or an actor',
      holds: (value) => hasAny(value, 'type', 'actor'),
    },
  ],
  'AuditEvent.entity': [
    {
      key: 'sev-1',
      human: 'name and query exclude each other',
      holds: (value) => !(has(value, 'name') && has(value, 'query')),
    },
  ],
  Consent: [
    {
      key: 'ppc-1',
      human: 'A policy or a policyRule',
      holds: (value) => hasAny(value, 'policy', 'policyRule'),
    },
  ],
  Organization: [
    { key: 'org-1', human: 'An identifier or a name', holds: (value) => hasAny(value, 'identifier', 'name') },
    {
      key: 'org-2',
      human: 'No address or telecom of an organization is a home (org-2, org-3)',
      holds: (value) => ![...follow(value, 'address.use'), ...follow(value, 'telecom.use')].includes('home'),
    },
  ],
  'Patient.contact': [
    {
      key: 'pat-1',
      human: 'A contact has a name, telecom, address or organization',
      holds: (value) => hasAny(value, 'name', 'telecom', 'address', 'organization'),
    },
  ],
  Questionnaire: [
    {
      key: 'que-2',
      human: 'Link ids are unique',
      holds: (value) => {
        const ids = linkIds(list(own(value, 'item')));
        return new Set(ids).size === ids.length;
      },
    },
  ],
  'Questionnaire.item': questionnaireItem,
  'Questionnaire.item.enableWhen': [
    {
      key: 'que-7',
      human: "operator 'exists' compares with a boolean",
      holds: (value) => own(value, 'operator') !== 'exists' || has(value, 'answerBoolean'),
    },
  ],
  'QuestionnaireResponse.item': [
    {
      key: 'qrs-1',
      human: 'Nested items stand under answer or under item, not both',
      holds: (value) => !(has(value, 'answer') && has(value, 'item')),
    },
  ],
  ServiceRequest: [
    {
      key: 'prr-1',
      human: 'orderDetail needs a code',
      holds: (value) => !has(value, 'orderDetail') || has(value, 'code'),
    },
  ],
  Task: [
    {
      key: 'inv-1',
      human: 'lastModified is not before authoredOn',
      holds: (value) => inOrder(own(value, 'authoredOn'), own(value, 'lastModified')),
    },
  ],
  Attachment: [
    {
      key: 'att-1',
      human: 'data needs a contentType',
      holds: (value) => !has(value, 'data') || has(value, 'contentType'),
    },
  ],
  ContactPoint: [
    {
      key: 'cpt-2',
      human: 'A value needs a system',
      holds: (value) => !has(value, 'value') || has(value, 'system'),
    },
  ],
  Extension: [
    {
      key: 'ext-1',
      human: 'An extension has a value or extensions, not both',
      holds: (value) => has(value, 'extension') !== hasForm(value, 'value'),
    },
  ],
  Expression: [
    {
      key: 'exp-1',
      human: 'An expression or a reference',
      holds: (value) => hasAny(value, 'expression', 'reference'),
    },
  ],
  Period: [
    {
      key: 'per-1',
      human: 'start is not after end',
      holds: (value) => inOrder(own(value, 'start'), own(value, 'end')),
    },
  ],
  Quantity: [quantity],
  'Timing.repeat': timing,
  Duration: [quantity],
  Age: [quantity],
};

/** @param node a resource type, data type or node within one, as in the schema */
export function invariantsOf(node: string): readonly Invariant[] {
  return Object.hasOwn(byNode, node) ? (byNode[node] ?? []) : [];
}
