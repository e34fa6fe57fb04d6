import { useRef, useState } from 'react';
import type { SendInput } from '../api.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { useDismiss } from '../ui/use-dismiss.ts';

/** Meta: Cloud API, text object: "Maximum length: 4096 characters". */
const maxTextChars = 4096;

const attachments: readonly { readonly label: string; readonly icon: IconName; readonly input: SendInput }[] =
  [
    { label: 'Photo', icon: 'photo', input: { kind: 'image' } },
    { label: 'Voice note', icon: 'microphone', input: { kind: 'audio' } },
    { label: 'Document', icon: 'document', input: { kind: 'document' } },
    // A square in São Paulo: some place has to be shared, and nobody lives there.
    {
      label: 'Location',
      icon: 'place',
      input: { kind: 'location', latitude: -23.5505, longitude: -46.6333 },
    },
    { label: 'Sticker', icon: 'sticker', input: { kind: 'sticker' } },
  ];

/** Where the patient types. Enter sends, Shift and Enter starts a line. */
export function Composer({
  patient,
  onSend,
}: {
  readonly patient: string;
  readonly onSend: (input: SendInput) => void;
}) {
  const [text, setText] = useState('');
  const ready = text.trim() !== '';
  const submit = (): void => {
    if (!ready) return;
    onSend({ kind: 'text', text: text.trim() });
    setText('');
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <AttachMenu onSend={onSend} />
      <textarea
        className="composer-text"
        data-testid="phone-input"
        aria-label={`Message as ${patient}`}
        placeholder="Message"
        rows={1}
        dir="auto"
        maxLength={maxTextChars}
        enterKeyHint="send"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // While an input method composes, Enter chooses a character.
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      <button
        type="submit"
        className="composer-send"
        data-testid="phone-send"
        aria-label="Send"
        disabled={!ready}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}

function AttachMenu({ onSend }: { readonly onSend: (input: SendInput) => void }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);

  useDismiss(box, open, () => setOpen(false));

  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: only listens for Escape from the controls inside it
    <div className="attach" ref={box} onKeyDown={(event) => event.key === 'Escape' && open && close()}>
      <button
        type="button"
        className="icon-button"
        ref={button}
        aria-label="Attach"
        aria-expanded={open}
        data-testid="phone-attach"
        onClick={() => setOpen(!open)}
      >
        <Icon name="plus" />
      </button>
      {open && (
        <ul className="attach-panel">
          {attachments.map(({ label, icon, input }) => (
            <li key={label}>
              <button
                type="button"
                className="attach-item"
                onClick={() => {
                  onSend(input);
                  close();
                }}
              >
                <Icon name={icon} />
                {label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
