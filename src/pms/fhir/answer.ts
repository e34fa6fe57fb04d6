import { accepted, type Outcome, rejected, retry } from '#kernel/outcome.ts';
import type { Identifier, OperationOf, OperationType, PmsResults } from '../pms.ts';
import { failure } from './errors.ts';
import { carries, isConclusive, matches, type ParsedBundle, parseBundle, parseResource } from './parse.ts';
import { withinBase } from './reference.ts';

/** What every answer is read by, whatever it is about. */

export type Context = {
  readonly baseUrl: string;
  /** The system of the identifiers that we give. */
  readonly identifierSystem: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/** A response whose status says success, with its body parsed. */
export type Success = {
  readonly status: number;
  readonly location: string | undefined;
  /** Of the resource, where the headers name it. */
  readonly version: string | undefined;
  /** Undefined where it is not JSON. */
  readonly body: unknown;
  /** Nothing stood in the body at all: a short way to say yes. */
  readonly empty: boolean;
};

export type Reader<T extends OperationType> = (
  operation: OperationOf<T>,
  success: Success,
  context: Context,
) => Outcome<PmsResults[T]>;

/** Where the next page is found: an URL, or the word for one that leads out of the practice system. */
export function nextOf(
  found: ParsedBundle,
  baseUrl: string,
): { readonly url: string } | 'outside' | undefined {
  const link = found.link.find((one) => one.relation === 'next');
  if (link === undefined) return undefined;
  const next = withinBase(link.url, baseUrl);
  return next === undefined ? 'outside' : { url: next.href };
}

export type Hit = { readonly resource: unknown; readonly identifier: Identifier; readonly id: string };

/**
 * What a search by our identifiers found.
 *
 * "Not there" decides that something is created, so an answer that proves nothing is no answer: half a result is
 * `retry`, and a system that ignores the parameter and answers with anybody is `rejected`.
 */
export function lookUp(
  { status, body }: Success,
  resourceType: string,
  identifiers: readonly Identifier[],
  now: number,
): Outcome<readonly Hit[]> {
  const found = parseBundle(body);
  if (found === undefined) return failure('read', { status, body }, now);
  const resources = matches(found);
  const hits = resources.map((resource): Hit | undefined => {
    const parsed = parseResource(resource);
    if (parsed?.resourceType !== resourceType || parsed.id === undefined) return undefined;
    const identifier = identifiers.find((one) => carries(parsed, one));
    return identifier && { resource, identifier, id: parsed.id };
  });
  const ours = hits.filter((hit) => hit !== undefined);
  if (ours.length < hits.length) return rejected('SEARCH_NOT_HONOURED');
  return isConclusive(found) ? accepted(ours) : retry('SEARCH_INCOMPLETE');
}
