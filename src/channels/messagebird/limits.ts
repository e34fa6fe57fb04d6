/** Ours, of our id: it travels in a URL. MessageBird names no limit. */
export const maxRefChars = 512;
