/** Segments and reports over the admin API, for analysts: counts of many, and never anyone. */

import { createRoute, z } from '@hono/zod-openapi'
import { type AdminApi, access, adminApi, json } from '../../infra/listeners/admin-api.ts'
import { Fault } from '../../schemas/fault.ts'
import { Name } from '../../schemas/ids.ts'
import { segmentProblems } from '../../schemas/segment-parse.ts'
import { Day, dayOf, weekStart } from '../../schemas/week.ts'
import { countSql } from './count-sql.ts'
import type { Definitions } from './definitions.ts'
import { Estimate, type EstimateDeps, estimateInWords, estimateSegment, snapshotOf } from './estimate.ts'
import { InterestReport, MAX_REPORT_WEEKS, type ReportDeps, reportInterests } from './report-interests.ts'
import { reportTraffic, TrafficReport } from './report-traffic.ts'
import { segmentWords } from './segment-words.ts'

export interface SegmentsApiDeps extends ReportDeps, EstimateDeps {
  readonly definitions: Definitions
}

const Tree = z.unknown().openapi({ type: 'object', description: 'A tree of conditions, as in bauta.yaml.' })
const Definition = z.object({ name: Name, site: Name, source: z.enum(['file', 'api']), tree: Tree })
const Question = z
  .strictObject({ site: Name.optional(), tree: Tree.optional(), name: Name.optional() })
  .refine(
    ({ site, tree, name }) => (name === undefined) === (tree !== undefined && site !== undefined),
    'name a segment, or give site and tree',
  )
const body = <S extends z.ZodType>(schema: S) => ({ content: { 'application/json': { schema } }, required: true })
const named = { params: z.object({ name: Name }) }

const routes = {
  list: createRoute({
    method: 'get',
    path: '/segments',
    summary: 'All segments',
    ...access('segments.read'),
    responses: { 200: json(z.object({ segments: z.array(Definition) }), 'By name.') },
  }),
  get: createRoute({
    method: 'get',
    path: '/segments/{name}',
    summary: 'One segment',
    ...access('segments.read'),
    request: named,
    responses: { 200: json(Definition, 'The segment.') },
  }),
  put: createRoute({
    method: 'put',
    path: '/segments/{name}',
    summary: 'Make or change a segment',
    ...access('segments.write'),
    request: { ...named, body: body(z.strictObject({ site: Name, tree: Tree })) },
    responses: { 200: json(Definition, 'The segment.') },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/segments/{name}',
    summary: 'Remove a segment',
    ...access('segments.write'),
    request: named,
    responses: { 204: { description: 'It is gone.' } },
  }),
  preview: createRoute({
    method: 'post',
    path: '/segments/preview',
    summary: 'About how many are in a segment',
    ...access('segments.preview'),
    request: { body: body(Question) },
    responses: {
      200: json(
        Estimate.extend({ text: z.string(), asOf: Day }),
        'Rounded to 50, of the ISO week that begins with `asOf`. The same question has the same answer until the next snapshot.',
      ),
    },
  }),
  explain: createRoute({
    method: 'post',
    path: '/segments/explain',
    summary: 'The statement behind a segment, and its conditions in words',
    ...access('segments.preview'),
    request: { body: body(Question) },
    responses: {
      200: json(
        z.object({ sql: z.string(), params: z.record(z.string(), z.unknown()), conditions: z.array(z.string()) }),
        'Nothing of the segment stands in the SQL itself: all of it is bound.',
      ),
    },
  }),
  interests: createRoute({
    method: 'get',
    path: '/reports/interests',
    summary: 'Interests by week',
    ...access('reports.read'),
    request: {
      query: z.object({ site: Name, weeks: z.coerce.number().pipe(z.int().min(1).max(MAX_REPORT_WEEKS)).default(8) }),
    },
    responses: { 200: json(InterestReport, 'Rounded to 50; null is under 50.') },
  }),
  traffic: createRoute({
    method: 'get',
    path: '/reports/traffic',
    summary: 'Pages, referrers, campaigns',
    ...access('reports.read'),
    request: { query: z.object({ site: Name, from: Day, to: Day }) },
    responses: { 200: json(TrafficReport, 'Cells under 10 are counted together, or null.') },
  }),
} as const

export function segmentsApi(deps: SegmentsApiDeps): AdminApi {
  const { house, definitions } = deps

  const read = async (asked: z.infer<typeof Question>) => {
    const { site, tree } = asked.name === undefined ? asked : await definitions.get(asked.name)
    const parsed = await definitions.parse(site ?? '', tree, asked.name)
    if (!parsed.ok) throw new Fault('invalid', segmentProblems(parsed.problems))
    const interests = house.interests.get(site ?? '')
    if (!site || !interests) throw new Fault('not_found', `no site is named ${site}`)
    return { segment: parsed.resolved, site, interests }
  }

  return adminApi()
    .openapi(routes.list, async (context) => context.json({ segments: await definitions.list() }, 200))
    .openapi(routes.preview, async (context) => {
      const { segment, site } = await read(context.req.valid('json'))
      const { week, ...estimate } = await estimateSegment(deps, segment, site)
      return context.json({ ...estimate, text: estimateInWords(estimate), asOf: dayOf(weekStart(week)) }, 200)
    })
    .openapi(routes.explain, async (context) => {
      const { segment, site, interests } = await read(context.req.valid('json'))
      const { week } = await snapshotOf(deps, site)
      const { sql, params } = countSql(segment, { site, week })
      return context.json({ sql, params: { ...params }, conditions: segmentWords(segment, interests) }, 200)
    })
    .openapi(routes.get, async (context) => context.json(await definitions.get(context.req.valid('param').name), 200))
    .openapi(routes.put, async (context) => {
      const { name } = context.req.valid('param')
      const { site, tree } = context.req.valid('json')
      return context.json(await definitions.put(context.get('actor').name, { name, site, tree }), 200)
    })
    .openapi(routes.remove, async (context) => {
      await definitions.remove(context.get('actor').name, context.req.valid('param').name)
      return context.body(null, 204)
    })
    .openapi(routes.interests, async (context) =>
      context.json(await reportInterests(deps, context.req.valid('query')), 200),
    )
    .openapi(routes.traffic, async (context) =>
      context.json(await reportTraffic(deps, context.req.valid('query')), 200),
    )
}
