import { describe, expect, test } from 'vitest';
import { readChoice } from '#intake/read-choice.ts';
import { type Provider, providers } from '../../test/providers/index.ts';
import type { Envelope, Person, Shown } from '../../test/providers/side.ts';
import { mediaKinds } from './capabilities.ts';
import type { ChannelEvent, Choice, InboundContent, OutboundContent } from './channel.ts';

/**
 * Every codec, held to its capabilities: what is offered renders up to the limit, what is not is said in another way that can still be
 * answered, or is refused. The other end is written apart from the codecs, in `test/providers/`.
 */

const nowMs = 1_795_000_000_000;
const ana: Person = { phone: '12025550143', userId: 'US.48213306590127745521', name: 'Ana' };
const hidden: Person = { userId: 'US.48213306590127745521' };

function about(provider: Provider, from: Person = ana): Envelope {
  return { id: provider.messageId(7), from, atMs: nowMs };
}

function said(provider: Provider, content: OutboundContent, to: Person = { phone: '12025550143' }) {
  return provider.render({ id: 'm-0001', to, content });
}

function shown(provider: Provider, content: OutboundContent): Shown | string {
  const result = said(provider, content);
  return 'refused' in result ? result.refused : provider.shown(result);
}

/** Of exactly so many characters, and different from its neighbours. */
const word = (index: number, chars: number) =>
  `${String.fromCharCode(97 + index)}${'z'.repeat(Math.max(chars - 1, 0))}`.slice(0, Math.max(chars, 1));

type Shape = {
  readonly count: number;
  readonly titleChars: number;
  readonly idChars: number;
  readonly bodyChars: number;
  readonly descriptionChars?: number;
  readonly labelChars?: number;
};

function question(shape: Shape): Extract<OutboundContent, { kind: 'choices' }> {
  const { count, titleChars, idChars, bodyChars, descriptionChars = 0, labelChars = 6 } = shape;
  const choices = Array.from(
    { length: count },
    (_, index): Choice => ({
      id: word(index, idChars),
      title: word(index, titleChars),
      ...(descriptionChars > 0 && { description: word(index, descriptionChars) }),
    }),
  );
  return { kind: 'choices', text: 'x'.repeat(bodyChars), listLabel: 'l'.repeat(labelChars), choices };
}

function contentsOf(events: readonly ChannelEvent[]): readonly InboundContent[] {
  return events.flatMap((event) => (event.type === 'message' ? [event.content] : []));
}

/** Whatever it is shown as, each of its choices can be taken: by a tap that brings its id back, or by its number and its name. */
function expectAnswerable(
  provider: Provider,
  asked: Extract<OutboundContent, { kind: 'choices' }>,
  as: Shown,
): void {
  if (as.as === 'text') {
    const options = asked.choices.map(({ id, title }) => ({
      code: id,
      display: { en: title },
      synonyms: {},
    }));
    expect(as.text.startsWith(asked.text)).toBe(true);
    for (const [index, { title, description = '' }] of asked.choices.entries()) {
      expect(as.text).toContain(`\n${index + 1}. ${title}`);
      expect(as.text).toContain(description);
      for (const typed of [String(index + 1), title]) {
        expect(readChoice(typed, options, 'en')).toEqual({ option: options[index] });
      }
    }
    return;
  }
  if (as.as !== 'buttons' && as.as !== 'list') throw new Error(`shown as ${as.as}`);
  expect(as).toMatchObject({ text: asked.text, choices: asked.choices });
  const via = as.as === 'list' ? 'list' : 'button';
  for (const { id, title } of as.choices) {
    const tap = provider.act({ kind: 'tap', via, id, title }, about(provider));
    expect(contentsOf(provider.parse(tap, nowMs))).toMatchObject([{ kind: 'choice', id, title }]);
  }
}

function expectShownAs(provider: Provider, shape: Shape, as: readonly Shown['as'][]): void {
  const asked = question(shape);
  const seen = shown(provider, asked);
  if (typeof seen === 'string') throw new Error(`refused: ${seen}`);
  expect([shape, as]).toEqual([shape, expect.arrayContaining([seen.as])]);
  expectAnswerable(provider, asked, seen);
}

