/** bauta.yaml and the interests files it names, read and checked as one. */

import { dirname, resolve } from 'node:path'
import { BautaConfig } from '../../schemas/config.ts'
import { Fault } from '../../schemas/fault.ts'
import { Interests } from '../../schemas/interest.ts'
import { parseSegment, referencesOf } from '../../schemas/segment-parse.ts'
import { type Problem, readYaml } from './yaml-file.ts'

export interface House {
  readonly config: BautaConfig
  /** By site. */
  readonly interests: ReadonlyMap<string, Interests>
}

/** Throws one `config_invalid` that names all problems of all files, each with its line. */
export function readHouse(configFile: string): House {
  const file = readYaml(configFile, BautaConfig)
  const config = file.value
  const complaints: string[] = []
  const interests = new Map<string, Interests>()
  for (const [site, { interests: name }] of Object.entries(config.sites))
    collect(complaints, () => interests.set(site, readYaml(resolve(dirname(configFile), name), Interests).value))
  collect(complaints, () => file.refuse([...hostProblems(config), ...segmentProblems(config, interests)]))
  if (complaints.length > 0) throw new Fault('config_invalid', complaints.join('\n'))
  return Object.freeze({ config, interests })
}

function collect(complaints: string[], work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    complaints.push(error.message)
  }
}

/** Cookies are shared by host name whatever the port: on one host name the two worlds would meet in the browser. */
function hostProblems({ sites, person }: BautaConfig): Problem[] {
  const personHost = new URL(person.url).hostname
  return Object.entries(sites).flatMap(([site, { origins }]) =>
    origins.flatMap((origin, at) =>
      new URL(origin).hostname === personHost
        ? [
            {
              path: ['sites', site, 'origins', at],
              message: `has the host name of person.url; give people's pages one of their own`,
            },
          ]
        : [],
    ),
  )
}

/** Segments of the file, and those audiences of the file that refer to no other segment: one made over the API is known only at the run. */
function segmentProblems({ segments, audiences }: BautaConfig, interests: House['interests']): Problem[] {
  const trees = [
    ...Object.entries(segments).map(([name, { site, tree }]) => ({ at: ['segments', name, 'tree'], name, site, tree })),
    ...Object.entries(audiences)
      .filter(([, { segment }]) => [...referencesOf(segment)].every((name) => Object.hasOwn(segments, name)))
      .map(([audience, { site, segment }]) => {
        return { at: ['audiences', audience, 'segment'], name: undefined, site, tree: segment }
      }),
  ]
  return trees.flatMap(({ at, name, site, tree }) => {
    const words = interests.get(site)
    if (!words) return []
    const ofSite = Object.entries(segments).filter(([, each]) => each.site === site)
    const others = Object.fromEntries(ofSite.map(([other, each]) => [other, each.tree]))
    const parsed = parseSegment(tree, { interests: words.interests, segments: others }, name)
    return parsed.ok ? [] : parsed.problems.map(({ path, message }) => placed(at, path, message))
  })
}

/** `any[0].segment other > all[1].band` is found in the file as far as the first blank. */
function placed(at: readonly string[], path: string, message: string): Problem {
  const [own = '', ...within] = path.split(' ')
  const keys = (own.match(/[^.[\]]+/g) ?? []).map((key) => (/^\d+$/.test(key) ? Number(key) : key))
  return { path: [...at, ...keys], message: within.length > 0 ? `${within.join(' ')}: ${message}` : message }
}
