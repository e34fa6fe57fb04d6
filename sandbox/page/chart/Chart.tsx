import { useCallback, useEffect, useState } from 'react';
import { api, type LiveEvent, type Practice } from '../api.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { EmptyNotice, ErrorNotice, Skeleton } from '../ui/Notice.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { useResource } from '../use-resource.ts';
import { Calendar } from './Calendar.tsx';
import { chartsOf, type PatientChart } from './charts.ts';
import { type ResourceStyle, ResourceView } from './ResourceView.tsx';
import './chart.css';

type Props = {
  readonly practice: Practice;
  readonly now: () => number;
  readonly onCount: (count: number) => void;
};

type View = 'charts' | 'calendar';

/** The practice system: what was filed there, by patient, and its calendars. */
export function Chart({ practice, now, onCount }: Props) {
  const load = useCallback((signal: AbortSignal) => api.pms(practice.id, signal), [practice.id]);
  const matches = useCallback(
    (event: LiveEvent) => event.type === 'pms' && event.practiceId === practice.id,
    [practice.id],
  );
  const pms = useResource(load, matches);
  const [view, setView] = useState<View>('charts');
  const [style, setStyle] = useState<ResourceStyle>('form');
  const resources = pms.data?.resources ?? [];
  useEffect(() => onCount(resources.length), [resources.length, onCount]);
  const charts = chartsOf(resources);

  return (
    <div className="chart" data-testid="chart">
      <div className="chart-bar">
        <Switch name="chart-view" legend="Show" options={views} chosen={view} onChange={setView} />
        <Switch
          name="chart-style"
          legend="Show records as"
          options={styles}
          chosen={style}
          onChange={setStyle}
        />
      </div>
      {pms.error && (
        <ErrorNotice what="The practice system could not be read." why={pms.error} onRetry={pms.reload} />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys */}
      <section className="chart-scroll" aria-label={view === 'charts' ? 'Charts' : 'Calendars'} tabIndex={0}>
        {view === 'calendar' && (
          <Calendar practice={practice} resources={resources} style={style} now={now} />
        )}
        {view === 'charts' && !pms.data && !pms.error && <Skeleton label="Loading the practice system" />}
        {view === 'charts' && pms.data && charts.length === 0 && <NothingYet />}
        {view === 'charts' &&
          charts.map((chart, index) => (
            <OneChart
              key={chart.key}
              chart={chart}
              style={style}
              open={index === 0}
              zone={practice.timeZone}
            />
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

type Option<Value extends string> = {
  readonly value: Value;
  readonly label: string;
  readonly icon: IconName;
};

const views: readonly Option<View>[] = [
  { value: 'charts', label: 'Charts', icon: 'patient' },
  { value: 'calendar', label: 'Calendar', icon: 'calendar' },
];

const styles: readonly Option<ResourceStyle>[] = [
  { value: 'form', label: 'Form', icon: 'form' },
  { value: 'json', label: 'JSON', icon: 'code' },
];

function Switch<Value extends string>(props: {
  readonly name: string;
  readonly legend: string;
  readonly options: readonly Option<Value>[];
  readonly chosen: Value;
  readonly onChange: (value: Value) => void;
}) {
  const { name, legend, options, chosen, onChange } = props;
  return (
    <fieldset className="switch" data-testid={name}>
      <legend className="visually-hidden">{legend}</legend>
      {options.map(({ value, label, icon }) => (
        <label key={value} className="switch-option">
          <input
            type="radio"
            name={name}
            className="visually-hidden"
            checked={chosen === value}
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
  { icon: 'calendar', text: 'Appointment: when they come' },
];

function NothingYet() {
  return (
    <EmptyNotice icon="filed" title="The chart is empty">
      <p>When the patient confirms the summary, and then books, these records arrive here by FHIR:</p>
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
