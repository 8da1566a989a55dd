import { describe, expect, test } from 'vitest'
import { Interests, SignalKind } from './interest.ts'
import { canonicalSegment, parseSegment, segmentProblems } from './segment-parse.ts'

const name = (de: string) => ({ name: { de } })
const { interests } = Interests.parse({
  halfLifeWeeks: 6,
  bands: { low: 1, medium: 4, high: 16 },
  weights: Object.fromEntries(SignalKind.options.map((kind) => [kind, 1])),
  interests: {
    energy: name('Energie'),
    'energy.solar': name('Solar'),
    garden: name('Garten'),
    health: { ...name('G'), special: true },
    'health.sleep': name('Schlaf'),
  },
  rules: [],
})
const solar = { interest: 'energy.solar', band: 'medium' }
const seen = { seen: { weeks: 2 } }

function problems(tree: unknown, segments: Record<string, unknown> = {}, called?: string): string {
  const parsed = parseSegment(tree, { interests, segments }, called)
  return parsed.ok ? 'ok' : segmentProblems(parsed.problems)
}

describe('a segment as somebody wrote it', () => {
  test('is resolved, its references replaced by what they name', () => {
    const tree = { all: [solar, { segment: 'active' }, { not: { trait: { country: ['AT'] } } }] }
    const active = { any: [seen, { count: { kind: 'search', weeks: 4, min: 2 } }] }
    expect(parseSegment(tree, { interests, segments: { active } })).toEqual({
      ok: true,
      segment: tree,
      resolved: { all: [solar, active, { not: { trait: { country: ['AT'] } } }] },
    })
  })

  test.each([
    ['a word', 'solar', 'a condition is an object with one of all, any, not, interest, count, seen, trait, segment'],
    ['a list', [solar], 'a condition is an object with one of'],
    ['a misspelt key', { all: [solar, { intrest: 'garden' }] }, 'all[1]: no condition is called "intrest"'],
    ['its nearest', { intrest: 'garden' }, 'did you mean interest?'],
    [
      'an unknown interest',
      { all: [seen, { interest: 'solar', band: 'low' }] },
      'all[1].interest: no interest is named solar; nearest is energy.solar',
    ],
    [
      'one of the language itself',
      { interest: 'constructor', band: 'low' },
      'interest: no interest is named constructor; there are energy, energy.solar, garden',
    ],
    [
      'an unknown interest to count',
      { count: { interest: 'gardens', weeks: 1, min: 1 } },
      'count.interest: no interest is named gardens; nearest is garden',
    ],
    [
      'a part of a special interest',
      { interest: 'health.sleep', band: 'low' },
      'interest: health.sleep is a special interest',
    ],
    ['a band that is none', { any: [{ interest: 'garden', band: 'great' }] }, 'any[0].band: one of low, medium, high'],
    ['no band', { interest: 'garden' }, 'band: is missing: one of low, medium, high'],
    ['too many weeks', { not: { seen: { weeks: 53 } } }, 'not.seen.weeks: Too big'],
    ['something beside', { seen: { weeks: 1, days: 2 } }, 'seen: "days" cannot stand here'],
    ['two conditions in one', { all: [seen], any: [seen] }, '"any" cannot stand beside "all"'],
    ['an empty list', { any: [] }, 'any: a list with at least one condition'],
    ['no trait', { trait: {} }, 'trait: name at least one of country, device, language'],
    ['an unknown segment', { segment: 'activ' }, 'segment: no segment is named activ; nearest is active'],
    ['a mistake in another segment', { any: [{ segment: 'broken' }] }, 'any[0].segment broken > all[0].band: one of'],
  ])('%s is refused, with its path and what is allowed', (_, tree, message) => {
    expect(problems(tree, { active: seen, broken: { all: [{ ...solar, band: 'great' }] } })).toContain(message)
  })

  test('all problems are told together', () => {
    expect(problems({ all: [{ interest: 'x', band: 'low' }, { seen: {} }] }).split('\n')).toHaveLength(2)
  })

  test('a segment that leads back to itself is refused with the way it takes', () => {
    const segments = { a: { segment: 'b' }, b: { not: { segment: 'a' } }, c: { segment: 'c' } }
    expect(problems({ segment: 'a' }, segments)).toContain('leads back to itself: a > b > a')
    expect(problems({ segment: 'b' }, segments, 'a')).toContain('leads back to itself: a > b > a')
    expect(problems({ segment: 'c' }, segments)).toContain('leads back to itself: c > c')
  })

  test('five levels are enough, and six too many', () => {
    const deep = (levels: number): unknown => (levels === 1 ? seen : { not: deep(levels - 1) })
    expect(problems(deep(5))).toBe('ok')
    expect(problems(deep(6))).toContain('not.not.not.not.not: at most 5 levels deep')
  })

  test('fifty conditions are enough, those of references included, and references to references do not explode', () => {
    const of = (n: number, what: unknown) => ({ any: Array.from({ length: n }, () => what) })
    expect(problems(of(50, solar))).toBe('ok')
    expect(problems(of(51, solar))).toContain('at most 50 conditions')
    const many = 'abcdefgh'
      .split('')
      .map((each, index, all) => [each, of(50, index ? { segment: all[index - 1] } : seen)])
    expect(problems({ segment: 'h' }, Object.fromEntries(many))).toContain('at most 50 conditions')
  })
})

test('order and repetition of conditions make no other question', () => {
  const text = (tree: unknown) => {
    const parsed = parseSegment(tree, { interests, segments: {} })
    return parsed.ok && canonicalSegment(parsed.resolved)
  }
  expect(text({ all: [seen, solar, seen] })).toBe(text({ all: [{ band: 'medium', interest: 'energy.solar' }, seen] }))
  expect(text({ any: [solar] })).toBe(text(solar))
  expect(text({ any: [seen, solar] })).not.toBe(text({ all: [seen, solar] }))
})
