/** Finds what is installed. */

import { execFileSync } from 'node:child_process'
import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Its path, or `undefined`. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const all = [...folders, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return all.map((folder) => join(folder, name)).find(runnable)
}

/** Debian keeps each version of PostgreSQL in a folder of its own, outside the PATH. */
export function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
    return versions.map((version) => join(root, version, 'bin'))
  } catch {
    return []
  }
}

/** What it says its version is: the first number with a dot. */
export function versionOf(program: string, flag = '--version'): string {
  const said = execFileSync(program, [flag], { encoding: 'utf8' })
  return /\d+(\.\d+)+/.exec(said)?.[0] ?? ''
}

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
