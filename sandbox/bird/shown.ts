import type { Body } from '../provider/provider.ts';
import type { BirdTemplateProject } from './accounts.ts';
import { record, type Send } from './send.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a message of the business looks like on a phone. */
export function shownAs({ body, template }: Send, projects: readonly BirdTemplateProject[]): Body {
  if (template !== undefined) return templateBody(template, projects);
  const content = record(body?.[String(body.type)]);
  const text = string(content.text);
  if (body?.type === 'list') {
    const rows = objects(content.items).flatMap((item) => objects(item.actions).map(choiceOf));
    return { kind: 'list', text, list: { label: string(content.title), sections: [{ rows }] } };
  }
  const buttons = objects(content.actions).map(choiceOf);
  if (body?.type === 'text') {
    return buttons.length === 0 ? { kind: 'text', text } : { kind: 'buttons', text, buttons };
  }
  return { kind: String(body?.type), ...(text === '' ? {} : { caption: text }) };
}

function choiceOf({ postback }: Json): { id: string; title: string } {
  const { text, payload } = record(postback);
  return { id: string(payload) || string(text), title: string(text) };
}

function templateBody(template: Json, projects: readonly BirdTemplateProject[]): Body {
  const project = projects.find(
    ({ projectId, locale }) => projectId === template.projectId && locale === template.locale,
  );
  const values = new Map(
    Array.isArray(template.parameters)
      ? objects(template.parameters).map(({ key, value }) => [string(key), string(value)])
      : Object.entries(record(template.variables)).map(([key, value]) => [key, string(value)]),
  );
  const text = (project?.body ?? '').replaceAll(
    /\{\{([^}]+)\}\}/g,
    (_, name: string) => values.get(name) ?? '',
  );
  const buttons = (project?.buttons ?? []).map(({ label, payload }) => ({
    id: (payload === undefined ? undefined : values.get(payload)) ?? label,
    title: label,
  }));
  return { kind: 'template', text, ...(buttons.length === 0 ? {} : { buttons }) };
}

function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
