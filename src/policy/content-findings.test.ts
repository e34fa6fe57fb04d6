import { describe, expect, test } from 'vitest';
import { contentModes } from '#kernel/phi.ts';
import { type PracticeSettings, routingFile, templateFile, templateVariables } from '#practice/practice.ts';
import { contentFindings } from './content-findings.ts';

const template = (...variables: readonly string[]) =>
  templateFile.parse({ name: 'a', category: 'utility', variables, texts: {} });
const routing = (text: string) =>
  routingFile.parse({
    resolutionCodes: [{ id: 'done', name: { en: 'Done' } }],
    cannedReplies: [{ id: 'hello', title: 'Hello', text: { en: text } }],
  });

const found = (
  contentMode: PracticeSettings['contentMode'],
  variables: readonly string[],
  canned = 'We are open.',
) =>
  contentFindings({
    // Of the settings only the mode is looked at.
    practice: { contentMode } as PracticeSettings,
    templates: { visit: template(...variables) },
    routing: routing(canned),
  }).map(({ file, path }) => `${file} ${path}`);

describe('a practice that keeps content off the channel', () => {
  test('has no names in its templates, and nobody whom the visit is with', () => {
    expect(found('minimal', templateVariables)).toEqual([
      'templates/visit.yaml variables.0',
      'templates/visit.yaml variables.6',
    ]);
    expect(templateVariables[0]).toBe('first-name');
    expect(templateVariables[6]).toBe('clinician');
  });

  test('nor in its ready-made answers', () => {
    expect(found('minimal', [], 'Hello {first-name}, {staff} here: {visit}')).toEqual([
      'routing.yaml cannedReplies.0.text.en',
    ]);
  });

  test('tells what would be allowed', () => {
    const [finding] = contentFindings({
      practice: { contentMode: 'minimal' } as PracticeSettings,
      templates: { visit: template('clinician') },
      routing: routing('Hello'),
    });
    expect(finding).toMatchObject({
      problem: '"clinician" tells clinical, which the content mode "minimal" keeps off the channel',
      example: 'practice, practice-phone, address, visit-date, visit-time',
    });
  });
});

test('an open practice may say all of it', () => {
  expect(found('open', templateVariables, 'Hello {first-name}')).toEqual([]);
  expect(contentModes).toContain('open');
});
