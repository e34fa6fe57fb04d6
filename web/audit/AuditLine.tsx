import type { AuditRow } from '#security/contract.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';
import { type InAddress, targetOf, whoKey } from './audit-words.ts';

const outcomeIcons: Readonly<Record<AuditRow['outcome'], IconName>> = {
  allowed: 'eye',
  done: 'check',
  denied: 'warning',
};

type Props = { readonly row: AuditRow; readonly onFilter: (part: Partial<InAddress>) => void };

/** One row of the trail; pressing the person or the target shows only theirs. */
export function AuditLine({ row, onFilter }: Props) {
  return (
    <li className="audit-row" data-outcome={row.outcome} data-testid="audit-row">
      <Time at={row.at} as="clock" className="audit-time" />
      <span className="audit-who">
        <Who row={row} onFilter={onFilter} />
        {row.role !== null && <span className="soft small"> {tCode('role', row.role)}</span>}
      </span>
      <span className="audit-what">
        {tCode('auditAction', row.action)}
        {row.target !== null && <TargetWords target={row.target} onFilter={onFilter} />}
      </span>
      <span className="audit-outcome small">
        <Icon name={outcomeIcons[row.outcome]} size={16} />
        {t(`audit.outcome.${row.outcome}`)}
      </span>
    </li>
  );
}

function Who({ row: { who, staffId }, onFilter }: Props) {
  const key = whoKey(who, staffId);
  return (
    <button
      type="button"
      className="audit-link"
      title={t('audit.onlyWho')}
      onClick={() => onFilter({ who: staffId ?? who })}
    >
      {key === undefined ? <PatientWord text={who} /> : t(key)}
    </button>
  );
}

function TargetWords({
  target,
  onFilter,
}: {
  readonly target: string;
  readonly onFilter: Props['onFilter'];
}) {
  const { words, id } = targetOf(target);
  return (
    <>
      {' '}
      <button
        type="button"
        className="audit-link soft"
        title={t('audit.onlyTarget', { target })}
        onClick={() => onFilter({ target })}
      >
        {words}
        {id !== undefined && (
          <>
            {' '}
            <code>{id}</code>
          </>
        )}
      </button>
    </>
  );
}
