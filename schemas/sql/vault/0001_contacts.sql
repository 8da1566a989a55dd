-- Why: persons as the CRM and the sign-up form know them, and what must never be mailed.
-- Cost: one row a contact; lookups by address, source key and suppression hash are by unique index.
-- Watch: select count(*) from vault.contacts; select state, count(*) from vault.imports group by 1.

CREATE SCHEMA IF NOT EXISTS vault;

CREATE TABLE vault.contacts (
  contact uuid PRIMARY KEY,
  source text NOT NULL,
  source_id text NOT NULL,
  email text,
  -- NFKC, lower case, ASCII domain: what people are matched by.
  email_key text,
  locked boolean NOT NULL DEFAULT false,
  lists text[] NOT NULL DEFAULT '{}',
  attributes jsonb NOT NULL DEFAULT '{}',
  UNIQUE (source, source_id)
);
CREATE UNIQUE INDEX contacts_email_key ON vault.contacts (email_key) WHERE email_key IS NOT NULL;
-- Read whole before each batch that leaves.
CREATE INDEX contacts_locked ON vault.contacts (contact) WHERE locked;

CREATE TABLE vault.orders (
  source text NOT NULL,
  order_id text NOT NULL,
  contact uuid NOT NULL REFERENCES vault.contacts ON DELETE CASCADE,
  day date NOT NULL,
  cents bigint NOT NULL,
  currency text NOT NULL,
  category text NOT NULL,
  PRIMARY KEY (source, order_id)
);
CREATE INDEX orders_contact ON vault.orders (contact, day);

-- Keyed hashes (`suppression`) of addresses that must not be mailed, over email_key, and of people who were erased, over source and source_id
-- too. They outlive the contact, and cannot be turned back into addresses without the key.
CREATE TABLE vault.suppressions (
  hash text PRIMARY KEY,
  reason text NOT NULL,
  since date NOT NULL
);

-- What has been imported, so that the same file changes nothing the second time.
CREATE TABLE vault.imports (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  source text NOT NULL,
  file_hash text NOT NULL,
  at timestamptz NOT NULL,
  report jsonb NOT NULL
);

-- Sign-ups that nobody has confirmed yet. Gone after a week.
CREATE TABLE vault.pending (
  id uuid PRIMARY KEY,
  email text NOT NULL,
  email_key text NOT NULL,
  purposes text[] NOT NULL,
  site text NOT NULL,
  notice text NOT NULL,
  language text NOT NULL,
  form_url text NOT NULL,
  -- The sealed link that came with the form. Nobody here can open it.
  link_token text,
  requested_at timestamptz NOT NULL,
  requested_ip text NOT NULL,
  mailed_at timestamptz,
  message_id text,
  confirmed_at timestamptz
);
CREATE INDEX pending_email ON vault.pending (email_key, requested_at);
CREATE INDEX pending_unmailed ON vault.pending (requested_at) WHERE mailed_at IS NULL;

-- Links in mails to a contact lead here: random, so that neither address nor contact stands in them.
CREATE TABLE vault.page_tokens (
  id uuid PRIMARY KEY,
  contact uuid NOT NULL REFERENCES vault.contacts ON DELETE CASCADE,
  page text NOT NULL,
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX page_tokens_contact ON vault.page_tokens (contact, made_at);
