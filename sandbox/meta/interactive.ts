import { invalid, isObject, type Json, list, object, optionalText, text, unique, webUrl } from './fields.ts';

/** Meta: Cloud API, interactive messages. Lengths in UTF-16 units. */
export const limits = {
  buttons: 3,
  buttonTitle: 20,
  buttonId: 256,
  buttonBody: 1024,
  headerText: 60,
  footer: 60,
  listBody: 4096,
  listButton: 20,
  sections: 10,
  rows: 10,
  sectionTitle: 24,
  rowId: 200,
  rowTitle: 24,
  rowDescription: 72,
  linkText: 20,
  flowCta: 20,
} as const;

/** Refuses an `interactive` object as Meta would; returns nothing when it may be sent. */
export function checkInteractive(interactive: Json): void {
  const type = text(interactive.type, "interactive['type']", 64, 100);
  const check = kinds[type];
  if (check === undefined)
    throw invalid(`Param interactive['type'] is not supported: expected one of ${names()}.`);
  check(interactive);
}

const kinds: Readonly<Record<string, (interactive: Json) => void>> = {
  button: (interactive) => {
    checkFrame(interactive, limits.buttonBody, ['text', 'image', 'video', 'document']);
    checkButtons(action(interactive));
  },
  list: (interactive) => {
    checkFrame(interactive, limits.listBody, ['text']);
    checkList(action(interactive));
  },
  cta_url: (interactive) => {
    checkFrame(interactive, limits.buttonBody, ['text', 'image', 'video', 'document']);
    const parameters = named(interactive, 'cta_url');
    text(parameters.display_text, "interactive['action']['parameters']['display_text']", limits.linkText);
    webUrl(parameters.url, "interactive['action']['parameters']['url']");
  },
  location_request_message: (interactive) => {
    checkFrame(interactive, limits.buttonBody, []);
    requireName(interactive, 'send_location');
  },
  request_contact_info: (interactive) => {
    checkFrame(interactive, limits.buttonBody, []);
    requireName(interactive, 'request_contact_info');
  },
  flow: (interactive) => {
    checkFrame(interactive, limits.buttonBody, ['text', 'image', 'video', 'document']);
    const parameters = named(interactive, 'flow');
    text(parameters.flow_message_version, "interactive['action']['parameters']['flow_message_version']", 10);
    text(parameters.flow_cta, "interactive['action']['parameters']['flow_cta']", limits.flowCta);
    if (parameters.flow_id === undefined && parameters.flow_name === undefined) {
      throw invalid("interactive['action']['parameters'] needs flow_id or flow_name.");
    }
  },
};

function names(): string {
  return Object.keys(kinds).join(', ');
}

/** Header, body and footer. */
function checkFrame(interactive: Json, bodyLimit: number, headers: readonly string[]): void {
  text(object(interactive.body, "interactive['body']").text, "interactive['body']['text']", bodyLimit);
  if (interactive.footer !== undefined) {
    text(
      object(interactive.footer, "interactive['footer']").text,
      "interactive['footer']['text']",
      limits.footer,
    );
  }
  if (interactive.header === undefined) return;
  const header = object(interactive.header, "interactive['header']");
  const type = text(header.type, "interactive['header']['type']", 20);
  if (!headers.includes(type)) throw invalid(`Header type ${type} is not allowed for this interactive type.`);
  if (type === 'text') text(header.text, "interactive['header']['text']", limits.headerText);
  else if (!isObject(header[type])) throw invalid(`interactive['header']['${type}'] is required.`);
}

function action(interactive: Json): Json {
  return object(interactive.action, "interactive['action']");
}

function requireName(interactive: Json, expected: string): Json {
  const found = action(interactive);
  if (found.name !== expected) throw invalid(`interactive['action']['name'] must be ${expected}.`);
  return found;
}

function named(interactive: Json, expected: string): Json {
  return object(requireName(interactive, expected).parameters, "interactive['action']['parameters']");
}

function checkButtons(given: Json): void {
  const buttons = list(given.buttons, "interactive['action']['buttons']");
  if (buttons.length < 1 || buttons.length > limits.buttons) {
    throw invalid(`Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: ${limits.buttons}`);
  }
  const replies = buttons.map((value, index) => {
    const path = `interactive['action']['buttons'][${index}]`;
    const button = object(value, path);
    if (button.type !== 'reply') throw invalid(`${path}['type'] must be reply.`);
    const reply = object(button.reply, `${path}['reply']`);
    return {
      id: text(reply.id, `${path}['reply']['id']`, limits.buttonId),
      title: text(reply.title, 'Button title', limits.buttonTitle),
    };
  });
  unique(
    replies.map(({ id }) => id),
    'Reply button ids',
  );
  unique(
    replies.map(({ title }) => title),
    'Reply button titles',
  );
}

function checkList(given: Json): void {
  text(given.button, "interactive['action']['button']", limits.listButton);
  const sections = list(given.sections, "interactive['action']['sections']");
  if (sections.length < 1 || sections.length > limits.sections) {
    throw invalid(`Invalid sections count. Min allowed: 1, Max allowed: ${limits.sections}`);
  }
  const rows = sections.flatMap((value, index) => {
    const path = `interactive['action']['sections'][${index}]`;
    const section = object(value, path);
    if (sections.length > 1) text(section.title, `${path}['title']`, limits.sectionTitle);
    else optionalText(section.title, `${path}['title']`, limits.sectionTitle);
    const found = list(section.rows, `${path}['rows']`);
    if (found.length === 0) throw invalid(`${path}['rows'] needs at least one row.`);
    return found.map((row, at) => readRow(row, `${path}['rows'][${at}]`));
  });
  if (rows.length > limits.rows) throw invalid(`Total row count exceed max allowed count: ${limits.rows}`);
  unique(
    rows.map(({ id }) => id),
    'Row ids',
  );
  unique(
    rows.map(({ title }) => title),
    'Row titles',
  );
}

function readRow(value: unknown, path: string): { id: string; title: string } {
  const row = object(value, path);
  optionalText(row.description, `${path}['description']`, limits.rowDescription);
  return {
    id: text(row.id, `${path}['id']`, limits.rowId),
    title: text(row.title, `${path}['title']`, limits.rowTitle),
  };
}
