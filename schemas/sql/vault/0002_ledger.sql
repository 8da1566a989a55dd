-- Why: what contacts said about purposes, in the order we learnt it; only ever added to.
-- Cost: one row a statement. `head` serialises writers, so that a lower sequence is never seen after a higher one.
-- Watch: select sequence from ledger.head; bauta audit verify.

CREATE SCHEMA IF NOT EXISTS ledger;

CREATE TABLE ledger.entries (
  sequence bigint PRIMARY KEY,
  contact uuid NOT NULL,
  kind text NOT NULL,
  purpose text NOT NULL,
  voice text NOT NULL,
  method text NOT NULL,
  at timestamptz NOT NULL,
  claimed_at timestamptz,
  notice text,
  -- Salt and proof are emptied by an erasure; the commitment stays, so the chain holds.
  proof jsonb,
  salt text,
  commitment text NOT NULL,
  hash text NOT NULL
);
CREATE INDEX entries_contact ON ledger.entries (contact, sequence);

-- The fence of a run asks for negatives after a sequence.
CREATE INDEX entries_negative ON ledger.entries (sequence) WHERE kind <> 'granted';

CREATE TABLE ledger.head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  sequence bigint NOT NULL,
  hash text NOT NULL
);
INSERT INTO ledger.head (sequence, hash) VALUES (0, '');
