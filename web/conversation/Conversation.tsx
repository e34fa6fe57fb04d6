import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { ConversationDetail } from '#handoff/contract.ts';
import { routingQuery } from '../inbox/routing-query.ts';
import { useAllowed } from '../session/session.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { t } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { ErrorState, SkeletonRows } from '../ui/States.tsx';
import { Composer } from './Composer.tsx';
import './conversation.css';
import { Head } from './Head.tsx';
import { Panel, PanelDrawer } from './Panel.tsx';
import { StopCard } from './StopCard.tsx';
import { Thread } from './Thread.tsx';
import type { Opened } from './thread-lines.ts';
import { useActs } from './use-acts.ts';
import { useConversation } from './use-conversation.ts';

/** One conversation: who it is, what was said, and what to say next. */
export function Conversation() {
  const { conversationId = '' } = useParams({ strict: false });
  const allowed = useAllowed();
  const query = useConversation(conversationId);
  if (query.data) return <Open id={conversationId} opened={query.data} />;
  return (
    <section className="conversation" aria-label={t('conversation.label')}>
      <div className="conversation-main">
        <div className="conversation-back-only">
          <BackLink />
        </div>
        {query.isError ? (
          <ErrorState
            error={query.error}
            {...(allowed('ReadConversation') ? { onRetry: () => void query.refetch() } : {})}
          />
        ) : (
          <SkeletonRows rows={6} />
        )}
      </div>
    </section>
  );
}

/** From here on the patient panel has room beside the thread. */
const roomForPanel = '(min-width: 1101px)';

function Open({ id, opened }: { readonly id: string; readonly opened: Opened }) {
  const navigate = useNavigate();
  const hasRoom = useMediaQuery(roomForPanel, true, { getInitialValueInEffect: false });
  const [isPanelOpen, setPanelOpen] = useState<boolean | undefined>();
  const { data: routing } = useQuery(routingQuery);
  const acts = useActs(id);
  const { detail } = opened;
  const showsPanel = isPanelOpen ?? hasRoom;
  const toggle = () => setPanelOpen(!showsPanel);
  useShortcuts({
    close: () => void navigate({ to: '/inbox', search: (before: Record<string, unknown>) => before }),
    patient: toggle,
  });
  return (
    <section className="conversation" aria-labelledby="conversation-name">
      <div className="conversation-main">
        <Head
          id={id}
          detail={detail}
          routing={routing}
          acts={acts}
          back={<BackLink />}
          isPanelOpen={showsPanel}
          onPanel={toggle}
        />
        <Thread id={id} opened={opened} card={stopCard(detail)} />
        <Composer id={id} detail={detail} contentMode={routing?.contentMode} acts={acts} />
      </div>
      {hasRoom && showsPanel && (
        <aside className="conversation-panel" aria-label={t('patient.label')}>
          <Panel detail={detail} />
        </aside>
      )}
      <PanelDrawer opened={!hasRoom && showsPanel} onClose={() => setPanelOpen(false)} detail={detail} />
    </section>
  );
}

/** Only while a person is needed. */
function stopCard({ context, row }: ConversationDetail) {
  const needsPerson = row.state === 'waiting' || row.state === 'taken';
  return context !== null && needsPerson ? <StopCard context={context} /> : null;
}

/** On a phone, the way back to the list. */
function BackLink() {
  return (
    <Link
      to="/inbox"
      search={(before: Record<string, unknown>) => before}
      className="conversation-back"
      aria-label={t('conversation.back')}
      activeProps={{}}
    >
      <Icon name="back" size={20} />
    </Link>
  );
}
