/** Audiences: those of bauta.yaml, which nobody changes here, and those that people define over the API. */

import * as z from 'zod'
import { type Audit, auditOf } from '../../infra/control/audit.ts'
import { defineStatement, type Sql } from '../../infra/ports/sql.ts'
import { Audience, MINIMUM_AUDIENCE } from '../../schemas/audience.ts'
import { type BautaConfig, type DestinationConfig, recipientProblems } from '../../schemas/config.ts'
import { Fault } from '../../schemas/fault.ts'
import type { Interests } from '../../schemas/interest.ts'
import type { ResolvedSegment } from '../../schemas/segment.ts'
import { parseSegment, segmentProblems } from '../../schemas/segment-parse.ts'
import { parseSelection } from '../../schemas/selection-parse.ts'

export interface AudiencesDeps {
  readonly control: Sql
  readonly config: BautaConfig
  /** By site. */
  readonly interests: ReadonlyMap<string, Interests>
  readonly clock: () => number
}

export interface DefinedAudience {
  readonly audience: Audience
  /** Where it is defined; what the file names is read-only here. */
  readonly from: 'file' | 'api'
}

/** An audience with all that it names. */
export interface ResolvedAudience {
  readonly audience: Audience
  readonly segment: ResolvedSegment
  readonly interests: Interests
  readonly destination: DestinationConfig
  /** The larger of its own and the destination's. */
  readonly minimum: number
}

const Definition = z.object({ name: z.string(), definition: z.unknown() })
const listAudiences = defineStatement({
  name: 'audience_list',
  sql: 'SELECT name, definition FROM control.audiences ORDER BY name',
  params: z.object({}),
  row: Definition,
})
const putAudience = defineStatement({
  name: 'audience_put',
  sql: `
    INSERT INTO control.audiences (name, definition) VALUES ($name, $definition::text::jsonb)
    ON CONFLICT (name) DO UPDATE SET definition = excluded.definition`,
  params: z.object({ name: z.string(), definition: z.string() }),
  row: z.unknown(),
})
const deleteAudience = defineStatement({
  name: 'audience_delete',
  sql: 'DELETE FROM control.audiences WHERE name = $name RETURNING name',
  params: z.object({ name: z.string() }),
  row: z.object({ name: z.string() }),
})
const siteSegments = defineStatement({
  name: 'segments_of_site',
  sql: 'SELECT name, tree FROM control.segments WHERE site = $site ORDER BY name',
  params: z.object({ site: z.string() }),
  row: z.object({ name: z.string(), tree: z.unknown() }),
})

const audit: Audit = auditOf('control')
export type Audiences = ReturnType<typeof openAudiences>

export function openAudiences({ control, config, interests, clock }: AudiencesDeps) {
  async function list(): Promise<DefinedAudience[]> {
    const ofFile = Object.entries(config.audiences).map(([name, each]) => ({
      audience: { ...each, name },
      from: 'file' as const,
    }))
    const rows = await control.run(listAudiences, {})
    const ofApi = rows
      .filter(({ name }) => !Object.hasOwn(config.audiences, name))
      .map(({ definition }) => ({ audience: Audience.parse(definition), from: 'api' as const }))
    return [...ofFile, ...ofApi].sort((a, b) => (a.audience.name < b.audience.name ? -1 : 1))
  }

  async function get(name: string): Promise<DefinedAudience> {
    const all = await list()
    const found = all.find(({ audience }) => audience.name === name)
    const names = all.map(({ audience }) => audience.name).join(', ') || 'none'
    if (!found) throw new Fault('not_found', `no audience is named ${name}; there are ${names}`)
    return found
  }

  /** Throws `config_invalid` that names every problem with its path. */
  async function resolve(audience: Audience): Promise<ResolvedAudience> {
    const problems: string[] = []
    const site = config.sites[audience.site]
    const words = interests.get(audience.site)
    const destination = config.destinations[audience.destination]
    if (!site || !words) problems.push(`site: no site is named ${audience.site}; there are ${namesOf(config.sites)}`)
    if (!destination)
      problems.push(`destination: none is named ${audience.destination}; there are ${namesOf(config.destinations)}`)
    for (const field of audience.fields)
      if (destination && !destination.fields.includes(field))
        problems.push(
          `fields: ${audience.destination} may not receive ${field}; it may ${destination.fields.join(', ') || 'no field'}`,
        )
    if (site && destination)
      problems.push(...recipientProblems(config.sites, audience).map((problem) => `destination: ${problem}`))
    const selection = parseSelection(audience.selection)
    if (!selection.ok) problems.push(...selection.problems.map(({ path, message }) => `selection: ${path}: ${message}`))
    if (!words || !destination) throw new Fault('config_invalid', problems.join('\n'))
    const segments = await segmentsOf(audience.site)
    const segment = parseSegment(audience.segment, { interests: words.interests, segments })
    if (!segment.ok) problems.push(`segment: ${segmentProblems(segment.problems)}`)
    if (!segment.ok || problems.length > 0) throw new Fault('config_invalid', problems.join('\n'))
    const minimum = Math.max(audience.minimum, destination.minimum)
    return { audience, segment: segment.resolved, interests: words, destination, minimum }
  }

  async function segmentsOf(site: string): Promise<Record<string, unknown>> {
    const rows = await control.run(siteSegments, { site })
    const ofFile = Object.entries(config.segments).filter(([, each]) => each.site === site)
    return Object.fromEntries([
      ...rows.map(({ name, tree }) => [name, tree] as const),
      ...ofFile.map(([name, { tree }]) => [name, tree] as const),
    ])
  }

  /** Of any run, also where its audience or destination is gone. */
  async function minimums(): Promise<(run: { readonly audience: string; readonly destination: string }) => number> {
    const own = new Map((await list()).map(({ audience }) => [audience.name, audience.minimum]))
    return ({ audience, destination }) =>
      Math.max(MINIMUM_AUDIENCE, own.get(audience) ?? 0, config.destinations[destination]?.minimum ?? 0)
  }

  function refuseFile(name: string): void {
    if (Object.hasOwn(config.audiences, name))
      throw new Fault('conflict', `the audience ${name} is defined in bauta.yaml; change it there and restart`)
  }

  return {
    list,
    get,
    resolve,
    minimums,
    async put(audience: Audience, actor: string): Promise<void> {
      refuseFile(audience.name)
      await resolve(audience)
      const definition = JSON.stringify(audience)
      await control.transaction(async (session) => {
        await session.run(putAudience, { name: audience.name, definition })
        const detail = { audience: audience.name, definition: audience }
        await audit.note(session, { actor, act: 'audiences.write', detail }, clock())
      })
    },
    async delete(name: string, actor: string): Promise<void> {
      refuseFile(name)
      await control.transaction(async (session) => {
        const deleted = await session.run(deleteAudience, { name })
        if (deleted.length === 0) throw new Fault('not_found', `no audience is named ${name}`)
        await audit.note(session, { actor, act: 'audiences.delete', detail: { audience: name } }, clock())
      })
    },
  }
}

function namesOf(things: object): string {
  return Object.keys(things).join(', ') || 'none'
}
