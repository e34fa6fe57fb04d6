import { describe, expect, test } from 'vitest';
import { booked, booking, calendarUrl, clinicians, filed, freeSlots, slot } from './testdata/dialogue.ts';
import { text } from './texts.ts';

const titles = (chat: ReturnType<typeof filed>) => chat.choices().map(({ title }) => title);
const isolate = (name: string) => `\u2068${name}\u2069`;

type Walk = {
  readonly language: 'en' | 'pt' | 'es';
  readonly when: string;
  readonly rows: readonly string[];
  readonly book: string;
  readonly pick: string;
};

const walks: readonly Walk[] = [
  {
    language: 'en',
    when: 'Tue 24 Nov, 09:20',
    rows: [
      'Tue 24 Nov, 09:20',
      'Tue 24 Nov, 14:00',
      'Wed 25 Nov, 08:40',
      'Another day',
      'Another clinician',
      'A person',
    ],
    book: 'Book',
    pick: 'tuesday 9:20',
  },
  {
    language: 'pt',
    when: 'ter 24 nov, 09:20',
    rows: [
      'ter 24 nov, 09:20',
      'ter 24 nov, 14:00',
      'qua 25 nov, 08:40',
      'Outro dia',
      'Outro profissional',
      'Uma pessoa',
    ],
    book: 'Marcar',
    pick: 'terça às 9h20',
  },
  {
    language: 'es',
    when: 'mar 24 nov, 09:20',
    rows: [
      'mar 24 nov, 09:20',
      'mar 24 nov, 14:00',
      'mié 25 nov, 08:40',
      'Otro día',
      'Otro profesional',
      'Una persona',
    ],
    book: 'Reservar',
    pick: 'martes a las 9:20',
  },
];

describe.each(walks)('from the details to the visit in $language', ({ language, when, rows, book, pick }) => {
  test('with two more taps', () => {
    const chat = filed(language).hear(language, 'filed.looking').asks('none');
    expect(chat.result().appointment?.events).toMatchObject([
      { type: 'SlotsRequested', data: { visitType: 'orthopaedics', conversationId: 'c1', round: 1 } },
    ]);
    chat.finds().asks('slots');
    expect(titles(chat)).toEqual(rows);
    expect(chat.choices()[0]?.description).toBe(clinicians.prado);
    chat
      .taps(rows[0] ?? '')
      .isSilent()
      .asks('none');
    const params = { when, clinician: isolate(clinicians.prado), until: '09:20' };
    const until =
      chat
        .holds()
        .said()
        .match(/\d\d:\d\d/g)
        ?.at(-1) ?? '';
    chat.hear(language, ['hold.ask', { ...params, until }]).asks('book?');
    chat.taps(book).isSilent();
    expect(chat.result().appointment?.events).toMatchObject([{ type: 'BookingRequested' }]);
    const address = booking.address;
    chat
      .books()
      .hear(language, [
        'booked',
        { ...params, address, calendarUrl: calendarUrl(chat.state().appointmentId ?? '') },
      ]);
    chat.asks('none');
  });

  test('in words', () => {
    const chat = filed(language).finds().writes(pick).holds().asks('book?').writes(book).books();
    expect(chat.visit()?.booked?.offer).toEqual(freeSlots[0]);
  });
});

test('a new patient needs at most sixteen actions', () => {
  const actions = booked()
    .facts()
    .filter(({ type }) => type === 'MessagesRead').length;
  // The short form asks four questions; Aurora's own asks eight.
  expect(actions + 4).toBeLessThanOrEqual(16);
});

