import { GraphError } from './errors.ts';
import { isObject, type Json, list, object, text } from './fields.ts';
import type { Template } from './templates.ts';

/** A template as a phone shows it. Stands in the chat beside what was sent, under `rendered`. */
export type RenderedTemplate = {
  readonly text: string;
  readonly buttons: readonly { readonly payload: string; readonly text: string }[];
};

/** Meta: the payload of a quick reply. */
const maxPayload = 128;
/** Of the body with its variables. */
const maxHydrated = 1024;

/** The shape of the `template` object of a send; which templates exist is the account's matter. */
export function checkTemplate(payload: Json): void {
  text(payload.name, "template['name']", 512, 100);
  text(object(payload.language, "template['language']").code, "template['language']['code']", 20, 100);
  for (const component of componentsOf(payload)) {
    const type = component.type;
    if (type !== 'body' && type !== 'button' && type !== 'header') {
      throw new GraphError(
        100,
        "Param template['components']['type'] must be one of {HEADER, BODY, BUTTON}.",
      );
    }
    if (type === 'button' && !/^\d$/.test(String(component.index))) {
      throw new GraphError(100, "Param template['components']['index'] must be the place of a button.");
    }
    for (const parameter of parametersOf(component)) checkParameter(parameter);
  }
}

function checkParameter(parameter: Json): void {
  if (parameter.type === 'text') checkText(text(parameter.text, "parameters['text']", 32_768, 100));
  else if (parameter.type === 'payload') text(parameter.payload, "parameters['payload']", maxPayload, 100);
  else throw new GraphError(132012, 'Parameter format does not match the format in the created template.');
}

/** Meta: no line breaks, tabs or more than four spaces in a row in a variable. */
function checkText(value: string): void {
  if (/[\n\r\t]| {5}/.test(value)) {
    throw new GraphError(
      132018,
      'Param text cannot have new-line/tab characters or more than 4 consecutive spaces.',
    );
  }
}

/** Sets the variables and buttons of a send into its template. Throws what Meta would refuse it with. */
export function renderTemplate(template: Template | undefined, payload: Json): RenderedTemplate {
  const usable = approved(template, payload);
  const components = componentsOf(payload);
  const values = components
    .filter(({ type }) => type === 'body')
    .flatMap(parametersOf)
    .map((parameter) => String(parameter.text));
  const wanted = new Set(usable.body.match(/\{\{\d+\}\}/g)).size;
  if (values.length !== wanted) {
    throw new GraphError(
      132000,
      `body: number of localizable_params (${values.length}) does not match the expected number of params (${wanted})`,
    );
  }
  const hydrated = usable.body.replaceAll(/\{\{(\d+)\}\}/g, (_, place) => values[Number(place) - 1] ?? '');
  if (hydrated.length > maxHydrated) throw new GraphError(132005, 'The translated text is too long.');
  return { text: hydrated, buttons: buttonsOf(usable, components) };
}

function approved(template: Template | undefined, payload: Json): Template {
  if (template?.status === 'PAUSED') throw new GraphError(132015, 'Template is paused due to low quality.');
  if (template?.status === 'DISABLED') throw new GraphError(132016, 'Template was disabled.');
  if (template?.status !== 'APPROVED') {
    const language = isObject(payload.language) ? String(payload.language.code) : '';
    throw new GraphError(132001, `template name (${String(payload.name)}) does not exist in ${language}`);
  }
  return template;
}

/** A button whose payload was not given sends its label. */
function buttonsOf(template: Template, components: readonly Json[]): RenderedTemplate['buttons'] {
  const given = components.filter(({ type }) => type === 'button');
  for (const { index, sub_type } of given) {
    if (sub_type !== 'quick_reply' || Number(index) >= template.buttons.length) {
      throw new GraphError(132018, `buttons: there is no quick reply with the index ${String(index)}`);
    }
  }
  return template.buttons.map((label, place) => {
    const component = given.find(({ index }) => Number(index) === place);
    const payload = component === undefined ? undefined : parametersOf(component)[0]?.payload;
    return { payload: typeof payload === 'string' ? payload : label, text: label };
  });
}

function componentsOf(payload: Json): readonly Json[] {
  if (payload.components === undefined) return [];
  return list(payload.components, "template['components']").map((component, index) =>
    object(component, `template['components'][${index}]`),
  );
}

function parametersOf(component: Json): readonly Json[] {
  if (component.parameters === undefined) return [];
  return list(component.parameters, "template['components']['parameters']").map((parameter) =>
    object(parameter, "template['components']['parameters']"),
  );
}
