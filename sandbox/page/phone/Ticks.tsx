import type { DeliveryStatus } from '../api.ts';

const names: Record<DeliveryStatus, string> = {
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Not delivered',
};

const paths: Record<DeliveryStatus, string> = {
  sending: 'M8 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM8 6v3.2l2 1.2',
  sent: 'M4 9.5l3.2 3.2L14 5.5',
  delivered: 'M1.5 9.5l3.2 3.2L11.5 5.5M8.5 12l.8.7L16.5 5.5',
  read: 'M1.5 9.5l3.2 3.2L11.5 5.5M8.5 12l.8.7L16.5 5.5',
  failed: 'M9 15.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM9 5.8v4M9 12.2h.01',
};

/** How far a message got: shape, colour and (for screen readers and on hover) the word. */
export function Ticks({ status }: { readonly status: DeliveryStatus }) {
  return (
    <svg className={`ticks ticks-${status}`} viewBox="0 0 18 18" role="img" aria-label={names[status]}>
      <title>{names[status]}</title>
      <path d={paths[status]} />
    </svg>
  );
}
