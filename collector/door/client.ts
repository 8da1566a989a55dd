/** What a request's headers say of the client, coarsely: a bot or not, class of device, language, country. */

import crawlers from 'crawler-user-agents'
import { isbot } from 'isbot'
import { boundedMap } from '../../infra/bounded-map.ts'
import type { Traits } from '../../schemas/topics.ts'

export interface Client {
  readonly bot: boolean
  readonly device: Traits['device']
}

const KNOWN_CLIENTS = 5_000
const MAX_USER_AGENT = 512
const patterns = crawlers.map(({ pattern }) => new RegExp(pattern))

/** Says what a user agent is, once each: the list of crawlers takes longer than all the rest of a request. */
export function clientReader(): (userAgent: string) => Client {
  const known = boundedMap<Client>(KNOWN_CLIENTS)
  return (userAgent) => {
    const seen = known.get(userAgent)
    if (seen) return seen
    const client = { bot: isBot(userAgent), device: deviceOf(userAgent) }
    if (userAgent.length <= MAX_USER_AGENT) known.set(userAgent, client)
    return client
  }
}

/** Who does not say what it is counts as one. */
export function isBot(userAgent: string): boolean {
  const text = userAgent.slice(0, MAX_USER_AGENT)
  return text.trim() === '' || isbot(text) || patterns.some((pattern) => pattern.test(text))
}

function deviceOf(userAgent: string): Traits['device'] {
  const text = userAgent.slice(0, MAX_USER_AGENT)
  if (/iPad|Tablet|PlayBook|Silk|Kindle|Android(?!.*Mobile)/i.test(text)) return 'tablet'
  if (/Mobi|iPhone|iPod|Android/i.test(text)) return 'mobile'
  return /Windows|Macintosh|X11|Linux|CrOS/i.test(text) ? 'desktop' : ''
}

interface Language {
  readonly language: string
  readonly region: string
}

const KNOWN_LANGUAGES = 1_000
const MAX_ACCEPT_LANGUAGE = 100

export function languageReader(): (acceptLanguage: string) => Language {
  const known = boundedMap<Language>(KNOWN_LANGUAGES)
  return (acceptLanguage) => {
    const seen = known.get(acceptLanguage)
    if (seen) return seen
    const read = readLanguage(acceptLanguage)
    if (acceptLanguage.length <= MAX_ACCEPT_LANGUAGE) known.set(acceptLanguage, read)
    return read
  }
}

/** The first language asked for, and its region if it names one. */
export function readLanguage(acceptLanguage: string): Language {
  const [, language = '', region = ''] =
    /^\s*([a-z]{2})(?:-(?:[a-z]{4}-)?([a-z]{2}))?(?![a-z0-9])/i.exec(acceptLanguage) ?? []
  return { language: language.toLowerCase(), region: region.toUpperCase() }
}
