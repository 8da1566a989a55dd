/** From what somebody wrote to a segment without references, or to problems that name their path and say what is allowed there. */

import type * as z from 'zod'
import { canonical } from './chain.ts'
import { type InterestName, type Interests, isSpecial } from './interest.ts'
import { nearestNames } from './nearest-names.ts'
import {
  MAX_DEPTH,
  MAX_LEAVES,
  type ResolvedSegment,
  type Segment,
  type SegmentLeaf,
  segmentLeaves,
} from './segment.ts'

export interface SegmentWords {
  readonly interests: Interests['interests']
  /** Segments of the same site by name, as they were written. */
  readonly segments: Readonly<Record<string, unknown>>
}

export interface SegmentProblem {
  /** As in `all[1].interest`; `''` is the tree itself. Within a segment referred to, its name and `>` come first. */
  readonly path: string
  readonly message: string
}

export type ParsedSegment =
  | { readonly ok: true; readonly segment: Segment; readonly resolved: ResolvedSegment }
  | { readonly ok: false; readonly problems: readonly SegmentProblem[] }

const conditions = ['all', 'any', 'not', ...Object.keys(segmentLeaves)]

/** `name` is what the segment will be called, if anything: it may not lead back to itself. */
export function parseSegment(value: unknown, words: SegmentWords, name?: string): ParsedSegment {
  const problems: SegmentProblem[] = []
  let leaves = 0

  const node = (
    written: unknown,
    path: string,
    depth: number,
    trail: readonly string[],
  ): ResolvedSegment | undefined => {
    const wrong = (message: string, at = path) => void problems.push({ path: at, message })
    if (typeof written !== 'object' || written === null || Array.isArray(written))
      return wrong(`a condition is an object with one of ${conditions.join(', ')}`)
    if (depth > MAX_DEPTH) return wrong(`at most ${MAX_DEPTH} levels deep`)
    const keys = Object.keys(written)
    const kind = conditions.find((each) => keys.includes(each))
    if (!kind)
      return wrong(`${quoted(keys)}; a condition is one of ${conditions.join(', ')}${near(keys[0], conditions)}`)
    const inner: unknown = (written as Record<string, unknown>)[kind]
    if (kind !== 'all' && kind !== 'any' && kind !== 'not') return leaf(kind as LeafKind, written, path, trail)

    const other = keys.find((key) => key !== kind)
    if (other) return wrong(`"${other}" cannot stand beside "${kind}"; join the two under all or any`)
    if (kind === 'not') {
      const negated = node(inner, join(path, 'not'), depth + 1, trail)
      return negated && { not: negated }
    }
    if (!Array.isArray(inner) || inner.length === 0)
      return wrong('a list with at least one condition', join(path, kind))
    const parts: ResolvedSegment[] = []
    for (const [index, each] of inner.entries()) {
      // Beyond the limit nothing is looked at, or references to references would multiply.
      if (leaves > MAX_LEAVES) return undefined
      const part = node(each, `${join(path, kind)}[${index}]`, depth + 1, trail)
      if (part) parts.push(part)
    }
    return kind === 'all' ? { all: parts } : { any: parts }
  }

  const leaf = (
    kind: LeafKind,
    written: object,
    path: string,
    trail: readonly string[],
  ): ResolvedSegment | undefined => {
    const parsed = segmentLeaves[kind].safeParse(written)
    if (!parsed.success) {
      for (const issue of parsed.error.issues) problems.push(inWords(issue, path, written))
      return undefined
    }
    const found: SegmentLeaf = parsed.data
    if ('segment' in found) return reference(found.segment, path, trail)
    leaves++
    if (leaves === MAX_LEAVES + 1)
      problems.push({ path: '', message: `at most ${MAX_LEAVES} conditions, those of segments referred to included` })
    if ('interest' in found) checkInterest(found.interest, join(path, 'interest'))
    if ('count' in found && found.count.interest) checkInterest(found.count.interest, join(path, 'count.interest'))
    return found
  }

  const reference = (to: string, path: string, trail: readonly string[]): ResolvedSegment | undefined => {
    const at = join(path, 'segment')
    const names = Object.keys(words.segments).filter((each) => each !== name)
    if (trail.includes(to))
      problems.push({
        path: at,
        message: `leads back to itself: ${[...trail.slice(trail.indexOf(to)), to].join(' > ')}`,
      })
    else if (!Object.hasOwn(words.segments, to)) problems.push({ path: at, message: missing('segment', to, names) })
    else return node(words.segments[to], `${at} ${to} >`, 1, [...trail, to])
    return undefined
  }

  const checkInterest = (interest: InterestName, path: string) => {
    const names = (Object.keys(words.interests) as InterestName[]).filter((each) => !isSpecial(words.interests, each))
    if (names.includes(interest)) return
    if (!isSpecial(words.interests, interest)) problems.push({ path, message: missing('interest', interest, names) })
    else
      problems.push({
        path,
        message: `${interest} is a special interest: it is never profiled, so nobody can be chosen by it`,
      })
  }

  const resolved = node(value, '', 1, name === undefined ? [] : [name])
  if (!resolved || problems.length > 0) return { ok: false, problems }
  return { ok: true, segment: value as Segment, resolved }
}

