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
    PARTITION BY site ORDER BY (site, dimension, level, n) SETTINGS index_granularity = 16`,
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

/** Signals under pseudonyms from one to another: so many as fit into memory. */
const part = z.object({
  site: z.string(),
  kept: z.int(),
  from: z.string(),
  to: z.string(),
  /** Names that signals count for, `''` first. */
  names: z.array(z.string()),
  /** Each interest with one that it counts for, which is the index of its name. */
  interests: z.array(z.string()),
  countsFor: z.array(z.int()),
})
export type SnapshotPart = z.input<typeof part>

const numbered = `
  SELECT dealt.id AS id, counted.name AS name, signals.week AS week, signals.kind AS kind, signals.n AS n
  FROM signals
  INNER JOIN (SELECT p, id FROM snapshot_numbers WHERE p >= {from: String} AND p <= {to: String}) AS dealt ON signals.p = dealt.p
  INNER JOIN (
    SELECT interest, name FROM (SELECT 1) ARRAY JOIN {interests: Array(String)} AS interest, {countsFor: Array(UInt16)} AS name
  ) AS counted ON signals.interest = counted.interest
  WHERE signals.site = {site: String} AND signals.week >= {kept: UInt16} AND signals.p >= {from: String} AND signals.p <= {to: String}`

export const fillBands = defineCommand({
  name: 'fill_bands',
  params: part.extend({
    now: z.int(),
    weights: z.record(z.string(), z.int()),
    decays: z.array(z.int()),
    low: z.int(),
    medium: z.int(),
    high: z.int(),
  }),
  sql: `
    INSERT INTO snapshot_next
    SELECT {site: String}, concat('${dimensions.band('')}', {names: Array(String)}[name + 1]),
      multiIf(score >= {high: UInt64}, 3, score >= {medium: UInt64}, 2, 1) AS band, 0, groupBitmapState(id)
    FROM (SELECT name, id, sum(${units}) AS score FROM (${numbered}) WHERE name > 0 GROUP BY name, id)
    WHERE score >= {low: UInt64} GROUP BY name, band`,
})

export const fillActs = defineCommand({
  name: 'fill_acts',
  params: part.extend({ kinds: z.array(z.string()), most: z.int() }),
  sql: `
    INSERT INTO snapshot_next
    SELECT {site: String}, concat('${dimensions.acts('', '').slice(0, -1)}', {names: Array(String)}[name + 1], ':', {kinds: Array(String)}[kind + 1]), since, times, groupBitmapState(id)
    FROM (
      SELECT name, kind, id, act.1 AS since, toUInt32(least(act.2, {most: UInt32})) AS times FROM (
        SELECT name, kind, id, arrayReverseSort(groupArray((week, n))) AS weeks, arrayZip(weeks.1, arrayCumSum(weeks.2)) AS acts
        FROM (
          SELECT name, code AS kind, id, week, n FROM (${numbered})
          ARRAY JOIN [0, toUInt8(indexOf({kinds: Array(String)}, kind) - 1)] AS code
        ) GROUP BY name, kind, id
      ) ARRAY JOIN acts AS act
    ) GROUP BY name, kind, since, times`,
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
