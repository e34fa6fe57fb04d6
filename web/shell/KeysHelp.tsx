import { Kbd, Switch } from '@mantine/core';
import { t } from '../texts/t.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { isMac } from './platform.ts';
import { keyNames, shortcuts } from './shortcuts.ts';
import { setSingleKeys, useSingleKeys } from './use-shortcuts.ts';

const groups = ['everywhere', 'inbox', 'conversation', 'today'] as const;

/** What the keys do. */
export function KeysHelp({ onClose }: { readonly onClose: () => void }) {
  const singleKeys = useSingleKeys();
  return (
    <Dialog opened onClose={onClose} title={t('keys.title')}>
      {groups.map((group) => (
        <section key={group} className="keys-group">
          <h3 className="small soft">{t(`keys.group.${group}`)}</h3>
          <dl className="keys-list">
            {Object.entries(shortcuts)
              .filter(([, shortcut]) => shortcut.group === group)
              .map(([name, { keys, label }]) => (
                <div key={name} className="keys-row">
                  <dt>{t(label)}</dt>
                  <dd>
                    {keyNames(keys, isMac).map((key) => (
                      <Kbd key={key} size="sm">
                        {key}
                      </Kbd>
                    ))}
                  </dd>
                </div>
              ))}
          </dl>
        </section>
      ))}
      <Switch
        checked={singleKeys}
        onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        label={t('keys.single')}
        description={t('keys.singleAbout')}
      />
    </Dialog>
  );
}
