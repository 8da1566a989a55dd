/** The words of pages and mails, in German and English. A page speaks the language of its mail or link, else the reader's. */

import type { ContactPurpose } from '../../../schemas/consent.ts'

export const languages = ['de', 'en'] as const
export type Language = (typeof languages)[number]

const de = {
  checkMail: 'Bitte sehen Sie in Ihr Postfach',
  checkMailText:
    'Wenn die Adresse stimmt, ist gleich eine Mail dort. Erst der Knopf, zu dem sie führt, bestätigt etwas. Kommt nichts an, sehen Sie bitte auch im Spamordner nach.',
  confirmTitle: 'Bitte bestätigen Sie',
  confirmText: 'Dem haben Sie im Formular zugestimmt. Erst mit dem Knopf gilt es.',
  confirmButton: 'Ja, das bestätige ich',
  confirmed: 'Danke, das ist bestätigt',
  confirmedText: 'Sie können jede Zustimmung einzeln und jederzeit zurücknehmen.',
  confirmedAgain: 'Das war schon bestätigt',
  gone: 'Dieser Link gilt nicht mehr',
  goneText: 'Links aus Mails gelten nur eine Zeit lang. Es ist nichts geschehen.',
  signUpAgain: 'Melden Sie sich gern noch einmal an, oder öffnen Sie Ihre Einstellungen.',
  preferences: 'Ihre Einstellungen',
  preferencesAsk: 'Wir schicken Ihnen einen Link, mit dem Sie sehen und ändern, wozu Sie zugestimmt haben.',
  email: 'E-Mail-Adresse',
  sendLink: 'Link schicken',
  linkSentText: 'Wenn wir diese Adresse kennen, ist gleich ein Link dort. Er gilt einen Tag lang.',
  saved: 'Gespeichert.',
  unsubscribeTitle: 'Newsletter abbestellen',
  unsubscribeText: 'Ein Klick, und es kommt keine Werbung mehr an diese Adresse.',
  unsubscribeButton: 'Abbestellen',
  unsubscribed: 'Abbestellt',
  unsubscribedText: 'An diese Adresse kommt keine Werbung mehr. Was schon unterwegs ist, kann noch eintreffen.',
  openPreferences: 'Alle Einstellungen öffnen',
  withdraw: 'Zurücknehmen',
  refuse: 'Ablehnen',
  objectMerge: 'Der Zusammenführung widersprechen',
  grantMerge: 'Zustimmen',
  grantMergeText: 'Mit dem Knopf stimmen Sie dem zu:',
  objectAll: 'Werbung und Profilen insgesamt widersprechen',
  objectAllTitle: 'Gar nichts mehr',
  objectAllText:
    'Sie können jeder Werbung und jedem Profil widersprechen. Das hebt nur eine neue Anmeldung auf, die Sie selbst per Mail bestätigen.',
  tooMany: 'Zu viele Anfragen',
  tooManyText: 'Aus Ihrem Netz kamen gerade viele Anfragen. Bitte versuchen Sie es in einigen Minuten noch einmal.',
  wrong: 'Das ging nicht',
  wrongText: 'Bitte gehen Sie zurück und prüfen Sie Ihre Eingabe.',
  wrongAddress: 'Das ist keine E-Mail-Adresse. Bitte gehen Sie zurück und prüfen Sie sie.',
  wrongPurposes: 'Bitte wählen Sie im Formular mindestens einen Zweck.',
  nowhere: 'Hier ist nichts',
  failed: 'Das ist unser Fehler, nicht Ihrer. Bitte versuchen Sie es in einigen Minuten noch einmal.',
  states: {
    granted: 'Sie haben zugestimmt.',
    expired: 'Ihre Zustimmung ist abgelaufen und gilt nicht mehr.',
    withdrawn: 'Sie haben das zurückgenommen.',
    objected: 'Sie haben widersprochen.',
    unknown: 'Dem haben Sie nicht zugestimmt.',
  },
  mail: {
    greeting: 'Guten Tag,',
    confirmSubject: 'Bitte bestätigen Sie Ihre Anmeldung',
    confirmText: 'jemand hat diese Adresse in unserem Formular eingetragen. Waren Sie es, dann bestätigen Sie bitte:',
    confirmButton: 'Anmeldung ansehen und bestätigen',
    confirmIgnore:
      'Waren Sie es nicht, tun Sie nichts: Ohne Bestätigung kommt keine Werbung, und nach sieben Tagen ist der Eintrag gelöscht.',
    welcomeSubject: 'Ihre Anmeldung ist bestätigt',
    welcomeText:
      'danke, Ihre Anmeldung ist bestätigt. Sie bleiben angemeldet, so lange Sie möchten. Abbestellen geht mit einem Klick:',
    welcomeButton: 'Abbestellen',
    welcomeIgnore: 'Diesen Link finden Sie auch in jeder Ausgabe.',
    preferencesSubject: 'Ihre Einstellungen',
    preferencesText: 'mit diesem Link sehen und ändern Sie, wozu Sie zugestimmt haben. Er gilt einen Tag lang:',
    preferencesButton: 'Einstellungen öffnen',
    preferencesIgnore: 'Haben Sie nicht danach gefragt, tun Sie nichts.',
  },
}
export type Words = typeof de

