/**
 * What a provider can and cannot do, as data: the renderer takes its limits from it, `docs/providers.md` is made from it, and a
 * conformance test holds the codec to it. "Chars" are UTF-16 code units (`string.length`), a unit that is never smaller than
 * whatever the provider counts; bytes are bytes.
 */

export const mediaKinds = ['image', 'audio', 'video', 'document', 'sticker'] as const;

export type MediaKind = (typeof mediaKinds)[number];

/** How a template is named and filled in at the provider. */
export const templateStyles = [
  /** By name and language, with variables set into header, body and buttons. */
  'named',
  /** By name and language; variables of the body only, by their place. */
  'positional',
  /** By the id of a content made beforehand (`HX…`). */
  'content-sid',
  /** As a highly structured message: namespace, name, language. */
  'hsm',
  /** As a version of a template project. */
  'project',
  'no',
] as const;

export type TemplateStyle = (typeof templateStyles)[number];

/** `numbered`: the provider shows no such control for what we send, so the choices stand in the text, one numbered line each. */
export type ButtonsCapability = { readonly max: number; readonly titleChars: number } | 'numbered';

export type ListCapability =
  | { readonly rows: number; readonly titleChars: number; readonly descriptionChars: number }
  | 'numbered';

export type MediaCapability = {
  readonly kinds: readonly MediaKind[];
  /** Of the kinds that are sent or received. */
  readonly maxBytes: Readonly<Partial<Record<MediaKind, number>>>;
};

/**
 * What keeps one message from being sent twice: nothing; a reference of ours that is echoed, so that one can look; or a key by which
 * the provider itself refuses the second.
 */
export type Idempotency = 'none' | 'reference' | 'key';

/** Whether the provider signs an agreement for health data (HIPAA: BAA) that covers WhatsApp. */
export type HipaaBaa = 'none' | 'not-eligible' | 'unconfirmed';

export type Capabilities = {
  readonly buttons: ButtonsCapability;
  readonly list: ListCapability;
  /** Forms inside the messenger. `with-content`: only from a content made beforehand. */
  readonly flows: 'yes' | 'with-content' | 'no';
  readonly templates: TemplateStyle;
  readonly typing: boolean;
  readonly readReceipts: boolean;
  /** Business-scoped user ids (`US.1349…`) in what comes in. */
  readonly bsuidIn: boolean;
  /** The same as a recipient. */
  readonly bsuidOut: boolean;
  readonly reactionsIn: boolean;
  readonly media: MediaCapability;
  /** The longest text that leaves as one message. */
  readonly textChars: number;
  readonly idempotency: Idempotency;
  /** What the provider does when we do not take a delivery: a sentence. */
  readonly inboundRetries: string;
  readonly agreement: { readonly hipaaBaa: HipaaBaa };
  /** The provider's own fee, on top of Meta's: a sentence. */
  readonly feePerMessage: string;
  /** Pages that say so. */
  readonly sources: readonly string[];
  /** What no page or live account has confirmed (yet), each with how the codec copes: a sentence each. */
  readonly unconfirmed: readonly string[];
};
