import { createHmac } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY_MS, dayOf } from '../../schemas/week.ts'
import { framed, hmacSha256, macKey, sealingKey } from './handles.ts'
import { createKekFile, readKek } from './key-encryption-key.ts'
import { copyKeyring, openKeyring } from './keyring.ts'
import { openPersonKeyring } from './person-keys.ts'
import { openWebKeyring } from './web-keys.ts'

const kek = Buffer.from('kpYyCzGLW2yZDMvU6VfjXJJ9c0ZcS9u2F2Kx9Vw8m1A=', 'base64')
const now = Date.UTC(2026, 10, 22, 12)
const clock = () => now
const folder = () => mkdtempSync(join(tmpdir(), 'bauta-keys-'))
const key = { id: 'k1', bytes: Buffer.alloc(32, 7) }

describe('a MAC', () => {
  test('is HMAC-SHA-256 as everybody computes it, of any text under any key', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary', minLength: 300, maxLength: 500 }),
      fc.constant('\ud83d'),
    )
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 80 }), fc.array(text, { minLength: 1 }), (bytes, texts) => {
        const mac = hmacSha256(Buffer.from(bytes))
        for (const each of texts) expect(mac(each)).toBe(createHmac('sha256', bytes).update(each).digest('hex'))
      }),
    )
  })

  test('has the value it always had', () => {
    expect(macKey(key).mac(['demo', 'visitor'])).toBe('3a708ade0058b2134f46716fab54e8ba')
  })

  test('of two different lists of fields is of two different texts', () => {
    const fields = fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 4 })
    fc.assert(
      fc.property(fields, fields, (a, b) => (framed(a) === framed(b)) === (JSON.stringify(a) === JSON.stringify(b))),
    )
    expect(framed(['ab', 'c'])).not.toBe(framed(['a', 'bc']))
  })
})

test('what is sealed opens for what it was sealed for, and for nothing else', () => {
  const sealing = sealingKey(key)
  const sealed = sealing.seal('secret', ['contact', '1'])
  expect(sealing.open(sealed, ['contact', '1'])).toBe('secret')
  expect(sealing.open(sealed, ['contact', '2'])).toBeUndefined()
  for (const at of Buffer.from(sealed, 'base64url').keys()) {
    const changed = Buffer.from(sealed, 'base64url')
    changed[at] = (changed[at] ?? 0) ^ 1
    expect(sealing.open(changed.toString('base64url'), ['contact', '1'])).toBeUndefined()
  }
  expect(sealing.open('', [])).toBeUndefined()
})

describe('the key-encryption key', () => {
  const refused = (value: string) => () => readKek({ value }, '/data')
  test('is refused when it is missing, short, repeated or counted up, and the error says how to make one', () => {
    expect(() => readKek({}, '/data')).toThrow(/bauta keys init/)
    expect(refused('c2hvcnQ=')).toThrow(/5 bytes/)
    expect(refused(Buffer.alloc(32, 1).toString('base64'))).toThrow(/not random/)
    expect(refused(Buffer.from(Array.from({ length: 32 }, (_, n) => n)).toString('base64'))).toThrow(/not random/)
  })

  test('is refused where others can read it and inside the data directory, and never written over', () => {
    const file = join(folder(), 'kek')
    createKekFile(file)
    expect(readKek({ file }, '/data')).toHaveLength(32)
    expect(() => createKekFile(file)).toThrow(/there already/)
    expect(() => readKek({ file }, join(file, '..'))).toThrow(/data directory/)
    chmodSync(file, 0o644)
    expect(() => readKek({ file }, '/data')).toThrow(/chmod 600/)
  })
})

