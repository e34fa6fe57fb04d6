/** What a message says, as parameters of the request. */
export type Said = Readonly<Record<string, string>>;
