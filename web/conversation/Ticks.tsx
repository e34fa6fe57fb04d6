import { hasText, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';

/** How far a message of ours is: on its way, sent, delivered, read. A failure says so in words, below. */
export function Ticks({ status }: { readonly status: string }) {
  const words = tCode('status', status);
  if (['failed', 'blocked', 'unsure', 'expired'].includes(status)) {
    return (
      <span className="ticks" data-is="failed">
        <Icon name="warning" size={14} />
        {words}
      </span>
    );
  }
  const count = status === 'delivered' || status === 'read' ? 2 : status === 'sent' ? 1 : 0;
  return (
    <span className="ticks" data-is={status} title={words}>
      {count === 0 ? <Icon name="clock" size={14} /> : <Checks count={count} />}
      <span className="visually-hidden">{words}</span>
    </span>
  );
}

function Checks({ count }: { readonly count: 1 | 2 }) {
  return (
    <svg className="ticks-checks" viewBox="0 0 20 12" aria-hidden="true" focusable="false">
      <path d={count === 1 ? 'm5 6.5 3.5 3.5L15 2.5' : 'm1.5 6.5 3.5 3.5 6.5-7.5M9 9.5l.5.5L16.5 2.5'} />
    </svg>
  );
}

/** Why it did not arrive, and what to do. */
export function Failure({ code, status }: { readonly code: string | null; readonly status: string }) {
  const known = status !== 'unsure' && status !== 'expired' && code !== null && hasText(`failure.${code}`);
  return <p className="bubble-failure small">{known ? tCode('failure', code) : tCode('failure', status)}</p>;
}
