/** The same file counted a second way: patterns of its own, no code of the collector, the profiles or the command. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import crawlers from 'crawler-user-agents'
import { isbot } from 'isbot'

export interface RawVisit {
  readonly visitor: number
  readonly t: string
  readonly path: string
  readonly ua: string
}

export function readRawVisits(file: string): RawVisit[] {
  const text = gunzipSync(readFileSync(file)).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** One for each rule of interests.yaml by what it is meant to say, and how often it counts a view. */
const meant: readonly (readonly [interest: string, views: number, pattern: RegExp])[] = [
  ['tools', 1, /^\/projects(\/|$)/],
  ['tools.xdotool', 2, /^\/projects\/xdotool(\/|$)/],
  ['tools.xdotool', 1, /^\/files\/xdotool(\/|$)/],
  ['tools.xdotool', 1, /^\/blog\/.*xdo/],
  ['tools.keynav', 2, /^\/projects\/keynav(\/|$)/],
  ['tools.keynav', 1, /^\/blog\/geekery\/keynav/],
  ['networking.dns', 1, /^\/(articles|files)\/dynamic-dns-with-dhcp(\/|$)/],
  ['networking.dns', 1, /^\/blog\/.*dns-[^/]*$/],
  ['networking', 1, /^\/articles\/ppp-over-ssh\/?$|^\/blog\/geekery\/vpn-/],
  ['security', 1, /^\/articles\/(arp-security|openldap-[^/]*)\/?$|^\/blog\/geekery\/ssl-/],
  ['security.ssh', 1, /^\/(articles|blog\/geekery)\/[^/]*ssh[^/]*\/?$/],
  ['logging.logstash', 1, /^\/(presentations\/logstash-[^/]*\/?$|files\/logstash(\/|$)|blog\/.*logstash[^/]*$)/],
  ['logging.kibana', 1, /^\/kibana(\/|$)/],
  ['logging', 1, /^\/blog\/(geekery\/CEE-|.*grok)/],
  ['configuration.puppet', 1, /^\/(presentations\/puppet-|blog\/.*puppet[^/]*$)/],
  ['linux', 1, /^\/blog\/geekery\/[^/]*ubuntu|^\/blog\/geekery\/mounting-/],
  ['linux', 1, /^\/blog\/geekery\/[^/]*linux/],
  ['linux.desktop', 1, /^\/blog\/(tags\/(X11|xlib)$|geekery\/xvfb-|geekery\/.*xserver)/],
  ['unix', 1, /^\/(blog\/)?articles\/week-of-unix-tools(\/|$)|^\/presentations\/unix-basics(\/|$)|^\/misc\/rcfiles\/./],
  ['programming.ruby', 1, /^\/blog\/geekery\/(rspec|eventmachine|insist)-/],
  ['programming.python', 1, /^\/blog\/.*python[^/]*$|^\/scripts\/[^/]+\.py$/],
  ['programming.java', 1, /^\/blog\/.*java-[^/]*$/],
]

const crawling = crawlers.map(({ pattern }) => new RegExp(pattern))

export function isCrawler(userAgent: string): boolean {
  return userAgent.trim() === '' || isbot(userAgent) || crawling.some((pattern) => pattern.test(userAgent))
}

/** `2026-11-16`: the Monday of a moment's week, UTC. */
export function mondayOf(time: number): string {
  const day = new Date(time)
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
  return day.toISOString().slice(0, 10)
}

/** `Monday interest` to acts, counted as interests.yaml means them. */
export function countInterests(visits: readonly RawVisit[], movedBy: number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { t, path } of visits) {
    const page = decodeURIComponent(path.replace(/[?#].*$/, ''))
    const monday = mondayOf(Date.parse(t) + movedBy)
    for (const [interest, views, pattern] of meant)
      if (pattern.test(page)) counts[`${monday} ${interest}`] = (counts[`${monday} ${interest}`] ?? 0) + views
  }
  return counts
}
