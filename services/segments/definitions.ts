/** Segments by name: those of bauta.yaml, which are read-only here, and those made over the API. */

import type { House } from '../../infra/config/house.ts'
import { auditOf } from '../../infra/control/audit.ts'
import type { Sql, SqlSession } from '../../infra/ports/sql.ts'
import { Fault } from '../../schemas/fault.ts'
import { type ParsedSegment, parseSegment, referencesOf, segmentProblems } from '../../schemas/segment-parse.ts'
import { putSegment, removeSegment, storedAudiences, storedSegments } from './queries/definitions.ts'

export interface DefinitionsDeps {
  readonly house: House
  readonly control: Sql
  readonly now: () => number
}

export interface Definition {
  readonly name: string
  readonly site: string
  readonly source: 'file' | 'api'
  /** As it was written. */
  readonly tree: unknown
}

export interface Definitions {
  /** By name. */
  list(): Promise<Definition[]>
  /** `not_found`, with the names there are. */
  get(name: string): Promise<Definition>
  /** Reads a tree as a segment of a site, that knows the site's other segments. */
  parse(site: string, tree: unknown, name?: string): Promise<ParsedSegment>
  /** `invalid` for a tree that does not hold or breaks another, `conflict` for one of the file or of another site. */
  put(actor: string, definition: Omit<Definition, 'source'>): Promise<Definition>
  /** `conflict` for one of the file, and for one that something refers to. */
  remove(actor: string, name: string): Promise<void>
}

const audit = auditOf('control')

export function segmentDefinitions({ house, control, now }: DefinitionsDeps): Definitions {
  const ofFile = Object.entries(house.config.segments).map(
    ([name, { site, tree }]): Definition => ({ name, site, source: 'file', tree }),
  )

  const all = async (session: SqlSession): Promise<Definition[]> => {
    const stored = await session.run(storedSegments, {})
    const taken = new Set(ofFile.map(({ name }) => name))
    // What the file names since then stands over what was made before.
    const made = stored.filter(({ name }) => !taken.has(name)).map((each): Definition => ({ ...each, source: 'api' }))
    return [...ofFile, ...made].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  const parseIn = (definitions: readonly Definition[], site: string, tree: unknown, name?: string): ParsedSegment => {
    const interests = house.interests.get(site)?.interests
    if (!interests)
      throw new Fault('not_found', `no site is named ${site}; there are ${[...house.interests.keys()].join(', ')}`)
    const segments = Object.fromEntries(
      definitions.filter((each) => each.site === site).map((each) => [each.name, each.tree]),
    )
    return parseSegment(tree, { interests, segments }, name)
  }

  const refuseFile = (name: string) => {
    if (ofFile.some((each) => each.name === name))
      throw new Fault('conflict', `the segment ${name} stands in bauta.yaml and is changed there; here it is read-only`)
  }

  const get = async (name: string): Promise<Definition> => {
    const definitions = await all(control)
    const found = definitions.find((each) => each.name === name)
    if (found) return found
    const names = definitions.map((each) => each.name).join(', ') || 'none'
    throw new Fault('not_found', `no segment is named ${name}; there are ${names}`)
  }

  return {
    list: () => all(control),

    get,
    parse: async (site, tree, name) => parseIn(await all(control), site, tree, name),

    async put(actor, { name, site, tree }) {
      refuseFile(name)
      const definition: Definition = { name, site, source: 'api', tree }
      await control.transaction(async (session) => {
        const before = await all(session)
        const after = [...before.filter((each) => each.name !== name), definition]
        const parsed = parseIn(after, site, tree, name)
        if (!parsed.ok) throw new Fault('invalid', segmentProblems(parsed.problems))
        for (const other of after.filter((each) => each.site === site && each.name !== name)) {
          const [held, holds] = [before, after].map((each) => parseIn(each, site, other.tree, other.name))
          if (held?.ok && holds && !holds.ok)
            throw new Fault('invalid', `it would break the segment ${other.name}:\n${segmentProblems(holds.problems)}`)
        }
        const [put] = await session.run(putSegment, { name, site, tree })
        if (!put) throw new Fault('conflict', `a segment of another site is named ${name}; choose another name`)
        await audit.note(session, { actor, act: 'segments.write', detail: { segment: name, site } }, now())
      })
      return definition
    },

    async remove(actor, name) {
      refuseFile(name)
      const { site } = await get(name)
      await control.transaction(async (session) => {
        const segments = (await all(session)).filter((each) => each.site === site && referencesOf(each.tree).has(name))
        const stored = await session.run(storedAudiences, {})
        const audiences = [
          ...Object.entries(house.config.audiences).map(([audience, definition]) => ({ name: audience, definition })),
          ...stored,
        ].filter(({ definition }) => referencesOf((definition as { segment?: unknown } | null)?.segment).has(name))
        const users = [
          ...segments.map((each) => `the segment ${each.name}`),
          ...audiences.map((each) => `the audience ${each.name}`),
        ]
        if (users.length > 0) throw new Fault('conflict', `${name} is in use by ${users.join(', ')}`)
        await session.run(removeSegment, { name })
        await audit.note(
          session,
          { actor, act: 'segments.write', detail: { segment: name, site, removed: true } },
          now(),
        )
      })
    },
  }
}
