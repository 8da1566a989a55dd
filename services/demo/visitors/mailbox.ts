/** Reads the outbox as a person reads mail: the newest to an address, and the link in it. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Mailbox {
  /** The link to `path` in the first unread mail to that address that has one; `undefined` if none comes within the time. */
  link(address: string, path: string, withinMs: number): Promise<URL | undefined>
}

const LOOK_EVERY_MS = 100

interface Mail {
  readonly to: string
  readonly links: readonly string[]
}

export function openMailbox(outbox: string): Mailbox {
  const read = new Set<string>()
  const unread: Mail[] = []

  // All who wait look together.
  let looking: Promise<void> | undefined
  const fetchMail = () => {
    looking ??= readNew().finally(() => {
      looking = undefined
    })
    return looking
  }
  async function readNew() {
    const names = await readdir(outbox).catch(() => [])
    for (const name of names.filter((each) => each.endsWith('.eml') && !read.has(each))) {
      read.add(name)
      unread.push(parse(await readFile(join(outbox, name), 'utf8')))
    }
  }
  return {
    async link(address, path, withinMs) {
      for (const end = Date.now() + withinMs; ; await sleep(LOOK_EVERY_MS)) {
        await fetchMail()
        const index = unread.findIndex(({ to, links }) => to === address && links.some((each) => each.includes(path)))
        const [mail] = index < 0 ? [] : unread.splice(index, 1)
        const found = mail?.links.find((each) => each.includes(path))
        if (found) return new URL(found)
        if (Date.now() > end) return undefined
      }
    },
  }
}

function parse(text: string): Mail {
  const to = /^To: .*?([^\s<>]+@[^\s<>]+)>?$/im.exec(text)?.[1] ?? ''
  const plain = text
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return { to, links: plain.match(/https?:\/\/[^\s"<>]+/g) ?? [] }
}
