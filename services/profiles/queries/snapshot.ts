import * as z from 'zod'
import { defineCommand, defineQuery } from '../../../infra/ports/store.ts'
import { InterestName } from '../../../schemas/interest.ts'
import { dimensions } from '../../../schemas/snapshot.ts'
import { units } from '../scoring.ts'

const nothing = z.object({})
const count = z.coerce.number().pipe(z.int())
const live = z.object({ site: z.string(), now: z.int(), notices: z.array(z.string()) })
const isLive = 'site = {site: String} AND until >= {now: UInt16} AND notice IN {notices: Array(String)}'

/** The snapshot that stands, and how many are live now. No row where there is none. */
export const standingSnapshot = defineQuery({
  name: 'standing_snapshot',
  params: live,
  row: z.object({ week: z.int(), rules: z.string(), profiles: count, live: count }),
  sql: `
    SELECT any(level) AS week, bitmapCardinality(groupBitmapMergeState(ids)) AS profiles,
      (SELECT any(dimension) FROM snapshot WHERE site = {site: String} AND startsWith(dimension, '${dimensions.rules('')}')) AS rules,
      (SELECT count() FROM profiles FINAL WHERE ${isLive}) AS live
    FROM snapshot WHERE site = {site: String} AND dimension = '${dimensions.everyone}' HAVING count() > 0`,
})

/** What a snapshot that was not finished left behind, and what one needs while it is taken. */
export const dropNumbers = defineCommand({
  name: 'drop_numbers',
  sql: 'DROP TABLE IF EXISTS snapshot_numbers',
  params: nothing,
})
export const dropNext = defineCommand({
  name: 'drop_next',
  sql: 'DROP TABLE IF EXISTS snapshot_next',
  params: nothing,
})

/** The only place where a pseudonym stands beside its number: in memory, until the snapshot is taken. */
export const createNumbers = defineCommand({
  name: 'create_numbers',
  params: nothing,
  sql: `
    CREATE TABLE snapshot_numbers (
      p FixedString(32), id UInt32, week UInt16,
      country LowCardinality(String), device LowCardinality(String), language LowCardinality(String)
    ) ENGINE = Memory`,
})
/** Of this replica alone: the others get the partition when it is put in place. */
export const createNext = defineCommand({
  name: 'create_next',
  params: nothing,
  sql: `
    CREATE TABLE snapshot_next AS snapshot ENGINE = AggregatingMergeTree
    PARTITION BY site ORDER BY (site, dimension, level, n)
    SETTINGS index_granularity = 16, max_bytes_to_merge_at_max_space_in_pool = 1`,
})

/** In the order of a keyed hash whose key nobody keeps, so that a number says nothing of when a profile came, nor of its pseudonym. */
export const dealNumbers = defineCommand({
  name: 'deal_numbers',
  params: live.extend({ key0: z.string(), key1: z.string() }),
  sql: `
    INSERT INTO snapshot_numbers
    SELECT p, row_number() OVER (ORDER BY sipHash64Keyed(({key0: UInt64}, {key1: UInt64}), p), p) - 1, week, country, device, language
    FROM profiles FINAL WHERE ${isLive}`,
})

export const countNumbers = defineQuery({
  name: 'count_numbers',
  params: nothing,
  row: z.object({ n: count }),
  sql: 'SELECT count() AS n FROM snapshot_numbers',
})

export const fillEveryone = defineCommand({
  name: 'fill_everyone',
  params: z.object({ site: z.string(), now: z.int(), snapshot: z.int(), rules: z.string() }),
  sql: `
    INSERT INTO snapshot_next
    SELECT {site: String}, arrayJoin(['${dimensions.everyone}', {rules: String}]), {now: UInt16}, {snapshot: UInt32}, ids
    FROM (SELECT groupBitmapState(id) AS ids FROM snapshot_numbers)`,
})
export const fillSeen = defineCommand({
  name: 'fill_seen',
  params: z.object({ site: z.string() }),
  sql: `
    INSERT INTO snapshot_next
    SELECT {site: String}, '${dimensions.seen}', week, 0, groupBitmapState(id) FROM snapshot_numbers GROUP BY week`,
})
export const fillTraits = defineCommand({
  name: 'fill_traits',
  params: z.object({ site: z.string() }),
  sql: `
    INSERT INTO snapshot_next
    SELECT {site: String}, trait, 0, 0, groupBitmapState(id) FROM snapshot_numbers
    ARRAY JOIN [${['country', 'device', 'language'].map((trait) => `concat('${dimensions.trait(trait, '')}', ${trait})`).join(', ')}] AS trait
    GROUP BY trait`,
})

/** Interests that a site has signals of. */
export const presentInterests = defineQuery({
  name: 'present_interests',
  params: z.object({ site: z.string() }),
  row: z.object({ interest: InterestName }),
  sql: 'SELECT DISTINCT interest FROM signals WHERE site = {site: String} ORDER BY interest',
})

/** Signals under numbers instead of pseudonyms, in their order, so that a part of the sets can be made at a time. */
export const dropNumbered = defineCommand({
  name: 'drop_numbered',
  sql: 'DROP TABLE IF EXISTS snapshot_numbered',
  params: nothing,
})
export const createNumbered = defineCommand({
  name: 'create_numbered',
  params: nothing,
  // It is read a few times and dropped: merging it would cost more than it saves.
  sql: `
    CREATE TABLE snapshot_numbered (
      id UInt32, interest UInt16, kind UInt8, week UInt16, n UInt32, units UInt64
    ) ENGINE = MergeTree ORDER BY id SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1`,
})
/**
 * Of pseudonyms from one to another. Interests and kinds become their places in the two lists, counted from 1. The engine would take the numbers
 * for the larger side of the join, not knowing how few of them are meant.
 */
