/** What passes a proxy, named: the points at which a run strikes on purpose. Pure. */

/** A conversation with PostgreSQL: `commit` is a simple query (message type Q), its text ends with a zero byte. */
export function databaseRequest(bytes: Buffer): string {
  return bytes.includes('commit\0') ? 'commit' : 'statement';
}

const requestLine = /^(GET|POST|PUT|PATCH|DELETE) (\S+) HTTP\/1\.1\r\n/;

function lineOf(bytes: Buffer): { readonly method: string; readonly path: string } | undefined {
  const [, method, path] = requestLine.exec(bytes.subarray(0, 2_000).toString('latin1')) ?? [];
  return method === undefined || path === undefined ? undefined : { method, path };
}

/** A message that is sent; marking one as read goes to the same place, and is none. The body may come in bytes of its own. */
export function providerRequest(bytes: Buffer, before: string | undefined): string | undefined {
  const line = lineOf(bytes);
  if (line === undefined && before !== 'send') return undefined;
  if (line !== undefined && !(line.method === 'POST' && line.path.endsWith('/messages'))) return 'other';
  return bytes.includes('"status":"read"') ? 'receipt' : 'send';
}

/** Searches may be posted too, and write nothing. */
export function practiceRequest(bytes: Buffer): string | undefined {
  const line = lineOf(bytes);
  if (line === undefined) return undefined;
  return line.method === 'GET' || line.path.includes('/_search') ? 'read' : 'write';
}

export function webRequest(bytes: Buffer): string | undefined {
  const line = lineOf(bytes);
  if (line === undefined) return undefined;
  return line.method === 'POST' && line.path.startsWith('/webhooks/') ? 'delivery' : 'other';
}

export function isAcknowledgement(asked: string | undefined, bytes: Buffer): boolean {
  return asked === 'delivery' && bytes.subarray(0, 13).toString('latin1') === 'HTTP/1.1 200 ';
}
