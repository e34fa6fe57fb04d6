/**
 * Glossary of the event words.
 *
 * - **event**: a fact that happened, in the past tense (`AnswerGiven`). `data` may be logged; `phi` (patient data)
 *   is sealed at rest and never logged.
 * - **stream**: the ordered events of one thing: `conversation/<id>`, `intake/<id>`, `message/<id>`.
 * - **subject**: whose key seals `phi`: a patient's id, or the conversation's while no patient is known.
 */

/** A fact as a core (`decide`) makes it. */
export type Fact<Type extends string = string, Data = unknown, Phi = unknown> = {
  readonly type: Type;
  readonly data: Data;
  readonly phi?: Phi;
};

/** A fact as it stands in the store. */
export type StoredEvent<F extends Fact = Fact> = F & {
  readonly practiceId: string;
  readonly stream: string;
  /** 1 for the first event of its stream. */
  readonly version: number;
  /** Global and unique, but not commit order: see `platform/eventstore`. */
  readonly position: bigint;
  /** Instant, ISO 8601 in UTC. */
  readonly at: string;
  readonly subject: string;
  /** Who did it: `patient`, `bot`, `system`, or a staff id. */
  readonly actor: string;
  /** Ties together all that one cause led to. */
  readonly correlationId: string;
  readonly causationId: string;
};
