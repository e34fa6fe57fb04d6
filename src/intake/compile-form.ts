import type { z } from 'zod';
import type { CompileContext } from './compile-options.ts';
import { compileStep } from './compile-step.ts';
import { checkVariants, compileVariants, type WrittenVariant } from './compile-variants.ts';
import {
  type Condition,
  type EnableOperator,
  enableOperators,
  type Finding,
  type Form,
  type FormStep,
  type Note,
  type Rule,
  type Variant,
} from './form.ts';
import {
  extensionsOf,
  type Item,
  inLanguage,
  localize,
  type Questionnaire,
  questionnaire,
  translations,
  urls,
} from './questionnaire.ts';
import type { Language, Localized } from './step.ts';

/**
 * Compiles a FHIR R4 Questionnaire for a practice's languages, or tells everything that stands in the way.
 *
 * Groups are flattened: their questions are asked one by one, under the group's condition. A question nested under
 * another is asked only once that one has an answer. A `display` is said before the question that follows it. A
 * question that `repeats` is asked once. Hidden items are not asked. What the extensions mean: `questionnaire.ts`.
 */
export function compileForm(
  input: unknown,
  languages: readonly Language[],
): { readonly form: Form } | { readonly problems: readonly Finding[] } {
  const parsed = questionnaire.safeParse(input);
  if (!parsed.success) return { problems: parsed.error.issues.map(unreadable) };
  const source = parsed.data;
  const context: Walk = {
    languages,
    language: source.language ?? languages[0] ?? 'en',
    contained: source.contained ?? [],
    findings: [],
    steps: [],
    notes: [],
    linkIds: new Set(),
    unasked: new Set(),
    conditions: [],
    variants: [],
  };
  walk(source.item ?? [], 'item', [], context);
  checkConditions(context);
  const { variants, steps, linkIds, unasked } = context;
  context.findings.push(...checkVariants(variants, steps, linkIds, unasked));
  if (context.steps.length === 0 && context.findings.length === 0) {
    context.findings.push({
      path: 'item',
      problem: 'the form asks nothing',
      example: '{ "linkId": "name", "type": "string", "text": "What is your name?" }',
    });
  }
  if (context.findings.length > 0) return { problems: context.findings };
  return { form: { ...heading(source, context), languages, steps: context.steps } };
}

type Walk = CompileContext & {
  readonly findings: Finding[];
  readonly steps: FormStep[];
  /** Displays that wait for the question that follows them. */
  notes: readonly Note[];
  readonly linkIds: Set<string>;
  /** linkIds of groups and displays: nothing answers them. */
  readonly unasked: Set<string>;
  /** Each with its place, to be checked when all linkIds are known. */
  readonly conditions: { readonly path: string; readonly linkId: string; readonly condition: Condition }[];
  readonly variants: WrittenVariant[];
};

function unreadable(issue: z.core.$ZodIssue): Finding {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return {
    path: path.replace(/^\./, '') || 'resourceType',
    problem: `not a FHIR R4 Questionnaire: ${issue.message}`,
    example: '{ "resourceType": "Questionnaire", "url": "https://…", "status": "active", "item": [ … ] }',
  };
}

function heading(
  source: Questionnaire,
  { language, languages }: Walk,
): Pick<Form, 'id' | 'version' | 'url' | 'title'> {
  const id = source.id ?? source.url.split('/').at(-1) ?? source.url;
  const titles = translations(source.title, source._title, language);
  const title = languages.map((tag) => [tag, inLanguage(titles, tag) ?? source.title ?? source.name ?? id]);
  return { id, version: source.version ?? '', url: source.url, title: Object.fromEntries(title) };
}

function walk(items: readonly Item[], path: string, inherited: readonly Rule[], context: Walk): void {
  items.forEach((item, index) => {
    visit(item, `${path}[${index}]`, inherited, context);
  });
}

function visit(item: Item, path: string, inherited: readonly Rule[], context: Walk): void {
  if (context.linkIds.has(item.linkId)) {
    context.findings.push({
      path: `${path}.linkId`,
      problem: `linkId "${item.linkId}" is there twice`,
      example: `"${item.linkId}-2"`,
    });
  }
  context.linkIds.add(item.linkId);
  if (extensionsOf(item, urls.hidden).some(({ valueBoolean }) => valueBoolean)) return;
  const rule = ownRule(item, path, context);
  const rules = rule ? [...inherited, rule] : inherited;
  if (item.type === 'group') {
    context.unasked.add(item.linkId);
    walk(item.item ?? [], `${path}.item`, rules, context);
    return;
  }
  if (item.type === 'display') {
    context.unasked.add(item.linkId);
    context.notes = [...context.notes, { text: display(item, context), rules }];
    return;
  }
  const compiled = compileStep(item, path, context);
  const wording = compileWording(item, path, context);
  if ('problems' in compiled) {
    context.findings.push(...compiled.problems);
  } else {
    const { complete, notes, variants } = wording;
    const { step } = compiled;
    context.steps.push({ ...step, text: complete(step.text), rules, notes, variants });
    context.notes = [];
  }
  if (item.item) {
    const answered: Condition = {
      question: item.linkId,
      operator: 'exists',
      expected: { kind: 'boolean', value: true },
    };
    walk(item.item, `${path}.item`, [...rules, { behavior: 'all', conditions: [answered] }], context);
  }
}

