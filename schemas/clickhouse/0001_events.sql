-- Why: what visitors did, by the pseudonym of one day, and the same as counts that belong to nobody.
-- Cost: one insert block fills all of them through the views; a token covers the block and every view behind it.
-- Watch: system.parts where table in ('events', 'traffic', 'seen'), rows by day.

CREATE TABLE IF NOT EXISTS events ${ON_CLUSTER} (
  site LowCardinality(String),
  day Date,
  e FixedString(33),
  session UInt16,
  step UInt16,
  type LowCardinality(String),
  path String,
  referrer String,
  campaign String,
  seconds UInt32,
  country LowCardinality(String),
  device LowCardinality(String),
  language LowCardinality(String)
) ENGINE = ${REPLICATED}MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, e, session, step)
TTL day + INTERVAL 30 DAY DELETE
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Counts by day. `views` and `seconds` add up; no pseudonym, so nobody can be counted out of it.
CREATE TABLE IF NOT EXISTS traffic ${ON_CLUSTER} (
  site LowCardinality(String),
  day Date,
  type LowCardinality(String),
  path String,
  referrer String,
  campaign String,
  device LowCardinality(String),
  n UInt64,
  seconds UInt64
) ENGINE = ${REPLICATED}SummingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (site, day, type, path, referrer, campaign, device)
TTL day + INTERVAL 25 MONTH DELETE
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

-- Client ids already taken, 48 hours. `first` is the first offset of the batch that brought them, so that a restart can leave out a batch it does again.
CREATE TABLE IF NOT EXISTS seen ${ON_CLUSTER} (
  topic LowCardinality(String),
  partition UInt16,
  id UInt64,
  first UInt64,
  day Date
) ENGINE = ${REPLICATED}MergeTree
PARTITION BY day
ORDER BY (topic, partition, first)
TTL day + INTERVAL 3 DAY DELETE
SETTINGS non_replicated_deduplication_window = 20000, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS events_in ${ON_CLUSTER} (
  id UInt64,
  partition UInt16,
  first UInt64,
  received Date,
  site String,
  day Date,
  e FixedString(33),
  session UInt16,
  step UInt16,
  type String,
  path String,
  referrer String,
  campaign String,
  seconds UInt32,
  country String,
  device String,
  language String
) ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS events_from_in ${ON_CLUSTER} TO events AS
SELECT site, day, e, session, step, type, path, referrer, campaign, seconds, country, device, language FROM events_in;

CREATE MATERIALIZED VIEW IF NOT EXISTS traffic_from_in ${ON_CLUSTER} TO traffic AS
SELECT site, day, type, path, referrer, campaign, device, count() AS n, sum(seconds) AS seconds
FROM events_in GROUP BY site, day, type, path, referrer, campaign, device;

CREATE MATERIALIZED VIEW IF NOT EXISTS seen_from_events ${ON_CLUSTER} TO seen AS
SELECT 'events' AS topic, partition, id, first, received AS day FROM events_in;
