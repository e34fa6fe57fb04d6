import { Radio } from '@mantine/core';
import { type StaffRole, staffRoles } from '#security/contract.ts';
import { t } from '../texts/t.ts';

type Props = { readonly role: StaffRole; readonly onRole: (role: StaffRole) => void };

/** The roles, each with what it is for. */
export function RoleChoice({ role, onRole }: Props) {
  return (
    <Radio.Group
      label={t('people.role')}
      value={role}
      onChange={(value) => onRole(staffRoles.find((each) => each === value) ?? role)}
    >
      <div className="roles">
        {staffRoles.map((each) => (
          <Radio key={each} value={each} label={t(`role.${each}`)} description={t(`roleMay.${each}`)} />
        ))}
      </div>
    </Radio.Group>
  );
}
