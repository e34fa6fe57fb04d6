export {
  type HandoffActDeps,
  type HandoffChange,
  handoffAppends,
  handoffStream,
  loadHandoff,
  resolvedWith,
} from './commands.ts';
export { type HandoffContext, handoffContext } from './context.ts';
export type { PatientPanel, PracticeForHandoff, Visit } from './detail/views.ts';
export type { HandoffEvent } from './events.ts';
export { type HandoffState, isOpen } from './handoff-state.ts';
export { fileHandoffStep, type HandoffJobDeps, type PracticeForHandoffFiling } from './jobs.ts';
export { countInbox, type InboxCounts } from './list/views.ts';
export { handoffReactions, handoffsQueue } from './reactions.ts';
export type { Colleague, HandoffRouteDeps } from './request/routes.ts';
export { handoffRoutes } from './routes.ts';
export type { SealedLetter, ThreadDeps } from './thread/views.ts';
export { inboxView, type NameDeps, names } from './views.ts';