/** Problems in lines, for an error message. */
export function segmentProblems(problems: readonly SegmentProblem[]): string {
  return problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('\n')
}

/** One text for all ways to write the same question: order and repetition of conditions change nothing. */
export function canonicalSegment(segment: ResolvedSegment): string {
  if ('not' in segment) return `{"not":${canonicalSegment(segment.not)}}`
  const parts = 'all' in segment ? segment.all : 'any' in segment ? segment.any : undefined
  if (!parts) return canonical(segment)
  const texts = [...new Set(parts.map(canonicalSegment))].sort()
  return texts.length === 1 ? (texts[0] ?? '') : `{"${'all' in segment ? 'all' : 'any'}":[${texts.join(',')}]}`
}

type LeafKind = keyof typeof segmentLeaves

function join(path: string, key: string): string {
  return path === '' ? key : path.endsWith('>') ? `${path} ${key}` : `${path}.${key}`
}

function quoted(keys: readonly string[]): string {
  return keys.length === 0
    ? 'nothing stands here'
    : `no condition is called ${keys.map((key) => `"${key}"`).join(', ')}`
}

function near(word: string | undefined, names: readonly string[]): string {
  const [nearest] = word === undefined ? [] : nearestNames(word, names)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}

function missing(what: string, name: string, names: readonly string[]): string {
  const nearest = nearestNames(name, names)
  const there = nearest.length > 0 ? nearest : names
  const shown = there.slice(0, 10).join(', ') + (there.length > 10 ? `, and ${there.length - 10} more` : '')
  return `no ${what} is named ${name}; ${nearest.length > 0 ? 'nearest' : 'there'} ${there.length === 1 ? 'is' : 'are'} ${shown || 'none'}`
}

function inWords(issue: z.core.$ZodIssue, path: string, written: object): SegmentProblem {
  const at = issue.path.reduce<string>(
    (so, key) => (typeof key === 'number' ? `${so}[${key}]` : join(so, String(key))),
    path,
  )
  const value = issue.path.reduce<unknown>(
    (so, key) => (so as Record<PropertyKey, unknown> | undefined)?.[key],
    written,
  )
  if (issue.code === 'unrecognized_keys')
    return { path: at, message: `${issue.keys.map((key) => `"${key}"`).join(', ')} cannot stand here` }
  if (issue.code === 'invalid_value') {
    const allowed = `one of ${issue.values.map(String).join(', ')}`
    return { path: at, message: value === undefined ? `is missing: ${allowed}` : allowed }
  }
  if (value === undefined && issue.code === 'invalid_type')
    return { path: at, message: `is missing: ${issue.expected}` }
  return { path: at, message: issue.message }
}

/** Names that a tree, whether it holds or not, refers to. */
export function referencesOf(written: unknown): ReadonlySet<string> {
  if (typeof written !== 'object' || written === null) return new Set()
  const own = 'segment' in written && typeof written.segment === 'string' ? [written.segment] : []
  return new Set([...own, ...Object.values(written).flatMap((inner) => [...referencesOf(inner)])])
}
