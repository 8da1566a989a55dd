/** Where a file lies while it is imported: whole, with everybody in it, so no longer than that. */

import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

const ours = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.csv$/

/** A path for one more. Whoever takes it deletes the file. */
export async function placeInInbox(dataDir: string): Promise<string> {
  const inbox = join(dataDir, 'inbox')
  await mkdir(inbox, { recursive: true, mode: 0o700 })
  return join(inbox, `${randomUUID()}.csv`)
}

/** At the start, when no import is under way: what a process left behind that was killed. The directory is this process's alone. */
export async function emptyInbox(dataDir: string): Promise<void> {
  const inbox = join(dataDir, 'inbox')
  const names = await readdir(inbox).catch(() => [])
  for (const name of names.filter((each) => ours.test(each))) await rm(join(inbox, name), { force: true })
}
