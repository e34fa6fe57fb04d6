import { clockTime } from '../format.ts';
import { type Data, handovers, listed, look, spoken, text, types } from './names.ts';
import { type Tellers, withReason, type Zone } from './teller.ts';

/** What staff do with a conversation that was handed over. */

const until = (data: Data, zone: Zone): string =>
  typeof data.until === 'string' && !Number.isNaN(Date.parse(data.until))
    ? ` (until ${clockTime(data.until, zone)})`
    : '';

export const staffTellers: Tellers = {
  HandoffOpened: {
    icon: 'person',
    tone: 'attention',
    tell: (d) =>
      withReason(
        d.priority === 'top' ? 'Waits for a person, first of all' : 'Waits for a person',
        look(handovers, d.reason) ?? spoken(d.reason),
      ),
  },
  HandoffTaken: {
    icon: 'person',
    tell: (d, zone) =>
      d.how === 'waiting'
        ? `A member of staff took the conversation${until(d, zone)}`
        : d.how === 'lapsed'
          ? `Another member of staff took it, nobody having answered${until(d, zone)}`
          : `Another member of staff took it over${until(d, zone)}`,
  },
  HandoffAssigned: {
    icon: 'person',
    tell: (d, zone) => `Given to a member of staff${until(d, zone)}`,
  },
  LeaseRenewed: { icon: 'clock', tell: (d, zone) => `Staff are still at it${until(d, zone)}` },
  HandoffReleased: { icon: 'person', tone: 'attention', tell: 'Given back to those that wait' },
  NoteAdded: { icon: 'document', tell: 'Staff wrote a note for colleagues' },
  StaffReplied: {
    icon: 'reply',
    tone: 'good',
    tell: (d) =>
      typeof d.template === 'string' ? 'Staff sent an approved message' : 'A member of staff replied',
  },
  MessagesSeen: { icon: 'answer', tell: 'Staff have seen the messages' },
  HandoffResolved: {
    icon: 'answer',
    tone: 'good',
    tell: (d) => `Resolved by staff: ${spoken(d.code)}${d.resume === true ? '; the assistant goes on' : ''}`,
  },
  HandoffWithdrawn: { icon: 'close', tell: 'The patient needs no person any more' },
  HandoffFiled: {
    icon: 'filed',
    tell: (d) => `Told the practice system that a person is needed: ${listed(types(d.resources))}`,
  },
  HandoffClosedInPractice: {
    icon: 'filed',
    tone: 'good',
    tell: (d) => `Told the practice system that it is done: ${listed(types(d.resources))}`,
  },
  HandoffNotFiled: {
    icon: 'warning',
    tone: 'failed',
    tell: (d) => `The practice system does not know that a person is needed (${text(d.code)})`,
  },
};
