/** What a persona looks for in a question, per topic; all languages together, since a clinic may mix them. */

export type Topic =
  | 'language'
  | 'for-whom'
  | 'member-number'
  | 'payer'
  | 'birth-date'
  | 'sex'
  | 'phone'
  | 'address'
  | 'reason'
  | 'name';

/** Lower case and without accents. The first topic that matches wins: what is called "name of the insurance" asks for no name. */
export const topicWords: readonly (readonly [Topic, RegExp])[] = [
  ['for-whom', /\bfor whom\b|who is (the|this) (visit|appointment|consultation)|para quem|para quien/],
  [
    'member-number',
    /member (number|id)|card number|policy number|carteirinha|numero d[eao] (cartao|afiliado|socio|poliza|beneficiario)|afiliad[oa]/,
  ],
  ['payer', /insurance|insurer|health plan|\bplano\b|convenio|seguro|obra social|prepaga|aseguradora/],
  ['birth-date', /\bbirth|born\b|nascimento|nasceu|nacimiento|naciste|nacio\b/],
  // "Sex 27 nov" is a Friday in Portuguese.
  ['sex', /\bsex\b(?! \d)|\bgender\b|\bsexo\b|\bgenero\b/],
  ['phone', /\bphone\b|telefone|telefono|celular|\bnumber can we reach/],
  ['address', /\baddress\b|where do you live|endereco|direccion|domicilio|\bcep\b|codigo postal/],
  [
    'reason',
    /\breason\b|what brings you|symptom|motivo|sintoma|o que (voce )?(sente|esta sentindo)|que le (pasa|ocurre)/,
  ],
  ['language', /which language|em qual idioma|en que idioma|\bidioma\b|\blanguage\b/],
  ['name', /\bname\b|\bnome\b|\bnombre\b|como se chama|como se llama/],
];

export const languageNames: Readonly<Record<'pt' | 'es' | 'en', RegExp>> = {
  pt: /portugu/,
  es: /espanol|castellano|spanish|espanhol/,
  en: /english|ingles/,
};

/** Begins a choice that agrees. */
export const yes =
  /^(yes|sim|si|ok|okay|i agree|agree|confirm|correct|claro|aceito|acepto|concordo|de acuerdo|confirmar|correto|correcto|esta certo|tudo certo|all right|send|enviar|book|marcar|agendar|reservar)\b/;

/** A choice that is for oneself. */
export const me = /^(me|myself|for me|para mim|para mi|eu|yo|mim|mi)$/;

/** A choice that leads away from the goal. */
export const away =
  /\b(no|nao|not|later|depois|mais tarde|despues|luego|change|mudar|alterar|corrigir|cambiar|corregir|back|voltar|volver|cancel|cancelar|stop|parar|person|pessoa|persona|call me|liguem|llamen|help|ajuda|ayuda|start over|recomecar|skip|pular|omitir)\b/;

/** A choice for what no other choice names. */
export const other = /\b(other|another|outro|outra|otro|otra)\b/;

export const sexWords: Readonly<Record<'female' | 'male' | 'other', RegExp>> = {
  female: /^(female|woman|feminino|femenino|mulher|mujer)/,
  male: /^(male|man|masculino|homem|hombre)/,
  other: /^(other|outro|otro)/,
};

export const greetings: Readonly<Record<'pt' | 'es' | 'en', string>> = { pt: 'Oi', es: 'Hola', en: 'Hi' };

export const meWords: Readonly<Record<'pt' | 'es' | 'en', string>> = {
  pt: 'Para mim',
  es: 'Para mí',
  en: 'Me',
};

export const yesWords: Readonly<Record<'pt' | 'es' | 'en', string>> = { pt: 'Sim', es: 'Sí', en: 'Yes' };

/** Lower case, accents and punctuation at the ends taken off. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}?]+$/gu, '');
}
