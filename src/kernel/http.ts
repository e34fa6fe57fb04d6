/** The HTTP words that codecs speak. A codec makes and reads these; only a transport touches a socket. */

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute URL. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type HttpResponse = {
  readonly status: number;
  /** Lower-case names; a repeated header is joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** A webhook as it arrived: nothing parsed, so that a signature can be checked over the raw bytes. */
export type RawWebhook = {
  readonly method: string;
  /** The full public URL that the provider called; some providers sign it. */
  readonly url: string;
  /** Lower-case names. A header sent twice arrives as an array, and a signature sent twice is refused. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
};
