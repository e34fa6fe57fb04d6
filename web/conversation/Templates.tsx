import { Button, Radio } from '@mantine/core';
import { useState } from 'react';
import type { ConversationDetail } from '#handoff/contract.ts';
import { t } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { say } from './use-acts.ts';

type Props = {
  readonly id: string;
  readonly templates: ConversationDetail['templates'];
  readonly token: number;
  /** What was typed while one still could. */
  readonly draft: string;
};

/** After the service window: the approved messages, one of which may invite the patient to write again. */
export function Templates({ id, templates, token, draft }: Props) {
  const [templateId, setTemplateId] = useState(templates[0]?.id ?? '');
  const template = templates.find((each) => each.id === templateId);
  return (
    <div className="composer-write">
      {draft !== '' && (
        <div className="composer-kept">
          <p className="soft small">{t('composer.kept')}</p>
          <PatientText text={draft} />
        </div>
      )}
      {templates.length === 0 ? (
        <p className="soft">{t('templates.none')}</p>
      ) : (
        <>
          <Radio.Group value={templateId} onChange={setTemplateId} label={t('templates.choose')}>
            <div className="choices">
              {templates.map((each) => (
                <Radio key={each.id} value={each.id} label={<PatientText text={each.text} />} />
              ))}
            </div>
          </Radio.Group>
          <div className="composer-buttons">
            <span className="composer-room" />
            <Button
              leftSection={<Icon name="send" />}
              disabled={template === undefined}
              onClick={() =>
                template && say(id, { kind: 'template', text: template.text, templateId: template.id }, token)
              }
            >
              {t('templates.send')}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}
