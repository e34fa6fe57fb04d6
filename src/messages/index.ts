export {
  messageAppends,
  type NewMessage,
  type PlacedStatus,
  placeStatuses,
  recordStatus,
  type StatusReport,
  systemActor,
} from './commands.ts';
export type { MessageEvent, Purpose } from './events.ts';
export { type SendDeps, sendNext, sweepMessages } from './jobs.ts';
export { messageReactions, sendJob, sendsQueue } from './reactions.ts';
export { type ConversationMessage, findMessages, messagesOfConversation, messagesView } from './views.ts';
