export {
  messageAppends,
  type NewMessage,
  type PlacedStatus,
  placeStatuses,
  recordStatus,
  type StatusReport,
  systemActor,
} from './commands.ts';
export type { About, MessageEvent, Purpose } from './events.ts';
export { type SendDeps, sendNext, sweepMessages } from './jobs.ts';
export { messageReactions, sendJob, sendsQueue } from './reactions.ts';
export { type TemplateContent, templateContent } from './template.ts';
export {
  type ConversationMessage,
  findMessages,
  type MessageProgress,
  messagesOfConversation,
  messagesView,
  progressOfMessages,
} from './views.ts';
