-- Why: what people who run the house define and do; neither persons nor pseudonyms.
-- Cost: small.
-- Watch: select name, next_at, paused from control.schedules; bauta audit verify.

CREATE SCHEMA IF NOT EXISTS control;

CREATE TABLE control.segments (
  name text PRIMARY KEY,
  site text NOT NULL,
  tree jsonb NOT NULL
);

CREATE TABLE control.audiences (
  name text PRIMARY KEY,
  definition jsonb NOT NULL
);

CREATE TABLE control.schedules (
  name text PRIMARY KEY,
  paused boolean NOT NULL DEFAULT false,
  last_at timestamptz,
  -- A run that was due while nobody was there to start it, or while another was still open.
  missed_at timestamptz,
  -- An import happened and the run for it has not begun yet.
  import_due boolean NOT NULL DEFAULT false
);

-- Tokens that were taken back before they ran out.
CREATE TABLE control.revoked_tokens (
  id uuid PRIMARY KEY,
  until timestamptz NOT NULL
);

-- The text behind each notice version when it was first seen: a changed text under an old version is refused.
CREATE TABLE control.notices (
  site text NOT NULL,
  version text NOT NULL,
  language text NOT NULL,
  hash text NOT NULL,
  PRIMARY KEY (site, version, language)
);

CREATE TABLE control.dead_letters (
  id uuid PRIMARY KEY,
  topic text NOT NULL,
  partition integer NOT NULL,
  position bigint NOT NULL,
  reason text NOT NULL,
  fingerprint text NOT NULL,
  day date NOT NULL
);

CREATE TABLE control.leases (
  name text PRIMARY KEY,
  holder uuid NOT NULL,
  until timestamptz NOT NULL
);

CREATE TABLE control.audit (
  sequence bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  act text NOT NULL,
  detail jsonb,
  salt text,
  commitment text NOT NULL,
  hash text NOT NULL
);
