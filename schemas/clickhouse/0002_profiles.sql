-- Why: interests under a pseudonym, by week, and the live consent behind them.
-- Cost: signals add up by week; thirteen weeks later a quarter is folded into one (see services/profiles).
-- Watch: system.parts where table in ('signals', 'profiles'), system.mutations where not is_done.

CREATE TABLE IF NOT EXISTS signals ${ON_CLUSTER} (
  site LowCardinality(String),
  interest LowCardinality(String),
  p FixedString(32),
  week UInt16,
  rule LowCardinality(String),
  kind LowCardinality(String),
  n UInt64
) ENGINE = ${REPLICATED}SummingMergeTree(n)
PARTITION BY intDiv(week, 13)
ORDER BY (site, interest, p, week, rule, kind)
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

-- No row that is live means no consent. Of several rows of one P the latest week stands.
CREATE TABLE IF NOT EXISTS profiles ${ON_CLUSTER} (
  site LowCardinality(String),
  p FixedString(32),
  until UInt16,
  notice LowCardinality(String),
  week UInt16,
  country LowCardinality(String),
  device LowCardinality(String),
  language LowCardinality(String)
) ENGINE = ${REPLICATED}ReplacingMergeTree(week)
ORDER BY (site, p)
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Pseudonyms that ended: what of them is still on its way must not come back. Kept as long as the log could bring it.
CREATE TABLE IF NOT EXISTS tombstones ${ON_CLUSTER} (
  site LowCardinality(String),
  p FixedString(32),
  day Date
) ENGINE = ${REPLICATED}ReplacingMergeTree
ORDER BY (site, p)
TTL day + INTERVAL 15 DAY DELETE
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

-- One row a signal; a record without signals brings one row of kind ''.
CREATE TABLE IF NOT EXISTS signals_in ${ON_CLUSTER} (
  id UInt64,
  partition UInt16,
  first UInt64,
  received Date,
  site String,
  p FixedString(32),
  week UInt16,
  until UInt16,
  notice String,
  country String,
  device String,
  language String,
  interest String,
  rule String,
  kind String,
  n UInt32
) ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS signals_from_in ${ON_CLUSTER} TO signals AS
SELECT site, interest, p, week, rule, kind, toUInt64(n) AS n FROM signals_in WHERE kind != '';

CREATE MATERIALIZED VIEW IF NOT EXISTS profiles_from_in ${ON_CLUSTER} TO profiles AS
SELECT site, p, until, notice, week, country, device, language FROM signals_in;

CREATE MATERIALIZED VIEW IF NOT EXISTS seen_from_signals ${ON_CLUSTER} TO seen AS
SELECT DISTINCT 'signals' AS topic, partition, id, first, received AS day FROM signals_in;
