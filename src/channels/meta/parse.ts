import type { RawWebhook } from '#kernel/http.ts';
import type { ChannelEvent } from '../channel.ts';
import { id, isRecord, type Json, record } from '../json.ts';
import { readEcho, readMessage } from './message.ts';
import { errorNotice, fieldNotice, notice } from './notice.ts';
import { readPeople } from './people.ts';
import { readStatus } from './status.ts';

/**
 * Every event of a delivery, in the order in which it stands there; nothing is left out and nothing is deduplicated.
 * Throws `SyntaxError` where the body is no JSON, or not the envelope of a WhatsApp Business Account; its message
 * never repeats any of the body.
 */
export function parse(webhook: Pick<RawWebhook, 'body'>): ChannelEvent[] {
  const envelope = readJson(webhook.body);
  if (
    !isRecord(envelope) ||
    envelope.object !== 'whatsapp_business_account' ||
    !Array.isArray(envelope.entry)
  ) {
    throw new SyntaxError('expected the envelope of a whatsapp_business_account');
  }
  return envelope.entry.flatMap(readEntry);
}

function readJson(body: Uint8Array): unknown {
  // Lenient: one broken byte in somebody's name must not cost the thousand messages around it.
  const json = new TextDecoder().decode(body);
  try {
    return JSON.parse(json);
  } catch {
    // The original error quotes the body.
    throw new SyntaxError('expected JSON');
  }
}

function readEntry(entry: unknown): ChannelEvent[] {
  if (!isRecord(entry) || !Array.isArray(entry.changes)) return [notice('entry.malformed', entry, false)];
  return entry.changes.flatMap((change) => readChange(change, entry));
}

function readChange(change: unknown, entry: Json): ChannelEvent[] {
  if (!isRecord(change)) return [notice('change.malformed', change, false)];
  const { field, value } = change;
  if (field === 'messages') {
    if (!isRecord(value)) return [notice('messages.malformed', value, false)];
    return readMessages(value, entry);
  }
  const aside = isRecord(value) ? readAside(field, value) : [];
  return aside.length > 0 ? aside : [fieldNotice(field, value, entry.id, entry.time)];
}

/**
 * What is said in a chat and not for us to answer: staff wrote in the app for businesses (`smb_message_echoes`), or another app has
 * the chat (`standby`, nested under its own name). Empty where it is none of these, or holds nothing.
 */
function readAside(field: unknown, value: Json): ChannelEvent[] {
  const receiver = id(record(value.metadata).phone_number_id);
  if (field === 'smb_message_echoes') {
    const people = readPeople(value.contacts);
    return items(value.message_echoes).map((echo) => readEcho(echo, people, receiver, 'staff'));
  }
  if (field !== 'standby') return [];
  const held = isRecord(value.standby) ? value.standby : value;
  const people = readPeople(held.contacts);
  return [
    ...items(held.messages).map((message) => readMessage(message, people, receiver, true)),
    ...items(held.message_echoes).map((echo) => readEcho(echo, people, receiver, 'another-app')),
    ...items(held.statuses).map((status) => readStatus(status, people, receiver)),
  ];
}

/** In practice a value holds messages or statuses or errors; nothing says that it must. */
function readMessages(value: Json, entry: Json): ChannelEvent[] {
  const people = readPeople(value.contacts);
  const receiver = id(record(value.metadata).phone_number_id);
  const events = [
    ...items(value.messages).map((message) => readMessage(message, people, receiver)),
    ...items(value.statuses).map((status) => readStatus(status, people, receiver)),
    ...items(value.errors).map((error) => errorNotice(error, receiver, entry.id)),
  ];
  return events.length > 0 ? events : [notice('messages.empty', [entry.id ?? null, value], false)];
}

/** What stands where a list belongs is read as its only item: it then becomes an event, and is not passed over. */
function items(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}
