import { ActionIcon, Button, Menu } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { ConversationDetail, RoutingAnswer } from '#handoff/contract.ts';
import { useNow } from '../clock.ts';
import { useAllowed } from '../session/session.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { t, tCode } from '../texts/t.ts';
import { duration, languageName } from '../time.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { AssignDialog } from './AssignDialog.tsx';
import { windowLeft } from './composer-state.ts';
import { ResolveDialog } from './ResolveDialog.tsx';
import type { useActs } from './use-acts.ts';

type Props = {
  readonly id: string;
  readonly detail: ConversationDetail;
  readonly routing: RoutingAnswer | undefined;
  readonly acts: ReturnType<typeof useActs>;
  readonly back: ReactNode;
  readonly isPanelOpen: boolean;
  readonly onPanel: () => void;
};

/** Who, in which language, why, for how long one may write, and whose it is. */
export function Head({ id, detail, routing, acts, back, isPanelOpen, onPanel }: Props) {
  const { row } = detail;
  const title = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation is another place to read from
  useEffect(() => title.current?.focus(), [id]);
  return (
    <header className="head">
      {back}
      <div className="head-who">
        <h1 id="conversation-name" ref={title} tabIndex={-1}>
          <PatientWord text={detail.patient.name ?? row.name} />
        </h1>
        <p className="head-about soft small">
          {row.language !== null && <span>{languageName(row.language)}</span>}
          {row.reason !== null && <span>{tCode('reason', row.reason)}</span>}
          <WindowLeft closesAt={detail.window.closesAt} />
        </p>
      </div>
      <Owner detail={detail} routing={routing} acts={acts} />
      <ActionIcon
        variant={isPanelOpen ? 'light' : 'default'}
        size="lg"
        aria-expanded={isPanelOpen}
        aria-label={t('patient.toggle')}
        title={t('patient.toggle')}
        onClick={onPanel}
      >
        <Icon name="panel" />
      </ActionIcon>
    </header>
  );
}

/** Milliseconds before the end from which on the window is shown as ending. */
const soonMs = 2 * 60 * 60_000;

function WindowLeft({ closesAt }: { readonly closesAt: string | null }) {
  const left = windowLeft(closesAt, useNow());
  const is = left === 0 ? 'closed' : left < soonMs ? 'soon' : 'open';
  return (
    <span
      className="head-window"
      data-is={is}
      title={t(left === 0 ? 'window.closedLong' : 'window.openLong')}
    >
      <Icon name={is === 'closed' ? 'warning' : 'clock'} size={14} />
      {left === 0 ? t('window.closed') : t('window.open', { left: duration(left) })}
    </span>
  );
}

/** Take it, or who has it, and what can be done with it. */
function Owner({ detail, routing, acts }: Pick<Props, 'detail' | 'routing' | 'acts'>) {
  const allowed = useAllowed();
  const [dialog, setDialog] = useState<'assign' | 'resolve' | undefined>();
  const now = useNow();
  const { lease, row } = detail;
  const isLapsed = lease !== null && Date.parse(lease.until) <= now;
  const isMine = lease?.mine === true;
  const needsPerson = row.state === 'waiting' || row.state === 'taken';
  const mayTake = allowed('AnswerConversation') && needsPerson && !isMine && (lease === null || isLapsed);
  const take = () => mayTake && acts.take.mutate(false);
  const mayResolve = isMine && needsPerson;
  useShortcuts({ take, resolve: () => mayResolve && setDialog('resolve') });
  const isColleagues = lease !== null && !isMine && needsPerson;
  return (
    <div className="head-owner">
      {isColleagues && (
        <span className="head-taken small">
          <Icon name="person" size={14} />
          {t(isLapsed ? 'head.lapsed' : 'head.takenBy', { name: lease.name })}
        </span>
      )}
      {mayTake && (
        <Button className="head-take" onClick={take} loading={acts.take.isPending}>
          {t('head.take')}
        </Button>
      )}
      {mayResolve && (
        <Button
          variant="default"
          className="head-resolve"
          leftSection={<Icon name="check" />}
          onClick={() => setDialog('resolve')}
        >
          {t('head.resolve')}
        </Button>
      )}
      {needsPerson && (
        <MoreMenu
          mayAssign={allowed('AssignConversation')}
          mayRelease={isMine}
          mayTakeOver={isColleagues && !isLapsed && allowed('TakeOverConversation')}
          onAssign={() => setDialog('assign')}
          onRelease={() => lease && acts.release.mutate(lease.token)}
          onTakeOver={() => acts.take.mutate(true)}
        />
      )}
      <AssignDialog
        opened={dialog === 'assign'}
        onClose={() => setDialog(undefined)}
        colleagues={routing?.colleagues ?? []}
        ownerId={lease?.staffId}
        onAssign={(staffId) => acts.assign.mutate({ staffId, token: isMine ? lease.token : null })}
      />
      <ResolveDialog
        opened={dialog === 'resolve'}
        onClose={() => setDialog(undefined)}
        codes={routing?.resolutionCodes ?? []}
        onResolve={(code, resume) => lease && acts.resolve.mutate({ token: lease.token, code, resume })}
      />
    </div>
  );
}

function MoreMenu(props: {
  readonly mayAssign: boolean;
  readonly mayRelease: boolean;
  readonly mayTakeOver: boolean;
  readonly onAssign: () => void;
  readonly onRelease: () => void;
  readonly onTakeOver: () => void;
}) {
  if (!props.mayAssign && !props.mayRelease && !props.mayTakeOver) return null;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label={t('head.more')} title={t('head.more')}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {props.mayTakeOver && <Menu.Item onClick={props.onTakeOver}>{t('head.takeOver')}</Menu.Item>}
        {props.mayAssign && <Menu.Item onClick={props.onAssign}>{t('head.assign')}</Menu.Item>}
        {props.mayRelease && <Menu.Item onClick={props.onRelease}>{t('head.release')}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
