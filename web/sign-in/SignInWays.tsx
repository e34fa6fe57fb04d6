import { Alert, Button, Select } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { SignInOptions } from '#security/contract.ts';
import { session } from '../api.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { ErrorState, SkeletonRows } from '../ui/States.tsx';
import { canUsePasskeys, passkeyCode, provePasskey } from './passkey.ts';
import './sign-in.css';

type Props = {
  /** Fixed where somebody signs in again. */
  readonly practiceId?: string;
  /** Who it was, of the sandbox's people: theirs is the only card. */
  readonly staffId?: string;
  readonly onSignedIn: () => Promise<void> | void;
  /** The page stays: the clinic's own sign-in opens in a window of its own. */
  readonly beside?: boolean;
};

/** The ways in that the practice offers. */
export function SignInWays(props: Props) {
  const options = useQuery({
    queryKey: ['sign-in'],
    queryFn: ({ signal }) => session.options(signal),
    staleTime: Infinity,
  });
  if (options.isPending) return <SkeletonRows rows={3} />;
  if (options.isError) return <ErrorState error={options.error} onRetry={() => void options.refetch()} />;
  return <Ways {...props} options={options.data} />;
}

function Ways({
  options,
  practiceId,
  staffId,
  onSignedIn,
  beside = false,
}: Props & { options: SignInOptions }) {
  const [chosen, setChosen] = useState(practiceId ?? options.practices[0]?.id ?? '');
  const practice = options.practices.find(({ id }) => id === chosen);
  const act = useMutation({
    mutationFn: (way: () => Promise<unknown>) => way(),
    onSuccess: () => onSignedIn(),
  });
  const code = act.isError ? passkeyCode(act.error) : undefined;
  const personas = options.personas.filter(
    (persona) => persona.practiceId === chosen && (staffId === undefined || persona.staffId === staffId),
  );
  return (
    <div className="ways">
      {practiceId === undefined && options.practices.length > 1 && (
        <Select
          label={t('signIn.practice')}
          data={options.practices.map(({ id, name }) => ({ value: id, label: name }))}
          value={chosen}
          onChange={(id) => id !== null && setChosen(id)}
          allowDeselect={false}
        />
      )}
      {code !== undefined && (
        <Alert color="danger" icon={<Icon name="warning" />} role="alert">
          {tCode('signIn.error', code)}
        </Alert>
      )}
      {personas.length > 0 && (
        <Personas
          personas={personas}
          isBusy={act.isPending}
          onChoose={(id) => act.mutate(() => session.asPersona(chosen, id))}
        />
      )}
      <div className="ways-buttons">
        <Button
          variant={personas.length > 0 ? 'default' : 'filled'}
          leftSection={<Icon name="key" />}
          disabled={practice === undefined || !canUsePasskeys()}
          loading={act.isPending && personas.length === 0}
          onClick={() => act.mutate(() => provePasskey(chosen))}
        >
          {t('signIn.passkey')}
        </Button>
        {practice?.oidc && (
          <Button
            component="a"
            variant="default"
            href={session.oidcUrl(chosen)}
            {...(beside ? { target: '_blank', rel: 'noopener' } : {})}
          >
            {t('signIn.oidc')}
          </Button>
        )}
      </div>
      {!canUsePasskeys() && <p className="soft small">{t('signIn.noPasskeys')}</p>}
      {beside && practice?.oidc && <p className="soft small">{t('signIn.beside')}</p>}
    </div>
  );
}

/** Only in the sandbox: made-up people, one of each role. */
function Personas(props: {
  readonly personas: SignInOptions['personas'];
  readonly isBusy: boolean;
  readonly onChoose: (staffId: string) => void;
}) {
  return (
    <section aria-labelledby="personas" className="personas">
      <h2 id="personas">{t('signIn.personas')}</h2>
      <ul>
        {props.personas.map(({ staffId, name, role }) => (
          <li key={staffId}>
            <button
              type="button"
              className="persona"
              disabled={props.isBusy}
              onClick={() => props.onChoose(staffId)}
              data-testid={`persona-${role}`}
            >
              <span className="persona-initial" aria-hidden="true">
                {name.charAt(0)}
              </span>
              <span className="persona-words">
                <span className="persona-name">{name}</span>
                <span className="soft small">
                  {tCode('role', role)} · {tCode('roleAbout', role)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
