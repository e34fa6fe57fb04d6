import { Button } from '@mantine/core';
import type { ConversationDetail } from '#handoff/contract.ts';
import { t } from '../texts/t.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import type { ComposerState } from './composer-state.ts';
import type { useActs } from './use-acts.ts';

type Props = {
  readonly state: ComposerState;
  /** Somebody took the conversation over while one was writing. */
  readonly lost: boolean;
  readonly lease: ConversationDetail['lease'];
  readonly acts: ReturnType<typeof useActs>;
};

/** Why one cannot write freely now, and what to do about it. */
export function ComposerNotice({ state, lost, lease, acts }: Props) {
  if (state.is === 'free') return null;
  if (lost && lease !== null && !lease.mine) {
    return <Notice urgent>{t('composer.lost', { name: lease.name })}</Notice>;
  }
  switch (state.is) {
    case 'not-taken':
      return (
        <Notice
          icon="inbox"
          button={
            <Button size="xs" loading={acts.take.isPending} onClick={() => acts.take.mutate(false)}>
              {t('head.take')}
            </Button>
          }
        >
          {t(lost ? 'composer.lapsed' : 'composer.notTaken')}
        </Notice>
      );
    case 'colleague':
      return <Notice icon="person">{t('composer.colleague', { name: state.name })}</Notice>;
    case 'stopped':
      return <Notice urgent>{t('composer.stopped')}</Notice>;
    case 'template-only':
      return <Notice>{t('composer.templateOnly')}</Notice>;
    case 'resolved':
      return <Notice icon="check">{t('composer.resolved')}</Notice>;
    case 'with-assistant':
      return <Notice icon="bot">{t('composer.withAssistant')}</Notice>;
    default:
      return null;
  }
}

function Notice(props: {
  readonly children: string;
  readonly icon?: IconName;
  readonly urgent?: boolean;
  readonly button?: React.ReactNode;
}) {
  return (
    <div
      className="composer-notice"
      data-urgent={props.urgent || undefined}
      role={props.urgent ? 'alert' : 'status'}
    >
      <Icon name={props.urgent ? 'warning' : (props.icon ?? 'clock')} />
      <p>{props.children}</p>
      {props.button}
    </div>
  );
}
