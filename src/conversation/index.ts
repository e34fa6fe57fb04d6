export { type ConversationDeps, intakeBackground, takeConversationTurn } from './commands.ts';
export {
  carryNews,
  type IngestDeps,
  parseDelivery,
  sweepMail,
  takeTurnJob,
} from './jobs.ts';
export { conversationReactions, newsQueue, turnsQueue, wake } from './reactions.ts';
export { conversationOfIntake, intakesView } from './views.ts';
