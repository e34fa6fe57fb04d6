import { Button, Select } from '@mantine/core';
import type { RoutingAnswer } from '#handoff/contract.ts';
import { t, tCode } from '../texts/t.ts';
import { languageName } from '../time.ts';
import type { FilterInAddress } from './filter.ts';

type Props = {
  readonly filter: FilterInAddress;
  readonly routing: RoutingAnswer | undefined;
  readonly onChange: (part: Partial<FilterInAddress>) => void;
};

/** Only conversations in this language, or for this reason. */
export function FilterFields({ filter, routing, onChange }: Props) {
  const isFiltered = filter.language !== undefined || filter.reason !== undefined;
  return (
    <>
      <Select
        label={t('inbox.language')}
        placeholder={t('inbox.any')}
        clearable
        comboboxProps={{ withinPortal: false }}
        data={(routing?.languages ?? []).map((tag) => ({ value: tag, label: languageName(tag) }))}
        value={filter.language ?? null}
        onChange={(language) => onChange({ language: language ?? undefined })}
      />
      <Select
        label={t('inbox.reason')}
        placeholder={t('inbox.any')}
        clearable
        comboboxProps={{ withinPortal: false }}
        data={(routing?.reasons ?? []).map((code) => ({ value: code, label: tCode('reason', code) }))}
        value={filter.reason ?? null}
        onChange={(reason) => onChange({ reason: reason ?? undefined })}
      />
      <Button
        variant="default"
        disabled={!isFiltered}
        onClick={() => onChange({ language: undefined, reason: undefined })}
      >
        {t('inbox.clear')}
      </Button>
    </>
  );
}
