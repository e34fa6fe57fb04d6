import {
  Button,
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  Menu,
  Notification,
  Popover,
  Tooltip,
  type VariantColorsResolver,
} from '@mantine/core';
import { t } from '../texts/t.ts';

/**
 * The component library in our colours: everything comes from `tokens.css`, where light and dark are one line, so the library's
 * own shades are never seen.
 */
const shade = 'var(--accent)';
const shades: MantineColorsTuple = [shade, shade, shade, shade, shade, shade, shade, shade, shade, shade];

type Tone = { readonly strong: string; readonly hover: string; readonly soft: string; readonly on: string };

const accent: Tone = {
  strong: 'var(--accent)',
  hover: 'var(--accent-hover)',
  soft: 'var(--accent-soft)',
  on: 'var(--on-accent)',
};
const tones: Readonly<Record<string, Tone>> = {
  accent,
  danger: {
    strong: 'var(--danger)',
    hover: 'var(--danger)',
    soft: 'var(--danger-soft)',
    on: 'var(--surface)',
  },
  warn: { strong: 'var(--warn)', hover: 'var(--warn)', soft: 'var(--warn-soft)', on: 'var(--surface)' },
  gray: { strong: 'var(--text-soft)', hover: 'var(--text)', soft: 'var(--sunken)', on: 'var(--surface)' },
};

const variantColorResolver: VariantColorsResolver = (input) => {
  const tone = tones[input.color ?? 'accent'] ?? accent;
  switch (input.variant) {
    case 'filled':
      return { background: tone.strong, hover: tone.hover, color: tone.on, border: '1px solid transparent' };
    case 'light':
      return {
        background: tone.soft,
        hover: 'var(--hover)',
        color: tone.strong,
        border: '1px solid transparent',
      };
    case 'outline':
      return {
        background: 'transparent',
        hover: 'var(--hover)',
        color: tone.strong,
        border: `1px solid ${tone.strong}`,
      };
    case 'subtle':
    case 'transparent':
      return {
        background: 'transparent',
        hover: 'var(--hover)',
        color: tone.strong,
        border: '1px solid transparent',
      };
    case 'default':
      return {
        background: 'var(--surface)',
        hover: 'var(--hover)',
        color: 'var(--text)',
        border: '1px solid var(--line-strong)',
      };
    default:
      return defaultVariantColorsResolver(input);
  }
};

/** Beside what opens it, so that it is within the same landmark; nothing clips it there. */
const floating = { withinPortal: false, floatingStrategy: 'fixed', shadow: 'md' } as const;

export const theme = createTheme({
  colors: { accent: shades },
  primaryColor: 'accent',
  variantColorResolver,
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  headings: { fontFamily: 'var(--font)', fontWeight: '600' },
  fontSizes: {
    xs: 'var(--size-small)',
    sm: 'var(--size-body)',
    md: 'var(--size-body)',
    lg: 'var(--size-title)',
    xl: 'var(--size-large)',
  },
  spacing: { xs: 'var(--s2)', sm: 'var(--s3)', md: 'var(--s4)', lg: 'var(--s5)', xl: 'var(--s6)' },
  radius: {
    xs: 'var(--radius-small)',
    sm: 'var(--radius-small)',
    md: 'var(--radius)',
    lg: 'var(--radius-large)',
  },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    Menu: Menu.extend({
      defaultProps: { ...floating, transitionProps: { duration: 0 }, withInitialFocusPlaceholder: false },
    }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { 'aria-label': t('common.close') } },
    }),
    Popover: Popover.extend({ defaultProps: floating }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 500, events: { hover: true, focus: true, touch: false } },
    }),
  },
});

const words: Readonly<Record<string, string>> = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-bright': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text-soft)',
  '--mantine-color-placeholder': 'var(--text-soft)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--danger)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--line)',
  '--mantine-color-disabled': 'var(--sunken)',
  '--mantine-color-disabled-color': 'var(--text-soft)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accent-hover)',
  '--mantine-primary-color-light': 'var(--accent-soft)',
  '--mantine-primary-color-light-hover': 'var(--hover)',
  '--mantine-primary-color-light-color': 'var(--accent)',
  '--mantine-primary-color-contrast': 'var(--on-accent)',
  '--mantine-shadow-xs': 'none',
  '--mantine-shadow-sm': 'none',
  '--mantine-shadow-md': 'var(--float)',
  '--mantine-shadow-lg': 'var(--float)',
  '--mantine-shadow-xl': 'var(--float)',
};

/** The same in light and dark: the tokens know the difference. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: { ...words },
  dark: { ...words },
});
