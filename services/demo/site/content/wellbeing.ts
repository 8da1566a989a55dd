/** An article about health. It declares itself like any other, and nothing of it may reach a profile. */

import type { Article } from './article.ts'

export const wellbeing: readonly Article[] = [
  {
    topic: 'wellbeing',
    slug: 'pollen-at-the-window',
    author: 'Dr. Swantje Petersen',
    declares: { meta: ['allergies'] },
    text: {
      de: {
        title: 'Wenn der Frühling ins Zimmer weht',
        lead: 'Lüften mit Heuschnupfen: wann, wie lange, und was ein Gitter am Fenster bringt.',
        body: `
Birke, Gräser, Beifuß: Für viele beginnt das Jahr mit verstopfter Nase. Ganz aussperren lässt sich der Blütenstaub nicht, und wer gar nicht lüftet, tauscht ihn gegen Schimmel. Es geht um den richtigen Zeitpunkt.

## Stadt und Land

In der Stadt fliegen abends die meisten Pollen, auf dem Land am frühen Morgen. Gelüftet wird also dort morgens, hier abends, kurz und kräftig. Nach einem Regen ist die Luft für eine Stunde fast leer.

> Nach einem Regen ist die Luft für eine Stunde fast leer.

## Das Gitter

Ein Pollenschutzgitter hält je nach Gewebe einen großen Teil zurück und nimmt etwas Licht. Am meisten bringt es im Schlafzimmer. Dort helfen auch zwei Dinge, die nichts kosten: die Kleidung draußen lassen und abends die Haare waschen.

Bei Beschwerden fragen Sie bitte eine Ärztin, keine Zeitschrift.`,
      },
      en: {
        title: 'When spring blows into the room',
        lead: 'Airing with hay fever: when, how long, and what a screen in the window does.',
        body: `
Birch, grasses, mugwort: for many the year begins with a blocked nose. Pollen cannot be shut out entirely, and whoever never opens a window trades it for mould. What matters is the moment.

## Town and country

In town most pollen flies in the evening, in the country early in the morning. So the one airs in the morning, the other in the evening, briefly and fully. After rain the air is almost empty for an hour.

> After rain the air is almost empty for an hour.

## The screen

Depending on its weave, a pollen screen holds back a large share and takes a little light. It does most in the bedroom. Two things that cost nothing help there too: leave the day's clothes outside, and wash your hair at night.

If you have complaints, please ask a doctor, not a magazine.`,
      },
    },
  },
]
