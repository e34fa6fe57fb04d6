import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { inbox } from '../api.ts';
import { screens } from '../routes.tsx';
import { useAllowed } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';

type Place = { readonly id: string; readonly to: string; readonly shown: ReactNode };

/** Milliseconds without a keystroke before the server is asked. */
const typingMs = 250;

/** Goes to a screen, or to a patient's conversation, by typing. */
export function Jump({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} title={t('jump.title')} bare>
      <JumpBox onClose={onClose} />
    </Dialog>
  );
}

function JumpBox({ onClose }: { readonly onClose: () => void }) {
  const id = useId();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const { places, isAsking, isFound } = usePlaces(text.trim());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text has another first place
  useEffect(() => setActive(0), [text]);
  const go = (place: Place | undefined) => {
    if (place === undefined) return;
    onClose();
    void navigate({ to: place.to });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') go(places[active]);
    else if (step === undefined || places.length === 0) return;
    else setActive((active + step + places.length) % places.length);
    event.preventDefault();
  };
  return (
    <>
      <TextInput
        data-autofocus
        variant="unstyled"
        size="md"
        className="jump-input"
        leftSection={<Icon name="search" />}
        placeholder={t('jump.placeholder')}
        aria-label={t('jump.placeholder')}
        role="combobox"
        aria-expanded={places.length > 0}
        aria-controls={`${id}-places`}
        aria-activedescendant={places[active] ? `${id}-${places[active].id}` : undefined}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        autoComplete="off"
        maxLength={80}
      />
      <div id={`${id}-places`} role="listbox" aria-label={t('jump.places')} className="jump-places">
        {places.map((place, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keys
          <div
            key={place.id}
            id={`${id}-${place.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className="jump-place"
            onClick={() => go(place)}
            onMouseMove={() => setActive(index)}
          >
            {place.shown}
          </div>
        ))}
      </div>
      <p className="jump-words soft small" role="status">
        {isAsking ? t('jump.asking') : isFound ? t('jump.hint') : t('jump.nothing')}
      </p>
    </>
  );
}

/** Screens whose name has the text, then conversations with such a patient. */
function usePlaces(text: string): { places: Place[]; isAsking: boolean; isFound: boolean } {
  const allowed = useAllowed();
  const [asked] = useDebouncedValue(text, typingMs);
  const mayAsk = asked.length >= 2 && allowed('ReadInbox');
  const found = useQuery({
    queryKey: ['jump', asked],
    queryFn: ({ signal }) => inbox.page({ queue: 'all', search: asked }, undefined, signal),
    enabled: mayAsk,
    gcTime: 0,
  });
  const ofScreens = screens
    .filter(({ action, label }) => allowed(action) && t(label).toLowerCase().includes(text.toLowerCase()))
    .map(({ path, label, icon }) => ({
      id: path.slice(1),
      to: path,
      shown: (
        <>
          <Icon name={icon} />
          {t(label)}
        </>
      ),
    }));
  const ofPatients = (mayAsk && text !== '' ? (found.data?.rows ?? []) : []).slice(0, 8).map((row) => ({
    id: row.conversationId,
    to: `/inbox/${encodeURIComponent(row.conversationId)}`,
    shown: (
      <>
        <Icon name="person" />
        <span className="jump-name">
          <PatientWord text={row.name} />
        </span>
        {/* Two may have the same short name. */}
        <span className="soft small">
          {row.reason !== null && `${tCode('reason', row.reason)} · `}
          <Time at={row.lastAt} as="short" />
        </span>
      </>
    ),
  }));
  const places = [...ofScreens, ...ofPatients];
  return { places, isAsking: text !== asked || found.isFetching, isFound: places.length > 0 };
}
