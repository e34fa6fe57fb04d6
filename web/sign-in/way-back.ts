/** Where to go after signing in: an address of this app that the search names, else its beginning. Never another site. */
export function wayBack(search: unknown): string {
  const to = typeof search === 'object' && search !== null && 'to' in search ? search.to : undefined;
  return typeof to === 'string' && /^\/(?:[a-z][\w/-]*)?$/i.test(to) && to !== '/sign-in' ? to : '/';
}
