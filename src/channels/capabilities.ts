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
export type ButtonsCapability =
  | {
      readonly max: number;
      readonly titleChars: number;
      readonly idChars: number;
      /** Of the text above the buttons. */
      readonly bodyChars: number;
    }
  | 'numbered';

export type ListCapability =
  | {
      /** Over all sections together. */
      readonly rows: number;
      readonly titleChars: number;
      /** 0: rows have no second line. */
      readonly descriptionChars: number;
      readonly idChars: number;
      /** Of the text above the list. */
      readonly bodyChars: number;
      /** Of the control that opens the list. */
      readonly labelChars: number;
    }
  | 'numbered';

export type TemplatesCapability = {
  readonly style: TemplateStyle;
  /** Of the body with its variables set. */
  readonly bodyChars: number;
  /** Quick replies of one template. */
  readonly buttons: number;
  /** Of what a quick reply sends back. */
  readonly payloadChars: number;
};

export type MediaCapability = {
  readonly kinds: readonly MediaKind[];
  /** The types that the provider lists, by kind. Of a document, it lets any other pass as well. */
  readonly types: Readonly<Partial<Record<MediaKind, readonly string[]>>>;
  /** Of the kinds that are sent or received. */
  readonly maxBytes: Readonly<Partial<Record<MediaKind, number>>>;
};

/**
 * What keeps one message from being sent twice: nothing; a reference of ours that is echoed, so that one can look; or a key by which
 * the provider itself refuses the second.
 */
export type Idempotency = 'none' | 'reference' | 'key';

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media */
export const whatsappMediaTypes = {
  image: ['image/jpeg', 'image/png'],
  audio: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
  video: ['video/mp4', 'video/3gpp'],
  document: [
    'application/pdf',
    'text/plain',
    'application/msword',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.ms-excel',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'application/vnd.ms-powerpoint',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  ],
  sticker: ['image/webp'],
} as const satisfies Record<MediaKind, readonly string[]>;

/** Whether the provider signs an agreement for health data (HIPAA: BAA) that covers WhatsApp. */
export type HipaaBaa = 'none' | 'not-eligible' | 'unconfirmed';

export type Capabilities = {
  readonly buttons: ButtonsCapability;
  readonly list: ListCapability;
  /** Forms inside the messenger. `with-content`: only from a content made beforehand. */
  readonly flows: 'yes' | 'with-content' | 'no';
  readonly templates: TemplatesCapability;
  readonly typing: boolean;
  readonly readReceipts: boolean;
  /** Business-scoped user ids (`US.1349…`) in what comes in. */
  readonly bsuidIn: boolean;
  /** The same as a recipient. */
  readonly bsuidOut: boolean;
  readonly reactionsIn: boolean;
  /** A message of the messenger's own that asks for the user's number. */
  readonly contactRequest: { readonly bodyChars: number } | 'no';
  readonly media: MediaCapability;
  /** The longest text that leaves as one message. */
  readonly textChars: number;
  readonly idempotency: Idempotency;
  /** What the provider does when we do not take a delivery: a sentence. */
  readonly inboundRetries: string;
  readonly agreement: {
    readonly hipaaBaa: HipaaBaa;
    /** What is known of it: a sentence. */
    readonly note: string;
  };
  /** The provider's own fee, on top of Meta's: a sentence. */
  readonly feePerMessage: string;
  /** Pages that say so. */
  readonly sources: readonly string[];
  /** What no page or live account has confirmed (yet), each with how the codec copes: a sentence each. */
  readonly unconfirmed: readonly string[];
};
