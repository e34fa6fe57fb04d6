import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchChromium } from '../../test/chromium.ts';
import { createStaffWorld, type StaffServer, type StaffWorld } from '../../test/staff-world.ts';
import { sessionAnswer } from './contract.ts';
import { makeEnrolmentLink } from './enrolments.ts';

/** Real passkeys: Chromium, with an authenticator of its own that a test can hold. */

type Json = Record<string, unknown>;
type Challenge = { readonly challengeId: string; readonly options: Json };
type Answered = { readonly status: number; readonly body: Json };

let world: StaffWorld;
let server: StaffServer;
/** Another port: the same host, so the same passkeys, but another origin. */
let neighbour: StaffServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let cdp: CDPSession;
let authenticatorId: string;

beforeAll(async () => {
  world = await createStaffWorld();
  server = await world.server({ sandbox: false });
  neighbour = await world.server({ sandbox: false });
  browser = await launchChromium();
});

beforeEach(async () => {
  await context?.close();
  context = await browser.newContext();
  page = await context.newPage();
  cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  } as const;
  ({ authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options }));
  await page.goto(`${server.publicUrl}/api/sign-in`);
  await world.sql('delete from sign_in_attempts');
});

afterAll(async () => {
  await browser?.close();
  await world.stop();
});

/** Runs a function of the page: as text, for it speaks the browser's words, which this program does not know. */
const inPage = <T>(script: string, ...given: readonly unknown[]): Promise<T> =>
  page.evaluate(`(${script})(...${JSON.stringify(given)})`);

/** What the staff app's page would do, in the page. */
const post = (path: string, body: unknown) =>
  inPage<Answered>(
    `async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
      return { status: response.status, body: await response.json() };
    }`,
    path,
    body,
  );

const make = (options: Json) =>
  inPage<Json>(
    `async (options) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return (await navigator.credentials.create({ publicKey })).toJSON();
    }`,
    options,
  );

const prove = (options: Json) =>
  inPage<Json>(
    `async (options) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
      return (await navigator.credentials.get({ publicKey })).toJSON();
    }`,
    options,
  );

/** The answer's body is as the contract says; a test of the contract's own is beside it. */
const asChallenge = ({ body }: Answered) => body as Challenge;

const linkFor = (staffId: string) =>
  world.db.tx('aurora', async (tx) => (await makeEnrolmentLink(tx, server.publicUrl, staffId)).link);
const tokenOf = (link: string) => new URL(link).hash.slice(1);

const startEnrolment = (token: string) => post('/api/enrol/start', { token });
const startSignIn = async (practiceId = 'aurora') =>
  asChallenge(await post('/api/sign-in/passkey/start', { practiceId }));
const finishSignIn = (challengeId: string, response: Json) =>
  post('/api/sign-in/passkey/finish', { challengeId, response });

async function enrol(staffId: string): Promise<Answered> {
  const { challengeId, options } = asChallenge(await startEnrolment(tokenOf(await linkFor(staffId))));
  return await post('/api/enrol/finish', { challengeId, response: await make(options) });
}

async function signIn(practiceId?: string): Promise<Answered> {
  const { challengeId, options } = await startSignIn(practiceId);
  return await finishSignIn(challengeId, await prove(options));
}

const session = () => inPage<number>(`async () => (await fetch('/api/session')).status`);
const signOut = () => inPage(`async () => (await fetch('/api/session/sign-out', { method: 'POST' })).status`);

const refused = { status: 401, body: { error: { code: 'SIGN_IN_FAILED', message: expect.any(String) } } };

describe('with a one-time link', () => {
  test('a person makes a passkey, is signed in, and signs in with it from then on', async () => {
    const staffId = await world.person('clinician');
    const link = await linkFor(staffId);
    expect(link).toMatch(/^http:\/\/localhost:\d+\/enrol#aurora\.[\w-]{43}$/);
    const started = await startEnrolment(tokenOf(link));
    expect(started.body).toMatchObject({
      practice: 'Clínica Aurora',
      name: 'Somebody of clinician',
      role: 'clinician',
    });
    const { challengeId, options } = asChallenge(started);
    const finished = await post('/api/enrol/finish', { challengeId, response: await make(options) });
    expect(sessionAnswer.parse(finished.body).staff).toMatchObject({ staffId, role: 'clinician' });
    expect(await session()).toBe(200);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });

    await signOut();
    expect(await session()).toBe(401);
    expect(await context.cookies()).toEqual([]);

    expect(sessionAnswer.parse((await signIn()).body).staff.staffId).toBe(staffId);
    expect(await session()).toBe(200);
    expect((await signIn()).status).toBe(200);
  });

  test('which then opens nothing any more', async () => {
    const token = tokenOf(await linkFor(await world.person('clinician')));
    const both = [asChallenge(await startEnrolment(token)), asChallenge(await startEnrolment(token))];
    const codes = [];
    for (const { challengeId, options } of both) {
      const { status } = await post('/api/enrol/finish', { challengeId, response: await make(options) });
      codes.push(status);
    }
    expect(codes).toEqual([200, 410]);
    expect(await startEnrolment(token)).toMatchObject({
      status: 410,
      body: { error: { code: 'LINK_USED' } },
    });
  });

  test.each([
    [
      'that is a day old',
      `update enrolments set expires_at = now() - interval '1 second' where staff_id = $1`,
    ],
    ['of somebody who was made inactive', 'update staff set active = false where staff_id = $1'],
  ])('%s nobody gets in, though it was opened before', async (_, statement) => {
    const staffId = await world.person('clinician');
    const token = tokenOf(await linkFor(staffId));
    const { challengeId, options } = asChallenge(await startEnrolment(token));
    const response = await make(options);
    await world.sql(statement, [staffId]);
    expect(await startEnrolment(token)).toMatchObject({ status: 410 });
    expect(await post('/api/enrol/finish', { challengeId, response })).toMatchObject({ status: 410 });
    expect(await world.sql('select 1 from passkeys where staff_id = $1', [staffId])).toEqual([]);
  });

  test('a newer one ends those before it, the passkeys before it, and the sessions', async () => {
    const staffId = await world.person('clinician');
    const older = tokenOf(await linkFor(staffId));
    await enrol(staffId);
    expect(await startEnrolment(older)).toMatchObject({ status: 410 });
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    const elsewhere = await world.session(staffId);
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    expect((await enrol(staffId)).status).toBe(200);
    expect((await server.ask('/api/session', { cookie: elsewhere })).status).toBe(401);
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    for (const credential of credentials) {
      await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
    }
    expect(await signIn()).toEqual(refused);
  });

  test('an answer to the challenge of a sign-in makes no passkey, and the other way round', async () => {
    const staffId = await world.person('clinician');
    const enrolment = asChallenge(await startEnrolment(tokenOf(await linkFor(staffId))));
    const { challengeId, options } = await startSignIn();
    const response = await make({ ...enrolment.options, challenge: options.challenge });
    expect(await post('/api/enrol/finish', { challengeId, response })).toEqual(refused);
    await enrol(staffId);
    const other = asChallenge(await startEnrolment(tokenOf(await linkFor(staffId))));
    const proof = await prove({ ...options, challenge: other.options.challenge });
    expect(await finishSignIn(other.challengeId, proof)).toEqual(refused);
  });
});

