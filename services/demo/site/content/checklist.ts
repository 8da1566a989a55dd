/** The lines of the checklist that readers can fetch as a PDF. */

import type { Language } from './article.ts'

export const checklist: Readonly<Record<Language, { readonly title: string; readonly points: readonly string[] }>> = {
  de: {
    title: 'Checkliste fürs Balkonkraftwerk',
    points: [
      'Geländer fest? Einmal kräftig rütteln, dann entscheiden.',
      'Hausverwaltung angeschrieben, mit Foto und Maßen.',
      'Zwischen neun und drei Uhr mehr als zwei Stunden Sonne.',
      'Steckdose auf dem Balkon, eigener Stromkreis bevorzugt.',
      'Halterung passt zu rundem oder eckigem Geländer.',
      'Zwei Personen, ein Vormittag, ein Drehmomentschlüssel.',
      'Im Marktstammdatenregister eingetragen.',
      'Messgerät eingesteckt, Zählerstand notiert.',
      'Waschmaschine auf den Mittag gestellt.',
    ],
  },
  en: {
    title: 'Checklist for balcony solar',
    points: [
      'Is the railing firm? Shake it hard once, then decide.',
      'Written to the management, with photograph and measures.',
      'More than two hours of sun between nine and three.',
      'A socket on the balcony, a circuit of its own preferred.',
      'The mount fits a round or a square railing.',
      'Two people, one morning, one torque wrench.',
      'Entered in the official register.',
      'Meter plugged in, reading written down.',
      'Washing machine set for noon.',
    ],
  },
}
