/** The topics of the magazine, as its contents page introduces them. */

import type { Language, Topic } from './article.ts'

export const sections: Readonly<
  Record<Topic, Readonly<Record<Language, { readonly name: string; readonly intro: string }>>>
> = {
  solar: {
    de: { name: 'Solar', intro: 'Vom Geländer bis zum First: Strom, der vor der eigenen Tür entsteht.' },
    en: { name: 'Solar', intro: 'From the railing to the ridge: power that is made at your own door.' },
  },
  heating: {
    de: { name: 'Heizen', intro: 'Wärmepumpen, Heizkurven und die Kunst, mit weniger Grad auszukommen.' },
    en: { name: 'Heating', intro: 'Heat pumps, heating curves and the art of getting by on fewer degrees.' },
  },
  insulation: {
    de: { name: 'Dämmen', intro: 'Was im Haus bleibt, muss niemand erzeugen. Von Dachböden, Stroh und Lehm.' },
    en: { name: 'Insulation', intro: 'What stays in the house nobody has to make. Of lofts, straw and clay.' },
  },
  storage: {
    de: { name: 'Speicher', intro: 'Wie man den Mittag in den Abend trägt, und was bei Ausfall hell bleibt.' },
    en: { name: 'Storage', intro: 'How to carry noon into the evening, and what stays lit in an outage.' },
  },
  mobility: {
    de: { name: 'Unterwegs', intro: 'Elektroautos, Lastenräder und die Frage, welche Fahrten es wirklich braucht.' },
    en: { name: 'Mobility', intro: 'Electric cars, cargo bikes, and which trips are really needed.' },
  },
  garden: {
    de: { name: 'Garten', intro: 'Regen behalten, Schatten pflanzen, im Herbst an den August denken.' },
    en: { name: 'Garden', intro: 'Keeping rain, planting shade, thinking of August in autumn.' },
  },
  kitchen: {
    de: { name: 'Küche', intro: 'Kochen, lagern, kühlen: die Energie, die man schmeckt.' },
    en: { name: 'Kitchen', intro: 'Cooking, storing, cooling: the energy you can taste.' },
  },
  'smart-home': {
    de: { name: 'Smart Home', intro: 'Technik, die sich am Schalter überstimmen lässt und nichts weitererzählt.' },
    en: { name: 'Smart home', intro: 'Technology that yields to the switch and tells nobody.' },
  },
  wellbeing: {
    de: {
      name: 'Wohlbefinden',
      intro: 'Luft, Licht, Schlaf. Was Sie in dieser Rubrik lesen, geht in kein Interessenprofil ein.',
    },
    en: { name: 'Wellbeing', intro: 'Air, light, sleep. What you read under this topic enters no interest profile.' },
  },
}
