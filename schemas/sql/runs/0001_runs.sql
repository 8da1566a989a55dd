-- Why: what is about to leave, what left, and the audit of it; opened by activation alone.
-- Cost: one row a person and run, 30 days; acknowledged holds one a person and audience.
-- Watch: select state, count(*) from runs.runs group by 1.

CREATE SCHEMA IF NOT EXISTS runs;

CREATE TABLE runs.runs (
  run uuid PRIMARY KEY,
  audience text NOT NULL,
  destination text NOT NULL,
  state text NOT NULL,
  -- Why it is held, failed or partly done, in words for a person.
  reason text,
  -- The week that is now, for all its life, and the ledger's sequence when its plan began.
  week integer NOT NULL,
  sequence bigint NOT NULL,
  waterfall jsonb,
  approved_by text,
  started_by text NOT NULL,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  -- The process that works on it, and until when the others leave it alone.
  lease_holder uuid,
  lease_until timestamptz
);
CREATE INDEX runs_audience ON runs.runs (audience, created_at);
-- One at a time: two would take each other's rows for their own.
CREATE UNIQUE INDEX runs_open ON runs.runs (audience) WHERE state IN ('planned', 'held', 'running', 'interrupted');

-- The plan: X in order, with the batch it belongs to and what came of it. `receipt` is null until its batch is released, then `released`
-- until the destination answers; `withheld` is who was planned and must not leave any more. Who is recalled gets a row of op `remove` in the
-- run that brought them out, also when that run was over long ago.
CREATE TABLE runs.rows (
  run uuid NOT NULL REFERENCES runs.runs ON DELETE CASCADE,
  position integer NOT NULL,
  x text NOT NULL,
  batch integer NOT NULL,
  fingerprint text NOT NULL,
  op text NOT NULL,
  receipt text,
  PRIMARY KEY (run, position)
);
CREATE INDEX rows_owed ON runs.rows (run) WHERE op = 'remove' AND receipt IS DISTINCT FROM 'accepted';
CREATE INDEX rows_batch ON runs.rows (run, batch);
CREATE INDEX rows_x ON runs.rows (x);

-- What each audience's destination may hold: written before a row leaves, with the fingerprint '' until the destination has accepted it.
CREATE TABLE runs.acknowledged (
  audience text NOT NULL,
  destination text NOT NULL,
  x text NOT NULL,
  fingerprint text NOT NULL,
  run uuid NOT NULL,
  PRIMARY KEY (audience, destination, x)
);

-- How far the ledger was read for withdrawals of people whom a destination holds. Stops need no mark: their links are deleted once acted on.
CREATE TABLE runs.watched (
  audience text NOT NULL,
  destination text NOT NULL,
  sequence bigint NOT NULL,
  PRIMARY KEY (audience, destination)
);

CREATE TABLE runs.audit (
  sequence bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  act text NOT NULL,
  detail jsonb,
  salt text,
  commitment text NOT NULL,
  hash text NOT NULL
);
