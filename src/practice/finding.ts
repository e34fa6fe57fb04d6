/** One thing that is wrong with a practice's folder: which file, where in it, what, and what would be right. */
export type PracticeFinding = {
  readonly file: string;
  /** Place in the file: `openingHours.es`, `item[2].text`, `line 3`. */
  readonly path: string;
  readonly problem: string;
  readonly example: string;
};

/** What would be right at a place, by file and by the path without positions in lists. */
const examples: Readonly<Record<string, string>> = {
  'practice.yaml':
    'id, name, jurisdiction, timeZone, languages, contentMode, phone, address, privacyUrl, emergency, openingHours, phases, intakeForm',
  'practice.yaml id': 'id: aurora',
  'practice.yaml name': 'name: Clínica Aurora',
  'practice.yaml jurisdiction': 'jurisdiction: BR',
  'practice.yaml timeZone': 'timeZone: America/Sao_Paulo',
  'practice.yaml languages': 'languages: [pt, en]',
  'practice.yaml contentMode': 'contentMode: minimal',
  'practice.yaml phone': 'phone: "+55 11 5550-1200"',
  'practice.yaml address': 'address: Rua das Flores 12, São Paulo',
  'practice.yaml privacyUrl': 'privacyUrl: https://clinic.example/privacy',
  'practice.yaml emergency': 'emergency: { number: "192" }',
  'practice.yaml emergency.number': 'number: "192", in quotes',
  'practice.yaml openingHours': 'openingHours: { pt: "de segunda a sexta, das 8h às 18h" }',
  'practice.yaml phases': 'phases: { intake: true }',
  'practice.yaml phases.intake': 'intake: true',
  'practice.yaml intakeForm': 'intakeForm: intake',
  'channels.yaml': 'accounts: [ … ]',
  'channels.yaml accounts':
    'id, provider, displayPhone, and what the provider needs: phoneNumberId, wabaId, appSecrets, verifyToken, accessToken for meta',
  'channels.yaml accounts.id': 'id: aurora-wa',
  'channels.yaml accounts.provider': 'provider: meta, twilio, vonage, messagebird or bird',
  'channels.yaml accounts.displayPhone': 'displayPhone: "+55 11 5550-1200"',
  'channels.yaml accounts.apiVersion': 'apiVersion: v26.0',
  'channels.yaml accounts.appSecrets': 'appSecrets: [env:AURORA_META_APP_SECRET]',
  'channels.yaml accounts.accountSid': 'accountSid: AC…',
  'channels.yaml accounts.apiSecret': 'apiSecret: env:AURORA_TWILIO_API_SECRET',
  'channels.yaml accounts.authTokens': 'authTokens: [env:AURORA_TWILIO_AUTH_TOKEN]',
  'channels.yaml accounts.sender': 'sender: "551155501200", in quotes',
  'channels.yaml accounts.number': 'number: "551155501200", in quotes',
  'channels.yaml accounts.privateKey': 'privateKey: file:/run/secrets/vonage.pem',
  'channels.yaml accounts.signatureSecrets': 'signatureSecrets: [env:AURORA_VONAGE_SIGNATURE_SECRET]',
  'channels.yaml accounts.signingKeys': 'signingKeys: [env:AURORA_SIGNING_KEY]',
  'scheduling.yaml': 'visitTypes, reasonLinkId, holdMinutes, minNoticeMinutes, horizonDays',
  'scheduling.yaml visitTypes': 'visitTypes: [{ id: consultation, name: { en: Consultation }, minutes: 30 }]',
  'scheduling.yaml visitTypes.serviceType':
    'serviceType: { system: "https://clinic.example/service-type", code: consultation }',
  'scheduling.yaml visitTypes.words': 'words: { en: [knee, shoulder] }',
  'scheduling.yaml reasonLinkId': 'reasonLinkId: reason',
  'scheduling.yaml holdMinutes': 'holdMinutes: 15',
  'scheduling.yaml minNoticeMinutes': 'minNoticeMinutes: 120',
  'scheduling.yaml horizonDays': 'horizonDays: 28',
  'reminders.yaml': 'reminders, quietHours',
  'reminders.yaml reminders': 'reminders: [{ id: two-days, before: P2D, template: visit-reminder }]',
  'reminders.yaml reminders.before': 'before: P2D',
  'reminders.yaml quietHours': 'quietHours: { from: "21:00", to: "08:00" }',
  'templates/*.yaml': 'name, category, variables, buttons, texts',
  'templates/*.yaml name': 'name: visit_reminder',
  'templates/*.yaml category': 'category: utility',
  'templates/*.yaml variables': 'variables: [practice, visit-date, visit-time]',
  'templates/*.yaml buttons': 'buttons: [confirm, move, cancel]',
  'templates/*.yaml texts':
    'texts: { en: { providerLanguage: en_US, body: "…", buttons: […], samples: […] } }',
  'routing.yaml': 'resolutionCodes, cannedReplies, leaseMinutes, waitMinutes',
  'routing.yaml resolutionCodes': 'resolutionCodes: [{ id: answered, name: { en: Question answered } }]',
  'routing.yaml cannedReplies':
    'cannedReplies: [{ id: hours, title: Hours, text: { en: "We are open until 6 pm." } }]',
  'routing.yaml leaseMinutes': 'leaseMinutes: 15',
  'routing.yaml waitMinutes': 'waitMinutes: { top: 5, normal: 30 }',
  'staff.yaml': 'oidc: { issuer, clientId, clientSecret, roleClaim, roles, acr }',
  'staff.yaml oidc.roles': 'roles: { Reception: front-desk, Doctors: clinician }',
  'pms.yaml': 'adapter, baseUrl, authentication, identifierSystem, timeoutMs',
  'pms.yaml adapter': 'adapter: fhir',
  'pms.yaml baseUrl': 'baseUrl: env:AURORA_FHIR_URL',
  'pms.yaml authentication': 'authentication: { kind: bearer, token: env:AURORA_FHIR_TOKEN }',
  'pms.yaml identifierSystem': 'identifierSystem: https://clinic.example/patient',
  'pms.yaml slots': 'slots: hold',
  'pms.yaml timeoutMs': 'timeoutMs: 10000',
};

