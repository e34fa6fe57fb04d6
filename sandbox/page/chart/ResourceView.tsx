import { Component, type ReactNode } from 'react';
import type { Resource } from '../api.ts';
import { clockTime, exactTime, sentenceCase, words } from '../format.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Json } from '../ui/Json.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { resourceKey } from './charts.ts';
import { answersOf, at, fieldsOf } from './fhir.ts';

const titles: Readonly<Record<string, { readonly title: string; readonly icon: IconName }>> = {
  Patient: { title: 'Patient', icon: 'patient' },
  Coverage: { title: 'Insurance', icon: 'coverage' },
  QuestionnaireResponse: { title: 'Intake answers', icon: 'form' },
  Consent: { title: 'Consent', icon: 'consent' },
  Appointment: { title: 'Appointment', icon: 'calendar' },
  Task: { title: 'Task for staff', icon: 'answer' },
  Communication: { title: 'Conversation with staff', icon: 'message' },
  DocumentReference: { title: 'Document', icon: 'document' },
};

export type ResourceStyle = 'form' | 'json';

type Props = { readonly resource: Resource; readonly as: ResourceStyle; readonly zone: string | undefined };

/** One resource, as a form or as JSON. */
export function ResourceView({ resource, as, zone }: Props) {
  const type = resource.resourceType;
  const { title, icon } = titles[type] ?? { title: sentenceCase(words(type)), icon: 'document' as const };
  const json = <Json value={resource} label={`${type} as JSON`} />;
  return (
    <article className="resource" data-testid="resource" data-type={type} aria-label={title}>
      <header className="resource-head">
        <Icon name={icon} />
        <h4>{title}</h4>
        <Reference resource={resource} zone={zone} />
      </header>
      {as === 'json' ? (
        json
      ) : (
        <FallBack to={json}>
          {type === 'QuestionnaireResponse' ? (
            <Answers resource={resource} />
          ) : (
            <Fields resource={resource} zone={zone} />
          )}
        </FallBack>
      )}
    </article>
  );
}

function Reference({ resource, zone }: { readonly resource: Resource; readonly zone: string | undefined }) {
  const updated = at(resource, 'meta', 'lastUpdated');
  const version = at(resource, 'meta', 'versionId');
  return (
    <span className="resource-reference">
      <code title={resourceKey(resource)}>{shortKey(resource)}</code>
      {typeof version === 'string' && version !== '1' && ` v${version}`}
      {typeof updated === 'string' && (
        <time dateTime={updated} title={exactTime(updated, zone)}>
          {' · '}
          {clockTime(updated, zone)}
        </time>
      )}
    </span>
  );
}

/** Ids are often 36 characters long; the first few tell two records of a chart apart. */
function shortKey(resource: Resource): string {
  const { resourceType, id = '' } = resource;
  return `${resourceType}/${id.length > 12 ? `${id.slice(0, 8)}…` : id}`;
}

function Fields({ resource, zone }: { readonly resource: Resource; readonly zone: string | undefined }) {
  return (
    <dl className="fields">
      {fieldsOf(resource, zone).map(({ label, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: labels repeat (two addresses), and rows hold no state
        <div key={index} className="field">
          <dt>{label}</dt>
          <dd>
            <PatientText>{value}</PatientText>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Answers({ resource }: { readonly resource: Resource }) {
  return (
    <dl className="fields fields-answers">
      {answersOf(resource).map(({ linkId, question, answers, group, depth }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a linkId may repeat, and rows hold no state
        <div key={`${linkId}/${index}`} className={`field ${group ? 'field-group' : ''}`} data-depth={depth}>
          <dt>
            <PatientText>{question}</PatientText>
          </dt>
          {!group && (
            <dd>
              {answers.length === 0 ? (
                <span className="soft">not answered</span>
              ) : (
                answers.map((text) => (
                  <p key={text}>
                    <PatientText>{text}</PatientText>
                  </p>
                ))
              )}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

/** Shows something plainer where a resource's form cannot be drawn, so that one odd resource does not take the page down. */
class FallBack extends Component<
  { readonly to: ReactNode; readonly children: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.to : this.props.children;
  }
}
