-- Why: the vault asks for links and ends them, and reads whose there are, never what is in them; activation opens them.

REVOKE ALL ON ALL TABLES IN SCHEMA links FROM PUBLIC, bauta_vault, bauta_activation;
REVOKE ALL ON SCHEMA links FROM PUBLIC, bauta_vault, bauta_activation;
GRANT USAGE ON SCHEMA links TO bauta_vault, bauta_activation;
GRANT SELECT (name, sha256) ON links.migrations TO bauta_vault, bauta_activation;

GRANT SELECT (id, contact), INSERT, DELETE ON links.requests TO bauta_vault;
GRANT SELECT (contact, ending), UPDATE (ending) ON links.links TO bauta_vault;

GRANT SELECT, DELETE ON links.requests TO bauta_activation;
GRANT SELECT (id, contact, site, sequence, sealed, shared, ending), INSERT, UPDATE (shared), DELETE ON links.links TO bauta_activation;
GRANT SELECT (hash, day), INSERT, DELETE ON links.spoilt TO bauta_activation;
GRANT SELECT (hash, owner, day), INSERT, DELETE ON links.former TO bauta_activation;
GRANT SELECT (nonce, day), INSERT, DELETE ON links.used TO bauta_activation;
