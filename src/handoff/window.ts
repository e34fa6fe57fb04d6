/** Milliseconds. Free text may be sent for 24 hours after the patient's last message (Meta: customer service window). */
const serviceWindowMs = 24 * 60 * 60 * 1000;

/**
 * When the service window closes or closed; undefined where the patient never wrote.
 * @param lastInboundAt the provider's time of the patient's last message
 */
export function windowEnd(lastInboundAt: string | undefined): string | undefined {
  if (lastInboundAt === undefined) return undefined;
  return new Date(Date.parse(lastInboundAt) + serviceWindowMs).toISOString();
}

/** True while free text may be sent; the door asks the same at the moment of sending. */
export function isWindowOpen(lastInboundAt: string | undefined, at: string): boolean {
  const end = windowEnd(lastInboundAt);
  return end !== undefined && at < end;
}
