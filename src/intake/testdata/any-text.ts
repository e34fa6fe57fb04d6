import fc from 'fast-check';

/** Any string at all, halves of surrogate pairs and controls among them; the first planes are the likelier ones. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x7f }),
      fc.integer({ min: 0, max: 0x6ff }),
      fc.integer({ min: 0x2000, max: 0x206f }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0x1f000, max: 0x1faff }),
    ),
    { maxLength: 40 },
  )
  .map((codePoints) => String.fromCodePoint(...codePoints));
