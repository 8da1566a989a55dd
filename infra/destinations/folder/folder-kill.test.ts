/** Killed with -9 before each change of a file: said again, file and manifest are one, and nobody is back who was taken out. */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { MemberRow, RunManifest } from '../../../schemas/audience.ts'
import { type FolderOptions, folderDestination } from './folder.ts'

const member = (n: number) => MemberRow.parse({ id: `x${String(n).padStart(32, '0')}`, interests: [], fields: {} })
const counts = { mayMerge: 9, linked: 5, inSegment: 4 }
const manifest = RunManifest.parse({ audience: 'solar', run: 'run-1', counts, notices: [], fields: [] })
const shipment = { audience: 'solar', run: 'run-1', signal: new AbortController().signal }
const nobody = async () => new Set<string>()

function open() {
  const root = mkdtempSync(join(tmpdir(), 'bauta-exports-'))
  const options: FolderOptions = { name: 'letter', root, recipient: 'id', fields: [] }
  const folder = folderDestination(options)
  const read = (ending: string) => readFileSync(join(root, 'solar', `run-1${ending}`), 'utf8')
  return {
    options,
    upsert: (...ns: number[]) => folder.deliver(shipment, 1, { op: 'upsert', people: ns.map(member) }),
    remove: (...ns: number[]) => folder.deliver(shipment, 2, { op: 'remove', people: ns.map(member) }),
    finish: () => folder.finish?.(shipment, manifest, nobody),
    isOut: () => existsSync(join(root, 'solar', 'run-1.csv')),
    isOwed: () => existsSync(join(root, 'solar', 'run-1.parts')),
    people: (ending: '.csv' | '.recall.csv') =>
      (parse(read(ending), { columns: true }) as { id: string }[]).map(({ id }) => Number(id.slice(1))),
    expectOne() {
      const sha256 = createHash('sha256').update(read('.csv')).digest('hex')
      expect(JSON.parse(read('.json'))).toMatchObject({ sha256, rows: read('.csv').trim().split('\n').length - 1 })
    },
  }
}

/** In a process that kills itself before it changes a file for the n-th time; answers whether it did. */
async function dies(at: number, options: FolderOptions, step: 'finish' | 'remove'): Promise<boolean> {
  const module = fileURLToPath(new URL('./folder.ts', import.meta.url))
  const given = JSON.stringify({ options, shipment, manifest, people: [member(2), member(3)] })
  const code = `import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    let changes = 0
    for (const [of, name] of [[fs, 'renameSync'], [fs.promises, 'rename'], [fs.promises, 'rm']]) {
      const change = of[name]
      of[name] = (...given) => {
        changes += 1
        if (changes === ${at}) process.kill(process.pid, 'SIGKILL')
        return change(...given)
      }
    }
    syncBuiltinESMExports()
    const { folderDestination } = await import(${JSON.stringify(module)})
    const { options, manifest, people, ...given } = JSON.parse(process.argv[1])
    const shipment = { ...given.shipment, signal: new AbortController().signal }
    const folder = folderDestination(options)
    if (${step === 'finish'}) await folder.finish(shipment, manifest, async () => new Set())
    else await folder.deliver(shipment, 2, { op: 'remove', people })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code, given], {
    stdio: 'inherit',
  })
  const [exit, signal] = await once(child, 'exit')
  if (signal !== 'SIGKILL' && exit !== 0) throw new Error(`the process ended by itself with ${exit}`)
  return signal === 'SIGKILL'
}

test('in taking people out of a file', async () => {
  for (let at = 1; ; at += 1) {
    const house = open()
    await house.upsert(1, 2, 3)
    await house.finish()
    const died = await dies(at, house.options, 'remove')
    await house.remove(2, 3)
    house.expectOne()
    const both = [house.people('.csv'), house.people('.recall.csv')]
    expect(both, `killed before change ${at}`).toEqual([[1], [2, 3]])
    if (died) continue
    expect(at).toBeGreaterThan(3)
    return
  }
}, 60_000)

test('in making it, also where people are taken out before that is done again', async () => {
  for (let at = 1; ; at += 1) {
    const house = open()
    await house.upsert(1, 2, 3)
    const died = await dies(at, house.options, 'finish')
    if (house.isOut()) house.expectOne()
    await house.remove(2, 3)
    await house.finish()
    house.expectOne()
    expect([house.people('.csv'), house.isOwed()], `killed before change ${at}`).toEqual([[1], false])
    if (died) continue
    expect(at).toBeGreaterThan(4)
    return
  }
}, 60_000)

test('in making one that nobody is in', async () => {
  for (let at = 1; ; at += 1) {
    const house = open()
    const died = await dies(at, house.options, 'finish')
    await house.finish()
    house.expectOne()
    if (died) continue
    expect(at).toBeGreaterThan(2)
    return
  }
}, 60_000)
