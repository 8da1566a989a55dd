/** Audiences, runs and schedules over the admin API. */

import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { type Audit, auditOf } from '../../infra/control/audit.ts'
import { type Actor, type AdminApi, access, adminApi, json } from '../../infra/listeners/admin-api.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import { Audience } from '../../schemas/audience.ts'
import type { ScheduleConfig } from '../../schemas/config.ts'
import { Fault } from '../../schemas/fault.ts'
import { Name } from '../../schemas/ids.ts'
import { type PrepareDeps, prepare } from './plan/prepare.ts'
import type { RunRow } from './queries/runs.ts'
import type { Recall } from './recall.ts'
import type { ExportRuns } from './runs/export-runs.ts'
import type { Runs } from './runs/runs.ts'
import type { Schedules } from './schedule.ts'
import { DryRun, dryRunOf, Preview, previewOf, RunDetail, RunView, viewOf } from './views.ts'

export interface ActivationApiDeps extends PrepareDeps {
  readonly control: Sql
  readonly book: Runs
  readonly exports: ExportRuns
  readonly recall: Recall
  readonly schedules: Schedules
}

const Named = z.object({ name: Name })
const ByRun = z.object({ run: z.uuid() })
const AudienceView = z.object({
  ...Audience.shape,
  selection: z.unknown(),
  segment: z.unknown(),
  from: z.enum(['file', 'api']),
})
const AudienceBody = Audience.omit({ name: true }).extend({ selection: z.unknown(), segment: z.unknown() })
const RunOrder = z.strictObject({ audience: Name, dryRun: z.boolean().default(false) })
const Schedule = z.object({
  name: z.string(),
  audience: z.string(),
  cron: z.string().optional(),
  timezone: z.string(),
  afterImport: z.enum(['contacts', 'orders']).optional(),
  paused: z.boolean(),
  next: z.array(z.string()),
  last: z.string().nullable(),
  missed: z.string().nullable(),
  importDue: z.boolean(),
}) satisfies z.ZodType<ScheduleConfig & { name: string }>

const body = <S extends z.ZodType>(schema: S) => ({ content: { 'application/json': { schema } }, required: true })
const audit: Audit = auditOf('control')

export function activationApi(deps: ActivationApiDeps): AdminApi {
  const { audiences, book, exports, recall, schedules, control, clock } = deps
  const api = adminApi()
  const note = (actor: string, act: string, detail: Record<string, unknown>) =>
    control.transaction((session) => audit.note(session, { actor, act, detail }, clock()))

  api.openapi(routes.audiences, async (context) => {
    const all = await audiences.list()
    return context.json(
      all.map(({ audience, from }) => ({ ...audience, from })),
      200,
    )
  })
  api.openapi(routes.audience, async (context) => {
    const { audience, from } = await audiences.get(context.req.valid('param').name)
    return context.json({ ...audience, from }, 200)
  })
  api.openapi(routes.putAudience, async (context) => {
    const audience = Audience.parse({ ...context.req.valid('json'), name: context.req.valid('param').name })
    await audiences.put(audience, context.get('actor').name)
    return context.json({ ...audience, from: 'api' as const }, 200)
  })
  api.openapi(routes.deleteAudience, async (context) => {
    await audiences.delete(context.req.valid('param').name, context.get('actor').name)
    return context.json({ deleted: true as const }, 200)
  })
  api.openapi(routes.preview, async (context) => {
    const prepared = await prepare(deps, context.req.valid('param').name)
    const actor = context.get('actor')
    await note(actor.name, 'audiences.preview', { audience: prepared.resolved.audience.name })
    return context.json(previewOf(prepared, actor), 200)
  })
  const dryRun = async (name: string, actor: Actor) => {
    const prepared = await prepare(deps, name)
    await note(actor.name, 'audiences.dry_run', { audience: name })
    return dryRunOf(prepared, actor)
  }
  api.openapi(routes.dryRun, async (context) =>
    context.json(await dryRun(context.req.valid('param').name, context.get('actor')), 200),
  )
  /** The minimum that holds by now: an audience may have changed since, or be gone. */
  const viewsOf = async (rows: readonly RunRow[], { role }: Actor) => {
    const minimumOf = await audiences.minimums()
    return rows.map((row) => viewOf(row, role, minimumOf(row)))
  }
  const viewFor = async (row: RunRow, { role }: Actor) => viewOf(row, role, (await audiences.minimums())(row))

  api.openapi(routes.start, async (context) => {
    const { audience, dryRun: dry } = context.req.valid('json')
    const actor = context.get('actor')
    if (dry) return context.json(await dryRun(audience, actor), 200)
    return context.json(await viewFor(await exports.start(audience, actor.name), actor), 202)
  })
  api.openapi(routes.runs, async (context) => {
    const { audience, limit } = context.req.valid('query')
    return context.json(await viewsOf(await book.list(audience, limit), context.get('actor')), 200)
  })
  api.openapi(routes.run, async (context) => {
    const run = await book.get(context.req.valid('param').run)
    return context.json({ ...(await viewFor(run, context.get('actor'))), receipts: await book.receipts(run.run) }, 200)
  })
  for (const [act, work] of [
    ['approve', exports.approve],
    ['retry', exports.retry],
    ['recall', recall.recallRun],
  ] as const)
    api.openapi(routes[act], async (context) => {
      const { run } = context.req.valid('param')
      const actor = context.get('actor')
      return context.json(await viewFor(await work(run, actor.name), actor), 202)
    })

  api.openapi(routes.schedules, async (context) => context.json(views(await schedules.list()), 200))
  api.openapi(routes.runSchedule, async (context) => {
    const actor = context.get('actor')
    const run = await schedules.run(context.req.valid('param').name, actor.name)
    return context.json(await viewFor(run, actor), 202)
  })
  for (const act of ['pause', 'resumeSchedule'] as const)
    api.openapi(routes[act], async (context) => {
      const { name } = context.req.valid('param')
      await schedules.setPaused(name, act === 'pause', context.get('actor').name)
      const found = views(await schedules.list()).find((each) => each.name === name)
      if (!found) throw new Fault('not_found', `no schedule is named ${name}`)
      return context.json(found, 200)
    })
  return api
}

