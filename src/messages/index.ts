export {
  messageAppends,
  type NewMessage,
  type PlacedStatus,
  placeStatuses,
  recordStatus,
  type StatusReport,
  systemActor,
} from './commands.ts';
export { type MessageEvent, type Purpose } from './events.ts';
export { type SendDeps, sendNext } from './jobs.ts';
export { messageReactions, sendJob, sendsQueue } from './reactions.ts';
export { conversationsWithOldMessages, messagesView } from './views.ts';