const en: Words = {
  checkMail: 'Please look into your mailbox',
  checkMailText:
    'If the address is right, a mail will be there in a moment. Only the button it leads to confirms anything. If nothing arrives, please look into your spam folder too.',
  confirmTitle: 'Please confirm',
  confirmText: 'This is what you agreed to in the form. It counts once you press the button.',
  confirmButton: 'Yes, I confirm this',
  confirmed: 'Thank you, this is confirmed',
  confirmedText: 'You can take back each consent by itself, at any time.',
  confirmedAgain: 'This was confirmed before',
  gone: 'This link is no longer valid',
  goneText: 'Links from mails are valid for some time only. Nothing has happened.',
  signUpAgain: 'You are welcome to sign up again, or to open your preferences.',
  preferences: 'Your preferences',
  preferencesAsk: 'We will send you a link with which you see and change what you agreed to.',
  email: 'E-mail address',
  sendLink: 'Send the link',
  linkSentText: 'If we know this address, a link will be there in a moment. It is valid for one day.',
  saved: 'Saved.',
  unsubscribeTitle: 'Unsubscribe from the newsletter',
  unsubscribeText: 'One click, and no more marketing comes to this address.',
  unsubscribeButton: 'Unsubscribe',
  unsubscribed: 'Unsubscribed',
  unsubscribedText: 'No more marketing will come to this address. What is already on its way may still arrive.',
  openPreferences: 'Open all preferences',
  withdraw: 'Withdraw',
  refuse: 'Refuse',
  objectMerge: 'Object to the merge',
  grantMerge: 'Agree',
  grantMergeText: 'With the button you agree to this:',
  objectAll: 'Object to all marketing and profiling',
  objectAllTitle: 'Nothing at all',
  objectAllText:
    'You can object to all marketing and all profiling. Only a new sign-up that you confirm yourself by mail lifts this.',
  tooMany: 'Too many requests',
  tooManyText: 'Many requests have just come from your network. Please try again in a few minutes.',
  wrong: 'That did not work',
  wrongText: 'Please go back and check what you entered.',
  wrongAddress: 'This is no e-mail address. Please go back and check it.',
  wrongPurposes: 'Please choose at least one purpose in the form.',
  nowhere: 'Nothing is here',
  failed: 'This is our fault, not yours. Please try again in a few minutes.',
  states: {
    granted: 'You have agreed.',
    expired: 'Your consent has expired and no longer counts.',
    withdrawn: 'You have withdrawn this.',
    objected: 'You have objected.',
    unknown: 'You have not agreed to this.',
  },
  mail: {
    greeting: 'Hello,',
    confirmSubject: 'Please confirm your sign-up',
    confirmText: 'somebody entered this address in our form. If it was you, please confirm:',
    confirmButton: 'See the sign-up and confirm it',
    confirmIgnore:
      'If it was not you, do nothing: without confirmation no marketing comes, and after seven days the entry is deleted.',
    welcomeSubject: 'Your sign-up is confirmed',
    welcomeText: 'thank you, your sign-up is confirmed. It lasts for as long as you like. Leaving takes one click:',
    welcomeButton: 'Unsubscribe',
    welcomeIgnore: 'You will find this link in every issue, too.',
    preferencesSubject: 'Your preferences',
    preferencesText: 'with this link you see and change what you agreed to. It is valid for one day:',
    preferencesButton: 'Open preferences',
    preferencesIgnore: 'If you did not ask for it, do nothing.',
  },
}

export const words: Readonly<Record<Language, Words>> = { de, en }

export const purposeNames: Readonly<
  Record<Language, Readonly<Record<ContactPurpose, { name: string; text: string }>>>
> = {
  de: {
    P5: { name: 'Newsletter', text: 'Wir schicken Ihnen Werbung per E-Mail.' },
    P4: {
      name: 'Passend zu Ihnen',
      text: 'Wir führen Themen, die Ihr Browser sich bei uns gemerkt hat, mit Ihrer Adresse zusammen.',
    },
    P6: { name: 'Messung der Mails', text: 'Wir sehen, ob Sie unsere Mails öffnen und was Sie darin anklicken.' },
  },
  en: {
    P5: { name: 'Newsletter', text: 'We send you marketing by e-mail.' },
    P4: { name: 'Made to fit you', text: 'We join topics that your browser has remembered here with your address.' },
    P6: { name: 'Measuring mails', text: 'We see whether you open our mails and what you click in them.' },
  },
}

/** The first of the wishes that we speak; an Accept-Language header is one too. */
export function languageOf(...wishes: readonly (string | undefined)[]): Language {
  for (const wish of wishes)
    for (const part of (wish ?? '').toLowerCase().split(',')) {
      const found = languages.find((each) => part.trim().startsWith(each))
      if (found) return found
    }
  return 'en'
}
