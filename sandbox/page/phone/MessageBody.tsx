import type { PhoneMessage } from '../api.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { withLinks } from './messages.ts';

/** What a message shows, by its kind. A kind that this page does not know says its name. */
export function MessageBody({ message }: { readonly message: PhoneMessage }) {
  const { kind, caption, location: place } = message;
  switch (kind) {
    case 'text':
    case 'buttons':
    case 'list':
    case 'contact-request':
      return <Text message={message} text={message.text ?? ''} />;
    case 'image':
      return (
        <>
          <span className="media-photo">
            <Icon name="photo" />
            <span>Photo</span>
          </span>
          {caption && <Text message={message} text={caption} />}
        </>
      );
    case 'audio':
      return (
        <span className="media-row">
          <span className="media-play">
            <Icon name="play" />
          </span>
          <svg className="media-wave" viewBox="0 0 120 24" preserveAspectRatio="none" aria-hidden="true">
            <path d="M2 12v1M8 9v6M14 6v12M20 10v4M26 4v16M32 8v8M38 11v2M44 7v10M50 3v18M56 9v6M62 11v2M68 6v12M74 4v16M80 9v6M86 11v2M92 8v8M98 5v14M104 10v4M110 11v2M116 12v1" />
          </svg>
          <span>Voice note</span>
        </span>
      );
    case 'document':
      return <MediaRow icon="document" text={message.fileName ?? 'Document'} />;
    case 'sticker':
      return (
        <span className="media-sticker">
          <Icon name="sticker" />
          <span className="visually-hidden">Sticker</span>
        </span>
      );
    case 'location':
      return (
        <MediaRow
          icon="place"
          text={place?.name ?? (place ? `${place.latitude}, ${place.longitude}` : 'Location')}
        />
      );
    default:
      return <MediaRow icon="message" text={message.text ?? caption ?? kind} />;
  }
}

function Text({ message, text }: { readonly message: PhoneMessage; readonly text: string }) {
  return (
    <span className="bubble-text" dir="auto">
      {message.side === 'patient'
        ? text
        : withLinks(text, location.origin).map((part, index) =>
            part.href ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one fixed text never move
              <a key={index} href={part.href} target="_blank" rel="noopener noreferrer">
                {part.text}
              </a>
            ) : (
              part.text
            ),
          )}
    </span>
  );
}

function MediaRow({ icon, text }: { readonly icon: IconName; readonly text: string }) {
  return (
    <span className="media-row">
      <Icon name={icon} />
      <bdi>{text}</bdi>
    </span>
  );
}
