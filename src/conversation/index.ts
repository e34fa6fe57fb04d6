export { type ConversationDeps, intakeBackground, openMail } from './commands.ts';
export { handoverReasons } from './conversation.ts';
export { type IngestDeps, parseDelivery } from './deliveries/jobs.ts';
export {
  type ErasureDeps,
  type ErasurePlan,
  type ErasureTarget,
  ErasureUnfinished,
  erase,
  planErasure,
} from './erasure/commands.ts';
export { finishErasures } from './erasure/jobs.ts';
export { type GapDeps, inboundLook } from './gaps/jobs.ts';
export { type FilledGaps, filledGaps } from './gaps/views.ts';
export { carryNews, postLetter, sweepMail, takeTurnJob } from './jobs.ts';
export { mediaQueue } from './media/commands.ts';
export { fetchFile, type MediaDeps } from './media/jobs.ts';
export { conversationReactions, newsQueue, turnsQueue, wake } from './reactions.ts';
export { takeConversationTurn, takeConversationTurns } from './turns/commands.ts';
export { conversationOfIntake, intakesView, type KnownConversation, readKnown } from './views.ts';