describe('a keyring', () => {
  test('keeps its keys across openings, wrapped, and a destroyed one is gone from file and memory', () => {
    const file = join(folder(), 'ring.json')
    const ring = openKeyring(file, kek, clock)
    const made = ring.current('use', 'scope')
    const bytes = Buffer.from(made.bytes)
    expect(readFileSync(file, 'utf8')).not.toContain(bytes.toString('base64'))
    expect(openKeyring(file, kek, clock).current('use', 'scope').bytes).toEqual(bytes)
    ring.destroy([made.id])
    expect(made.bytes).toEqual(Buffer.alloc(32))
    expect(openKeyring(file, kek, clock).find('use', 'scope')).toBeUndefined()
  })

  test('is copied under another key-encryption key, also twice, and never over other keys', () => {
    const [source, target] = [
      { file: join(folder(), 'ring.json'), kek },
      { file: join(folder(), 'new', 'ring.json'), kek: Buffer.from(kek).reverse() },
    ]
    const open = ({ file, kek }: typeof source) => openKeyring(file, kek, clock)
    const bytes = ['one', 'two'].map((scope) => Buffer.from(open(source).current('use', scope).bytes))
    expect(() => copyKeyring({ ...source, kek: target.kek }, target)).toThrow(/another key-encryption key/)
    expect(existsSync(target.file)).toBe(false)
    for (const _ of 'again') expect(copyKeyring(source, target)).toBe(2)
    expect(['one', 'two'].map((scope) => open(target).find('use', scope)?.bytes)).toEqual(bytes)
    expect(() => open({ ...target, kek })).toThrow(/another key-encryption key/)
    open(target).add('use', 'three')
    expect(() => copyKeyring(source, target)).toThrow(/holds other keys/)
    expect(open(target).list()).toHaveLength(3)
  })

  test('does not open under another key, nor when an entry was changed', () => {
    const file = join(folder(), 'ring.json')
    openKeyring(file, kek, clock).current('use', 'scope')
    expect(() => openKeyring(file, Buffer.from(kek).reverse(), clock)).toThrow(/another key-encryption key/)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"scope": "scope"', '"scope": "other"'))
    expect(() => openKeyring(file, kek, clock)).toThrow(/another key-encryption key/)
  })
})

test('day keys are there for yesterday, also on the first day, and a day ahead, and gone when their day ended 48 hours ago', async () => {
  const directory = folder()
  await openPersonKeyring({ directory, kek, clock })
  const ring = await openWebKeyring({ directory, kek, clock, sites: ['demo'] })
  const has = (offset: number) => ring.keys.event('demo', dayOf(now + offset * DAY_MS)) !== undefined
  expect([has(-2), has(-1), has(0), has(1), has(2)]).toEqual([false, true, true, true, false])
  const before = ring.keys.event('demo', dayOf(now))?.mac(['v'])
  ring.turnDays(now + 2 * DAY_MS)
  expect(ring.keys.event('demo', dayOf(now))?.mac(['v'])).toBe(before)
  ring.turnDays(now + 3 * DAY_MS)
  expect(has(0)).toBe(false)
  expect(readFileSync(join(directory, 'web-days.json'), 'utf8')).not.toContain(`demo ${dayOf(now)}`)
})

test('a link is sealed by the web side and opened by activation alone; keys that seal can be followed by new ones', async () => {
  const directory = folder()
  const person = await openPersonKeyring({ directory, kek, clock })
  const web = await openWebKeyring({ directory, kek, clock, sites: ['demo'] })
  const sealed = await web.keys.link.seal('pseudonym', ['demo', 'nonce'])
  expect(await person.activation.link.open(sealed, ['demo', 'nonce'])).toBe('pseudonym')
  expect(await person.activation.link.open(sealed, ['demo', 'other'])).toBeUndefined()

  const old = person.activation.sealedLink.seal('p', ['c'])
  const { id } = person.rotate('sealed-link')
  expect(person.activation.sealedLink.id).toBe(id)
  expect(person.activation.sealedLink.open(old, ['c'])).toBe('p')
  person.destroy(old.split('.')[0] ?? '')
  expect(person.activation.sealedLink.open(old, ['c'])).toBeUndefined()
})

test('two processes that share a keyring lose no key of each other, and one makes what both need', () => {
  const file = join(folder(), 'shared.json')
  const [one, other] = [openKeyring(file, kek, clock), openKeyring(file, kek, clock)]
  const made = one.current('event', 'today')
  expect(other.current('event', 'today').id).toBe(made.id)
  const added = other.add('event', 'tomorrow')
  one.add('event', 'later')
  expect(
    openKeyring(file, kek, clock)
      .list()
      .map(({ scope }) => scope),
  ).toEqual(['today', 'tomorrow', 'later'])
  one.destroy([added.id])
  other.reload()
  expect(other.find('event', 'tomorrow')).toBeUndefined()
  expect(added.bytes.every((byte) => byte === 0)).toBe(true)
})
