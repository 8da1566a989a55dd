/** A segment as one parameterised statement over the snapshot, that answers how many are in it: exactly those of `inSegment` in the week it was taken. */

import type { ResolvedSegment } from '../../schemas/segment.ts'
import { bandLevels, dimensions } from '../../schemas/snapshot.ts'

export interface CountQuestion {
  readonly site: string
  /** The ISO week in which the snapshot was taken: its answers are of that week. */
  readonly week: number
}

export interface CountSql {
  /** Answers one row, `n`. */
  readonly sql: string
  /** All that came from outside. Nothing of it stands in the SQL. */
  readonly params: Readonly<Record<string, unknown>>
}

/** A set, or all but a set: what is not in it is only looked up where it must be. */
interface Members {
  readonly set: string
  readonly without: boolean
}

export function countSql(segment: ResolvedSegment, { site, week }: CountQuestion): CountSql {
  const params: Record<string, unknown> = { site }
  const bind = (value: unknown, type: string): string => {
    const name = `p${Object.keys(params).length}`
    params[name] = value
    return `{${name}: ${type}}`
  }
  const read = new Set<string>()
  const rows = (...matches: readonly string[]): Members => {
    const where = matches.join(' AND ')
    read.add(`(${where})`)
    return { set: `groupBitmapMergeStateIf(ids, ${where})`, without: false }
  }
  const ofDimension = (name: string) => `dimension = ${bind(name, 'String')}`
  const since = (weeks: number) => `level >= ${bind(Math.max(0, week - weeks + 1), 'UInt16')}`

  const members = (each: ResolvedSegment): Members => {
    if ('all' in each) return every(each.all.map(members))
    if ('any' in each) return butFor(every(each.any.map(members).map(butFor)))
    if ('not' in each) return butFor(members(each.not))
    if ('interest' in each)
      return rows(ofDimension(dimensions.band(each.interest)), `level >= ${bind(bandLevels[each.band], 'UInt16')}`)
    if ('count' in each) {
      const { kind = '', interest = '', weeks, min } = each.count
      return rows(ofDimension(dimensions.acts(interest, kind)), since(weeks), `snapshot.n >= ${bind(min, 'UInt32')}`)
    }
    if ('seen' in each) return rows(ofDimension(dimensions.seen), since(each.seen.weeks))
    return every(
      Object.entries(each.trait).flatMap(([trait, values]) => {
        if (values === undefined) return []
        const named = bind(
          values.map((value) => dimensions.trait(trait, value)),
          'Array(String)',
        )
        return [rows(`dimension IN ${named}`)]
      }),
    )
  }

  const { set, without } = members(segment)
  const found = without ? `bitmapAndnot(${rows(`dimension = '${dimensions.everyone}'`).set}, ${set})` : set
  // All sets in one reading: a subquery a set costs more than small sets do.
  const sql = `SELECT bitmapCardinality(${found}) AS n FROM snapshot WHERE site = {site: String} AND (${[...read].join(' OR ')})`
  return { sql, params }
}

function butFor({ set, without }: Members): Members {
  return { set, without: !without }
}

/** In all of them. Where each is all but a set, so is what they have in common. */
function every(all: readonly Members[]): Members {
  const join = (by: string, sets: readonly string[]) => sets.reduce((one, other) => `${by}(${one}, ${other})`)
  const inside = all.filter(({ without }) => !without).map(({ set }) => set)
  const outside = all.filter(({ without }) => without).map(({ set }) => set)
  if (inside.length === 0) return { set: join('bitmapOr', outside), without: true }
  const common = join('bitmapAnd', inside)
  return {
    set: outside.length === 0 ? common : `bitmapAndnot(${common}, ${join('bitmapOr', outside)})`,
    without: false,
  }
}
