import type { Fact } from '#kernel/event.ts';
import channels from '../src/channels/testdata/events.json' with { type: 'json' };
import consent from '../src/consent/testdata/events.json' with { type: 'json' };
import conversation from '../src/conversation/testdata/events.json' with { type: 'json' };
import files from '../src/files/testdata/events.json' with { type: 'json' };
import handoff from '../src/handoff/testdata/events.json' with { type: 'json' };
import intake from '../src/intake/testdata/events.json' with { type: 'json' };
import messages from '../src/messages/testdata/events.json' with { type: 'json' };
import pms from '../src/pms/testdata/events.json' with { type: 'json' };
import reminders from '../src/reminders/testdata/events.json' with { type: 'json' };
import scheduling from '../src/scheduling/testdata/events.json' with { type: 'json' };

/** Events of every type, as their fixtures froze them. */
export const everyEvent: readonly Fact[] = [
  channels,
  consent,
  conversation,
  files,
  handoff,
  intake,
  messages,
  pms,
  reminders,
  scheduling,
].flat();
