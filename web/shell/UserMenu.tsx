import { type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { session } from '../api.ts';
import { useSession } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { visibleControls } from '../ui/visible-text.ts';

const schemes: readonly MantineColorScheme[] = ['auto', 'light', 'dark'];

/** Who is signed in, how the app looks to them, and the way out. */
export function UserMenu({ onKeys }: { readonly onKeys: () => void }) {
  const { staff } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useMutation({
    mutationFn: session.signOut,
    // A fresh page: nothing of this person's stays in memory.
    onSettled: () => window.location.assign('/sign-in'),
  });
  const name = visibleControls(staff.name);
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className="header-user">
          <span className="header-user-initial" aria-hidden="true">
            {name.charAt(0).toUpperCase()}
          </span>
          <bdi className="header-user-name">{name}</bdi>
          <span className="visually-hidden">{t('user.menu')}</span>
          <Icon name="chevron" size={14} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="header-user-card">
          <bdi className="header-user-full">{name}</bdi>
          <span className="soft small">{tCode('role', staff.role)}</span>
        </div>
        <Menu.Divider />
        <Menu.RadioGroup
          aria-label={t('user.scheme')}
          value={colorScheme}
          onChange={(scheme) => setColorScheme(schemes.find((each) => each === scheme) ?? 'auto')}
        >
          <Menu.Label>{t('user.scheme')}</Menu.Label>
          {schemes.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {tCode('scheme', scheme)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="keyboard" />} onClick={onKeys}>
          {t('keys.title')}
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="leave" />} onClick={() => signOut.mutate()}>
          {t('user.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
