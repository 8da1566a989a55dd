/** Articles about insulation. They say what they are about in a meta element. */

import type { Article } from './article.ts'

export const insulation: readonly Article[] = [
  {
    topic: 'insulation',
    slug: 'top-floor-ceiling',
    author: 'Rasmus Vogt',
    declares: { meta: ['insulation'] },
    text: {
      de: {
        title: 'Ein Wochenende unterm Dach',
        lead: 'Die oberste Geschossdecke ist die billigste Dämmung, die ein Haus bekommen kann. Und die vergessenste.',
        body: `
Wärme steigt, und im Altbau steigt sie auf einen leeren Dachboden. Dort heizt sie Koffer, Weihnachtskugeln und die Unterseite der Ziegel. Zwanzig Zentimeter Dämmung auf dem Boden ändern das an zwei Tagen.

## Material

Wir haben Holzfaserplatten genommen, zweilagig, die Stöße versetzt. Sie sind schwerer als Mineralwolle, halten dafür im August die Hitze draußen und lassen sich mit dem Fuchsschwanz schneiden. Für 60 Quadratmeter: 2.100 Euro und ein Lieferwagen.

> Zwanzig Zentimeter auf dem Boden ändern das an zwei Tagen.

## Drei Fehler

- Die Bodenluke nicht mitdämmen. Durch sie geht danach die Hälfte.
- Auf der warmen Seite die Folie vergessen, wo eine nötig ist. Vorher fragen.
- Den Boden zustellen, bevor er trocken ist.

Im Winter danach sank der Verbrauch um ein Siebtel. Die Kosten sind nach sechs Jahren wieder da.`,
      },
      en: {
        title: 'A weekend under the roof',
        lead: 'The ceiling of the top floor is the cheapest insulation a house can get. And the one most often forgotten.',
        body: `
Heat rises, and in an old house it rises into an empty loft. There it warms suitcases, Christmas baubles and the underside of the tiles. Twenty centimetres of insulation on the floor change that within two days.

## Material

We took wood fibre boards, two layers with staggered joints. They are heavier than mineral wool, but they keep the heat out in August and can be cut with a hand saw. For 60 square metres: 2,100 euros and one delivery van.

> Twenty centimetres on the floor change that within two days.

## Three mistakes

- Leaving out the hatch. Afterwards half the heat goes through it.
- Forgetting the membrane on the warm side where one is needed. Ask first.
- Covering the floor before it is dry.

In the winter after, consumption fell by a seventh. The money is back after six years.`,
      },
    },
  },
  {
    topic: 'insulation',
    slug: 'straw-hemp-clay',
    author: 'Rasmus Vogt',
    declares: { meta: ['insulation', 'natural-materials'] },
    text: {
      de: {
        title: 'Stroh, Hanf, Lehm',
        lead: 'Drei Baustoffe vom Acker, die dämmen, puffern und gut riechen. Was sie können und was man ihnen nicht glauben sollte.',
        body: `
Auf einem Hof bei Wismar steht eine Wand aus Stroh, 36 Zentimeter, außen Kalk, innen Lehm. Sie dämmt wie ein Neubau und hat weniger Energie gekostet als ihre Fenster. Stroh brennt schlecht, wenn es gepresst ist: Es fehlt die Luft. Was es nicht verträgt, ist ein nasser Fuß.

## Hanf

Hanfmatten klemmen zwischen Sparren, jucken nicht und nehmen Feuchte auf, ohne gleich schlechter zu dämmen. Sie sind etwa ein Drittel teurer als Mineralwolle.

> Was Stroh nicht verträgt, ist ein nasser Fuß.

## Lehm

Lehm dämmt nicht. Das muss man so deutlich sagen, weil es oft anders klingt. Er speichert Wärme, puffert Feuchte und verzeiht Anfängern fast alles. Eine Wand, die nicht gefällt, macht man nass und noch einmal neu.`,
      },
      en: {
        title: 'Straw, hemp, clay',
        lead: 'Three materials from the field that insulate, buffer and smell good. What they can do, and what not to believe.',
        body: `
On a farm near Wismar stands a wall of straw, 36 centimetres, lime outside, clay inside. It insulates like a new building and took less energy to make than its windows. Pressed straw burns badly for want of air. What it cannot stand is wet feet.

## Hemp

Hemp batts clamp between rafters, do not itch, and take up moisture without insulating worse at once. They cost about a third more than mineral wool.

> What straw cannot stand is wet feet.

## Clay

Clay does not insulate. It has to be said that plainly because it often sounds otherwise. It stores heat, buffers moisture and forgives beginners nearly everything. A wall you do not like you wet down and do again.`,
      },
    },
  },
]
