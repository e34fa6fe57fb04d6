import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, test } from 'vitest';
import { openDb } from '#platform/db/db.ts';
import { removeEmbedded, startEmbedded } from '#platform/db/embedded.ts';
import { migrate } from '#platform/db/migrate.ts';
import { makeFolder, removeFolder } from '../../test/folder.ts';
import { addAudit, verifyAuditChain } from './audit.ts';
import { makeEnrolmentLink } from './enrolments.ts';
import { addPerson } from './people.ts';
import { readBearer } from './secrets.ts';
import { findSession, openSession } from './sessions.ts';

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url));

test('staff and the audit chain work in a database whose owner is bound by row security as well', async () => {
  const dataDir = await makeFolder();
  const server = await startEmbedded({ dataDir, fsync: false, log: () => {} });
  try {
    const superuser = new pg.Client({ connectionString: server.url });
    await superuser.connect();
    await superuser.query(`create role clinic login createrole password 'x'`);
    await superuser.query('create database clinic owner clinic strategy file_copy');
    await superuser.end();
    const url = new URL(server.url);
    Object.assign(url, { username: 'clinic', password: 'x', pathname: '/clinic' });
    await migrate(url.href, migrations);
    const db = openDb({ url: url.href, role: 'vestibule_app', maxConnections: 2 });
    for (const practiceId of ['aurora', 'riverside', 'aurora']) {
      await db.tx(practiceId, async (tx) => {
        const staffId = await addPerson(tx, { name: 'Rui Neves', role: 'admin' });
        await makeEnrolmentLink(tx, 'https://intake.example', staffId);
        const bearer = readBearer(await openSession(tx, staffId, 'passkey'));
        expect(bearer && (await findSession(tx, bearer.hash))).toMatchObject({ staffId });
        await addAudit(tx, { who: staffId, role: 'admin', action: 'SignIn', outcome: 'done' });
      });
    }
    expect(await db.tx('aurora', verifyAuditChain)).toMatchObject({ ok: true, rows: 2 });
    expect(await db.tx('riverside', verifyAuditChain)).toMatchObject({ ok: true, rows: 1 });
    await db.close();
  } finally {
    await server.stop();
    await removeEmbedded(dataDir);
    await removeFolder(dataDir);
  }
});
