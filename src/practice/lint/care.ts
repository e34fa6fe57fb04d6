import type { PracticeSettings } from '../practice.ts';
import { type Advice, advise, type Placed } from './advice.ts';

/** What a practice may want, and should have decided knowingly. */
export function lintCare(
  { account, place }: Placed,
  { jurisdiction }: Pick<PracticeSettings, 'jurisdiction'>,
): readonly Advice[] {
  const found: Advice[] = [];
  if (account.provider === 'twilio') {
    if (account.questions.length === 0) {
      const problem =
        'without contents for questions, all of them are asked as numbered text and none with buttons';
      found.push(
        advise('careful', `${place}.questions`, problem, '{ shape: buttons, choices: 2, contentSid: HX… }'),
      );
    }
    if (account.typing && jurisdiction === 'US') {
      const problem = 'the typing indicator is a beta, and by Twilio’s own list not eligible under HIPAA';
      found.push(advise('careful', `${place}.typing`, problem, 'typing: false'));
    }
  }
  if (account.provider === 'vonage' && account.acceptsUnnamedApplication === true) {
    const problem =
      'deliveries that name no application are taken, of whichever application of this API key they are';
    const at = `${place}.acceptsUnnamedApplication`;
    found.push(advise('careful', at, problem, 'leave it out'));
  }
  return found;
}
