/** Articles about the garden. They say what they are about in a meta element. */

import type { Article } from './article.ts'

export const garden: readonly Article[] = [
  {
    topic: 'garden',
    slug: 'keeping-the-rain',
    author: 'Tomke Harms',
    declares: { meta: ['rainwater'] },
    product: 'rain-barrel',
    text: {
      de: {
        title: 'Den Regen behalten',
        lead: 'Ein Sommergewitter bringt in zwanzig Minuten, was der Garten in drei Wochen braucht. Man muss es nur auffangen.',
        body: `
Ein Dach von 80 Quadratmetern sammelt bei einem kräftigen Schauer 800 Liter. Die übliche Tonne fasst 200. Der Rest läuft in die Straße, und zehn Tage später steht man mit dem Schlauch im Beet.

## Erst die Mulde

Bevor Sie Tonnen kaufen, nehmen Sie einen Spaten. Eine flache Senke, zehn Meter vom Haus, mit Storchschnabel und Blutweiderich bepflanzt, schluckt den Überlauf und gibt ihn langsam ab. Sie kostet einen Samstag.

> Bevor Sie Tonnen kaufen, nehmen Sie einen Spaten.

## Dann die Tonne

Zwei kleine verbunden sind besser als eine große: Man bewegt sie noch, und eine bleibt voll, während die andere leer wird. Ein Deckel hält Mücken und Kinder draußen. Im November wird ausgeleert, sonst sprengt der erste Frost die Naht.

Gießen Sie morgens, selten und viel. Dann lernen die Wurzeln, nach unten zu gehen.`,
      },
      en: {
        title: 'Keeping the rain',
        lead: 'A summer storm brings in twenty minutes what the garden needs in three weeks. You only have to catch it.',
        body: `
In a good shower a roof of 80 square metres gathers 800 litres. The usual barrel holds 200. The rest runs into the street, and ten days later you stand in the bed with a hose.

## First the hollow

Before you buy barrels, take a spade. A shallow dip ten metres from the house, planted with cranesbill and loosestrife, swallows the overflow and gives it back slowly. It costs one Saturday.

> Before you buy barrels, take a spade.

## Then the barrel

Two small ones joined are better than one large: you can still move them, and one stays full while the other empties. A lid keeps out midges and children. In November they are drained, or the first frost splits the seam.

Water in the morning, seldom and much. That teaches roots to go down.`,
      },
    },
  },
  {
    topic: 'garden',
    slug: 'a-tree-for-the-south-wall',
    author: 'Tomke Harms',
    declares: { meta: ['trees'] },
    text: {
      de: {
        title: 'Ein Baum für die Südwand',
        lead: 'Die beste Klimaanlage wirft im Herbst ihr Laub ab. Welche Bäume vor ein Haus passen und welche nicht.',
        body: `
Ein Laubbaum im Südwesten beschattet das Wohnzimmer im August und lässt im Januar die Sonne durch. Keine Markise kann das, und keine blüht. Er braucht nur zehn Jahre Vorsprung, weshalb der beste Zeitpunkt immer der letzte Herbst ist.

## Was passt

- Felsenbirne: vier Meter, drei Jahreszeiten schön, die Amseln danken.
- Feldahorn: verträgt Hitze, Schnitt und schlechten Boden.
- Apfel auf mittlerer Unterlage: Schatten und Kuchen.

> Der beste Zeitpunkt ist immer der letzte Herbst.

## Was nicht passt

Weide und Pappel suchen Wasser, notfalls im Abflussrohr. Die Walnuss ist herrlich, aber sie will den ganzen Garten. Halten Sie vier Meter Abstand zur Wand, und denken Sie an die Module: Ein Baum, der mittags aufs Dach reicht, gehört woandershin.

Pflanzen Sie ihn jung. Kleine Bäume holen große in wenigen Jahren ein.`,
      },
      en: {
        title: 'A tree for the south wall',
        lead: 'The best air conditioning drops its leaves in autumn. Which trees suit a house, and which do not.',
        body: `
A broad-leaved tree to the south-west shades the living room in August and lets the sun through in January. No awning can do that, and none blossoms. It only needs a start of ten years, which is why the best time is always last autumn.

## What suits

- Serviceberry: four metres, handsome in three seasons, the blackbirds say thanks.
- Field maple: takes heat, pruning and poor soil.
- Apple on a medium rootstock: shade and cake.

> The best time is always last autumn.

## What does not

Willow and poplar look for water, in the drain if they must. A walnut is splendid, but it wants the whole garden. Keep four metres from the wall, and think of the modules: a tree that reaches over the roof at noon belongs elsewhere.

Plant it young. Small trees overtake big ones within a few years.`,
      },
    },
  },
]
