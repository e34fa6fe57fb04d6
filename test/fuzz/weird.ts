import fc from 'fast-check';

/** Inputs that nobody sends by accident: bytes, JSON with something changed in it, and texts made to be slow to read. */

/** Stand for what JSON.stringify cannot write: too deep, not finite, too long to build for each value. */
const deep = '@deep@';
const huge = '@huge@';

/** Levels: more than any recursive reader survives. */
const levels = 10_000;

/** JSON text of a value, with the stand-ins put in. */
export function asJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll(`"${deep}"`, '['.repeat(levels) + ']'.repeat(levels))
    .replaceAll(`"${huge}"`, '1e999');
}

const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'then', ''];

/** Values that stand where another kind was meant. */
export const weird = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1e300,
    -0.5,
    2 ** 53,
    '',
    ' ',
    '0',
    '-',
    [],
    {},
    [[]],
    [null],
  ),
  fc.constantFrom<unknown>(
    deep,
    huge,
    '\ud800',
    '\udfff\ud800',
    '\u0000',
    '\u202e',
    'a'.repeat(5_000),
    '9'.repeat(400),
  ),
  fc.constantFrom<unknown>(...keys, 'NaN', 'Infinity', '1e999', '0x10', '../..', '%00', '{{1}}', '%s'),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.jsonValue({ maxDepth: 3 }),
);

type Path = readonly number[];

/** `__proto__` as a key of its own, as a parser makes it. */
function withKey(object: object, key: string, value: unknown): object {
  const copy = { ...object };
  Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

type Change = (parent: unknown, key: string, value: unknown) => unknown;

/** The parent, with one of its nodes changed. */
const changes: Readonly<Record<string, (weird: unknown, name: string) => Change>> = {
  replace: (by) => (parent, key) => rebuilt(parent, (name, value) => [[name, name === key ? by : value]]),
  remove: () => (parent, key) => rebuilt(parent, (name, value) => (name === key ? [] : [[name, value]])),
  double: () => (parent, key) =>
    rebuilt(parent, (name, value) =>
      name === key
        ? [
            [name, value],
            [name, value],
          ]
        : [[name, value]],
    ),
  wrap: () => (parent, key) => rebuilt(parent, (name, value) => [[name, name === key ? [value] : value]]),
  add: (by, name) => (parent) =>
    Array.isArray(parent)
      ? [...parent, by]
      : typeof parent === 'object' && parent !== null
        ? withKey(parent, name, by)
        : by,
};

function rebuilt(
  parent: unknown,
  each: (key: string, value: unknown) => readonly (readonly [string, unknown])[],
): unknown {
  if (typeof parent !== 'object' || parent === null) return parent;
  const fields = Object.entries(parent).flatMap(([key, value]) => each(key, value));
  if (Array.isArray(parent)) return fields.map(([, value]) => value);
  return fields.reduce((built, [key, value]) => withKey(built, key, value), {});
}

function changed(value: unknown, path: Path, change: Change): unknown {
  const [pick, ...rest] = path;
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value);
  const key = names[(pick ?? 0) % Math.max(names.length, 1)];
  if (key === undefined) return change(value, '', undefined);
  const child = (value as Readonly<Record<string, unknown>>)[key]; // one of its own keys
  if (rest.length === 0 || typeof child !== 'object' || child === null) return change(value, key, child);
  return rebuilt(value, (name, item) => [[name, name === key ? changed(item, rest, change) : item]]);
}

/** One of the payloads as JSON text, with a few of its nodes changed. */
export function mutated(payloads: readonly unknown[]): fc.Arbitrary<string> {
  const change = fc.record({
    kind: fc.constantFrom(...Object.keys(changes)),
    path: fc.array(fc.nat(30), { minLength: 1, maxLength: 14 }),
    by: weird,
    name: fc.oneof(fc.constantFrom(...keys), fc.string({ maxLength: 5 })),
  });
  return fc
    .tuple(fc.constantFrom(...payloads), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([payload, steps]) =>
      asJson(
        steps.reduce(
          (so, { kind, path, by, name }) =>
            changed(so, path, changes[kind]?.(by, name) ?? ((parent) => parent)),
          payload,
        ),
      ),
    );
}

/** Bytes: any; text with some of its bytes changed; text that breaks off. */
export function bytes(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const whole = text.map((each) => Buffer.from(each));
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each)),
    whole,
    fc.tuple(whole, flips).map(([body, places]) => {
      const copy = Buffer.from(body);
      for (const [place, byte] of places) if (copy.length > 0) copy[place % copy.length] = byte;
      return copy;
    }),
    fc.tuple(whole, fc.nat()).map(([body, end]) => body.subarray(0, end % (body.length + 1))),
    whole.map((body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body])),
  );
}

/** Characters; a message of WhatsApp holds 4,096. */
const slowChars = 20_000;

/** Texts on which a careless expression goes back and forth for ever: one or two signs over and over, and then another. */
export const slow = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        ' ',
        '0',
        '1 ',
        '1/',
        '1.',
        '-',
        ', ',
        'a',
        'a ',
        "'",
        '(',
        '+',
        '00',
        'no ',
        'st ',
        '١',
        'é',
        '👍',
        'a,',
        '1a',
      ),
      fc.string({ minLength: 1, maxLength: 3 }),
    ),
    fc.constantFrom('', '!', 'x', '\n', '9', '\u0000'),
  )
  .map(([unit, end]) => unit.repeat(Math.ceil(slowChars / unit.length)).slice(0, slowChars) + end);

export const anyText = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  { weight: 6, arbitrary: fc.string({ unit: 'grapheme', maxLength: 80 }) },
  { weight: 2, arbitrary: fc.constantFrom(...keys, '\ud800', 'NaN', '1e999', '+'.repeat(50)) },
  { weight: 1, arbitrary: slow },
);