export const fillNumbered = defineCommand({
  name: 'fill_numbered',
  params: z.object({
    site: z.string(),
    from: z.string(),
    to: z.string(),
    interests: z.array(z.string()),
    kinds: z.array(z.string()),
    most: z.int(),
    now: z.int(),
    kept: z.int(),
    weights: z.record(z.string(), z.int()),
    decays: z.array(z.int()),
  }),
  sql: `
    INSERT INTO snapshot_numbered
    SELECT dealt.id, indexOf({interests: Array(String)}, interest), indexOf({kinds: Array(String)}, kind), week, least(n, {most: UInt32}), ${units}
    FROM signals
    INNER JOIN (SELECT p, id FROM snapshot_numbers WHERE p >= {from: String} AND p <= {to: String}) AS dealt ON signals.p = dealt.p
    WHERE site = {site: String} AND has({interests: Array(String)}, interest) AND week >= {kept: UInt16}
      AND signals.p >= {from: String} AND signals.p <= {to: String}
    SETTINGS min_insert_block_size_rows = 4000000, min_insert_block_size_bytes = 0, max_insert_threads = 2, query_plan_join_swap_table = 'false'`,
})

/** Of numbers from one to before another: so many as fit into memory. */
const part = z.object({
  site: z.string(),
  first: z.int(),
  end: z.int(),
  /** What signals count for, `''` first. */
  names: z.array(z.string()),
  /** By interest, the places of its names, counted from 1. */
  countsFor: z.array(z.array(z.int())),
})

export type SnapshotPart = z.input<typeof part>
const ofPart = 'id >= {first: UInt32} AND id < {end: UInt32}'

export const fillBands = defineCommand({
  name: 'fill_bands',
  params: part.extend({ low: z.int(), medium: z.int(), high: z.int() }),
  sql: `
    INSERT INTO snapshot_next
    SELECT {site: String}, concat('${dimensions.band('')}', {names: Array(String)}[name]),
      multiIf(score >= {high: UInt64}, 3, score >= {medium: UInt64}, 2, 1) AS band, 0, groupBitmapState(id)
    FROM (
      SELECT arrayJoin({countsFor: Array(Array(UInt16))}[interest]) AS name, id, sum(units) AS score
      FROM snapshot_numbered WHERE ${ofPart} GROUP BY name, id
    ) WHERE name > 1 AND score >= {low: UInt64} GROUP BY name, band`,
})

/**
 * An act is one number, from its highest bits: name (16), kind (8), weeks before the last there can be (16), n (16). So sorted, those of one
 * name and kind stand together, the latest first, and are added up; of those of one week the last has the sum. Numbers are gathered in half
 * the time that tuples take, and a set is made of a list in less than a set that grows.
 */
export const fillActs = defineCommand({
  name: 'fill_acts',
  params: part.extend({ kinds: z.array(z.string()), most: z.int() }),
  sql: `
    INSERT INTO snapshot_next
    SELECT {site: String},
      concat('${dimensions.acts('', '').slice(0, -1)}', {names: Array(String)}[bitShiftRight(acts, 40)], ':', if(kind = 0, '', {kinds: Array(String)}[kind])),
      65535 - bitAnd(bitShiftRight(acts, 16), 65535), bitAnd(acts, 65535), ids
    FROM (
      SELECT bitShiftLeft(bitShiftRight(act, 16), 16) + least(times, {most: UInt32}) AS acts, bitAnd(bitShiftRight(acts, 32), 255) AS kind, bitmapBuild(groupArray(id)) AS ids
      FROM (
        SELECT id, arraySort(groupArray(act)) AS sorted,
          arrayMap((one, before) -> bitShiftRight(one, 32) != bitShiftRight(before, 32), sorted, arrayShiftRight(sorted, 1)) AS begins,
          arraySplit((_, begin) -> begin, arrayMap(one -> bitAnd(one, 65535), sorted), begins) AS runs
        FROM (
          SELECT id, bitShiftLeft(toUInt64(arrayJoin({countsFor: Array(Array(UInt16))}[interest])), 40)
            + bitShiftLeft(toUInt64(arrayJoin([0, kind])), 32) + bitShiftLeft(toUInt64(65535 - week), 16) + n AS act
          FROM snapshot_numbered WHERE ${ofPart}
        ) GROUP BY id
      )
      ARRAY JOIN sorted AS act, arrayShiftLeft(sorted, 1) AS next, arrayFlatten(arrayMap(run -> arrayCumSum(run), runs)) AS times
      WHERE bitShiftRight(act, 16) != bitShiftRight(next, 16)
      GROUP BY acts
    )`,
})

/** Few large sets are read faster than many small ones. */
export const mergeNext = defineCommand({
  name: 'merge_next',
  sql: 'OPTIMIZE TABLE snapshot_next FINAL',
  params: nothing,
})
/** In one step, on all replicas: who counts sees the old one or the new one, never both. */
export const putNext = defineCommand({
  name: 'put_next',
  sql: 'ALTER TABLE snapshot REPLACE PARTITION {site: String} FROM snapshot_next',
  params: z.object({ site: z.string() }),
})
