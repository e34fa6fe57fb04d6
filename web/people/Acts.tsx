import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { people } from '../api.ts';
import { codeOf } from '../request.ts';
import { useSession } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { Confirm } from '../ui/Confirm.tsx';
import { Dialog, DialogButtons } from '../ui/Dialog.tsx';
import { errorWords } from '../ui/States.tsx';
import { visibleControls } from '../ui/visible-text.ts';
import { type Invitation, OneTimeLink } from './OneTimeLink.tsx';
import { RoleChoice } from './RoleChoice.tsx';
import { type Act, refusalOf, type StaffMember } from './refusal.ts';

type Props = { readonly act: Act; readonly person: StaffMember; readonly onClose: () => void };

/** Asks before something is done with a person, does it, and tells what came of it. */
export function Acts(props: Props) {
  switch (props.act) {
    case 'role':
      return <ChangeRole {...props} />;
    case 'link':
      return <NewLink {...props} />;
    default:
      return <Simple {...props} act={props.act} />;
  }
}

/** Does it, reads the list again, and has words for a refusal. */
function useAct<Answer>({ act, person, onClose }: Props, run: () => Promise<Answer>, onDone?: () => void) {
  const client = useQueryClient();
  const mutation = useMutation({
    mutationFn: run,
    gcTime: 0,
    onSuccess: () => {
      if (onDone) return onDone();
      onClose();
      notifications.show({
        message: t(`people.done.${act}`, { name: visibleControls(person.name) }),
        closeButtonProps: { 'aria-label': t('common.close') },
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['people'] }),
  });
  const refusal = mutation.isError ? refusalOf(codeOf(mutation.error), act, person) : undefined;
  return {
    ...mutation,
    words: refusal ? t(refusal) : mutation.isError ? errorWords(mutation.error) : undefined,
  };
}

const stay = () => undefined;

function ChangeRole(props: Props) {
  const { person, onClose } = props;
  const { staff } = useSession();
  const [role, setRole] = useState(person.role);
  const change = useAct(props, () => people.change(person.staffId, { role }));
  return (
    <Dialog opened title={t('people.ask.role', { name: visibleControls(person.name) })} onClose={onClose}>
      <RoleChoice role={role} onRole={setRole} />
      <p className="soft small roles-about">
        {t(person.staffId === staff.staffId ? 'people.about.roleOwn' : 'people.about.role')}
      </p>
      {change.words && (
        <p className="form-error" role="alert">
          {change.words}
        </p>
      )}
      <DialogButtons>
        <Button variant="default" onClick={onClose}>
          {t('common.cancel')}
        </Button>
        <Button disabled={role === person.role} loading={change.isPending} onClick={() => change.mutate()}>
          {t('people.act.role')}
        </Button>
      </DialogButtons>
    </Dialog>
  );
}

function NewLink(props: Props) {
  const { person, onClose } = props;
  const link = useAct<Invitation>(props, () => people.newLink(person.staffId), stay);
  const name = visibleControls(person.name);
  const title = t('people.ask.link', { name });
  if (link.data) {
    return (
      <Dialog opened title={title}>
        <OneTimeLink invitation={link.data} name={name} onClose={onClose} />
      </Dialog>
    );
  }
  return (
    <Confirm
      opened
      onClose={onClose}
      title={title}
      act={t('people.makeLink')}
      onAct={() => link.mutate()}
      isBusy={link.isPending}
      error={link.words}
    >
      {t('people.about.link')}
    </Confirm>
  );
}

function Simple(props: Props & { readonly act: Exclude<Act, 'role' | 'link'> }) {
  const { act, person, onClose } = props;
  const { staff } = useSession();
  const run = {
    deactivate: () => people.change(person.staffId, { active: false }),
    activate: () => people.change(person.staffId, { active: true }),
    'sign-out': () => people.endSessions(person.staffId),
  }[act];
  const done = useAct(props, run);
  const isOwn = person.staffId === staff.staffId && act !== 'activate';
  return (
    <Confirm
      opened
      onClose={onClose}
      title={t(`people.ask.${act}`, { name: visibleControls(person.name) })}
      act={t(`people.act.${act}`)}
      onAct={() => done.mutate()}
      isBusy={done.isPending}
      error={done.words}
      isGrave={act === 'deactivate'}
    >
      {t(`people.about.${act}`)} {isOwn && t('people.about.own')}
    </Confirm>
  );
}
