-- Why: what people define and do, neither persons nor pseudonyms; each service has its own part of it. Whoever acts adds to the audit, which
-- takes the last entry's hash; its words are read where the operator's routes are, beside activation.

REVOKE ALL ON ALL TABLES IN SCHEMA control FROM PUBLIC, bauta_vault, bauta_activation, bauta_segments, bauta_profiles;
REVOKE ALL ON SCHEMA control FROM PUBLIC, bauta_vault, bauta_activation, bauta_segments, bauta_profiles;
GRANT USAGE ON SCHEMA control TO bauta_vault, bauta_activation, bauta_segments, bauta_profiles;
GRANT SELECT (name, sha256) ON control.migrations TO bauta_vault, bauta_activation, bauta_segments, bauta_profiles;

GRANT SELECT (sequence, hash), INSERT ON control.audit TO bauta_vault, bauta_segments;
GRANT SELECT, INSERT ON control.audit TO bauta_activation;

GRANT SELECT, INSERT ON control.notices TO bauta_vault;
GRANT SELECT (name), INSERT (name, last_at, import_due), UPDATE (import_due) ON control.schedules TO bauta_vault;

GRANT SELECT, INSERT, UPDATE (tree), DELETE ON control.segments TO bauta_segments;
GRANT SELECT ON control.audiences TO bauta_segments;

GRANT SELECT, INSERT, DELETE ON control.dead_letters TO bauta_profiles;
GRANT SELECT, INSERT, UPDATE (holder, until), DELETE ON control.leases TO bauta_profiles, bauta_vault;

GRANT SELECT ON control.segments, control.notices TO bauta_activation;
GRANT SELECT, INSERT, UPDATE (definition), DELETE ON control.audiences TO bauta_activation;
GRANT SELECT, INSERT, UPDATE (paused, last_at, missed_at, import_due) ON control.schedules TO bauta_activation;