describe('a list of times', () => {
  const listed = () => filed().finds();

  test.each([
    '2',
    'the second',
    'the second one',
    'Tue 24 Nov, 14:00',
    'tuesday 14:00',
    '2pm',
    '14h',
    'tomorrow at 14',
  ])('%j chooses the second', (words) => {
    expect(listed().writes(words).visit()?.choice?.offer).toEqual(freeSlots[1]);
  });

  test.each([
    ['friday', '2026-11-27T03:00:00.000Z'],
    ['sexta-feira', '2026-11-27T03:00:00.000Z'],
    ['25/11', '2026-11-25T03:00:00.000Z'],
    ['wednesday 15:00', '2026-11-25T03:00:00.000Z'],
    ['next week', '2026-11-30T03:00:00.000Z'],
  ])('%j looks at that day and what comes after', (words, from) => {
    expect(listed().writes(words).isSilent().visit()).toMatchObject({
      found: 'searching',
      search: { asked: 'day', from, to: expect.stringMatching(/^2026-12-21/) },
    });
  });

  test.each(['Dr Serra', 'serra', 'com o doutor Sera'])('%j looks at that clinician', (words) => {
    expect(listed().writes(words).visit()?.search).toMatchObject({ asked: 'clinician', scheduleId: 'serra' });
  });

  test.each([['another day'], ['outro dia'], ['otro día'], ['4']])('%j asks for a day', (words) => {
    const chat = listed().writes(words).hear('en', 'slot-day.ask').asks('slot-day');
    expect(titles(chat)).toHaveLength(8);
    expect(chat.taps('Fri 27 Nov').visit()?.search).toMatchObject({
      asked: 'day',
      from: '2026-11-27T03:00:00.000Z',
    });
  });

  test('another clinician is chosen by name, or is anyone', () => {
    const chat = listed().taps('Another clinician').hear('en', 'slot-clinician.ask');
    expect(titles(chat)).toEqual(['Dr Helena Prado', 'Dr Ivo Serra', 'Anyone', 'A person']);
    expect(chat.taps('Dr Ivo Serra').visit()?.search.scheduleId).toBe('serra');
    const only = freeSlots.filter(({ scheduleId }) => scheduleId === 'serra');
    // With one clinician, the name stands in the sentence and not beside every row.
    expect(chat.finds(only).said()).toContain(isolate(clinicians.serra));
    expect(chat.choices()[0]?.description).toBeUndefined();
  });

  const five = Array.from({ length: 5 }, (_, i) => slot(`2026-11-2${4 + i}T12:00:00Z`));

  test('later, and then earlier, where there can be any', () => {
    const chat = filed().finds(five);
    expect(titles(chat)).toContain('Later times');
    expect(titles(chat)).not.toContain('Earlier times');
    expect(chat.writes('next').visit()?.search).toMatchObject({
      asked: 'later',
      from: '2026-11-28T12:00:01.000Z',
    });
    chat.finds([slot('2026-11-30T12:00:00Z')]);
    expect(titles(chat)).toContain('Earlier times');
    expect(titles(chat)).not.toContain('Later times');
    expect(chat.writes('mais cedo').visit()?.search).toMatchObject({ asked: 'earlier', backwards: true });
  });

  test('has ten rows at most', () => {
    const chat = filed()
      .finds(five)
      .writes('later')
      .finds(five.map(({ start }) => slot(start.replace('11-2', '12-0'), 'serra')));
    expect(titles(chat)).toHaveLength(10);
  });

  test('"another one" is another time, and no new form', () => {
    expect(filed().finds(five).writes('another one').visit()?.search.asked).toBe('later');
  });

  test('said no to, nothing is booked, and it can be asked for again', () => {
    const chat = listed()
      .writes('not now')
      .hear('en', 'slots.declined', ['offer.ask', { status: 'filed' }])
      .asks('offer');
    expect(titles(chat)).toEqual(['Book a visit', 'New form', 'A person']);
    expect(chat.taps('Book a visit').visit()).toMatchObject({ round: 2, found: 'searching' });
  });

  test('not understood is helped with an example, then with numbers, then by a person', () => {
    const chat = listed().writes('asdf').hear('en', 'slots.again');
    chat.writes('qwer');
    expect(chat.said()).toContain('1. Tue 24 Nov, 09:20');
    chat.writes('zxcv').hear('en', 'handover.three-misunderstandings');
  });

  test('names no clinician in words that may not go on the channel', () => {
    expect(listed().say()?.dataClass).toBe('logistics');
    const acknowledged = filed('en', { practice: { ...booking, contentMode: 'acknowledged' } }).finds();
    expect(acknowledged.say()?.dataClass).toBe('clinical');
  });

  test('of the night when clocks go back tells its two hours apart', () => {
    const practice = {
      ...booking,
      jurisdiction: 'US',
      timeZone: 'America/New_York',
      languages: ['en', 'es'],
    };
    const chat = filed('en', { practice, at: '2026-10-31T12:00:00Z' });
    const night = [slot('2026-11-01T05:30:00Z'), slot('2026-11-01T06:30:00Z'), slot('2026-11-01T14:30:00Z')];
    expect(titles(chat.finds(night)).slice(0, 3)).toEqual([
      'Sun Nov 1, 1:30 AM EDT',
      'Sun Nov 1, 1:30 AM EST',
      'Sun Nov 1, 9:30 AM',
    ]);
  });

  test('after hours away is looked up anew', () => {
    const chat = listed().waits(8).writes('hi');
    chat.hear('en', ['note.resumed', { where: 'visit' }]);
    expect(chat.visit()).toMatchObject({ found: 'searching', round: 2 });
  });
});

