/** bauta.yaml and the interests files it names, read and checked as one. */

import { dirname, resolve } from 'node:path'
import { BautaConfig } from '../schemas/config.ts'
import { Fault } from '../schemas/fault.ts'
import { Interests } from '../schemas/interest.ts'
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
  collect(complaints, () => file.refuse(hostProblems(config)))
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
