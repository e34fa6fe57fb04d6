import { GraphError } from './errors.ts';
import { isObject, type Json, list, object, text } from './fields.ts';
import { newNodeId } from './ids.ts';
import type { Store } from './store.ts';

/** Message templates of a WhatsApp Business Account: what the business wrote, and whether Meta has approved it. */

export const templateCategories = ['UTILITY', 'MARKETING', 'AUTHENTICATION'] as const;
export type TemplateCategory = (typeof templateCategories)[number];

/** Only `APPROVED` sends. */
export const templateStatuses = ['PENDING', 'APPROVED', 'REJECTED', 'PAUSED', 'DISABLED'] as const;
export type TemplateStatus = (typeof templateStatuses)[number];

/** A template with a body and quick-reply buttons, positional variables. */
export type NewTemplate = {
  readonly name: string;
  /** `pt_BR` */
  readonly language: string;
  readonly category: TemplateCategory;
  /** With `{{1}}`, `{{2}}` … */
  readonly body: string;
  /** Labels. */
  readonly buttons: readonly string[];
};

export type Template = NewTemplate & { readonly id: string; readonly status: TemplateStatus };

export type Templates = {
  readonly find: (wabaId: string, name: string, language: string) => Template | undefined;
  /** Ordered by name and language. */
  readonly list: (wabaId: string) => readonly Template[];
  /** Adds a template, or writes the one of this name and language anew. */
  readonly put: (wabaId: string, template: NewTemplate, status: TemplateStatus) => Template;
  readonly setStatus: (wabaId: string, name: string, status: TemplateStatus) => void;
  /** In all its languages; how many there were. */
  readonly remove: (wabaId: string, name: string) => number;
};

export function createTemplates({ db }: Store): Templates {
  const find = db.prepare('select * from templates where waba_id = ? and name = ? and language = ?');
  const all = db.prepare('select * from templates where waba_id = ? order by name, language');
  const put = db.prepare(`
    insert into templates (waba_id, name, language, id, category, status, body, buttons) values (?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (waba_id, name, language) do update set category = excluded.category, status = excluded.status,
      body = excluded.body, buttons = excluded.buttons`);
  const setStatus = db.prepare('update templates set status = ? where waba_id = ? and name = ?');
  const remove = db.prepare('delete from templates where waba_id = ? and name = ?');
  const get = (wabaId: string, name: string, language: string) => {
    const row = find.get(wabaId, name, language);
    return row === undefined ? undefined : read(row);
  };
  return {
    find: get,
    list: (wabaId) => all.all(wabaId).map(read),
    put: (wabaId, template, status) => {
      const { name, language, category, body, buttons } = template;
      put.run(wabaId, name, language, newNodeId(), category, status, body, JSON.stringify(buttons));
      const saved = get(wabaId, name, language);
      if (saved === undefined) throw new Error('a template that was just written is gone');
      return saved;
    },
    setStatus: (wabaId, name, status) => {
      setStatus.run(status, wabaId, name);
    },
    remove: (wabaId, name) => Number(remove.run(wabaId, name).changes),
  };
}

function read(row: Record<string, unknown>): Template {
  return {
    id: String(row.id),
    name: String(row.name),
    language: String(row.language),
    category: templateCategories.find((each) => each === row.category) ?? 'UTILITY',
    status: templateStatuses.find((each) => each === row.status) ?? 'PENDING',
    body: String(row.body),
    buttons: JSON.parse(String(row.buttons)),
  };
}

/** As `GET /{waba}/message_templates` lists it. */
export function templateNode({ id, name, language, category, status, body, buttons }: Template): Json {
  return {
    name,
    parameter_format: 'POSITIONAL',
    components: [
      { type: 'BODY', text: body },
      ...(buttons.length === 0
        ? []
        : [{ type: 'BUTTONS', buttons: buttons.map((label) => ({ type: 'QUICK_REPLY', text: label })) }]),
    ],
    language,
    status,
    category,
    id,
  };
}

/** Meta: template components. */
const maxBody = 1024;
const maxButtons = 10;
const maxButtonText = 25;

/** Reads the body of a create. Throws `GraphError` for whatever Meta would refuse. */
export function readTemplate(body: unknown): NewTemplate {
  const given = object(body, 'body');
  const name = text(given.name, 'name', 512, 100);
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new GraphError(100, 'Param name must hold lowercase letters, digits and underscores only.');
  }
  const language = text(given.language, 'language', 20, 100);
  const category = templateCategories.find((each) => each === given.category);
  if (category === undefined) {
    throw new GraphError(100, `Param category must be one of {${templateCategories.join(', ')}}.`);
  }
  const components = list(given.components, 'components').filter(isObject);
  const bodies = components.filter((component) => component.type === 'BODY');
  const [first] = bodies;
  if (bodies.length !== 1 || first === undefined)
    throw new GraphError(100, 'A template needs exactly one BODY component.');
  return { name, language, category, body: readBody(first), buttons: readButtons(components) };
}

function readBody(component: Json): string {
  const body = text(component.text, "components['BODY']['text']", maxBody, 100);
  const count = variablesOf(body);
  if (/^\s*\{\{|\}\}\s*$/.test(body)) {
    throw new GraphError(100, 'Variables may not be at the start or the end of the template.', {
      subcode: 2388299,
    });
  }
  const example = isObject(component.example) ? component.example.body_text : undefined;
  const samples = Array.isArray(example) && Array.isArray(example[0]) ? example[0].length : 0;
  if (samples !== count) {
    throw new GraphError(100, `Param components['BODY']['example'] needs ${count} samples.`);
  }
  return body;
}

/** How many variables a body has. Throws where they do not count from 1. */
function variablesOf(body: string): number {
  const found = [...body.matchAll(/\{\{(.*?)\}\}/gs)].map(([, name]) => name);
  const places = [...new Set(found)].map(Number).sort((a, b) => a - b);
  if (places.some((place, index) => place !== index + 1)) {
    throw new GraphError(100, 'Variables must be {{1}}, {{2}} and so on, without a gap.');
  }
  return places.length;
}

function readButtons(components: readonly Json[]): readonly string[] {
  const buttons = components
    .filter((component) => component.type === 'BUTTONS')
    .flatMap((component) => list(component.buttons, "components['BUTTONS']['buttons']"));
  if (buttons.length > maxButtons) throw new GraphError(100, `At most ${maxButtons} buttons are allowed.`);
  return buttons.map((value, index) => {
    const path = `components['BUTTONS']['buttons'][${index}]`;
    const button = object(value, path);
    if (button.type !== 'QUICK_REPLY')
      throw new GraphError(100, `Param ${path}['type'] must be one of {QUICK_REPLY} here.`);
    return text(button.text, `${path}['text']`, maxButtonText, 100);
  });
}