describe('where nothing is free', () => {
  test('a person and the phone are the next best', () => {
    const chat = filed()
      .finds([])
      .hear('en', ['slots.none', { days: 28 }])
      .asks('slots');
    expect(titles(chat)).toEqual(['Another day', 'Another clinician', 'A person']);
    chat.writes('person').hear('en', 'handover.asked');
  });

  test('on a day, the next days are listed at once', () => {
    const chat = filed()
      .finds()
      .writes('thursday')
      .finds([slot('2026-11-27T12:00:00Z')]);
    chat.hear('en', ['slots.ask-after', { day: 'Thu 26 Nov', clinician: isolate(clinicians.prado) }]);
  });

  test.each([
    ['26/11', 'slots.none-after', { day: 'Thu 26 Nov' }],
    ['serra', 'slots.none-clinician', {}],
  ] as const)('for %j, the first times of all are looked up', (words, key, params) => {
    const chat = filed().finds().writes(words).finds([]).hear('en', [key, params]);
    expect(chat.visit()).toMatchObject({ found: 'searching', search: { asked: 'first' } });
    chat.finds().asks('slots');
  });

  test('a day that is over or too far is told so', () => {
    const late = filed('en', { at: '2026-11-24T01:30:00Z' }).finds();
    late.writes('today').hear('en', 'slot-day.over').asks('slot-day');
    filed()
      .finds()
      .writes('24/12')
      .hear('en', ['slot-day.too-far', { day: 'Mon 21 Dec' }]);
  });
});

