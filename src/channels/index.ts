export type { AccountLimits, SpendLimit } from './account-limits.ts';
export {
  type Account,
  type Accounts,
  accountsOf,
  canAsk,
  isConcerned,
  listsInbound,
  originsOf,
  receiverOf,
  rendered,
  sameSigner,
} from './accounts.ts';
export { type Authorizations, createAuthorizations } from './authorizations.ts';
export { createDeliveryStore, type DeliveryStore } from './commands.ts';
export { stepsFor } from './connect.ts';
export {
  type DeliveryKey,
  type ReadDelivery,
  readDeliveries,
  UnreadableDelivery,
} from './deliveries/commands.ts';
export {
  allAddresses,
  conversationsOfSameUsers,
  deliveriesNaming,
  forgetThreads,
  type HeldDelivery,
  removeDeliveries,
} from './erasure/commands.ts';
export { accountAnswer, type SeenOf } from './health/answer.ts';
export { type HeardNews, hearNews } from './health/commands.ts';
export { type HealthContext, type Problem, problemsOf } from './health/health.ts';
export { channelRoutes } from './health/routes.ts';
export { areStatusesSilent, historyWeeks, type SlotOf, silenceOf, slotsOfZone } from './health/silence.ts';
export { accountNewsView, latestNewsRows, openNews } from './health/views.ts';
export { eachDelivery, ingestQueue } from './jobs.ts';
export { type Lives, lifeMs } from './lives.ts';
export { providerMatrix } from './matrix.ts';
export { createMediaSources, type MediaSource, type MediaSources } from './media-sources.ts';
export type { News } from './news.ts';
export {
  type AccountConfigs,
  type ChannelName,
  capabilitiesOf,
  channels,
  isChannelName,
  keyUnusable,
  pausingNames,
} from './registry.ts';
export { webhookRoutes } from './routes.ts';
export {
  conversationsFor,
  type Places,
  type Sender,
  settleAddresses,
  ThreadRaced,
  type UserChange,
} from './threads/addresses/commands.ts';
export {
  continueThreads,
  type Pace,
  paceThreads,
  readThread,
  readThreads,
  setThreadSubjects,
  type Thread,
  touchThreads,
} from './threads/commands.ts';
export { type Asking, createAsking } from './transport.ts';
