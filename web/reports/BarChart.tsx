import { useId } from 'react';
import { t } from '../texts/t.ts';
import { scaleTop } from './sums.ts';

/** Fills that differ in more than their colour. */
export type Fill = 'full' | 'hollow' | 'hatched';

export type Series = {
  readonly label: string;
  readonly fill: Fill;
  /** One number per day; undefined where there was nothing to measure. */
  readonly values: readonly (number | undefined)[];
};

type Props = {
  readonly title: string;
  /** What the picture says, in a sentence with its numbers. */
  readonly says: string;
  /** Short names of the days, as long as each series. */
  readonly days: readonly string[];
  readonly series: readonly Series[];
  /** The number as it is said; the number itself where nothing is given. */
  readonly say?: (value: number) => string;
  /** The top of the scale for these values. */
  readonly topOf?: (values: readonly number[]) => number;
};

/** Pixels. */
const height = 120;
const top = 18;

/**
 * Bars per day, for people who look: what it says stands above it in words, the numbers of each day behind a button in a table.
 */
export function BarChart({ title, says, days, series, say = String, topOf = scaleTop }: Props) {
  const id = useId();
  const scale = topOf(series.flatMap(({ values }) => values.filter((value) => value !== undefined)));
  return (
    <figure className="chart" aria-labelledby={`${id}-title`}>
      <figcaption>
        <h2 id={`${id}-title`}>{title}</h2>
        <p className="chart-says">{says}</p>
      </figcaption>
      {series.length > 1 && (
        <ul className="chart-keys small">
          {series.map(({ label, fill }) => (
            <li key={label}>
              <svg width="12" height="12" aria-hidden="true" focusable="false">
                <Hatch id={`${id}-key`} />
                <Bar x="0.5" width="11" value={1} scale={1} fill={fill} hatch={`${id}-key`} high={11} />
              </svg>
              {label}
            </li>
          ))}
        </ul>
      )}
      <svg
        className="chart-bars"
        width="100%"
        height={height + top + 20}
        aria-hidden="true"
        focusable="false"
      >
        <Hatch id={`${id}-hatch`} />
        <line className="chart-line" x1="0" x2="100%" y1={top + 0.5} y2={top + 0.5} />
        <text className="chart-scale" x="0" y={top - 5}>
          {say(scale)}
        </text>
        <Bars days={days} series={series} scale={scale} say={say} hatch={`${id}-hatch`} />
        <line className="chart-ground" x1="0" x2="100%" y1={top + height} y2={top + height} />
      </svg>
      <details className="chart-numbers">
        <summary>{t('reports.numbers')}</summary>
        <Numbers title={title} days={days} series={series} say={say} />
      </details>
    </figure>
  );
}

function Hatch({ id }: { readonly id: string }) {
  return (
    <defs>
      <pattern id={id} width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect className="chart-hatch" width="2" height="4" />
      </pattern>
    </defs>
  );
}

type BarsProps = Required<Pick<Props, 'days' | 'series' | 'say'>> & {
  readonly scale: number;
  readonly hatch: string;
};

function Bars({ days, series, scale, say, hatch }: BarsProps) {
  const slot = 100 / days.length;
  const width = (slot * 0.72) / series.length;
  return days.map((day, place) => (
    <g key={day}>
      <title>
        {[day, ...series.map((each) => `${each.label}: ${said(each.values[place], say)}`)].join('\n')}
      </title>
      {/* The whole column answers the pointer, not the thin bar alone. */}
      <rect className="chart-column" x={`${place * slot}%`} y={top} width={`${slot}%`} height={height} />
      {series.map(({ label, values, fill }, row) => (
        <Bar
          key={label}
          x={`${place * slot + slot * 0.14 + row * width}%`}
          width={`${width * 0.9}%`}
          value={values[place] ?? 0}
          scale={scale}
          fill={fill}
          hatch={hatch}
          high={height}
          from={top}
        />
      ))}
      {/* Counted from today, which stands last. */}
      {(days.length - 1 - place) % 3 === 0 && (
        <text className="chart-day" x={`${(place + 0.5) * slot}%`} y={top + height + 15}>
          {day}
        </text>
      )}
    </g>
  ));
}

function Bar(props: {
  readonly x: string;
  readonly width: string;
  readonly value: number;
  readonly scale: number;
  readonly fill: Fill;
  readonly hatch: string;
  readonly high: number;
  readonly from?: number;
}) {
  const { value, scale, fill, high, from = 0 } = props;
  // What is there is seen, however little it is beside the rest.
  const tall = value === 0 ? 0 : Math.max(2, (value / scale) * high);
  return (
    <rect
      className={`chart-bar chart-bar-${fill}`}
      x={props.x}
      y={from + high - tall}
      width={props.width}
      height={tall}
      {...(fill === 'hatched' ? { fill: `url(#${props.hatch})` } : {})}
    />
  );
}

const said = (value: number | undefined, say: (value: number) => string): string =>
  value === undefined ? t('reports.none') : say(value);

function Numbers({ title, days, series, say }: Required<Pick<Props, 'title' | 'days' | 'series' | 'say'>>) {
  return (
    <table>
      <caption className="visually-hidden">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t('reports.day')}</th>
          {series.map(({ label }) => (
            <th key={label} scope="col">
              {label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {days.map((day, place) => (
          <tr key={day}>
            <th scope="row">{day}</th>
            {series.map(({ label, values }) => (
              <td key={label}>{said(values[place], say)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
