import { expect, test } from 'vitest'
import { formatLinkToken, isFreshLinkToken, linkTokenAad, parseLinkToken } from './link-token.ts'

const token = { site: 'demo', nonce: 'n'.repeat(22), expires: 1_800_003_600, sealed: 's'.repeat(151) }

test('a token is read as it was written, and nothing else is one', () => {
  const text = formatLinkToken(token)
  expect(parseLinkToken(text)).toEqual(token)
  const others = [text.slice(1), `${text}.x`, text.replace('1800003600', '18000036e2'), text.replace('n', '!'), '']
  expect(others.map(parseLinkToken)).toEqual(others.map(() => undefined))
})

test('a token is good for the hour before it expires', () => {
  const at = (seconds: number) => isFreshLinkToken(token, (token.expires + seconds) * 1_000)
  expect([at(-3_601), at(-3_600), at(-1), at(0)]).toEqual([false, true, true, false])
})

test('the seal is bound to every other part', () => {
  const changed = [{ site: 'other' }, { nonce: 'm'.repeat(22) }, { expires: token.expires + 1 }]
  const texts = changed.map((part) => linkTokenAad({ ...token, ...part }).join())
  expect(new Set([linkTokenAad(token).join(), ...texts]).size).toBe(4)
})
