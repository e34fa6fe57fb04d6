import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ConversationDetail } from '#handoff/contract.ts';
import { useZone } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { languageName, plainDate, timeSpan } from '../time.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientText, PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';
import './panel.css';

type Props = { readonly detail: ConversationDetail };

/** What is known of the patient: only what is needed to answer. */
export function Panel({ detail }: Props) {
  const { patient, row } = detail;
  return (
    <div className="panel">
      <h2 className="panel-name">
        <PatientWord text={patient.name ?? row.name} />
      </h2>
      <Group>
        <Fact label={t('patient.born')}>{patient.birthDate && plainDate(patient.birthDate)}</Fact>
        <Fact label={t('patient.phone')}>{patient.phone && <bdi dir="ltr">{patient.phone}</bdi>}</Fact>
        <Fact label={t('patient.language')}>{row.language && languageName(row.language)}</Fact>
        <Fact label={t('patient.chart')}>{patient.pmsPatientId && <bdi>{patient.pmsPatientId}</bdi>}</Fact>
      </Group>
      <Consent consent={patient.consent} />
      <Visits visits={patient.visits} />
      <h3 className="panel-heading">{t('patient.answers')}</h3>
      {patient.answers.length === 0 ? (
        <p className="soft small">{t('patient.noAnswers')}</p>
      ) : (
        <Group>
          {patient.answers.map(({ label, value }) => (
            <Fact key={label} label={<PatientWord text={label} />}>
              <PatientText text={value} />
            </Fact>
          ))}
        </Group>
      )}
    </div>
  );
}

function Consent({ consent }: { readonly consent: ConversationDetail['patient']['consent'] }) {
  const isStopped = consent.status === 'withdrawn' || consent.status === 'declined';
  return (
    <>
      <h3 className="panel-heading">{t('patient.consent')}</h3>
      <p className="panel-consent" data-is={isStopped ? 'stopped' : consent.status}>
        <Icon name={consent.status === 'given' ? 'check' : isStopped ? 'warning' : 'clock'} size={16} />
        <span>
          {tCode('consent', consent.status)}
          {consent.since !== null && (
            <>
              {' · '}
              <Time at={consent.since} />
            </>
          )}
        </span>
      </p>
      {consent.wording !== null && (
        <p className="soft small">{t('patient.wording', { wording: consent.wording })}</p>
      )}
    </>
  );
}

function Visits({ visits }: { readonly visits: ConversationDetail['patient']['visits'] }) {
  const zone = useZone();
  return (
    <>
      <h3 className="panel-heading">{t('patient.visits')}</h3>
      {visits.length === 0 && <p className="soft small">{t('patient.noVisits')}</p>}
      <ul className="panel-visits">
        {visits.map((visit) => (
          <li key={visit.appointmentId} data-cancelled={visit.status === 'cancelled' || undefined}>
            <span>{timeSpan(visit.start, visit.end, zone)}</span>
            <span className="soft small">
              {tCode('visit', visit.status)}
              {visit.clinician !== null && ` · ${visit.clinician}`}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Group({ children }: { readonly children: ReactNode }) {
  return <dl className="panel-facts">{children}</dl>;
}

/** Nothing where nothing is known: an empty row says less than no row. */
function Fact({ label, children }: { readonly label: ReactNode; readonly children: ReactNode }) {
  if (children === null || children === undefined || children === '') return null;
  return (
    <div>
      <dt className="soft small">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Where there is no room beside the thread it lies over it. */
export function PanelDrawer(props: Props & { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Drawer.Root
      opened={props.opened}
      onClose={props.onClose}
      position="right"
      size="22rem"
      withinPortal={false}
      lockScroll={false}
      transitionProps={{ duration: 120 }}
    >
      <Drawer.Overlay />
      <Drawer.Content aria-label={t('patient.label')} className="panel-drawer">
        <div className="dialog-head">
          <Drawer.Title>{t('patient.label')}</Drawer.Title>
          <Drawer.CloseButton aria-label={t('common.close')} />
        </div>
        <Drawer.Body p={0}>
          <Panel detail={props.detail} />
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
