import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileForm } from './compile-form.ts';
import { compiled } from './testdata/knee.ts';

function questionnaire(...item: unknown[]): Record<string, unknown> {
  return {
    resourceType: 'Questionnaire',
    url: 'https://example.org/Questionnaire/q',
    status: 'active',
    language: 'en',
    item,
  };
}

const name = { linkId: 'name', type: 'string', text: 'Your name?' };

function translated(text: string, lang: string): Record<string, unknown> {
  const url = 'http://hl7.org/fhir/StructureDefinition/translation';
  return {
    extension: [
      {
        url,
        extension: [
          { url: 'lang', valueCode: lang },
          { url: 'content', valueString: text },
        ],
      },
    ],
  };
}

/** `path: problem` of everything that stands in the way. */
function problems(input: unknown, languages = ['en']): string[] {
  const result = compileForm(input, languages);
  return 'problems' in result ? result.problems.map(({ path, problem }) => `${path}: ${problem}`) : [];
}

function step(item: Record<string, unknown>, languages = ['en']) {
  const [first] = compiled(questionnaire({ ...name, ...item }), languages).steps;
  if (!first) throw new Error('the form asks something');
  return first;
}

describe('a form', () => {
  test('is named by its Questionnaire', () => {
    const source = {
      ...questionnaire(name),
      id: 'q1',
      version: '2',
      title: 'Intake',
      _title: translated('Cadastro', 'pt'),
    };
    const source2 = { ...source, item: [{ ...name, _text: translated('Seu nome?', 'pt') }] };
    expect(compiled(source2, ['pt', 'en'])).toMatchObject({
      id: 'q1',
      version: '2',
      url: 'https://example.org/Questionnaire/q',
      title: { pt: 'Cadastro', en: 'Intake' },
      languages: ['pt', 'en'],
    });
  });

  test('needs no more than a canonical URL and a question', () =>
    expect(compiled(questionnaire(name), ['en'])).toMatchObject({
      id: 'q',
      version: '',
      title: { en: 'q' },
    }));

  test('asks in every language of the practice; regional tags will do', () => {
    const item = { _text: translated('Seu nome?', 'pt-BR') };
    expect(step(item, ['pt', 'en']).text).toEqual({ pt: 'Seu nome?', en: 'Your name?' });
  });

  test('leaves out what is hidden, and asks once what repeats', () => {
    const hidden = [
      { url: 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden', valueBoolean: true },
    ];
    const form = compiled(
      questionnaire({ ...name, linkId: 'secret', extension: hidden }, { ...name, repeats: true }),
      ['en'],
    );
    expect(form.steps.map(({ linkId }) => linkId)).toEqual(['name']);
  });
});

describe('where an answer lands decides how it is read', () => {
  const base = 'http://hl7.org/fhir/StructureDefinition';
  test.each([
    [`${base}/Patient#Patient.name`, 'string', 'person-name', 'identity', 'Patient.name'],
    [`${base}/Patient#Patient.name.text`, 'string', 'person-name', 'identity', 'Patient.name'],
    [`${base}/Patient#Patient.name.family`, 'string', 'person-name', 'identity', 'Patient.name.family'],
    [`${base}/Patient#Patient.birthDate`, 'date', 'birth-date', 'demographics', 'Patient.birthDate'],
    [
      'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient#Patient.birthDate',
      'date',
      'birth-date',
      'demographics',
      'Patient.birthDate',
    ],
    [`${base}/Patient#Patient.telecom`, 'string', 'phone', 'contact', 'Patient.telecom'],
    [`${base}/Patient#Patient.telecom:phone.value`, 'string', 'phone', 'contact', 'Patient.telecom'],
    [`${base}/Patient#Patient.telecom:email.value`, 'string', 'text', 'clinical', undefined],
    [`${base}/Patient#Patient.address`, 'text', 'address', 'contact', 'Patient.address'],
    [`${base}/Patient#Patient.address.city`, 'string', 'text', 'contact', 'Patient.address.city'],
    [
      `${base}/Coverage#Coverage.subscriberId`,
      'string',
      'member-number',
      'coverage',
      'Coverage.subscriberId',
    ],
    [`${base}/Observation#Observation.value`, 'string', 'text', 'clinical', undefined],
    [undefined, 'integer', 'integer', 'clinical', undefined],
    [undefined, 'date', 'date', 'clinical', undefined],
    [undefined, 'text', 'text', 'clinical', undefined],
  ])('%s (%s): %s, %s', (definition, type, kind, dataClass, lands) =>
    expect(step({ type, ...(definition && { definition }) })).toMatchObject({ kind, dataClass, lands }),
  );
});

describe('options', () => {
  test('come as codings, as strings, or from a contained value set', () => {
    const codings = step({
      type: 'choice',
      answerOption: [{ valueCoding: { system: 'urn:s', code: 'a', display: 'A' } }],
    });
    expect(codings.options).toEqual([
      { code: 'a', system: 'urn:s', display: { en: 'A' }, synonyms: { en: [] } },
    ]);
    const strings = step({ type: 'choice', answerOption: [{ valueString: 'Monday' }, { valueInteger: 2 }] });
    expect(strings.options.map(({ code, display }) => [code, display.en])).toEqual([
      ['Monday', 'Monday'],
      ['2', '2'],
    ]);
    const include = [{ system: 'urn:s', concept: [{ code: 'a', display: 'A' }, { code: 'b' }] }];
    const source = {
      ...questionnaire({ ...name, type: 'choice', answerValueSet: '#vs' }),
      contained: [{ resourceType: 'ValueSet', id: 'vs', status: 'active', compose: { include } }],
    };
    expect(compiled(source, ['en']).steps[0]?.options).toMatchObject([
      { code: 'a', system: 'urn:s', display: { en: 'A' } },
      { code: 'b', system: 'urn:s', display: { en: 'b' } },
    ]);
  });

  test('of yes and no are in every shipped language', () =>
    expect(step({ type: 'boolean', _text: translated('Sim?', 'pt') }, ['en', 'pt']).options).toMatchObject([
      { code: 'true', display: { en: 'Yes', pt: 'Sim' } },
      { code: 'false', display: { en: 'No', pt: 'Não' } },
    ]));

  test('of an open choice leave room for other words', () => {
    const answerOption = [{ valueString: 'Monday' }];
    expect(step({ type: 'open-choice', answerOption }).open).toBe(true);
    expect(step({ type: 'choice', answerOption }).open).toBe(false);
  });
});

describe('extensions', () => {
  const ours = 'https://vestibule.dev/fhir/StructureDefinition';
  const words = (url: string, valueString: string, portuguese: string) => ({
    url,
    valueString,
    _valueString: translated(portuguese, 'pt'),
  });

  test('give the label, an example, other words and the data class', () => {
    const extension = [
      words('http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText', 'pain', 'dor'),
      words(`${ours}/answer-example`, 'knee', 'joelho'),
      { url: `${ours}/data-class`, valueCode: 'reason' },
      {
        url: `${ours}/synonyms`,
        extension: [
          { url: 'lang', valueCode: 'en' },
          { url: 'content', valueString: 'Ache' },
        ],
      },
    ];
    expect(step({ extension, _text: translated('Dor?', 'pt') }, ['en', 'pt'])).toMatchObject({
      label: { en: 'pain', pt: 'dor' },
      example: { en: 'knee', pt: 'joelho' },
      labelSynonyms: { en: ['ache'], pt: [] },
      dataClass: 'reason',
    });
  });

  test('without them the question is the label, and a date or a choice has an example of its own', () => {
    expect(step({})).toMatchObject({ label: { en: 'Your name?' }, example: { en: '' } });
    expect(step({ type: 'date' }).example.en).toContain('May');
    expect(step({ type: 'boolean' }).example.en).toBe('Yes');
  });
});

/** A `text-when` extension: which question, which of its answers, and a text per language. */
function textWhen(question: string, answers: readonly string[], texts: Record<string, string>) {
  const content = Object.entries(texts).map(([lang, text]) => ({
    url: 'content',
    extension: [
      { url: 'lang', valueCode: lang },
      { url: 'content', valueString: text },
    ],
  }));
  return {
    url: 'https://vestibule.dev/fhir/StructureDefinition/text-when',
    extension: [
      { url: 'question', valueString: question },
      ...answers.map((valueCode) => ({ url: 'answer', valueCode })),
      ...content,
    ],
  };
}

const whom = {
  linkId: 'whom',
  type: 'choice',
  text: 'For whom?',
  _text: translated('Para quem?', 'pt'),
  answerOption: ['self', 'child', 'parent'].map((code) => ({ valueCoding: { code } })),
};

describe('other wordings of a question', () => {
  const asked = (...extension: unknown[]) => ({ ...name, _text: translated('Nome?', 'pt'), extension });
  const is = (code: string) => ({
    question: 'whom',
    operator: '=',
    expected: { kind: 'coding', code },
  });

  test('wait for any of their answers, in the order of the form, in every language', () => {
    const item = asked(
      textWhen('whom', ['self'], { en: ' Your name? ', 'pt-BR': 'Seu nome?' }),
      textWhen('whom', ['child', 'parent'], { en: 'Their name?', pt: 'O nome?' }),
    );
    const form = compiled(questionnaire(whom, item), ['en', 'pt']);
    expect(form.steps.map(({ variants }) => variants)).toEqual([
      [],
      [
        {
          rules: [{ behavior: 'any', conditions: [is('self')] }],
          text: { en: 'Your name?', pt: 'Seu nome?' },
        },
        {
          rules: [{ behavior: 'any', conditions: [is('child'), is('parent')] }],
          text: { en: 'Their name?', pt: 'O nome?' },
        },
      ],
    ]);
  });

  const wording = { en: 'Your name?', pt: 'Seu nome?' };
  const place = 'item[1].extension[0]';
  test.each<readonly [string, unknown, readonly string[]]>([
    ['right', textWhen('whom', ['self'], wording), []],
    [
      'an unknown question',
      textWhen('nobody', ['self'], wording),
      [`${place}: no question has the linkId "nobody"`],
    ],
    ['a group', textWhen('g', ['self'], wording), [`${place}: "g" is not a question`]],
    ['a question without options', textWhen('name', ['self'], wording), [`${place}: "name" is not a choice`]],
    [
      'an answer that is no option',
      textWhen('whom', ['self', 'me'], wording),
      [`${place}: "whom" has no option with the code "me"`],
    ],
    ['no answer', textWhen('whom', [], wording), [`${place}: text-when without "answer"`]],
    ['no question', textWhen('', ['self'], wording), [`${place}: text-when without "question"`]],
    ['no translation', textWhen('whom', ['self'], { en: 'Your name?' }), [`${place}: no text in "pt"`]],
    [
      'nothing in the form’s own language, or only spaces',
      textWhen('whom', ['self'], { en: ' ', pt: 'Seu nome?' }),
      [`${place}: no text in "en"`],
    ],
    ['the longest text', textWhen('whom', ['self'], { ...wording, en: 'x'.repeat(1024) }), []],
    [
      'a text too long',
      textWhen('whom', ['self'], { ...wording, en: 'x'.repeat(1025) }),
      [`${place}: the text in "en" is longer than 1024 characters`],
    ],
  ])('%s', (_, extension, expected) =>
    expect(
      problems(questionnaire(whom, asked(extension), { linkId: 'g', type: 'group' }), ['en', 'pt']),
    ).toEqual(expected),
  );

  test('too long is measured with the note that is always said before', () => {
    const note = { linkId: 'note', type: 'display', text: 'Almost done.' };
    const item = { ...name, extension: [textWhen('whom', ['self'], { en: 'x'.repeat(1020) })] };
    expect(problems(questionnaire(whom, note, item))).toEqual([
      'item[2].extension[0]: the text in "en" is longer than 1024 characters',
    ]);
  });

  test('are told of together with what else is wrong with their question', () =>
    expect(
      problems(
        questionnaire(whom, {
          linkId: 'name',
          type: 'string',
          extension: [textWhen('nobody', ['self'], { en: 'Your name?' })],
        }),
      ),
    ).toEqual([
      'item[1].text: no text in "en"',
      'item[1].extension[0]: no question has the linkId "nobody"',
    ]));
});

describe('it tells', () => {
  const choice = { ...name, type: 'choice' };
  const when = (question: string, more: Record<string, unknown> = { operator: '=', answerString: 'x' }) => [
    { question, ...more },
  ];
  const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['a form that asks nothing', questionnaire(), ['item: the form asks nothing']],
    ['a missing text', questionnaire({ linkId: 'a', type: 'string' }), ['item[0].text: no text in "en"']],
    [
      'a linkId that is there twice, in groups too',
      questionnaire(name, { linkId: 'g', type: 'group', item: [name] }),
      ['item[1].item[0].linkId: linkId "name" is there twice'],
    ],
    [
      'a type that has no place in a chat',
      questionnaire({ ...name, type: 'attachment' }),
      ['item[0].type: type "attachment" cannot be asked in a chat'],
    ],
    [
      'a condition on an unknown question',
      questionnaire({ ...name, enableWhen: when('nobody') }),
      ['item[0].enableWhen[0].question: no question has the linkId "nobody"'],
    ],
    [
      'a condition on a group',
      questionnaire({ linkId: 'g', type: 'group', item: [] }, { ...name, enableWhen: when('g') }),
      ['item[1].enableWhen[0].question: "g" is not a question'],
    ],
    [
      'a question that depends on itself, around a corner too',
      questionnaire({ ...name, enableWhen: when('b') }, { ...name, linkId: 'b', enableWhen: when('name') }),
      [
        'item[0].enableWhen[0].question: "name" depends on itself',
        'item[1].enableWhen[0].question: "b" depends on itself',
      ],
    ],
    [
      'an unknown operator',
      questionnaire(name, {
        ...name,
        linkId: 'b',
        enableWhen: when('name', { operator: '~', answerString: 'x' }),
      }),
      ['item[1].enableWhen[0].operator: unknown operator "~"'],
    ],
    [
      'a condition without an answer',
      questionnaire(name, { ...name, linkId: 'b', enableWhen: when('name', { operator: 'exists' }) }),
      ['item[1].enableWhen[0]: the answer to compare with is missing'],
    ],
    [
      'two conditions that do not say how they go together',
      questionnaire(name, { ...name, linkId: 'b', enableWhen: [...when('name'), ...when('name')] }),
      ['item[1].enableBehavior: more than one enableWhen: must all hold, or any of them?'],
    ],
    ['a choice without options', questionnaire(choice), ['item[0].answerOption: a choice without options']],
    [
      'a value set that is elsewhere',
      questionnaire({ ...choice, answerValueSet: 'https://example.org/vs' }),
      ['item[0].answerOption: the value set "https://example.org/vs" is not contained in the form'],
    ],
    [
      'an option that is there twice',
      questionnaire({ ...choice, answerOption: [{ valueString: 'a' }, { valueString: 'a' }] }),
      ['item[0].answerOption: the code "a" is there twice'],
    ],
    [
      'a gender that FHIR does not have',
      questionnaire({ ...choice, definition: '#Patient.gender', answerOption: [{ valueString: 'lady' }] }),
      ['item[0].answerOption: "lady" is no administrative gender'],
    ],
    [
      'a place that this type cannot fill',
      questionnaire({ ...name, type: 'integer', definition: '#Patient.birthDate' }),
      ['item[0].type: Patient.birthDate cannot be answered by "integer"'],
    ],
    [
      'an unknown data class',
      questionnaire({
        ...name,
        extension: [
          { url: 'https://vestibule.dev/fhir/StructureDefinition/data-class', valueCode: 'secret' },
        ],
      }),
      ['item[0].extension: unknown data class "secret"'],
    ],
  ];

  test.each(cases)('%s', (_, input, expected) => expect(problems(input)).toEqual(expected));

  test('every text that a language lacks', () => {
    const answerOption = [{ valueCoding: { code: 'a', display: 'A' } }, { valueString: 'b' }];
    const items = [
      { ...choice, answerOption },
      { linkId: 'yes', type: 'boolean', text: 'Yes?' },
    ];
    expect(problems(questionnaire(...items), ['en', 'nl'])).toEqual([
      'item[0].text: no text in "nl"',
      'item[0].answerOption[0].valueCoding.display: no text in "nl"',
      'item[0].answerOption[1].valueString: no text in "nl"',
      'item[1].text: no text in "nl"',
      'item[1].type: no words for yes and no in "nl"',
    ]);
  });

  test.each([null, 3, 'x', [], {}, { resourceType: 'Patient' }])('what is no Questionnaire: %j', (input) =>
    expect(problems(input).length).toBeGreaterThan(0),
  );

  test('a problem of anything at all, and never throws', () => {
    const itemLike = fc.record(
      { linkId: fc.anything(), type: fc.constantFrom('string', 'choice', 'group'), item: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.oneof(itemLike, fc.anything()))), (item) => {
        const result = compileForm({ resourceType: 'Questionnaire', url: 'u', item }, ['en']);
        expect('form' in result || result.problems.length > 0).toBe(true);
      }),
    );
  });
});
