-- Why: a day's end was that of the server's zone, so east of Greenwich an id that was taken could be forgotten before the log forgets its event.
--   Days are of UTC everywhere else.
-- Cost: none: parts that stand keep the end they have until they are merged.
-- Watch: select table, min(toUnixTimestamp(delete_ttl_info_min)) % 86400 from system.parts where active group by table, which comes to 0.

ALTER TABLE events ${ON_CLUSTER} MODIFY TTL toDateTime(day, 'UTC') + INTERVAL 30 DAY DELETE SETTINGS materialize_ttl_after_modify = 0;
ALTER TABLE traffic ${ON_CLUSTER} MODIFY TTL toDateTime(day, 'UTC') + INTERVAL 25 MONTH DELETE SETTINGS materialize_ttl_after_modify = 0;
ALTER TABLE acts ${ON_CLUSTER} MODIFY TTL toDateTime(day, 'UTC') + INTERVAL 25 MONTH DELETE SETTINGS materialize_ttl_after_modify = 0;
ALTER TABLE seen ${ON_CLUSTER} MODIFY TTL toDateTime(day, 'UTC') + INTERVAL 3 DAY DELETE SETTINGS materialize_ttl_after_modify = 0;
ALTER TABLE tombstones ${ON_CLUSTER} MODIFY TTL toDateTime(day, 'UTC') + INTERVAL 15 DAY DELETE SETTINGS materialize_ttl_after_modify = 0;
ALTER TABLE deletions ${ON_CLUSTER} MODIFY TTL toDateTime(day, 'UTC') + INTERVAL 13 MONTH DELETE SETTINGS materialize_ttl_after_modify = 0;
