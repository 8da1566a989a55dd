/** Cuts a client's address before anything else sees it: what is left names a network and no household. */

import ipaddr from 'ipaddr.js'

/** `203.0.113.0/24` or `2001:db8:1::/48`; `''` for whatever is no address. */
export function truncateAddress(address: string): string {
  // The strict check: the plain parser also takes `0x7f.1` and `010.1.1.1`.
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return ''
  const tail = address.slice(address.lastIndexOf(':') + 1).replace(/%.*/, '')
  if (tail.includes('.') && !ipaddr.IPv4.isValidFourPartDecimal(tail)) return ''
  const parsed = ipaddr.IPv6.parse(address)
  const embedded = embeddedV4(parsed)
  if (embedded) return cutV4(embedded)
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 3), 0, 0, 0, 0, 0])}/48`
}

/** The client as the socket knows it, or as the one trusted proxy appended it: everything before the last comma is hearsay. */
export function clientPrefix(socketAddress: string, forwarded: string | undefined): string {
  return truncateAddress(
    forwarded === undefined ? socketAddress : forwarded.slice(forwarded.lastIndexOf(',') + 1).trim(),
  )
}

function cutV4(address: ipaddr.IPv4): string {
  const [a, b, c] = address.octets
  return `${a}.${b}.${c}.0/24`
}

/** Mapped, 6to4 and NAT64 addresses carry a whole v4 address; that of 6to4 would even outlive the cut. */
function embeddedV4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const [first, second = 0, third = 0] = address.parts
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  if (first === 0x2002) return v4From(second, third)
  if (address.range() === 'rfc6052') return v4From(address.parts[6] ?? 0, address.parts[7] ?? 0)
  return undefined
}

function v4From(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 255, low >> 8, low & 255])
}
