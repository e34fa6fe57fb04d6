import type { SignInOptions, StaffRole } from '#security/contract.ts';

/** A member of staff at a browser: signed in with one click, as the sandbox world allows. */
export type TestStaff = {
  readonly staffId: string;
  readonly name: string;
  readonly cookie: string;
  /** GET; throws where the answer is no success. */
  readonly sees: <T>(path: string) => Promise<T>;
  /** POST; throws where the answer is no success. */
  readonly does: <T>(path: string, body?: object) => Promise<T>;
  /** Any request, whatever its answer. */
  readonly asks: (method: string, path: string, body?: object) => Promise<Answer>;
};

// biome-ignore lint/suspicious/noExplicitAny: a test looks into answers of every shape; what is not as expected fails it
export type Answer = { readonly status: number; readonly body: any };

export async function signInAsPersona(url: string, role: StaffRole, practiceId: string): Promise<TestStaff> {
  const origin = new URL(url).origin;
  const options = (await (await fetch(`${url}/api/sign-in`)).json()) as SignInOptions;
  const persona = options.personas.find((each) => each.role === role && each.practiceId === practiceId);
  if (persona === undefined) throw new Error(`nobody of the sandbox is ${role} of ${practiceId}`);
  const signedIn = await fetch(`${url}/api/session/persona`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ practiceId, staffId: persona.staffId }),
  });
  if (!signedIn.ok) throw new Error(`the sign-in was refused: ${signedIn.status}`);
  const cookie = signedIn.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const asks = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        cookie,
        origin,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const succeed = async (method: string, path: string, body?: object) => {
    const answer = await asks(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  };
  return {
    staffId: persona.staffId,
    name: persona.name,
    cookie,
    asks,
    sees: (path) => succeed('GET', path),
    does: (path, body = {}) => succeed('POST', path, body),
  };
}
