import type { Bubble, Phone, PhoneContent, PhoneState } from '../../sandbox/phone/index.ts';
import { patienceMs } from '../patience.ts';

export type TestPatient = {
  /** Sends, and waits until the practice has answered. Returns what it said since, joined by line breaks. */
  readonly says: (text: string) => Promise<string>;
  readonly sends: (content: PhoneContent) => Promise<string>;
  /** Taps the choice with this title in the newest message that offers it; of a numbered text, types its number. */
  readonly taps: (title: string) => Promise<string>;
  /** Sends without waiting for an answer. */
  readonly mutters: (content: PhoneContent) => void;
  /** What a tap on the choice with this title sends. */
  readonly tap: (title: string) => PhoneContent;
  /** Says each in turn; resolves to the last answer. */
  readonly walks: (...texts: readonly string[]) => Promise<string>;
  readonly chat: () => PhoneState;
  /** What the practice has written. */
  readonly heard: () => readonly Bubble[];
  /** Waits until the chat is as wanted. */
  readonly until: (wanted: (state: PhoneState) => boolean, what: string) => Promise<PhoneState>;
};

const practiceSide = (state: PhoneState) => state.messages.filter((message) => message.side === 'practice');

/** The titles of what can be chosen under a message: by a tap, or, where it is numbered text, by its number. */
export function choicesOf(message: Bubble | undefined): readonly string[] {
  const rows = message?.list?.sections.flatMap((section) => section.rows) ?? [];
  const titles = [...(message?.buttons ?? []), ...rows].map(({ title }) => title);
  return titles.length > 0 ? titles : [...numberedIn(message).values()];
}

/** The choices of a numbered text: "1. Me", each on its line after an empty one, counted from 1. A row's second line follows a dash. */
function numberedIn(message: Bubble | undefined): ReadonlyMap<string, string> {
  const lines =
    /\n\n((?:\d{1,2}\. .+(?:\n|$))+)$/
      .exec(message?.text ?? '')?.[1]
      ?.trim()
      .split('\n') ?? [];
  const found = lines.flatMap((line, index) => {
    const [number = '', title = ''] = /^(\d+)\. (.+?)(?: – .*)?$/.exec(line)?.slice(1) ?? [];
    return number === String(index + 1) ? [[number, title] as const] : [];
  });
  return new Map(found.length === lines.length ? found : []);
}

/** One patient at one practice, in the test's hands. */
export function testPatient(phone: Phone, patientId: string, account: string): TestPatient {
  const chat = () => phone.chat(patientId, account);

  function until(wanted: (state: PhoneState) => boolean, what: string): Promise<PhoneState> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        phone.events.off('change', look);
        const said = practiceSide(chat()).at(-1)?.text ?? 'nothing';
        reject(new Error(`waited in vain for ${what}; the practice said last: ${said}`));
      }, patienceMs);
      function look() {
        const state = chat();
        if (!wanted(state)) return;
        clearTimeout(timer);
        phone.events.off('change', look);
        resolve(state);
      }
      phone.events.on('change', look);
      look();
    });
  }

  async function sends(content: PhoneContent): Promise<string> {
    const before = practiceSide(chat()).length;
    phone.send(patientId, account, content);
    const state = await until((now) => practiceSide(now).length > before, 'an answer');
    return practiceSide(state)
      .slice(before)
      .map((message) => message.text ?? `(${message.kind})`)
      .join('\n');
  }

  function tap(title: string): PhoneContent {
    for (const message of practiceSide(chat()).toReversed()) {
      const rows = message.list?.sections.flatMap((section) => section.rows) ?? [];
      const choice = [...(message.buttons ?? []), ...rows].find((one) => one.title === title);
      if (choice !== undefined) return { kind: 'tap', messageId: message.id, choiceId: choice.id };
      const number = [...numberedIn(message)].find(([, offered]) => offered === title)?.[0];
      if (number !== undefined) return { kind: 'text', text: number };
    }
    throw new Error(`no message offers "${title}"`);
  }

  const says = (text: string) => sends({ kind: 'text', text });
  return {
    chat,
    until,
    sends,
    tap,
    says,
    heard: () => practiceSide(chat()),
    taps: async (title) => await sends(tap(title)),
    mutters: (content) => void phone.send(patientId, account, content),
    async walks(...texts) {
      let answer = '';
      for (const text of texts) answer = await says(text);
      return answer;
    },
  };
}
