-- Why: what is about to leave and what left is activation's alone; its audit is only added to.

REVOKE ALL ON ALL TABLES IN SCHEMA runs FROM PUBLIC, bauta_activation;
REVOKE ALL ON SCHEMA runs FROM PUBLIC, bauta_activation;
GRANT USAGE ON SCHEMA runs TO bauta_activation;
GRANT SELECT (name, sha256) ON runs.migrations TO bauta_activation;

GRANT SELECT, INSERT ON runs.runs TO bauta_activation;
GRANT UPDATE (state, reason, sequence, waterfall, approved_by, finished_at, lease_holder, lease_until) ON runs.runs TO bauta_activation;
GRANT SELECT, INSERT, UPDATE (state, size, lowest, highest, xs), DELETE ON runs.batches TO bauta_activation;
GRANT SELECT, INSERT, UPDATE (receipt), DELETE ON runs.exceptions TO bauta_activation;
GRANT SELECT, INSERT, UPDATE (fingerprint, run), DELETE ON runs.acknowledged TO bauta_activation;
GRANT SELECT, INSERT, UPDATE (sequence) ON runs.watched TO bauta_activation;
GRANT SELECT, INSERT ON runs.audit TO bauta_activation;
