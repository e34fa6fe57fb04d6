import type { ContentMode } from '#kernel/phi.ts';
import type { BirdTemplateProject } from '../bird/index.ts';
import type { FhirOptions, FhirServer } from '../fhir/index.ts';
import type { Clock, NewTemplate } from '../meta/index.ts';
import type { Patient } from '../phone/index.ts';
import type { Content } from '../twilio/index.ts';
import type { WorldVisitType } from './calendar.ts';
import type { MovableClock } from './clock.ts';

type AnyAccount = {
  /** As in the practice's `channels.yaml`, and in the webhook's URL. */
  readonly id: string;
  readonly displayPhone: string;
  readonly messagesPerSecond?: number;
};

export type MetaWorldAccount = AnyAccount & {
  readonly provider?: 'meta';
  readonly phoneNumberId: string;
  readonly wabaId: string;
  /** Accounts with the same one share a secret and the business-scoped ids of their users. */
  readonly appId: string;
  readonly appSecrets: readonly [string, ...string[]];
  readonly accessToken: string;
  readonly verifyToken: string;
};

export type TwilioWorldAccount = AnyAccount & {
  readonly provider: 'twilio';
  readonly accountSid: string;
  readonly authToken: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  /** What the practice's templates and questions are called there, with their texts. */
  readonly contents: readonly Content[];
};

export type VonageWorldAccount = AnyAccount & {
  readonly provider: 'vonage';
  readonly apiKey: string;
  readonly applicationId: string;
  /** SPKI, PEM: of the key that signs the product's requests. */
  readonly publicKey: string;
  readonly signatureSecret: string;
};

export type MessageBirdWorldAccount = AnyAccount & {
  readonly provider: 'messagebird';
  readonly channelId: string;
  readonly accessKey: string;
  readonly signingKey: string;
  readonly templateNamespace: string;
};

export type BirdWorldAccount = AnyAccount & {
  readonly provider: 'bird';
  readonly workspaceId: string;
  readonly channelId: string;
  readonly accessKey: string;
  readonly signingKey: string;
  /** The practice's templates, as projects. */
  readonly projects: readonly BirdTemplateProject[];
};

/** One account of a practice, with what both sides of the wire have to agree on. */
export type WorldAccount =
  | MetaWorldAccount
  | TwilioWorldAccount
  | VonageWorldAccount
  | MessageBirdWorldAccount
  | BirdWorldAccount;

export type WorldPractice = {
  readonly id: string;
  readonly name: string;
  readonly contentMode: ContentMode;
  readonly languages: readonly string[];
  /** IANA zone. */
  readonly timeZone?: string;
  readonly accounts: readonly WorldAccount[];
  /** What patients can book: the simulated practice system gets calendars for it. */
  readonly visitTypes?: readonly WorldVisitType[];
  /** Message templates that the provider has approved. */
  readonly templates?: readonly NewTemplate[];
};

/** A practice system that runs already; the others are started here. */
export type WorldPms = { readonly practiceId: string; readonly baseUrl: string; readonly token?: string };

export type WorldOptions = {
  /** The simulators' files; in memory when absent. */
  readonly dataDir?: string;
  /** 0, the default, takes a free one. */
  readonly ports?: { readonly provider?: number; readonly fhir?: number };
  /** Where the product's web role listens: `http://127.0.0.1:8080`. */
  readonly productUrl: string;
  /** Where providers are told to reach it, which some of them sign; `productUrl` when absent. Calls go to `productUrl` all the same. */
  readonly publicUrl?: string;
  /** Opens the product's `/api`. */
  readonly apiToken: string;
  readonly practices: readonly WorldPractice[];
  readonly pmsList?: readonly WorldPms[];
  /** Moves the product's clock and the simulators' together. */
  readonly clock: Clock & Pick<MovableClock, 'advance'>;
  /** Called after the clock was moved: the product looks at what has become due. */
  readonly onAdvance?: () => Promise<void> | void;
  /** Folder of the built page. */
  readonly pageDir?: string;
  readonly patients?: readonly Patient[];
  readonly startFhir?: (options: FhirOptions) => Promise<FhirServer>;
};
