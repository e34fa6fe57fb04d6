import { useCallback, useEffect, useState } from 'react';
import { api, type LiveEvent, type Practice } from '../api.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { EmptyNotice, ErrorNotice, Skeleton } from '../ui/Notice.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { useResource } from '../use-resource.ts';
import { chartsOf, type PatientChart } from './charts.ts';
import { type ResourceStyle, ResourceView } from './ResourceView.tsx';
import './chart.css';

type Props = { readonly practice: Practice; readonly onCount: (count: number) => void };

/** The practice system: what was filed there, by patient. */
export function Chart({ practice, onCount }: Props) {
  const load = useCallback((signal: AbortSignal) => api.pms(practice.id, signal), [practice.id]);
  const matches = useCallback(
    (event: LiveEvent) => event.type === 'pms' && event.practiceId === practice.id,
    [practice.id],
  );
  const pms = useResource(load, matches);
  const [style, setStyle] = useState<ResourceStyle>('form');
  const resources = pms.data?.resources ?? [];
  useEffect(() => onCount(resources.length), [resources.length, onCount]);
  const charts = chartsOf(resources);

  return (
    <div className="chart" data-testid="chart">
      {charts.length > 0 && <StyleSwitch style={style} onChange={setStyle} />}
      {pms.error && (
        <ErrorNotice what="The practice system could not be read." why={pms.error} onRetry={pms.reload} />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys */}
      <section className="chart-scroll" aria-label="Charts" tabIndex={0}>
        {!pms.data && !pms.error && <Skeleton label="Loading the practice system" />}
        {pms.data && charts.length === 0 && <NothingYet />}
        {charts.map((chart, index) => (
          <OneChart key={chart.key} chart={chart} style={style} open={index === 0} zone={practice.timeZone} />
        ))}
      </section>
    </div>
  );
}

function OneChart(props: {
  readonly chart: PatientChart;
  readonly style: ResourceStyle;
  readonly open: boolean;
  readonly zone: string | undefined;
}) {
  const { chart, style, open, zone } = props;
  return (
    <details className="patient-chart" open={open} data-testid="patient-chart">
      <summary>
        <span className="summary-mark">
          <Icon name="chevron" />
        </span>
        <h3>
          <PatientText>{chart.title}</PatientText>
        </h3>
        <span className="small soft">
          {chart.resources.length === 1 ? '1 record' : `${chart.resources.length} records`}
        </span>
      </summary>
      {chart.resources.map((resource) => (
        <ResourceView
          key={`${resource.resourceType}/${resource.id}`}
          resource={resource}
          as={style}
          zone={zone}
        />
      ))}
    </details>
  );
}

function StyleSwitch({
  style,
  onChange,
}: {
  readonly style: ResourceStyle;
  readonly onChange: (style: ResourceStyle) => void;
}) {
  const options: readonly {
    readonly value: ResourceStyle;
    readonly label: string;
    readonly icon: IconName;
  }[] = [
    { value: 'form', label: 'Form', icon: 'form' },
    { value: 'json', label: 'JSON', icon: 'code' },
  ];
  return (
    <fieldset className="switch">
      <legend className="visually-hidden">Show records as</legend>
      {options.map(({ value, label, icon }) => (
        <label key={value} className="switch-option">
          <input
            type="radio"
            name="chart-style"
            className="visually-hidden"
            checked={style === value}
            onChange={() => onChange(value)}
          />
          <Icon name={icon} />
          {label}
        </label>
      ))}
    </fieldset>
  );
}

const awaited: readonly { readonly icon: IconName; readonly text: string }[] = [
  { icon: 'patient', text: 'Patient: found again, or registered' },
  { icon: 'coverage', text: 'Coverage: the insurance' },
  { icon: 'form', text: 'QuestionnaireResponse: the answers' },
  { icon: 'consent', text: 'Consent: what the patient agreed to' },
];

function NothingYet() {
  return (
    <EmptyNotice icon="filed" title="The chart is empty">
      <p>When the patient confirms the summary, these records arrive here by FHIR:</p>
      <ul className="awaited">
        {awaited.map(({ icon, text }) => (
          <li key={text}>
            <Icon name={icon} />
            {text}
          </li>
        ))}
      </ul>
    </EmptyNotice>
  );
}
