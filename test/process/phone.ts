import type { PhoneContent, PhoneState } from '../../sandbox/phone/index.ts';
import { patienceMs } from '../patience.ts';

/** A patient's phone at a program that runs as another process: everything by HTTP, and nothing by waiting for a while. */
export type WebPhone = {
  readonly chat: () => Promise<PhoneState>;
  /** The texts of the practice's messages, in order. */
  readonly heard: () => Promise<readonly string[]>;
  /** Returns as soon as the provider has taken the message. */
  readonly sends: (content: PhoneContent) => Promise<void>;
  /** Taps the choice with this title in the newest message that offers it. */
  readonly taps: (title: string) => Promise<void>;
  readonly until: (wanted: (state: PhoneState) => boolean, what: string) => Promise<PhoneState>;
};

/** `url` is asked each time: a program that was started again may have another. */
export function webPhone(url: () => string, patientId: string, accountId: string): WebPhone {
  const path = () => `${url()}/sandbox/api/phone/${patientId}/${accountId}`;
  const chat = async () => {
    const response = await fetch(path());
    if (!response.ok) throw new Error(`the phone answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as PhoneState;
  };
  const sends = async (content: PhoneContent) => {
    const response = await fetch(`${path()}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(content),
    });
    if (response.status !== 201)
      throw new Error(`the phone answered ${response.status}: ${await response.text()}`);
  };

  async function until(wanted: (state: PhoneState) => boolean, what: string): Promise<PhoneState> {
    const giveUp = AbortSignal.timeout(patienceMs);
    let state = await chat();
    for await (const _ of worldEvents(url(), giveUp)) {
      state = await chat();
      if (wanted(state)) return state;
    }
    const last = state.messages.at(-1);
    throw new Error(`waited in vain for ${what}; last said (${last?.side}): ${last?.text}`);
  }

  async function taps(title: string): Promise<void> {
    const { messages } = await chat();
    for (const message of messages.toReversed()) {
      const rows = message.list?.sections.flatMap((section) => section.rows) ?? [];
      const choice = [...(message.buttons ?? []), ...rows].find((one) => one.title === title);
      if (choice !== undefined) return sends({ kind: 'tap', messageId: message.id, choiceId: choice.id });
    }
    throw new Error(`no message offers "${title}"`);
  }

  const heard = async () =>
    (await chat()).messages.filter(({ side }) => side === 'practice').map(({ text }) => text ?? '');
  return { chat, heard, sends, taps, until };
}

/**
 * What changes in the sandbox world, as its page hears it; the first comes at once, so that what happened before is looked at
 * too. Ends when the signal does, or the stream.
 */
export async function* worldEvents(
  url: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly type: string }> {
  const ending = new AbortController();
  try {
    const response = await fetch(`${url}/sandbox/api/events`, {
      signal: AbortSignal.any([signal, ending.signal]),
    });
    const text = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const lines = (rest + text.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === ': hello') yield { type: 'hello' };
        if (line.startsWith('data: ')) yield JSON.parse(line.slice('data: '.length));
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    ending.abort();
  }
}