describe('a slot that is held', () => {
  const held = () => filed().finds().writes('1').holds().asks('book?');

  test.each(['yes', 'book', 'book it', 'sim', 'reservar', '1', 'ok'])('%j books it', (words) => {
    expect(held().writes(words).visit()?.choice?.phase).toBe('booking');
  });

  test.each(['other time', '2', 'outro horário', 'a different time'])(
    '%j gives it back and lists the others',
    (words) => {
      const chat = held().writes(words).asks('slots');
      expect(chat.result().appointment?.events).toMatchObject([
        { type: 'HoldDropped', data: { why: 'other-time' } },
      ]);
    },
  );

  test('"no" gives it back', () => {
    const chat = held().writes('no').hear('en', 'slots.declined').asks('offer');
    expect(chat.result().appointment?.events).toMatchObject([
      { type: 'HoldDropped', data: { why: 'declined' } },
    ]);
  });

  test('another row of the list above is held instead', () => {
    const chat = held();
    const second = freeSlots[1]?.slotId ?? '';
    chat.tapsId(`q:slots:${encodeURIComponent(`slot/${second}`)}`);
    expect(chat.visit()?.choice?.offer).toEqual(freeSlots[1]);
  });

  test('the Book of an earlier hold books nothing', () => {
    const chat = held();
    const first = chat.choices()[0]?.id ?? '';
    chat
      .writes('other time')
      .writes('2')
      .holds()
      .tapsId(first)
      .hear('en', 'note.older-question')
      .asks('book?');
    expect(chat.visit()?.choice?.phase).toBe('held');
  });

  test('Book tapped twice books once, and the second is told', () => {
    const chat = held();
    const id = chat.choices()[0]?.id ?? '';
    chat.tapsId(id).tapsId(id).isSilent();
    expect(chat.result().appointment).toBeUndefined();
    chat
      .books()
      .tapsId(id)
      .hear('en', ['visit.stands', { when: 'Tue 24 Nov, 09:20', clinician: isolate(clinicians.prado) }]);
    expect(chat.result().appointment).toBeUndefined();
  });

  test('two rows tapped in one breath: the last is meant, under a hold of its own', () => {
    const chat = filed().finds();
    const [first, second] = chat.choices();
    const tap = (choice = first) =>
      ({ kind: 'choice', via: 'list', id: choice?.id ?? '', title: choice?.title ?? '' }) as const;
    chat.writes(tap(first), tap(second));
    expect(chat.visit()?.choice?.offer).toEqual(freeSlots[1]);
    const holds = chat
      .result()
      .appointment?.events.flatMap((event) => (event.type === 'SlotChosen' ? event.data.holdId : []));
    expect(new Set(holds).size).toBe(2);
  });

  test('confirmed too late is told kindly, and looked for anew', () => {
    const chat = held().waits(1).writes('yes').hear('en', 'slots.lost');
    expect(chat.visit()).toMatchObject({ found: 'searching', choice: undefined });
  });

  test.each(['taken', 'hold-expired', 'gone'] as const)(
    'lost (%s) is told, and the next best are looked for',
    (why) => {
      const chat = held().loses(why).hear('en', 'slots.lost');
      expect(chat.visit()).toMatchObject({ found: 'searching', round: 2 });
      chat.finds().asks('slots');
    },
  );
});

describe('a practice system that does not answer', () => {
  test('is told once while it is searched', () => {
    const chat = filed();
    const delayed = { type: 'RecordSearchDelayed', round: 1, code: 'TIMEOUT', at: chat.now() } as const;
    chat.learns(delayed, 'search-delayed').hear('en', 'slots.delayed');
    chat.learns(delayed, 'search-delayed').isSilent();
    chat.writes('hello?').hear('en', 'slots.delayed');
    chat.finds().asks('slots');
  });

  test('is told while it is booked, and the visit when it stands', () => {
    const chat = filed().finds().writes('1').holds().writes('yes');
    chat
      .learns({ type: 'RecordBookingDelayed', code: 'TIMEOUT', at: chat.now() }, 'delayed')
      .hear('en', 'visit.delayed');
    chat.writes('cancel').hear('en', 'stop.which-booking').taps('Only the visit').hear('en', 'visit.busy');
    chat.books();
    expect(chat.said()).toContain('Booked ✓');
  });

  test('refuses: a person takes over', () => {
    const searching = filed();
    searching.learns(
      { type: 'RecordSearchRefused', round: 1, code: 'NO', at: searching.now() },
      'search-refused',
    );
    searching.hear('en', 'handover.search-refused', 'handover.when');
    const booking = filed().finds().writes('1').holds().writes('yes');
    booking.learns({ type: 'RecordChangeRefused', what: 'book', code: 'NO', at: booking.now() }, 'refused');
    booking.hear('en', 'handover.booking-refused', 'handover.when');
    expect(booking.state().handover?.reason).toBe('booking-refused');
  });
});

describe('news', () => {
  test('are told once, and old ones never', () => {
    const chat = booked();
    chat.hearsOf('booked').isSilent();
    expect(chat.types()).toEqual(['AppointmentNewsNotTold']);
    chat.hearsOf('held', undefined, 1).isSilent();
  });

  test('of an appointment that nobody knows are not told', () => {
    booked().hearsOf('booked', 'another', 5).isSilent();
  });
});

test('a practice that books elsewhere says what it said before', () => {
  filed('en', { practice: { ...booking, phases: { ...booking.phases, scheduling: false } } }).hear(
    'en',
    'filed',
  );
  const chat = filed();
  expect(chat.said()).not.toContain(text('filed', 'en'));
});
