import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clientPrefix, truncateAddress } from './address.ts'

test('of a v4 address three parts are left, however it is carried', () => {
  fc.assert(
    fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), ([a, b, c, d]) => {
      const plain = `${a}.${b}.${c}.${d}`
      const hex = [a, b, c, d].map((octet) => octet.toString(16).padStart(2, '0')).join('')
      const [high, low] = [hex.slice(0, 4), hex.slice(4)]
      const carriers = [
        plain,
        `::ffff:${plain}`,
        `::ffff:${high}:${low}`,
        `2002:${high}:${low}::1`,
        `64:ff9b::${plain}`,
      ]
      for (const carrier of carriers) expect(truncateAddress(carrier)).toBe(`${a}.${b}.${c}.0/24`)
    }),
  )
})

test('of a v6 address 48 bits are left, and addresses that differ behind them become one', () => {
  const group = fc.nat(0xffff)
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 0x2003, max: 0x3fff }), group, group),
      fc.array(group, { minLength: 10, maxLength: 10 }),
      (network, hosts) => {
        const text = (host: number[]) => [...network, ...host].map((part) => part.toString(16)).join(':')
        const cut = truncateAddress(text(hosts.slice(0, 5)))
        expect(cut).toMatch(/^[0-9a-f:]+::\/48$/)
        expect(truncateAddress(text(hosts.slice(5)))).toBe(cut)
      },
    ),
  )
})

test('what is no address, or one in a notation that only some parsers take, is dropped', () => {
  const odd = [
    '',
    '0x7f.1',
    '010.1.1.1',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '::ffff:0x7f.0.0.1',
    'localhost',
    '1.2.3.4:80',
    ' 1.2.3.4',
  ]
  expect(odd.map(truncateAddress)).toEqual(odd.map(() => ''))
  fc.assert(
    fc.property(fc.string(), (text) => truncateAddress(text) === '' || /\/(24|48)$/.test(truncateAddress(text))),
  )
})

test('of a proxy header only what the proxy itself appended is taken', () => {
  expect(clientPrefix('10.0.0.1', undefined)).toBe('10.0.0.0/24')
  expect(clientPrefix('10.0.0.1', '6.6.6.6, 203.0.113.9')).toBe('203.0.113.0/24')
  expect(clientPrefix('10.0.0.1', 'forged')).toBe('')
})