describe('a sign-in is refused, always with the same words,', () => {
  let staffId: string;

  beforeEach(async () => {
    staffId = await world.person('front-desk');
    expect((await enrol(staffId)).status).toBe(200);
    await signOut();
  });

  test('when the same proof comes again', async () => {
    const { challengeId, options } = await startSignIn();
    const proof = await prove(options);
    expect((await finishSignIn(challengeId, proof)).status).toBe(200);
    expect(await finishSignIn(challengeId, proof)).toEqual(refused);
    const next = await startSignIn();
    expect(await finishSignIn(next.challengeId, proof)).toEqual(refused);
  });

  test('when the challenge is five minutes old', async () => {
    const { challengeId, options } = await startSignIn();
    await world.sql(`update webauthn_challenges set expires_at = now() - interval '1 second'`);
    expect(await finishSignIn(challengeId, await prove(options))).toEqual(refused);
  });

  test('when the device did not verify the person', async () => {
    const { challengeId, options } = await startSignIn();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    const proof = await prove({ ...options, userVerification: 'discouraged' });
    expect(await finishSignIn(challengeId, proof)).toEqual(refused);
  });

  test('when the passkey is unknown, the signature is not its own, or the answer is none at all', async () => {
    const parts = async () => {
      const { challengeId, options } = await startSignIn();
      // As the browser makes it; the tests change its parts.
      const proof = (await prove(options)) as Json & { response: Record<string, string> };
      return { challengeId, proof };
    };
    const unknown = await parts();
    const id = Buffer.from('a credential of nobody').toString('base64url');
    expect(await finishSignIn(unknown.challengeId, { ...unknown.proof, id, rawId: id })).toEqual(refused);
    const forged = await parts();
    const signature = Buffer.from(forged.proof.response.signature ?? '', 'base64url');
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const response = { ...forged.proof.response, signature: signature.toString('base64url') };
    expect(await finishSignIn(forged.challengeId, { ...forged.proof, response })).toEqual(refused);
    const other = await parts();
    const userHandle = Buffer.from('somebody-else').toString('base64url');
    const swapped = { ...other.proof.response, userHandle };
    expect(await finishSignIn(other.challengeId, { ...other.proof, response: swapped })).toEqual(refused);
    const none = await parts();
    expect(await finishSignIn(none.challengeId, { id: 'x' })).toEqual(refused);
  });

  test('when two devices hold the same key: its counter went back', async () => {
    await world.sql('update passkeys set counter = 1000 where staff_id = $1', [staffId]);
    expect(await signIn()).toEqual(refused);
  });

  test('when the person is inactive', async () => {
    await world.sql('update staff set active = false where staff_id = $1', [staffId]);
    expect(await signIn()).toEqual(refused);
  });

  test('at another practice', async () => {
    expect(await signIn('riverside')).toEqual(refused);
    expect((await signIn('aurora')).status).toBe(200);
  });

  test('from a page of another origin', async () => {
    const { challengeId, options } = await startSignIn();
    await page.goto(`${neighbour.publicUrl}/api/sign-in`);
    const proof = await prove(options);
    await page.goto(`${server.publicUrl}/api/sign-in`);
    expect(await finishSignIn(challengeId, proof)).toEqual(refused);
  });

  test('and each time it is written down, with nobody’s name before there is proof', async () => {
    await world.sql(`delete from audit`);
    await world.sql('update staff set active = false where staff_id = $1', [staffId]);
    await signIn();
    const rows = await world.sql('select who, action, outcome from audit');
    expect(rows).toEqual([{ who: 'nobody', action: 'SignIn', outcome: 'denied' }]);
  });
});
