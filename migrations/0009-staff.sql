-- Staff, how they sign in, and what they did. Names of staff are personal data but no patient data: they stand in the clear.
create table staff (
  practice_id text not null,
  staff_id text not null,
  name text not null,
  role text not null check (role in ('front-desk', 'clinician', 'manager', 'auditor', 'admin')),
  active boolean not null default true,
  -- The identity provider's own name for the person: issuer and subject together, never the e-mail address.
  oidc_issuer text,
  oidc_subject text,
  -- Made up, and signs in with a click: lives in the sandbox only.
  persona boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (practice_id, staff_id),
  unique (practice_id, oidc_issuer, oidc_subject),
  check ((oidc_issuer is null) = (oidc_subject is null))
);

create table passkeys (
  practice_id text not null,
  -- Base64url, as the browser says it.
  credential_id text not null,
  staff_id text not null,
  -- COSE.
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  backed_up boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  primary key (practice_id, credential_id),
  foreign key (practice_id, staff_id) references staff (practice_id, staff_id)
);

create index passkeys_of on passkeys (practice_id, staff_id);

-- A session is the hash of a secret that only the browser has. All its times are the database's.
create table staff_sessions (
  practice_id text not null,
  session_id text not null,
  secret_hash bytea not null,
  staff_id text not null,
  way text not null check (way in ('passkey', 'oidc', 'persona')),
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  idle_ends_at timestamptz not null,
  ends_at timestamptz not null,
  revoked_at timestamptz,
  revoked_because text,
  primary key (practice_id, session_id),
  unique (practice_id, secret_hash),
  foreign key (practice_id, staff_id) references staff (practice_id, staff_id)
);

create index staff_sessions_of on staff_sessions (practice_id, staff_id) where revoked_at is null;

-- One-time links with which a person makes a passkey.
create table enrolments (
  practice_id text not null,
  enrolment_id text not null,
  token_hash bytea not null,
  staff_id text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (practice_id, enrolment_id),
  unique (practice_id, token_hash),
  foreign key (practice_id, staff_id) references staff (practice_id, staff_id)
);

-- What an authenticator is asked to sign. A row is taken once, whatever comes of it.
create table webauthn_challenges (
  practice_id text not null,
  challenge_id text not null,
  challenge text not null,
  -- The enrolment that it belongs to; none for a sign-in.
  enrolment_id text,
  expires_at timestamptz not null,
  primary key (practice_id, challenge_id)
);

-- A sign-in that is on its way through the practice's identity provider. A row is taken once.
create table oidc_logins (
  practice_id text not null,
  state_hash bytea not null,
  -- Of the secret in the browser's cookie: the sign-in ends in the browser in which it began.
  browser_hash bytea not null,
  verifier text not null,
  nonce text not null,
  expires_at timestamptz not null,
  primary key (practice_id, state_hash)
);

-- How often a source tried, shared by all processes. The source is an HMAC of its address.
create table sign_in_attempts (
  practice_id text not null,
  kind text not null,
  source bytea not null,
  attempts integer not null,
  window_ends_at timestamptz not null,
  primary key (practice_id, kind, source)
);

do $$
declare
  t text;
begin
  foreach t in array array['staff', 'passkeys', 'staff_sessions', 'enrolments', 'webauthn_challenges', 'oidc_logins',
    'sign_in_attempts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_practice on %I using (practice_id = current_practice())', t);
    execute format('grant select, insert, update on %I to vestibule_app', t);
  end loop;
end $$;

grant delete on passkeys, webauthn_challenges, oidc_logins, sign_in_attempts to vestibule_app;

-- Who of staff saw or did what, or was refused. Each row's hash covers the row before it, so that a change in the middle
-- shows. Whoever can rewrite the whole table can also hash it anew: against that, checkpoints kept elsewhere will stand.
create table audit (
  practice_id text not null,
  audit_id uuid not null default gen_random_uuid(),
  at timestamptz not null default clock_timestamp(),
  -- A staff id, or a word for who is none: `nobody`, `operator`, `system`.
  who text not null,
  role text,
  action text not null,
  -- An id of ours, such as `conversation/…`; never what was read.
  target text,
  outcome text not null check (outcome in ('allowed', 'denied', 'done')),
  -- Given at commit: numbers without a gap, in the order of commits.
  seq bigint,
  previous_hash bytea,
  hash bytea,
  primary key (practice_id, audit_id),
  -- The fields are hashed as lines: a line end within one could make two rows look like one another.
  check (who ~ '^[!-~]{1,64}$' and role ~ '^[!-~]{1,40}$' and action ~ '^[A-Za-z]{1,40}$' and target ~ '^[!-~]{1,120}$')
);

create unique index audit_in_order on audit (practice_id, seq);
-- What did this person see? Who saw this?
create index audit_by_who on audit (practice_id, who, seq);
create index audit_by_target on audit (practice_id, target, seq) where target is not null;

alter table audit enable row level security;
alter table audit force row level security;
create policy own_practice on audit using (practice_id = current_practice());
grant select on audit to vestibule_app;
grant insert (practice_id, who, role, action, target, outcome) on audit to vestibule_app;

-- Runs when the transaction commits, so that the practice's lock is the last one taken and is held for the commit alone:
-- taken earlier it would meet the locks of conversations in either order, and two transactions would wait for each other.
create function chain_audit() returns trigger
  language plpgsql security definer set search_path = public
as $$
declare
  last record;
  this audit;
begin
  perform pg_advisory_xact_lock(hashtextextended('vestibule audit ' || new.practice_id, 0));
  select seq, hash into last from audit
    where practice_id = new.practice_id and seq is not null order by seq desc limit 1;
  update audit set
    seq = coalesce(last.seq, 0) + 1,
    previous_hash = coalesce(last.hash, sha256(convert_to(new.practice_id, 'UTF8'))),
    at = clock_timestamp()
    where practice_id = new.practice_id and audit_id = new.audit_id
    returning * into this;
  update audit set hash = sha256(this.previous_hash || convert_to(concat_ws(e'\n',
      this.seq, to_char(this.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), this.audit_id, this.who,
      coalesce(this.role, ''), this.action, coalesce(this.target, ''), this.outcome), 'UTF8'))
    where practice_id = new.practice_id and audit_id = new.audit_id;
  return null;
end $$;

revoke all on function chain_audit from public;

create constraint trigger chain_audit after insert on audit
  deferrable initially deferred for each row execute function chain_audit();