/**
 * What a question is said with: `complete` puts the notes that are always said in front of a wording, `notes` are those
 * that wait for `questionText`, `variants` are the other wordings.
 */
function compileWording(
  item: Item,
  path: string,
  context: Walk,
): Pick<FormStep, 'notes'> & {
  readonly complete: (text: Localized) => Localized;
  readonly variants: readonly Variant[];
} {
  const always = context.notes.filter(({ rules }) => rules.length === 0);
  const notes = context.notes.filter(({ rules }) => rules.length > 0);
  const complete = (text: Localized): Localized =>
    Object.fromEntries(
      Object.entries(text).map(([language, question]) => [
        language,
        [...always.map((note) => note.text[language]), question].filter(Boolean).join('\n'),
      ]),
    );
  const { variants, written, problems } = compileVariants(item, path, context, complete);
  context.variants.push(...written);
  context.findings.push(...problems);
  return { complete, notes, variants };
}

function display(item: Item, { language, languages }: Walk): Note['text'] {
  return localize(translations(item.text, item._text, language), languages);
}

function ownRule(item: Item, path: string, context: Walk): Rule | undefined {
  const entries = item.enableWhen ?? [];
  if (entries.length === 0) return undefined;
  if (entries.length > 1 && item.enableBehavior === undefined) {
    context.findings.push({
      path: `${path}.enableBehavior`,
      problem: 'more than one enableWhen: must all hold, or any of them?',
      example: '"all"',
    });
  }
  const conditions = entries.flatMap((entry, index) => {
    const place = `${path}.enableWhen[${index}]`;
    const expected = expectedAnswer(entry);
    const operator = enableOperators.find((known) => known === entry.operator);
    const finding = conditionFinding(place, entry.operator, operator, expected);
    if (finding) context.findings.push(finding);
    if (operator === undefined || expected === undefined) return [];
    const condition: Condition = { question: entry.question, operator, expected };
    context.conditions.push({ path: place, linkId: item.linkId, condition });
    return [condition];
  });
  return { behavior: item.enableBehavior ?? 'all', conditions };
}

function conditionFinding(
  path: string,
  written: string,
  operator: EnableOperator | undefined,
  expected: Condition['expected'] | undefined,
): Finding | undefined {
  if (operator === undefined) {
    return {
      path: `${path}.operator`,
      problem: `unknown operator "${written}"`,
      example: enableOperators.join(' '),
    };
  }
  if (expected === undefined || (operator === 'exists' && expected.kind !== 'boolean')) {
    const example = operator === 'exists' ? '"answerBoolean": true' : '"answerCoding": { "code": "…" }';
    return { path, problem: 'the answer to compare with is missing', example };
  }
  return undefined;
}

function expectedAnswer(entry: NonNullable<Item['enableWhen']>[number]): Condition['expected'] | undefined {
  const { answerBoolean, answerCoding } = entry;
  const number = entry.answerInteger ?? entry.answerDecimal;
  const text = entry.answerDate ?? entry.answerString;
  if (answerBoolean !== undefined) return { kind: 'boolean', value: answerBoolean };
  if (answerCoding) {
    const { code, system } = answerCoding;
    return system === undefined ? { kind: 'coding', code } : { kind: 'coding', code, system };
  }
  if (number !== undefined) return { kind: 'number', value: number };
  return text === undefined ? undefined : { kind: 'string', value: text };
}

/** Every condition looks at a question that exists, and none at itself, directly or around a corner. */
function checkConditions({ conditions, linkIds, unasked, findings }: Walk): void {
  const looksAt = new Map<string, readonly string[]>();
  for (const { linkId, condition } of conditions) {
    looksAt.set(linkId, [...(looksAt.get(linkId) ?? []), condition.question]);
  }
  for (const { path, linkId, condition } of conditions) {
    const { question } = condition;
    const example = 'the linkId of a question of this form';
    if (!linkIds.has(question)) {
      findings.push({
        path: `${path}.question`,
        problem: `no question has the linkId "${question}"`,
        example,
      });
    } else if (unasked.has(question)) {
      findings.push({ path: `${path}.question`, problem: `"${question}" is not a question`, example });
    } else if (reaches(question, linkId, looksAt)) {
      findings.push({
        path: `${path}.question`,
        problem: `"${linkId}" depends on itself`,
        example: 'a question asked before it',
      });
    }
  }
}

function reaches(from: string, to: string, looksAt: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...(looksAt.get(next) ?? []));
  }
  return false;
}
