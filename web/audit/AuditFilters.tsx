import { Button, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { t } from '../texts/t.ts';
import type { InAddress } from './audit-words.ts';

type Props = { readonly filter: InAddress; readonly onFilter: (part: InAddress) => void };

/** By a person, by what was looked at. Asked for when one is done typing, for each look is a row itself. */
export function AuditFilters({ filter, onFilter }: Props) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const of = (name: string) => {
      const value = form.get(name);
      return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
    };
    onFilter({ who: of('who'), target: of('target') });
  };
  const isFiltered = filter.who !== undefined || filter.target !== undefined;
  return (
    <search>
      <form className="audit-filters" onSubmit={submit}>
        <TextInput
          name="who"
          label={t('audit.who')}
          placeholder={t('audit.whoExample')}
          defaultValue={filter.who}
          maxLength={80}
          autoComplete="off"
        />
        <TextInput
          name="target"
          label={t('audit.target')}
          placeholder={t('audit.targetExample')}
          defaultValue={filter.target}
          maxLength={120}
          autoComplete="off"
        />
        <div className="audit-buttons">
          <Button type="submit" variant="default">
            {t('audit.filter')}
          </Button>
          {isFiltered && (
            <Button variant="subtle" onClick={() => onFilter({ who: undefined, target: undefined })}>
              {t('audit.clear')}
            </Button>
          )}
        </div>
      </form>
    </search>
  );
}
