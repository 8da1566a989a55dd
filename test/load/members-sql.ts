/** A segment as one statement over signals and profiles as they are: what the snapshot is held against. */

import type { Interests } from '../../schemas/interest.ts'
import type { ResolvedSegment } from '../../schemas/segment.ts'
import { scoringParams, thresholdOf, units } from '../../services/profiles/scoring.ts'

export interface SegmentQuestion {
  readonly site: string
  readonly interests: Interests
  /** Versions that have not been retired: a consent under any other has expired. */
  readonly notices: readonly string[]
  /** The ISO week that is now. */
  readonly now: number
}

export interface SegmentSql {
  /** Answers `p`, each member once. */
  readonly sql: string
  /** All that came from outside. Nothing of it stands in the SQL. */
  readonly params: Readonly<Record<string, unknown>>
}

/** No row is read for a profile that is not live. Of a profile's rows the latest stands, hence FINAL on `profiles`; signals only add up. */
export function membersSql(segment: ResolvedSegment, question: SegmentQuestion): SegmentSql {
  const { site, interests, notices, now } = question
  const { kept, weights, decays } = scoringParams(interests, now)
  const params: Record<string, unknown> = { site, now, notices }
  const sums: string[] = []
  /** Which signals count at all; `undefined` is any. */
  const touched: (string | undefined)[] = []

  const bind = (value: unknown, type: string): string => {
    const name = `p${Object.keys(params).length}`
    params[name] = value
    return `{${name}: ${type}}`
  }
  const sum = (of: string, matches: string): string => {
    sums.push(`sumIf(${of}, ${matches}) AS s${sums.length}`)
    return `s${sums.length - 1}`
  }
  const partOf = (interest: string): string => {
    const name = bind(interest, 'String')
    return `(interest = ${name} OR startsWith(interest, concat(${name}, '.')))`
  }
  const within = (interest: string): string => {
    const condition = partOf(interest)
    touched.push(condition)
    return condition
  }

  const condition = (each: ResolvedSegment): string => {
    if ('all' in each) return `(${each.all.map(condition).join(' AND ')})`
    if ('any' in each) return `(${each.any.map(condition).join(' OR ')})`
    if ('not' in each) return `NOT ${condition(each.not)}`
    if ('interest' in each)
      return `(${sum(units, within(each.interest))} >= ${bind(thresholdOf(interests, each.band), 'UInt64')})`
    if ('count' in each) {
      const { kind, interest, weeks, min } = each.count
      const matches = [`week >= ${bind(Math.max(0, now - weeks + 1), 'UInt16')}`]
      if (kind !== undefined) matches.push(`kind = ${bind(kind, 'String')}`)
      if (interest === undefined) touched.push(undefined)
      else matches.push(within(interest))
      return `(${sum('n', matches.join(' AND '))} >= ${bind(min, 'UInt64')})`
    }
    if ('seen' in each) return `(week >= ${bind(Math.max(0, now - each.seen.weeks + 1), 'UInt16')})`
    const traits = Object.entries(each.trait).filter(([, values]) => values !== undefined)
    // The names are those of the schema's three traits, and of its columns.
    return `(${traits.map(([trait, values]) => `${trait} IN ${bind(values, 'Array(String)')}`).join(' AND ')})`
  }

  const where = condition(segment)
  const live = `
  SELECT p, week, country, device, language FROM profiles FINAL
  WHERE site = {site: String} AND until >= {now: UInt16} AND notice IN {notices: Array(String)}`
  if (sums.length === 0) return { sql: `SELECT p FROM (${live}\n)\nWHERE ${where}`, params }

  const only = touched.includes(undefined) ? '' : ` AND (${[...new Set(touched)].join(' OR ')})`
  const special = Object.entries(interests.interests).flatMap(([name, each]) => (each.special ? [name] : []))
  const profiled = special.map((name) => ` AND NOT ${partOf(name)}`).join('')
  const sql = `SELECT p FROM (${live}
) AS live LEFT JOIN (
  SELECT p, ${sums.join(',\n    ')}
  FROM signals WHERE site = {site: String} AND week >= {kept: UInt16}${only}${profiled}
  GROUP BY p
) AS sums USING (p)
WHERE ${where}`
  return { sql, params: { ...params, kept, weights, decays } }
}
