/** All articles of the issue, in the order of its contents page. */

import type { Article } from './article.ts'
import { garden } from './garden.ts'
import { heating } from './heating.ts'
import { insulation } from './insulation.ts'
import { kitchen } from './kitchen.ts'
import { mobility } from './mobility.ts'
import { smartHome } from './smart-home.ts'
import { solar } from './solar.ts'
import { storage } from './storage.ts'
import { wellbeing } from './wellbeing.ts'

export const articles: readonly Article[] = [
  ...solar,
  ...heating,
  ...insulation,
  ...storage,
  ...mobility,
  ...garden,
  ...kitchen,
  ...smartHome,
  ...wellbeing,
]
