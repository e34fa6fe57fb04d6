export {
  messageAppends,
  type NewMessage,
  type PlacedStatus,
  partsOf,
  placeStatuses,
  recordStatuses,
  type StatusReport,
  systemActor,
} from './commands.ts';
export type { About, MessageEvent, Purpose } from './events.ts';
export type { LimitsChange } from './governor/account.ts';
export { learnFromNews, learnLimits } from './governor/commands.ts';
export { recipientsOfAccounts } from './governor/views.ts';
export { type SendDeps, sendNext, sweepMessages } from './jobs.ts';
export { keptReminders } from './kept/views.ts';
export {
  type ConversationMessage,
  countFailed,
  countUnsure,
  heldMessages,
  type MessageProgress,
  messagesOfConversation,
  progressOfMessages,
} from './lists/views.ts';
export { lookUp } from './lookups/jobs.ts';
export { bulkSendsQueue, lookupsQueue, messageReactions, sendJob, sendsQueue } from './reactions.ts';
export { type FailedMessagesDeps, messageRoutes } from './routes.ts';
export { type TemplateContent, templateContent } from './template.ts';
export { askUnderway, expireMessages } from './underway/commands.ts';
export { countExpired } from './underway/views.ts';
export { findMessages, messagesView } from './views.ts';
