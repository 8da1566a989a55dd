-- Why: acts that the vault dates too only count, by hour, and belong to nobody; choices made on devices are proven by their receipt alone.
-- Cost: small.
-- Watch: rows by day.

CREATE TABLE IF NOT EXISTS acts ${ON_CLUSTER} (
  site LowCardinality(String),
  day Date,
  hour UInt8,
  type LowCardinality(String),
  path String,
  n UInt64
) ENGINE = ${REPLICATED}SummingMergeTree(n)
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, hour, type, path)
TTL day + INTERVAL 25 MONTH DELETE
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS counts_in ${ON_CLUSTER} (
  id UInt64,
  partition UInt16,
  first UInt64,
  received Date,
  site String,
  day Date,
  hour UInt8,
  type String,
  path String
) ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS acts_from_in ${ON_CLUSTER} TO acts AS
SELECT site, day, hour, type, path, count() AS n FROM counts_in GROUP BY site, day, hour, type, path;

CREATE MATERIALIZED VIEW IF NOT EXISTS seen_from_counts ${ON_CLUSTER} TO seen AS
SELECT 'counts' AS topic, partition, id, first, received AS day FROM counts_in;

-- The proof lives as long as the consent may, and three years more, in which it may be asked for.
CREATE TABLE IF NOT EXISTS device_consents ${ON_CLUSTER} (
  receipt FixedString(33),
  site LowCardinality(String),
  purposes Array(LowCardinality(String)),
  notice LowCardinality(String),
  notice_hash FixedString(64),
  language LowCardinality(String),
  method LowCardinality(String),
  path String,
  at DateTime('UTC')
) ENGINE = ${REPLICATED}MergeTree
ORDER BY receipt
TTL at + INTERVAL 50 MONTH DELETE
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

-- What became of a visitor's request to be forgotten, by receipt.
CREATE TABLE IF NOT EXISTS deletions ${ON_CLUSTER} (
  receipt FixedString(33),
  day Date
) ENGINE = ${REPLICATED}ReplacingMergeTree
ORDER BY receipt
TTL day + INTERVAL 13 MONTH DELETE
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;
