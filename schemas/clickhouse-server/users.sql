-- Why: each service asks the store its own questions and no others. One statement a user, which replaces all that it had: no moment without.
-- Rows of who ended are marked in a column of the engine's own, _row_exists, which older servers take for an update.
-- Views write in the name of the owner who made them. What begins with folded or snapshot_ profiles make for an hour and drop.

GRANT ${ON_CLUSTER}
  SELECT(name, sha256) ON migrations,
  INSERT ON events_in,
  INSERT ON signals_in,
  INSERT ON counts_in,
  INSERT ON consents_in,
  SELECT, INSERT, ALTER DELETE ON seen,
  SELECT, INSERT, ALTER DELETE, ALTER UPDATE(_row_exists), OPTIMIZE ON signals,
  SELECT, ALTER DELETE, ALTER UPDATE(_row_exists), OPTIMIZE ON profiles,
  SELECT, INSERT ON tombstones,
  SELECT ON device_consents,
  SELECT(site, day, type) ON events,
  SELECT(site, day, type, n) ON traffic,
  SELECT(site, day, type, n) ON acts,
  SELECT, INSERT ON deletions,
  SELECT, INSERT, ALTER DELETE ON snapshot,
  SELECT, INSERT, OPTIMIZE, CREATE TABLE, DROP TABLE ON folded*,
  SELECT, INSERT, OPTIMIZE, CREATE TABLE, DROP TABLE ON snapshot_*,
  TABLE ENGINE ON MergeTree,
  TABLE ENGINE ON SummingMergeTree,
  TABLE ENGINE ON AggregatingMergeTree,
  TABLE ENGINE ON Memory
TO bauta_profiles WITH REPLACE OPTION;

-- Counts that belong to nobody, and the copy without pseudonyms that estimates are asked of.
GRANT ${ON_CLUSTER}
  SELECT(name, sha256) ON migrations,
  SELECT ON snapshot,
  SELECT ON traffic,
  SELECT ON acts
TO bauta_segments WITH REPLACE OPTION;

GRANT ${ON_CLUSTER}
  SELECT(name, sha256) ON migrations,
  SELECT(site, p, interest, week, kind, n) ON signals,
  SELECT(site, p, until, notice, week, country, device, language) ON profiles
TO bauta_activation WITH REPLACE OPTION;