function views(list: Awaited<ReturnType<Schedules['list']>>): z.infer<typeof Schedule>[] {
  return list.map((each) => ({ ...each, next: [...each.next] }))
}

const runAct = (act: string, permission: 'runs.approve' | 'runs.start', text: string) =>
  createRoute({
    ...access(permission),
    method: 'post',
    path: `/runs/{run}/${act}`,
    request: { params: ByRun },
    responses: { 202: json(RunView, text) },
  })
const scheduleAct = (act: string, text: string) =>
  createRoute({
    ...access('schedules.change'),
    method: 'post',
    path: `/schedules/{name}/${act}`,
    request: { params: Named },
    responses: { 200: json(Schedule, text) },
  })

const routes = {
  audiences: createRoute({
    ...access('audiences.read'),
    method: 'get',
    path: '/audiences',
    responses: { 200: json(z.array(AudienceView), 'All audiences, by name') },
  }),
  audience: createRoute({
    ...access('audiences.read'),
    method: 'get',
    path: '/audiences/{name}',
    request: { params: Named },
    responses: { 200: json(AudienceView, 'The audience') },
  }),
  putAudience: createRoute({
    ...access('audiences.write'),
    method: 'put',
    path: '/audiences/{name}',
    request: { params: Named, body: body(AudienceBody) },
    responses: { 200: json(AudienceView, 'The audience as it stands now') },
  }),
  deleteAudience: createRoute({
    ...access('audiences.write'),
    method: 'delete',
    path: '/audiences/{name}',
    request: { params: Named },
    responses: { 200: json(z.object({ deleted: z.literal(true) }), 'Gone; whom it brought out is taken back') },
  }),
  preview: createRoute({
    ...access('audiences.preview'),
    method: 'post',
    path: '/audiences/{name}/preview',
    request: { params: Named },
    responses: { 200: json(Preview, 'How many are left after each step') },
  }),
  dryRun: createRoute({
    ...access('audiences.preview'),
    method: 'post',
    path: '/audiences/{name}/dry-run',
    request: { params: Named },
    responses: { 200: json(DryRun, 'The steps, and some rows as they would leave') },
  }),
  start: createRoute({
    ...access('runs.start'),
    method: 'post',
    path: '/runs',
    request: { body: body(RunOrder) },
    responses: { 202: json(RunView, 'Planned, then held or on its way'), 200: json(DryRun, 'Of a dry run') },
  }),
  runs: createRoute({
    ...access('runs.read'),
    method: 'get',
    path: '/runs',
    request: {
      query: z.object({
        audience: Name.optional(),
        limit: z.coerce.number().pipe(z.int().min(1).max(500)).default(50),
      }),
    },
    responses: { 200: json(z.array(RunView), 'Runs, the newest first') },
  }),
  run: createRoute({
    ...access('runs.read'),
    method: 'get',
    path: '/runs/{run}',
    request: { params: ByRun },
    responses: { 200: json(RunDetail, 'The run, and what became of its rows, by count') },
  }),
  approve: runAct('approve', 'runs.approve', 'On its way'),
  retry: runAct('retry', 'runs.start', 'On its way again'),
  recall: runAct('recall', 'runs.approve', 'All whom it brought out are taken back'),
  schedules: createRoute({
    ...access('schedules.read'),
    method: 'get',
    path: '/schedules',
    responses: { 200: json(z.array(Schedule), 'Schedules with their next times') },
  }),
  runSchedule: createRoute({
    ...access('schedules.change'),
    method: 'post',
    path: '/schedules/{name}/run',
    request: { params: Named },
    responses: { 202: json(RunView, 'Started now') },
  }),
  pause: scheduleAct('pause', 'It starts nothing until it is resumed'),
  resumeSchedule: scheduleAct('resume', 'It starts runs again'),
} as const
