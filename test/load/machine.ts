/** The machine in words, because a figure without it says nothing. */

import { execFileSync } from 'node:child_process'
import { readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Of the file system the data lay on. */
  readonly disk: string
  /** At the beginning: more than a little says that somebody else was at work. */
  readonly loadBefore: number
  readonly commit: string
}

export function describeMachine(directory: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()}, kernel ${release()}`,
    node: process.version,
    disk: fileSystem(directory),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    commit: commit(),
  }
}

function systemName(): string {
  try {
    return /^PRETTY_NAME="(.+)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform
  } catch {
    return process.platform
  }
}

/** What `fdatasync` is worth depends on it: in memory it costs nothing. */
function fileSystem(directory: string): string {
  const kinds: Readonly<Record<number, string>> = {
    61267: 'ext4',
    16914836: 'tmpfs (in memory: fdatasync is free here)',
    1481003842: 'xfs',
    2435016766: 'btrfs',
    2035054128: 'overlayfs',
  }
  const { type } = statfsSync(directory)
  return kinds[type] ?? `type 0x${type.toString(16)}`
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
