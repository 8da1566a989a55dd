/** The imprint of a publisher that does not exist. */

import type { Language } from './article.ts'

export const imprint: Readonly<Record<Language, string>> = {
  de: `
Südseite ist eine erfundene Zeitschrift. Es gibt keinen Verlag, keine Redaktion und keinen Laden dahinter, und die Namen der Autorinnen und Autoren sind ausgedacht.

Diese Website gehört zur Vorführung von Bauta, einer Datenplattform, die man selbst betreibt. Wer sie gestartet hat, ist für sie verantwortlich.

## Texte und Bilder

Texte und Zeichnungen stehen unter derselben Lizenz wie die Software, Apache 2.0. Die Zahlen in den Artikeln sind plausibel, aber nicht recherchiert. Bauen Sie bitte kein Haus danach.`,
  en: `
Südseite is a made-up magazine. There is no publisher, no newsroom and no shop behind it, and the names of its authors are invented.

This website is part of the demonstration of Bauta, a data platform that you run yourself. Whoever started it is responsible for it.

## Words and pictures

Texts and drawings are under the same licence as the software, Apache 2.0. The figures in the articles are plausible but not researched. Please do not build a house by them.`,
}
