import { createHash } from 'node:crypto';
import type { Tx } from '#platform/db/db.ts';
import type { AuditRow } from './contract.ts';

/**
 * Who saw or did what, or was refused. Rows are added in the transaction that shows or does it, so neither is without the other;
 * the database numbers and chains them as that transaction commits (migration 0009).
 */
export type AuditEntry = {
  /** A staff id; `nobody` before a sign-in, `operator` at the command line. */
  readonly who: string;
  readonly role?: string | undefined;
  readonly action: string;
  /** An id of ours, such as `conversation/…`. Never what was read. */
  readonly target?: string | null | undefined;
  readonly outcome: AuditRow['outcome'];
};

/** Adds one row. */
export async function addAudit(tx: Tx, entry: AuditEntry): Promise<void> {
  await tx.query(
    `insert into audit (practice_id, who, role, action, target, outcome) values ($1, $2, $3, $4, $5, $6)`,
    [tx.practiceId, entry.who, entry.role ?? null, entry.action, entry.target ?? null, entry.outcome],
  );
}

export type AuditFilter = {
  readonly who?: string | undefined;
  readonly target?: string | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
};

type ShownRow = Omit<AuditRow, 'at' | 'seq'> & { seq: string; at: Date };

/** The newest rows first, with the names of staff. `who` narrows to a staff id or a name, `before` to smaller numbers. */
export async function readAudit(tx: Tx, filter: AuditFilter): Promise<AuditRow[]> {
  const rows = await tx.query<ShownRow>(
    `select audit.seq, audit.at, coalesce(staff.name, audit.who) as who, staff.staff_id as "staffId",
       audit.role, audit.action, audit.target, audit.outcome
     from audit left join staff on staff.practice_id = audit.practice_id and staff.staff_id = audit.who
     where audit.practice_id = $1 and audit.seq < $2
       and ($3::text is null or audit.who = $3 or lower(staff.name) = lower($3))
       and ($4::text is null or audit.target = $4)
     order by audit.seq desc limit $5`,
    [
      tx.practiceId,
      filter.before ?? Number.MAX_SAFE_INTEGER,
      filter.who ?? null,
      filter.target ?? null,
      filter.limit,
    ],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq), at: row.at.toISOString() }));
}

type ChainRow = {
  seq: string;
  line_at: string;
  audit_id: string;
  who: string;
  role: string | null;
  action: string;
  target: string | null;
  outcome: string;
  previous_hash: Buffer | null;
  hash: Buffer | null;
};

/** What the walk along the chain found. */
export type ChainResult =
  | { readonly ok: true; readonly rows: number; readonly lastHash: string }
  | { readonly ok: false; readonly seq: number; readonly problem: 'missing' | 'changed' | 'unchained' };

const chainPage = 5_000;

function selectChain(tx: Tx, after: number): Promise<ChainRow[]> {
  return tx.query<ChainRow>(
    `select seq, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as line_at, audit_id::text,
       who, role, action, target, outcome, previous_hash, hash
     from audit where practice_id = $1 and seq > $2 order by seq limit $3`,
    [tx.practiceId, after, chainPage],
  );
}

async function hasUnchained(tx: Tx): Promise<boolean> {
  const rows = await tx.query('select 1 from audit where practice_id = $1 and seq is null limit 1', [
    tx.practiceId,
  ]);
  return rows.length > 0;
}

const sha256 = (...parts: readonly (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The same lines as `chain_audit()` of migration 0009 hashes. */
function hashOf(row: ChainRow, previous: Buffer): Buffer {
  const fields = [row.seq, row.line_at, row.audit_id, row.who, row.role ?? '', row.action, row.target ?? ''];
  return sha256(previous, [...fields, row.outcome].join('\n'));
}

/**
 * Walks a practice's chain from its first row and tells the first number that is not as it was written. A tail that was cut off,
 * or a chain hashed anew to its end, shows only against a `lastHash` that was kept elsewhere.
 */
export async function verifyAuditChain(tx: Tx): Promise<ChainResult> {
  let seq = 0;
  let previous = sha256(tx.practiceId);
  for (let page = await selectChain(tx, 0); page.length > 0; page = await selectChain(tx, seq)) {
    for (const row of page) {
      seq += 1;
      if (Number(row.seq) !== seq) return { ok: false, seq, problem: 'missing' };
      const wanted = hashOf(row, previous);
      const isChained = row.previous_hash?.equals(previous) && row.hash?.equals(wanted);
      if (isChained !== true) return { ok: false, seq, problem: 'changed' };
      previous = wanted;
    }
  }
  if (await hasUnchained(tx)) return { ok: false, seq: seq + 1, problem: 'unchained' };
  return { ok: true, rows: seq, lastHash: previous.toString('hex') };
}
