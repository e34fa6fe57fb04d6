/** Labels hold names from closed lists only: a practice's id, a channel, a code. Never anything about a patient. */
type Labels = Readonly<Record<string, string>>;

export type Metrics = {
  readonly count: (name: MetricName, labels?: Labels, by?: number) => void;
  readonly close: () => Promise<void>;
};

/** Every counter, with what it counts. */
export const metricNames = {
  vestibule_deliveries_stored: 'Webhook deliveries stored and acknowledged',
  vestibule_deliveries_repeated: 'Webhook deliveries that were stored already',
  vestibule_deliveries_refused: 'Webhook deliveries refused, by reason',
  vestibule_http_refused: 'Requests and connections refused or closed because of a limit, by reason',
  vestibule_channel_events: 'Channel events read from deliveries, by kind',
  vestibule_channel_notices: 'What the provider says of the account, templates and the like, by what it says',
  vestibule_channel_events_unknown: 'Channel events of a kind that is not known',
  vestibule_channel_events_misrouted:
    'Channel events for another number than that of the account they were sent to',
  vestibule_turns: 'Conversation turns taken',
  vestibule_messages: 'Outbound messages, by outcome',
  vestibule_lookups: 'Questions to providers about messages in doubt, by what the answer said',
  vestibule_inbound_filled: 'Messages that were never delivered to us and were read from a list',
  vestibule_inbound_unlisted: 'Lists of what came in that could not be had, by code',
  vestibule_account_pauses:
    'Times that an account was found unable to send as a whole, by account and what the provider says of it',
  vestibule_files:
    'Files that patients sent: kept, kept though of another type than said, waiting to be tried again, missing and why',
  vestibule_account_silences:
    'Accounts from which nothing has come for longer than usual, by what is missing',
  vestibule_reminders: 'Reminders of visits that were sent, or not and why',
  vestibule_pms_calls: 'Calls to a practice system, by operation and outcome',
  vestibule_pms_breaker:
    'Times that calls were kept away from a practice system that does not answer, and passed again, by practice and news',
  vestibule_jobs_failed: 'Job attempts that failed, by queue and code',
  vestibule_events_broken: 'Stored events that did not match their seal when they were read',
  vestibule_unread_days_kept: 'Days of raw deliveries kept past their time because some were not read',
  vestibule_old_mail: 'Mail that waited so long that the sweep had to wake its conversation',
} as const;

export type MetricName = keyof typeof metricNames;

/** Serves the counters for Prometheus at `http://127.0.0.1:<port>/metrics`; port 0 turns them off. */
export async function openMetrics(port: number): Promise<Metrics> {
  if (port === 0) return { count: () => undefined, close: async () => undefined };
  // Hundreds of files, which most processes have no use for.
  const [{ PrometheusExporter }, { MeterProvider }] = await Promise.all([
    import('@opentelemetry/exporter-prometheus'),
    import('@opentelemetry/sdk-metrics'),
  ]);
  const exporter = new PrometheusExporter({ port, host: '127.0.0.1', preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const meter = provider.getMeter('vestibule');
  const counters = new Map(
    Object.entries(metricNames).map(([name, description]) => [
      name,
      meter.createCounter(name, { description }),
    ]),
  );
  await exporter.startServer();
  return {
    count: (name, labels = {}, by = 1) => counters.get(name)?.add(by, labels),
    close: () => provider.shutdown(),
  };
}
