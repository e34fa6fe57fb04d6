import { Button, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useLiveState } from '../live.ts';
import { useSession } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { isMac } from './platform.ts';
import { keyNames, shortcuts } from './shortcuts.ts';
import { UserMenu } from './UserMenu.tsx';

/** Whose practice this is, search, whether the screen is live, who one is. */
export function Header({ onJump, onKeys }: { readonly onJump: () => void; readonly onKeys: () => void }) {
  const { practice, sandbox } = useSession();
  return (
    <header className="header">
      <Link to="/" className="header-home" aria-label={t('shell.home')}>
        <Mark />
        <span className="header-product">Vestibule</span>
      </Link>
      <span className="header-practice">{practice.name}</span>
      {sandbox && <SandboxMenu />}
      <span className="header-space" />
      <Button
        variant="default"
        size="xs"
        className="header-jump"
        onClick={onJump}
        leftSection={<Icon name="search" />}
      >
        <span className="header-jump-word">{t('shell.search')}</span>
        <kbd className="header-jump-keys">{keyNames(shortcuts.jump.keys, isMac).join(isMac ? '' : ' ')}</kbd>
      </Button>
      <Live />
      <UserMenu onKeys={onKeys} />
    </header>
  );
}

function Mark() {
  return (
    <svg className="header-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M9 24V12.5a7 7 0 0 1 14 0V24M6 24h20M16 24v-8" />
    </svg>
  );
}

/** In the sandbox there is a world around the practice: the patient's phone and the practice system. */
function SandboxMenu() {
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className="header-sandbox">
          <Icon name="phone" size={16} />
          <span className="header-sandbox-word">{t('shell.sandbox')}</span>
          <Icon name="chevron" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href="/sandbox/" leftSection={<Icon name="phone" />}>
          {t('shell.sandboxWorld')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Live() {
  const state = useLiveState();
  return (
    <span className="header-live" data-state={state} title={tCode('live', `${state}.long`)} role="status">
      <span className="header-live-dot" aria-hidden="true" />
      <span className="header-live-word">{tCode('live', state)}</span>
    </span>
  );
}
