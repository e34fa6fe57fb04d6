import { ActionIcon, Menu } from '@mantine/core';
import { useSession } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';
import type { Act, StaffMember } from './refusal.ts';

type Props = { readonly person: StaffMember; readonly onAct: (act: Act) => void };

/** One of the staff: role, how they sign in, when they were last here. */
export function PersonRow({ person, onAct }: Props) {
  const { staff } = useSession();
  const isMe = person.staffId === staff.staffId;
  return (
    <li className="person" data-off={!person.active || undefined} data-testid="person">
      <span className="person-initial" aria-hidden="true">
        {[...person.name][0]?.toUpperCase()}
      </span>
      <span className="person-who">
        <span className="person-name">
          <PatientWord text={person.name} />
          {isMe && <span className="soft"> · {t('people.you')}</span>}
        </span>
        <span className="soft small">{ways(person)}</span>
      </span>
      <span className="person-role">{tCode('role', person.role)}</span>
      <span className="person-seen soft small">
        <Seen person={person} />
      </span>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="2.25rem"
            aria-label={t('people.acts', { name: person.name })}
          >
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Acts person={person} onAct={onAct} />
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}

function ways({ ways, active }: StaffMember): string {
  if (!active) return t('people.inactive');
  return ways.length === 0 ? t('people.way.none') : ways.map((way) => t(`people.way.${way}`)).join(', ');
}

function Seen({ person: { sessions, lastSeenAt } }: { readonly person: StaffMember }) {
  return (
    <>
      {sessions > 0 && <span className="person-here">{t('people.sessions', { count: sessions })}</span>}
      {lastSeenAt === null ? (
        t('people.neverSeen')
      ) : (
        <>
          {t('people.seen')} <Time at={lastSeenAt} />
        </>
      )}
    </>
  );
}

/** What the server would refuse anyhow is not offered: the clinic's own sign-in says the role and needs no link. */
function Acts({ person: { ways, active, sessions }, onAct }: Props) {
  const isByClinic = ways.includes('oidc');
  return (
    <>
      {!isByClinic && (
        <Menu.Item leftSection={<Icon name="shield" />} onClick={() => onAct('role')}>
          {t('people.act.role')}
        </Menu.Item>
      )}
      {!isByClinic && active && (
        <Menu.Item leftSection={<Icon name="key" />} onClick={() => onAct('link')}>
          {t('people.act.link')}
        </Menu.Item>
      )}
      {sessions > 0 && (
        <Menu.Item leftSection={<Icon name="leave" />} onClick={() => onAct('sign-out')}>
          {t('people.act.sign-out')}
        </Menu.Item>
      )}
      {(!isByClinic || sessions > 0) && <Menu.Divider />}
      {active ? (
        <Menu.Item color="danger" leftSection={<Icon name="close" />} onClick={() => onAct('deactivate')}>
          {t('people.act.deactivate')}
        </Menu.Item>
      ) : (
        <Menu.Item leftSection={<Icon name="check" />} onClick={() => onAct('activate')}>
          {t('people.act.activate')}
        </Menu.Item>
      )}
    </>
  );
}
