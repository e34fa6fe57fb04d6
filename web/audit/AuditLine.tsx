import { Link } from '@tanstack/react-router';
import type { AuditRow } from '#security/contract.ts';
import { hasText, t, tCode } from '../texts/t.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';
import { type InAddress, targetOf, whoKey } from './audit-words.ts';

const outcomeIcons: Readonly<Record<AuditRow['outcome'], IconName>> = {
  allowed: 'eye',
  done: 'check',
  denied: 'warning',
};

type Props = { readonly row: AuditRow; readonly filter: InAddress };

/** One row of the trail; the person and the target lead to what was theirs. */
export function AuditLine({ row, filter }: Props) {
  const { role, action, target, outcome } = row;
  const wasTried = outcome === 'denied' && hasText(`auditTried.${action}`);
  return (
    <li className="audit-row" data-outcome={outcome} data-testid="audit-row">
      <Time at={row.at} as="clock" className="audit-time" />
      <span className="audit-who">
        <Who row={row} filter={filter} />
        {role !== null && <span className="soft small"> {tCode('role', role)}</span>}
      </span>
      <span className="audit-what">
        {tCode(wasTried ? 'auditTried' : 'auditAction', action)}
        {target !== null && <TargetWords target={target} filter={filter} />}
      </span>
      <span className="audit-outcome small">
        <Icon name={outcomeIcons[outcome]} size={16} />
        {t(`audit.outcome.${outcome}`)}
      </span>
    </li>
  );
}

function Who({ row: { who, staffId }, filter }: Props) {
  const key = whoKey(who, staffId);
  return (
    <Link
      to="/audit"
      search={{ ...filter, who: staffId ?? who }}
      className="audit-link"
      activeProps={{}}
      title={t('audit.onlyWho')}
    >
      {key === undefined ? <PatientWord text={who} /> : t(key)}
    </Link>
  );
}

function TargetWords({ target, filter }: { readonly target: string; readonly filter: InAddress }) {
  const { words, id } = targetOf(target);
  return (
    <>
      {' '}
      <Link
        to="/audit"
        search={{ ...filter, target }}
        className="audit-link"
        activeProps={{}}
        title={t('audit.onlyTarget', { target })}
      >
        {words}
        {id !== undefined && (
          <>
            {' '}
            <code>{id}</code>
          </>
        )}
      </Link>
    </>
  );
}
