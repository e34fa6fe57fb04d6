export { type AuditEntry, addAudit, type ChainResult, verifyAuditChain } from './audit.ts';
export { allowedActions, isStaffRole, permits } from './authorize.ts';
export type { OidcSettings, StaffDeps, StaffPractice } from './deps.ts';
export { endEnrolments, makeEnrolmentLink } from './enrolments.ts';
export { destroyKeys, destroyShares, isShareMissing, sharesOf } from './erasing.ts';
export { ensureFirstAdmin, type FirstAdminLink } from './first-admin.ts';
export { createStaffGate, type StaffDoor } from './gate.ts';
export { type Gone, type KeyProvider, openKeyProvider } from './key-provider.ts';
export { addPerson, changePerson, findPerson, hasOtherAdmin, listPeople } from './people.ts';
export { seedPersonas } from './personas.ts';
export {
  addDataKey,
  type KeyVersion,
  keyVersions,
  rewrapPractice,
  rewrapSubjects,
  subjectKeys,
} from './rotation.ts';
export { staffRoutes } from './routes.ts';
export { createSealer, practiceSubject, type Sealer, shareOfSealed } from './sealing.ts';
export { endSessionsOf, openSession } from './sessions.ts';
export { KeyDestroyed } from './subject-keys.ts';
