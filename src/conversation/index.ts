export { type ConversationDeps, intakeBackground, openMail, takeConversationTurn } from './commands.ts';
export { handoverReasons } from './conversation.ts';
export {
  carryNews,
  type IngestDeps,
  parseDelivery,
  postLetter,
  sweepMail,
  takeTurnJob,
} from './jobs.ts';
export { conversationReactions, newsQueue, turnsQueue, wake } from './reactions.ts';
export { conversationOfIntake, intakesView, type KnownConversation, readKnown } from './views.ts';
