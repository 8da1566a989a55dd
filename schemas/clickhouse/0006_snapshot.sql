-- Why: analysts count in a copy that knows no pseudonym: sets of numbers that are dealt anew, at random, with each copy.
-- Cost: about two bytes a profile, interest, kind of act and week; a site's partition is replaced as a whole, in one step, each week.
-- Watch: select site, level as week from snapshot where dimension = 'everyone'; system.parts where table = 'snapshot'.

-- What each dimension, level and n stands for: schemas/snapshot.ts.
CREATE TABLE IF NOT EXISTS snapshot ${ON_CLUSTER} (
  site LowCardinality(String),
  dimension LowCardinality(String),
  level UInt16,
  n UInt32,
  -- Packed as they are: compressing them again saves nothing and costs each answer.
  ids AggregateFunction(groupBitmap, UInt32) CODEC(NONE)
) ENGINE = ${REPLICATED}AggregatingMergeTree
PARTITION BY site
ORDER BY (site, dimension, level, n)
-- A row is a set of up to a megabyte: what is read beside the one asked for is felt.
SETTINGS index_granularity = 16;