describe.each(providers)('$name', (provider) => {
  const { capabilities } = provider;
  const { buttons, list, templates, textChars, media } = capabilities;

  test('buttons, to the limit and one past each', () => {
    if (buttons === 'numbered')
      return expectShownAs(provider, { count: 2, titleChars: 5, idChars: 5, bodyChars: 9 }, ['text']);
    const { max, titleChars, idChars, bodyChars } = buttons;
    const most = { count: max, titleChars, idChars, bodyChars };
    for (let count = 1; count <= max; count++) expectShownAs(provider, { ...most, count }, ['buttons']);
    const past = [
      { ...most, count: max + 1, idChars: 20 },
      { ...most, titleChars: titleChars + 1, idChars: 20 },
      { ...most, idChars: idChars + 1 },
      { ...most, bodyChars: bodyChars + 1, idChars: 20 },
      { ...most, descriptionChars: 1, idChars: 20 },
    ];
    for (const shape of past) expectShownAs(provider, shape, ['list', 'text']);
  });

  test('lists, to the limit and one past each', () => {
    if (list === 'numbered')
      return expectShownAs(provider, { count: 9, titleChars: 5, idChars: 5, bodyChars: 9 }, ['text']);
    const { rows, titleChars, descriptionChars, idChars, bodyChars, labelChars } = list;
    const most = { count: rows, titleChars, idChars, bodyChars, descriptionChars, labelChars };
    expectShownAs(provider, most, ['list']);
    expectShownAs(provider, { ...most, count: rows - 1, descriptionChars: 0 }, ['list']);
    // So that what is one too many for the list is not too long for a text.
    const short = { ...most, bodyChars: 100 };
    const past = [
      { ...short, count: rows + 1 },
      { ...short, titleChars: titleChars + 1 },
      { ...short, descriptionChars: descriptionChars + 1 },
      { ...short, idChars: idChars + 1 },
      { ...short, labelChars: labelChars + 1 },
    ];
    for (const shape of past) expectShownAs(provider, shape, ['text']);
    const long = question({ ...most, bodyChars: bodyChars + 1, descriptionChars: 0 });
    expect(shown(provider, long)).toEqual(
      bodyChars + 300 < textChars ? expect.objectContaining({ as: 'text' }) : 'TOO_LONG',
    );
  });

  test('a title twice, or over two lines, is said in numbers', () => {
    for (const titles of [
      ['Yes', 'Yes '],
      ['Yes', 'No\nthanks'],
    ]) {
      const choices = titles.map((title, index) => ({ id: `c${index}`, title }));
      const asked: OutboundContent = { kind: 'choices', text: 'Well?', listLabel: 'Choose', choices };
      expect(shown(provider, asked)).toMatchObject({ as: 'text' });
    }
  });

  test('a text, to the limit and one past it', () => {
    const text = 'x'.repeat(textChars);
    expect(shown(provider, { kind: 'text', text })).toEqual({ as: 'text', text });
    expect(said(provider, { kind: 'text', text: `${text}x` })).toEqual({
      refused: 'TOO_LONG',
      field: 'text',
      limit: textChars,
      actual: textChars + 1,
    });
    const asked = { count: 40, titleChars: 24, idChars: 10, bodyChars: textChars };
    expect(shown(provider, question(asked))).toBe('TOO_LONG');
  });

  test('templates, in their style and to their limits', () => {
    const { style, bodyChars, buttons: most, payloadChars } = templates;
    const named = {
      named: { name: /^visit_reminder/, language: /^pt_BR$/ },
      positional: { name: /^visit_reminder/, language: /^pt_BR$/ },
      'content-sid': { contentSid: /^HX[0-9a-f]{32}$/ },
      hsm: { namespace: /./, name: /^visit_reminder/, language: /^pt_BR$/ },
      project: { projectId: /^[0-9a-f-]{36}$/, version: /./, locale: /^pt-BR$/ },
    };
    const template = (count: number, chars: number, text = 'x'.repeat(bodyChars)): OutboundContent => ({
      kind: 'template',
      // Bird's projects each have so many buttons and no other number.
      name: style === 'project' && count > 0 ? `visit_reminder_${count}` : 'visit_reminder',
      language: 'pt_BR',
      variables: ['Ana', '10:30'],
      payloads: Array.from({ length: count }, (_, index) => word(index, chars)),
      text,
      labels: [],
    });
    if (style === 'no') return expect(shown(provider, template(0, 1))).toBe('NOT_OFFERED');
    for (const count of [0, most]) {
      const seen = shown(provider, template(count, payloadChars));
      if (typeof seen === 'string' || seen.as !== 'template') throw new Error('expected a template');
      expect(Object.keys(seen.named).toSorted()).toEqual(Object.keys(named[style]).toSorted());
      for (const [key, shape] of Object.entries(named[style])) expect(seen.named[key]).toMatch(shape);
      const payloads = Array.from({ length: count }, (_, index) => word(index, payloadChars));
      expect(seen.values).toEqual(['Ana', '10:30', ...payloads]);
    }
    expect(shown(provider, template(most + 1, 5))).toBe('TOO_MANY');
    expect(shown(provider, template(1, payloadChars + 1))).toBe('TOO_LONG');
    expect(shown(provider, template(0, 1, 'x'.repeat(bodyChars + 1)))).toBe('TOO_LONG');
  });

  test("a tap on a template's button", () => {
    const act = { kind: 'tap', via: 'template', id: 'r:confirm:1', title: 'Confirmar' } as const;
    const contents = contentsOf(provider.parse(provider.act(act, about(provider)), nowMs));
    expect(contents).toMatchObject([{ kind: 'choice', id: act.id, title: act.title }]);
  });

  test('read receipts and typing, where there are any', () => {
    const externalId = provider.messageId(3);
    for (const typing of [false, true]) {
      const isOffered = typing ? capabilities.typing : capabilities.readReceipts;
      const seen = shown(provider, { kind: 'read', externalId, typing });
      expect(seen).toEqual(isOffered ? { as: 'read', typing } : 'NOT_OFFERED');
    }
  });

  test('user ids: in, whole; out, where they can be answered', () => {
    const { userId = '' } = hidden;
    const both = provider.parse(provider.act({ kind: 'text', text: 'hi' }, about(provider)), nowMs);
    expect(both).toMatchObject([{ type: 'message', from: { phone: ana.phone } }]);
    if (capabilities.bsuidIn) expect(both).toMatchObject([{ from: { userId } }]);
    const alone = provider.parse(provider.act({ kind: 'text', text: 'hi' }, about(provider, hidden)), nowMs);
    // Even where the provider knows none: what stands in a number's place is no number.
    expect(alone).toMatchObject([{ type: 'message', from: { userId } }]);
    expect(alone[0]).not.toHaveProperty('from.phone');
    const answer = said(provider, { kind: 'text', text: 'hello' }, hidden);
    if (!capabilities.bsuidOut) return expect(answer).toMatchObject({ refused: 'NO_RECIPIENT' });
    expect('body' in answer && decodeURIComponent(answer.body ?? '')).toContain(userId);
  });

  test('the request for the number: by the button where there is one, else in words', () => {
    const { contactRequest } = capabilities;
    const otherwise = { kind: 'text', text: 'Which number?' } as const;
    const asked = (text: string) => shown(provider, { kind: 'contact-request', text, otherwise });
    const inWords = { as: 'text', text: otherwise.text };
    if (contactRequest === 'no') return expect(asked('Tap below.')).toEqual(inWords);
    const most = 'x'.repeat(contactRequest.bodyChars);
    expect(asked(most)).toEqual({ as: 'contact-request', text: most });
    expect(asked(`${most}x`)).toEqual(inWords);
  });

  test('media: every kind that is offered, of every type, and a size for each', () => {
    expect(Object.keys(media.maxBytes).toSorted()).toEqual(media.kinds.toSorted());
    expect(Object.keys(media.types).toSorted()).toEqual(media.kinds.toSorted());
    for (const kind of mediaKinds.filter((each) => media.kinds.includes(each))) {
      expect(media.maxBytes[kind]).toBeGreaterThan(0);
      expect(media.types[kind]?.length).toBeGreaterThan(0);
      for (const mimeType of media.types[kind] ?? []) {
        const act = provider.act({ kind: 'media', media: kind, mimeType, caption: 'Look' }, about(provider));
        const contents = contentsOf(provider.parse(act, nowMs));
        expect(contents).toMatchObject([{ kind: 'media', media: kind, mediaId: expect.stringMatching(/./) }]);
      }
    }
  });

  test('reactions and answers of forms: understood, or kept as what they are', () => {
    const reaction = provider.act({ kind: 'reaction', targetId: 'm.1', emoji: '👍' }, about(provider));
    const reacted = contentsOf(provider.parse(reaction, nowMs));
    if (capabilities.reactionsIn)
      expect(reacted).toEqual([{ kind: 'reaction', targetId: 'm.1', emoji: '👍' }]);
    else expect(reacted).toHaveLength(1);
    const form = provider.act({ kind: 'form', answers: { sex: 'female', age: 40 } }, about(provider));
    const filled = contentsOf(provider.parse(form, nowMs));
    if (capabilities.flows === 'no') expect(filled).toMatchObject([{ kind: 'unknown' }]);
    else expect(filled).toMatchObject([{ kind: 'form', response: { sex: 'female', age: 40 } }]);
  });

  test('our id comes back in a status, where the provider gives any back', () => {
    const sent = said(provider, { kind: 'text', text: 'hello' });
    if ('refused' in sent) throw new Error(sent.refused);
    const events = provider.parse(provider.delivered(sent, about(provider)), nowMs);
    expect(events).toMatchObject([
      {
        type: 'status',
        status: 'delivered',
        externalId: provider.messageId(7),
        recipient: { phone: ana.phone },
      },
    ]);
    const [status] = events;
    expect(status?.type === 'status' && status.ourId).toBe(
      capabilities.idempotency === 'none' ? undefined : 'm-0001',
    );
  });

  test('what the provider signs is its own, and nobody else can have signed it', async () => {
    const signed = provider.deliver(provider.act({ kind: 'text', text: 'Olá 👋' }, about(provider)), nowMs);
    expect(await provider.verify(signed, nowMs)).toBe(true);
    expect(await provider.verifyAsStranger(signed, nowMs)).toBe(false);
  });

  test('every source is a page, every gap a sentence', () => {
    for (const source of capabilities.sources) expect(new URL(source).protocol).toBe('https:');
    expect(capabilities.unconfirmed.length).toBeGreaterThan(0);
    const { inboundRetries, feePerMessage, agreement, unconfirmed } = capabilities;
    for (const sentence of [inboundRetries, feePerMessage, agreement.note, ...unconfirmed])
      expect(sentence).toMatch(/^[A-Z].+\.$/);
  });
});

test('all five are here', () => {
  expect(providers.map(({ name }) => name)).toEqual(['meta', 'twilio', 'vonage', 'messagebird', 'bird']);
});
