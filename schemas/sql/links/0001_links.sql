-- Why: which contact agreed to be merged with which device, sealed so that only activation can read the device.
-- Cost: one row a device that somebody linked; activation reads all of them in each run.
-- Watch: select shared, ending, count(*) from links.links group by 1, 2.
-- Who ends a link: P4 withdrawn or the merge objected, the vault deletes the rows. An objection to all, or an erasure: the vault sets `ending`,
-- because activation alone can tell the web side which pseudonym ends; then it deletes the row. A link with an `ending` is used by nobody.

CREATE SCHEMA IF NOT EXISTS links;

-- Written by the vault when a consent to the merge is confirmed; taken by activation, which alone can open the token.
CREATE TABLE links.requests (
  id uuid PRIMARY KEY,
  contact uuid NOT NULL,
  site text NOT NULL,
  token text NOT NULL,
  -- The ledger's, of the consent under which the link is asked for.
  sequence bigint NOT NULL,
  -- When the token came in, which must be within its own hour.
  received_at timestamptz NOT NULL,
  -- Over contact, site, SHA-256 of the token, sequence and received_at.
  mac text NOT NULL
);

CREATE TABLE links.links (
  id uuid PRIMARY KEY,
  contact uuid NOT NULL,
  site text NOT NULL,
  sequence bigint NOT NULL,
  key_id text NOT NULL,
  sealed text NOT NULL,
  -- Once found under two contacts. Such a device contributes to nobody, for ever.
  shared boolean NOT NULL DEFAULT false,
  -- 'stop' or 'erase', set by the vault; activation sends it to the web side and deletes the row.
  ending text
);
CREATE INDEX links_contact ON links.links (contact);

-- Keyed hashes of devices that were shared when one of their links ended: mixed browsing that must not be linked again.
CREATE TABLE links.spoilt (
  hash text PRIMARY KEY,
  day date NOT NULL
);

-- Nonces of tokens that were used. Gone a day after they could have been used again.
CREATE TABLE links.used (
  nonce text PRIMARY KEY,
  day date NOT NULL
);
