/** Files over the admin API: sent as they are, taken to a place of our own first, so that a slow sender holds nothing up. */

import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { createRoute } from '@hono/zod-openapi'
import { parse } from 'yaml'
import * as z from 'zod'
import { type AdminApi, access, json } from '../../../infra/listeners/admin-api.ts'
import { ImportReport } from '../../../schemas/contact.ts'
import { Fault } from '../../../schemas/fault.ts'
import { Name } from '../../../schemas/ids.ts'
import { consentImporter } from '../imports/consents.ts'
import { contactImporter } from '../imports/contacts.ts'
import { Mapping } from '../imports/mapping.ts'
import { orderImporter } from '../imports/orders.ts'
import { type ImportOrder, runImport } from '../imports/run-import.ts'
import { placeInInbox } from '../inbox.ts'
import { settleAllLinks } from '../link-requests.ts'
import { recentImports } from '../queries/imports.ts'
import { suppressionsOf } from '../suppression.ts'
import { note, type VaultApiDeps } from './deps.ts'

const Kind = z.enum(['contacts', 'orders', 'consents'])
type Kind = z.infer<typeof Kind>
const RejectFile = z.string().regex(/^(contacts|orders|consents)-[0-9a-f]{12}-rejects\.csv$/)
const Answer = ImportReport.extend({ links: z.object({ rejects: z.string().optional() }) })
const Imported = z.object({
  id: z.uuid(),
  kind: Kind,
  source: Name,
  at: z.string(),
  fileHash: z.string(),
  report: ImportReport,
})

const routes = {
  send: createRoute({
    method: 'post',
    path: '/imports/{kind}',
    summary: 'Import a CSV file',
    ...access('contacts.import'),
    request: {
      params: z.object({ kind: Kind }),
      query: z.object({
        source: Name.default('crm'),
        /** As JSON or YAML: what its columns are. */
        mapping: z.string().max(12_000).optional(),
        force: z.enum(['true', 'false']).optional(),
      }),
      body: { content: { 'text/csv': { schema: z.string() } }, required: true },
    },
    responses: { 200: json(Answer, 'By row. The file is a delta: who is absent from it stays.') },
  }),
  list: createRoute({
    method: 'get',
    path: '/imports',
    summary: 'What was imported, newest first',
    ...access('contacts.import'),
    responses: { 200: json(z.object({ imports: z.array(Imported) }), 'The last hundred.') },
  }),
  rejects: createRoute({
    method: 'get',
    path: '/imports/rejects/{file}',
    summary: 'Lines that were not taken, and why',
    ...access('contacts.import'),
    request: { params: z.object({ file: RejectFile }) },
    responses: {
      200: { content: { 'text/csv': { schema: z.string() } }, description: 'Line, field and reason; no values.' },
    },
  }),
} as const

export function addImportRoutes(api: AdminApi, deps: VaultApiDeps): void {
  const quarantine = join(deps.dataDir, 'quarantine')
  // Two at a time would refuse each other's addresses.
  let last: Promise<unknown> = Promise.resolve()

  api.openapi(routes.send, async (context) => {
    const { kind } = context.req.valid('param')
    const { source, mapping, force } = context.req.valid('query')
    const type = context.req.header('content-type')?.split(';')[0]
    if (!['text/csv', 'application/csv', 'text/plain', 'application/octet-stream'].includes(type ?? ''))
      throw new Fault('unsupported_media', 'send the file as it is, with Content-Type: text/csv')
    const map = readMapping(mapping)
    const file = await placeInInbox(deps.dataDir)
    try {
      await store(context.req.raw.body as WebStream | null, file)
      const run = last.then(() =>
        runKind(deps, kind, quarantine, { source, file, mapping: map, force: force === 'true' }),
      )
      last = run.catch(() => {})
      const report = await run
      const { rejectFile, ...counts } = report
      await note(deps, {
        actor: context.get('actor').name,
        act: 'contacts.import',
        detail: { kind, source, ...counts },
      })
      if (kind !== 'consents') await deps.onImported(kind)
      const rejects = rejectFile === undefined ? {} : { rejects: `/api/v1/imports/rejects/${rejectFile}` }
      return context.json({ ...report, links: rejects }, 200)
    } finally {
      await rm(file, { force: true })
    }
  })

  api.openapi(routes.list, async (context) => {
    const rows = await deps.vault.run(recentImports, { limit: 100 })
    const imports = rows.map(({ file_hash: fileHash, kind, ...rest }) => ({
      ...rest,
      kind: Kind.parse(kind),
      fileHash,
    }))
    return context.json({ imports }, 200)
  })

  api.openapi(routes.rejects, async (context) => {
    const path = join(quarantine, context.req.valid('param').file)
    if (!(await stat(path).catch(() => undefined)))
      throw new Fault('not_found', 'there is no such reject file any more')
    const body = Readable.toWeb(createReadStream(path)) as ReadableStream
    return context.body(body, 200, { 'content-type': 'text/csv; charset=utf-8' })
  })
}

async function runKind(deps: VaultApiDeps, kind: Kind, quarantine: string, order: ImportOrder): Promise<ImportReport> {
  const { keys, config, clock } = deps
  const base = { vault: deps.vault, quarantine, clock, log: deps.log }
  if (kind === 'contacts') {
    const report = await runImport(base, contactImporter({ config, clock, suppression: keys.suppression }), order)
    if (report.withdrawn !== undefined) await settleAllLinks(deps)
    return report
  }
  if (kind === 'orders') return runImport(base, orderImporter, order)
  const importer = consentImporter({
    config,
    proofKey: keys.proof,
    clock,
    suppressions: suppressionsOf(keys.suppression, clock),
  })
  const report = await runImport(base, importer, order)
  await settleAllLinks(deps)
  return report
}

/** JSON is YAML too. */
function readMapping(text: string | undefined): Mapping {
  let value: unknown
  try {
    value = text === undefined ? {} : parse(text)
  } catch {
    throw new Fault('invalid', 'the mapping is neither YAML nor JSON')
  }
  const mapping = Mapping.safeParse(value ?? {})
  if (!mapping.success) throw new Fault('invalid', `the mapping is not usable:\n${z.prettifyError(mapping.error)}`)
  return mapping.data
}

async function store(body: WebStream | null, file: string): Promise<void> {
  if (!body) throw new Fault('invalid', 'the file is empty; its first line must name the columns')
  try {
    await pipeline(Readable.fromWeb(body), createWriteStream(file, { mode: 0o600, flags: 'wx' }))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new Fault('disk_full', 'the disk is full; nothing was imported', { cause })
    throw cause
  }
}
