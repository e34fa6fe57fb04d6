import { ActionIcon, Popover, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useRef } from 'react';
import type { RoutingAnswer } from '#handoff/contract.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { t } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import type { FilterInAddress } from './filter.ts';

/** Its lists are heavy, and rarely opened. */
const FilterFields = lazy(async () => ({ default: (await import('./FilterFields.tsx')).FilterFields }));

type Props = {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly filter: FilterInAddress;
  readonly routing: RoutingAnswer | undefined;
};

/** Search by name or number; language and reason behind a button. */
export function Filters({ text, onText, filter, routing }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const navigate = useNavigate();
  useShortcuts({ search: () => input.current?.focus() });
  const change = (part: Partial<FilterInAddress>) =>
    void navigate({
      to: '.',
      search: (before: Record<string, unknown>) => ({ ...before, ...part }),
      replace: true,
    });
  const isFiltered = filter.language !== undefined || filter.reason !== undefined;
  return (
    <div className="filters">
      <TextInput
        ref={input}
        className="filters-search"
        size="sm"
        type="search"
        leftSection={<Icon name="search" />}
        placeholder={t('inbox.search')}
        aria-label={t('inbox.searchLabel')}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        autoComplete="off"
        maxLength={80}
      />
      <Popover position="bottom-end" width={260} trapFocus returnFocus shadow="md">
        <Popover.Target>
          <ActionIcon
            variant={isFiltered ? 'light' : 'default'}
            size="lg"
            aria-label={t(isFiltered ? 'inbox.filterOn' : 'inbox.filter')}
            title={t(isFiltered ? 'inbox.filterOn' : 'inbox.filter')}
          >
            <Icon name="filter" />
          </ActionIcon>
        </Popover.Target>
        <Popover.Dropdown className="filters-more" aria-label={t('inbox.filter')}>
          <Suspense>
            <FilterFields filter={filter} routing={routing} onChange={change} />
          </Suspense>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
