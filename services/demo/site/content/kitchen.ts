/** Articles about the kitchen. Their section in JSON-LD says what they are about. */

import type { Article } from './article.ts'

export const kitchen: readonly Article[] = [
  {
    topic: 'kitchen',
    slug: 'learning-induction',
    author: 'Nadja Oster',
    declares: {},
    product: 'iron-pan',
    text: {
      de: {
        title: 'Induktion lernen',
        lead: 'Sie kocht schneller als jedes Gas und verzeiht weniger. Vier Wochen Umgewöhnung, danach will keiner zurück.',
        body: `
Der erste Topf Milch ist mir übergekocht, bevor ich den Löffel gefunden hatte. Induktion kennt kein Zögern: Sie heizt nicht die Platte, sondern den Topf, und der steht sofort unter Strom, bildlich gesprochen.

## Drei Gewohnheiten

Legen Sie alles zurecht, bevor Sie einschalten. Beginnen Sie auf Stufe sechs, nicht auf neun. Und nehmen Sie eine Pfanne mit dickem Boden, denn dünne verziehen sich und brummen.

> Beginnen Sie auf Stufe sechs, nicht auf neun.

## Was es spart

Ein Liter Wasser kocht in knapp drei Minuten und braucht etwa 0,11 Kilowattstunden. Auf der alten Gusskochplatte waren es acht Minuten und fast das Doppelte. Aufs Jahr gerechnet ist das kein Vermögen. Aber die Küche bleibt im Sommer kühl, und abgewischt ist der Herd, solange der Espresso zieht.`,
      },
      en: {
        title: 'Learning induction',
        lead: 'It cooks faster than any gas and forgives less. Four weeks to change habits, and then nobody wants to go back.',
        body: `
My first pan of milk boiled over before I had found the spoon. Induction does not hesitate: it heats not the hob but the pan, and the pan is off like a sprinter.

## Three habits

Lay everything out before you switch on. Start at six, not at nine. And use a pan with a thick base, for thin ones warp and hum.

> Start at six, not at nine.

## What it saves

A litre of water boils in just under three minutes and takes about 0.11 kilowatt hours. On the old cast-iron plate it was eight minutes and almost twice that. Over a year this is no fortune. But the kitchen stays cool in summer, and the hob is wiped clean while the espresso brews.`,
      },
    },
  },
  {
    topic: 'kitchen',
    slug: 'the-cold-larder',
    author: 'Nadja Oster',
    declares: {},
    text: {
      de: {
        title: 'Die kalte Kammer',
        lead: 'Speisekammern verschwanden, als die Kühlschränke kamen. Ein Plädoyer für einen Schrank an der Nordwand.',
        body: `
Bei meiner Großmutter lagen die Äpfel bis März. Kein Kompressor, nur ein Raum nach Norden mit einem Gitter oben und einem unten. Kalte Luft fällt hinein, warme steigt hinaus. Mehr Technik war es nicht.

## Nachbauen

Es braucht keinen Raum. Ein Küchenschrank an der Außenwand genügt, zwei Öffnungen mit Insektengitter, innen gedämmt zur Küche hin, nicht nach draußen. Von Oktober bis April hält er acht bis zwölf Grad.

> Kalte Luft fällt hinein, warme steigt hinaus. Mehr Technik war es nicht.

## Was hineingehört

- Kartoffeln, Kohl, Rüben: dunkel und in Sand oder Papier.
- Hartkäse, Butter, Eier: oben, wo es trocken ist.
- Äpfel: allein, sonst keimen die Kartoffeln.

Wer so lagert, kommt mit dem kleinen Kühlschrank aus. Unserer zieht jetzt 62 Kilowattstunden im Jahr, halb so viel wie der alte.`,
      },
      en: {
        title: 'The cold larder',
        lead: 'Larders vanished when refrigerators came. A plea for a cupboard on the north wall.',
        body: `
At my grandmother's the apples kept until March. No compressor, only a room to the north with one grille at the top and one at the bottom. Cold air falls in, warm air rises out. That was all the engineering.

## Building one

You do not need a room. A kitchen cupboard on the outer wall will do, two openings with insect mesh, insulated towards the kitchen, not towards outdoors. From October to April it holds eight to twelve degrees.

> Cold air falls in, warm air rises out. That was all the engineering.

## What goes in

- Potatoes, cabbage, beets: in the dark, in sand or paper.
- Hard cheese, butter, eggs: at the top, where it is dry.
- Apples: on their own, or the potatoes sprout.

Store things like this and the small fridge is enough. Ours now draws 62 kilowatt hours a year, half as much as the old one.`,
      },
    },
  },
]
