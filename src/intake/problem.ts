/**
 * Why an answer could not be taken. The closed list; each code is a text key of the conversation, which says what
 * would work and gives an example.
 */
export const problemCodes = {
  NOT_A_DATE: 'no date can be read in it',
  DATE_INCOMPLETE: 'a year, or a month and a year: the day is missing',
  NOT_IN_CALENDAR: 'a date that does not exist, such as 31 February',
  IN_FUTURE: 'a date of birth after today',
  TOO_LONG_AGO: 'a date of birth more than 130 years ago',
  NOT_A_NAME: 'no letters, or signs that no name has',
  NOT_A_PHONE: 'not a phone number of any country',
  OWN_PHONE_UNKNOWN: '"this number", but the channel does not tell us the number',
  NOT_A_CHOICE: 'none of the options, or several: `candidates` holds those that it may mean',
  NOT_A_MEMBER_NUMBER: 'not 3 to 30 letters and digits',
  NOT_AN_ADDRESS: 'no letters or digits, or too short to find a house by',
  NOT_A_NUMBER: 'not a whole number',
  NEEDS_TEXT: 'a photo, voice note, place or the like where words are needed: `came` says what came',
  EMPTY: 'nothing but spaces or invisible signs',
  TOO_LONG: 'more characters than `limit`',
} as const;

export type ProblemCode = keyof typeof problemCodes;