/** What would be right at a place of a file; a place that has no example of its own has that of what it stands in. */
export function exampleOf(file: string, path: readonly string[]): string {
  const kind = file.replace(/^templates\/.*$/, 'templates/*.yaml');
  const named = path.filter((part) => !/^\d+$/.test(part));
  for (let length = named.length; length >= 0; length -= 1) {
    const example = examples[[kind, named.slice(0, length).join('.')].join(' ').trim()];
    // A place within a list of accounts has its own name as an example: a reference to where the value is found.
    if (example !== undefined)
      return length < named.length && file === 'channels.yaml' ? `${named.at(-1)}: env:NAME` : example;
  }
  return file;
}

/** What is wrong because a text is missing in one of the practice's languages. */
export function untold(
  file: string,
  path: string,
  texts: Readonly<Record<string, unknown>>,
  languages: readonly string[],
): readonly PracticeFinding[] {
  const missing = languages.filter((language) => !Object.hasOwn(texts, language));
  return missing.map((language) => ({
    file,
    path: `${path}.${language}`,
    problem: `no text in "${language}"`,
    example: `${language}: "…"`,
  }));
}

/** What is wrong because an id stands there twice. */
export function twice(
  file: string,
  path: string,
  list: readonly { readonly id: string }[],
): readonly PracticeFinding[] {
  return list.flatMap(({ id }, index) =>
    list.findIndex((each) => each.id === id) === index
      ? []
      : [{ file, path: `${path}.${index}.id`, problem: `"${id}" is there twice`, example: `${id}-2` }],
  );
}
