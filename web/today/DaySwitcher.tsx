import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { t } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { isDay, stepDay } from './day.ts';

/** Milliseconds without a keystroke: a date that is half typed is one too, and each look is written down. */
const typingOptions = { delay: 700 };

/** A year of fewer digits is one that is still being typed. */
const range = { min: '2000-01-01', max: '2199-12-31' } as const;

/** The day before, today, the day after, or any day: by pointer, by key, and by typing a date. */
export function DaySwitcher({ day, today }: { readonly day: string; readonly today: string }) {
  const navigate = useNavigate();
  const picker = useRef<HTMLInputElement>(null);
  const go = (to: string) =>
    void navigate({ to: '/today', search: to === today ? {} : { day: to }, replace: true });
  const typed = useDebouncedCallback(({ value, validity }: HTMLInputElement) => {
    if (validity.valid && isDay(value) && value !== day) go(value);
  }, typingOptions);
  useEffect(() => {
    if (picker.current !== null) picker.current.value = day;
  }, [day]);
  useShortcuts({
    dayBefore: () => go(stepDay(day, -1)),
    today: () => go(today),
    dayAfter: () => go(stepDay(day, 1)),
    pickDay: () => picker.current?.focus(),
  });
  return (
    <fieldset className="day-switcher">
      <legend className="visually-hidden">{t('today.day')}</legend>
      <ActionIcon
        variant="default"
        size="2.25rem"
        aria-label={t('keys.dayBefore')}
        title={t('keys.dayBefore')}
        onClick={() => go(stepDay(day, -1))}
      >
        <Icon name="back" />
      </ActionIcon>
      <Button variant="default" disabled={day === today} onClick={() => go(today)}>
        {t('today.today')}
      </Button>
      <ActionIcon
        variant="default"
        size="2.25rem"
        aria-label={t('keys.dayAfter')}
        title={t('keys.dayAfter')}
        onClick={() => go(stepDay(day, 1))}
      >
        <Icon name="forward" />
      </ActionIcon>
      <TextInput
        ref={picker}
        type="date"
        className="day-picker"
        aria-label={t('today.pick')}
        defaultValue={day}
        {...range}
        onInput={({ currentTarget }) => typed(currentTarget)}
        onBlur={() => typed.flush()}
        onKeyDown={({ key }) => key === 'Enter' && typed.flush()}
      />
    </fieldset>
  );
}
