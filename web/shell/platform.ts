/** Which key does what ⌘ does. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
