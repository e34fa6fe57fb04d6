import type { OutboundContent } from '#channels/channel.ts';
import { numbered } from '#channels/question.ts';

/**
 * What is said, as the messages that the channel can carry. Nothing is cut off: what is too long for one message becomes several, in
 * order. A question that fits with its choices goes as it is; one that does not is said first, and its choices follow.
 *
 * @param textChars the longest text that leaves as one message (`Capabilities.textChars`), in UTF-16 code units
 */
export function inParts(content: OutboundContent, textChars: number): readonly OutboundContent[] {
  switch (content.kind) {
    case 'text':
      return texts(content.text, textChars);
    case 'choices': {
      if (numbered(content).length <= textChars) return [content];
      const asked = texts(content.text, textChars);
      const choices = { ...content, text: content.listLabel };
      const offered = numbered(choices);
      return [...asked, ...(offered.length <= textChars ? [choices] : texts(offered, textChars))];
    }
    case 'contact-request': {
      const parts = inParts(content.otherwise, textChars);
      return parts.length === 1 ? [content] : parts;
    }
    default:
      return [content];
  }
}

function texts(text: string, limit: number): readonly OutboundContent[] {
  return pieces(text, limit).map((piece) => ({ kind: 'text', text: piece }));
}

/** Where a text may be parted, best first: between paragraphs, lines, sentences, words. */
const seams = [/\n\n+/g, /\n/g, /(?<=[.!?…。！？])\s+/g, /\s+/g];

/** White space at a seam is left out, for a message begins and ends with words. */
function pieces(text: string, limit: number): readonly string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const end = seamIn(rest, limit);
    found.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...found, rest].filter((piece, i) => i === 0 || piece !== '');
}

/** Where the last of the best seams within the limit begins, unless that would leave less than half a message. */
function seamIn(text: string, limit: number): number {
  // One sign more than fits: a seam may begin where the message is full.
  const within = text.slice(0, limit + 1);
  for (const seam of seams) {
    const last = [...within.matchAll(seam)].findLast(({ index }) => index <= limit);
    if (last !== undefined && last.index > limit / 2) return last.index;
  }
  return wholeSigns(text, limit);
}

/** As much of the text as fits without parting what people see as one sign. */
function wholeSigns(text: string, limit: number): number {
  let end = 0;
  for (const { index, segment } of new Intl.Segmenter().segment(text.slice(0, limit + 32))) {
    if (index + segment.length > limit) break;
    end = index + segment.length;
  }
  return end === 0 ? limit : end;
}
