-- Why: a batch that was in the middle when a process died is said again under its token; the table must still know the token by then, replicated or not.
--   The windows count parts of all partitions of a table together, and a replicated table forgets by time too (after an hour, if it is not told otherwise).
--   A loader makes at most about 25 inserts a second, 90,000 an hour, so 100,000 cover what one process does within an hour, and 48 hours where it
--   makes one insert in two seconds. A partition stands still for as long as its group needs to deal it to another process, seconds to minutes.
--   Beyond that, up to the 48 hours that the log keeps, tokens are not trusted: see services/profiles/batch-appender.ts. The time is set to 14 days,
--   so that it is never what runs out first.
-- Cost: about 250 bytes of memory a token and table, 25 MB for a full window; as many nodes in Keeper where tables are replicated.
-- Watch: select table, value from system.merge_tree_settings; ClickHouse's log of duplicates, DuplicatedInsertedBlocks in system.events.

ALTER TABLE events ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE traffic ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE seen ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE signals ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE profiles ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE acts ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE device_consents ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE tombstones ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
ALTER TABLE deletions ${ON_CLUSTER} MODIFY SETTING non_replicated_deduplication_window = 100000,
  replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 1209600;
