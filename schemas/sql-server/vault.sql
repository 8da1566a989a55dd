-- Why: the vault keeps persons and what they said; activation reads of them what a selection, a merge field and the fence need, and neither
-- proofs nor sign-ups. What is not granted here nobody has but the owner. Said again after each migration.

REVOKE ALL ON ALL TABLES IN SCHEMA vault, ledger FROM PUBLIC, bauta_vault, bauta_activation;
REVOKE ALL ON SCHEMA vault, ledger FROM PUBLIC, bauta_vault, bauta_activation;
GRANT USAGE ON SCHEMA vault, ledger TO bauta_vault, bauta_activation;
GRANT SELECT (name, sha256) ON vault.migrations TO bauta_vault, bauta_activation;

GRANT SELECT, INSERT, DELETE ON vault.contacts TO bauta_vault;
GRANT UPDATE (source, source_id, email, email_key, locked, lists, attributes) ON vault.contacts TO bauta_vault;
-- They are deleted with their contact, in the owner's name.
GRANT SELECT, INSERT, UPDATE (contact, day, cents, currency, category) ON vault.orders TO bauta_vault;
GRANT SELECT, INSERT, UPDATE (reason, since), DELETE ON vault.suppressions TO bauta_vault;
GRANT SELECT, INSERT ON vault.imports TO bauta_vault;
GRANT SELECT, INSERT, UPDATE (mailed_at, message_id, confirmed_at, link_token), DELETE ON vault.pending TO bauta_vault;
GRANT SELECT, INSERT, DELETE ON vault.page_tokens TO bauta_vault;
-- Only added to; an erasure empties what was said and by what it is proved, and the chain still holds.
GRANT SELECT, INSERT, UPDATE (proof, salt) ON ledger.entries TO bauta_vault;
GRANT SELECT (sequence, hash), UPDATE (sequence, hash) ON ledger.head TO bauta_vault;

GRANT SELECT (contact, source, email, email_key, locked, lists, attributes) ON vault.contacts TO bauta_activation;
GRANT SELECT (contact, day, cents, category) ON vault.orders TO bauta_activation;
GRANT SELECT (hash, since) ON vault.suppressions TO bauta_activation;
GRANT SELECT (sequence, contact, kind, purpose, voice, method, at, claimed_at, notice) ON ledger.entries TO bauta_activation;
GRANT SELECT (sequence) ON ledger.head TO bauta_activation;
