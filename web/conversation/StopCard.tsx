import { useState } from 'react';
import type { ConversationDetail } from '#handoff/contract.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientText, PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';

type HandoffContext = NonNullable<ConversationDetail['context']>;
type Props = { readonly context: HandoffContext };

/** Why the assistant stopped, and what a person needs to go on from there. */
export function StopCard({ context }: Props) {
  const [isOpen, setOpen] = useState(true);
  const { doing, intake } = context;
  return (
    <section className="stop" data-priority={context.priority} aria-labelledby="stop-title">
      <button type="button" className="stop-head" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name={context.priority === 'top' ? 'warning' : 'flag'} />
        <span id="stop-title" className="stop-title">
          {tCode('reason', context.reason)}
          {context.priority === 'top' && ` · ${t('inbox.urgent')}`}
        </span>
        <Time at={context.at} className="soft small" />
        <Icon name="chevron" />
      </button>
      {isOpen && (
        <dl className="stop-facts">
          <Fact label={t('stop.doing')}>
            {tCode('doing', doing.what)}
            {doing.misunderstood > 0 && ` · ${t('stop.misunderstood', { count: doing.misunderstood })}`}
          </Fact>
          {doing.question !== undefined && (
            <Fact label={t('stop.question')}>
              <PatientText text={doing.question} />
            </Fact>
          )}
          {context.lastMessage !== undefined && (
            <Fact label={t('stop.last')}>
              <PatientText text={context.lastMessage} />
            </Fact>
          )}
          {intake && intake.lines.length > 0 && (
            <Fact label={t('stop.known')}>
              <Labels labels={intake.lines.map(({ label }) => label)} />
            </Fact>
          )}
          {intake && (
            <Fact label={t('stop.missing')}>
              {intake.missing.length === 0 ? t('stop.nothing') : <Labels labels={intake.missing} />}
            </Fact>
          )}
          {context.visit?.start !== undefined && (
            <Fact label={t('stop.visit')}>
              <Time at={context.visit.start} />
              {context.visit.clinician !== undefined && ` · ${context.visit.clinician}`}
            </Fact>
          )}
        </dl>
      )}
    </section>
  );
}

function Labels({ labels }: { readonly labels: readonly string[] }) {
  return (
    <>
      {labels.map((label, index) => (
        <span key={label}>
          {index > 0 && ' · '}
          <PatientWord text={label} />
        </span>
      ))}
    </>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <div className="stop-fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
