import { createHmac, randomBytes } from 'node:crypto';

/** A patient's text message as Meta delivers it, signed. Source: Meta, "Webhooks: messages". */

export type Target = {
  readonly port: number;
  readonly path: string;
  readonly appSecret: string;
  readonly phoneNumberId: string;
};

export type PatientText = {
  /** Digits, without a plus, as Meta writes them. */
  readonly phone: string;
  readonly text: string;
};

const run = randomBytes(6).toString('hex');
let serial = 0;

/** A mobile number of São Paulo that no other patient of the run has. */
export function phoneOf(index: number): string {
  return `55119${50_000_000 + index}`;
}

/** One complete HTTP request; its message id was never used before. */
export function webhookRequest(target: Target, { phone, text }: PatientText): Buffer {
  serial += 1;
  const id = `wamid.${Buffer.from(`${phone}/${run}/${serial}`).toString('base64')}`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '800100200300402',
        changes: [{ value: changeOf(target, phone, id, timestamp, text), field: 'messages' }],
      },
    ],
  });
  const signature = createHmac('sha256', target.appSecret).update(body).digest('hex');
  const head = [
    `POST ${target.path} HTTP/1.1`,
    `host: 127.0.0.1:${target.port}`,
    'user-agent: facebookexternalua',
    'accept: */*',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-hub-signature-256: sha256=${signature}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function changeOf({ phoneNumberId }: Target, phone: string, id: string, timestamp: string, text: string) {
  const userId = `BR.${phone}0000000`;
  return {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '551155501200', phone_number_id: phoneNumberId },
    contacts: [{ profile: { name: 'Maria Exemplo' }, wa_id: phone, user_id: userId }],
    messages: [{ from: phone, from_user_id: userId, id, timestamp, type: 'text', text: { body: text } }],
  };
}
