import { ActionIcon, useMantineColorScheme } from '@mantine/core';
import { Icon, type IconName } from '../parts/icon.tsx';

const NEXT = { auto: 'light', light: 'dark', dark: 'auto' } as const;
const ICONS: Readonly<Record<keyof typeof NEXT, IconName>> = { auto: 'system', light: 'sun', dark: 'moon' };
const NAMES = { auto: 'as the system', light: 'light', dark: 'dark' } as const;

/** Light, dark, or as the system is: one button that goes around. */
export function ColorSchemeChoice() {
  // Switching transitions off meanwhile would write a `<style>`, which the Content-Security-Policy refuses.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const next = NEXT[colorScheme];
  const label = `Colours: ${NAMES[colorScheme]}. Change to ${NAMES[next]}`;
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      onClick={() => setColorScheme(next)}
    >
      <Icon name={ICONS[colorScheme]} />
    </ActionIcon>
  );
}
