import type { Tx } from '#platform/db/db.ts';
import type { ThreadLine } from '../../contract.ts';
import type { TranscriptLine } from '../../filing.ts';
import type { StaffNames } from '../lines.ts';
import { readThreadPage, type ThreadCursor, type ThreadDeps } from '../views.ts';

/** Pages that are read back at most: a handoff that lasts longer keeps its last part. */
const maxPages = 10;

/** What was said between two instants, oldest first. Notes are for colleagues and stay here. */
export async function transcriptOf(
  tx: Tx,
  deps: ThreadDeps,
  conversationId: string,
  names: StaffNames,
  span: { readonly from: string; readonly to: string },
): Promise<readonly TranscriptLine[]> {
  const lines: TranscriptLine[] = [];
  let before: ThreadCursor | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await readThreadPage(tx, deps, conversationId, names, before);
    lines.unshift(...page.lines.filter((line) => isIn(line, span)).flatMap(transcribed));
    before = page.older;
    const oldest = page.lines[0];
    if (before === undefined || oldest === undefined || oldest.at < span.from) break;
  }
  return lines;
}

function isIn(line: ThreadLine, { from, to }: { readonly from: string; readonly to: string }): boolean {
  return line.at >= from && line.at <= to;
}

const sides = { patient: 'Patient', assistant: 'Assistant', staff: 'Staff' } as const;

function transcribed(line: ThreadLine): readonly TranscriptLine[] {
  if (line.kind !== 'message') return [];
  const { at, side, by, what, text } = line;
  return [{ at, who: by ?? sides[side], text: text === '' ? `[${what}]` : text }];
}
